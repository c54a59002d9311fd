/* SPDX-License-Identifier: MIT */

/* What a process costs before any allocator: the measure for startup.c. */

int main(void)
{
    return 0;
}

// SPDX-License-Identifier: MIT
// A library that allocates in its constructor, before main and before the program
// has called anything.

struct Early {
    int number;
    Early *next;
};

static Early *made = new Early{42, new Early{7, nullptr}};

extern "C" __attribute__((visibility("default"))) int early_numbers()
{
    return made->number + made->next->number;
}

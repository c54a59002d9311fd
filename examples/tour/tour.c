/* SPDX-License-Identifier: MIT */
#include "examples/tour/tour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct page {
    const char *title;
    void (*print)(void);
} pages[] = {
    {"Linear: a pointer moves up", page_1_linear},
    {"Fixed size, by searching for a free cell", page_2_searching},
    {"Fixed size, with a stack of pointers to the free cells", page_3_fixed},
    {"Variable size: a hole, its neighbour, and what fits", page_4_variable},
    {"The window: which words are pointers?", page_5_window},
    {"The reference graph", page_6_graph},
    {"Reached objects and orphans", page_7_reached},
    {"The sweep", page_8_sweep},
};

enum { PAGES = sizeof pages / sizeof *pages };

static void print_page(size_t number)
{
    const struct page *page = &pages[number - 1];
    int signs = printf("%zu. %s\n", number, page->title) - 1;
    for (int i = 0; i < signs; i++)
        putchar('=');
    printf("\n\n");
    page->print();
}

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [PAGE]\n", program);
    for (size_t i = 0; i < PAGES; i++)
        fprintf(stderr, "  %zu  %s\n", i + 1, pages[i].title);
    return 2;
}

static void print_all(void)
{
    for (size_t number = 1; number <= PAGES; number++) {
        if (number > 1)
            printf("\n\n");
        print_page(number);
    }
}

int main(int argument_count, char **arguments)
{
    size_t number = 0;
    if (argument_count == 2) {
        char *end;
        number = strtoul(arguments[1], &end, 10);
        if (*end != '\0' || number < 1 || number > PAGES)
            return usage(arguments[0]);
        print_page(number);
    } else if (argument_count == 1)
        print_all();
    else
        return usage(arguments[0]);
    return fflush(stdout) == 0 ? 0 : 1;
}

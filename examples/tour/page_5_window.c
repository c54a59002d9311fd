/* SPDX-License-Identifier: MIT */
/* The word window over a real object, and the heap map's answer for each word
 * that it shows. */

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "alloc/variable.h"
#include "examples/tour/picture.h"
#include "examples/tour/require.h"
#include "examples/tour/tour.h"
#include "gc/window.h"

static struct variable heap;
static struct local local;

struct looked_at {
    size_t count;
    void *object;
    char text[8];
    char *into_the_middle;
    void *past_the_heap;
    void *freed;
};

/* Without padding, as in a file or a network packet. */
struct __attribute__((packed)) packed {
    char tag[5];
    void *object;
    char rest[11];
};

static char *target;

static void *take(size_t bytes)
{
    enum refusal why;
    void *object =
        gc__variable_alloc_small(&heap, &local, KIND_SCANNED, bytes, &why);
    require(object != NULL, "no memory");
    return object;
}

static void free_cell_of(void *object)
{
    struct cell cell = {0, 0};
    require(heap_map_find(&heap.map, (uintptr_t)object, &cell), "no object");
    gc__variable_free(&heap, &local, cell);
}

/* What one word is, as the collector finds out. */
static void judge(uintptr_t word, char *verdict, size_t bytes)
{
    struct cell cell;
    if (!heap_map_find(&heap.map, word, &cell))
        snprintf(verdict, bytes, "not in the heap");
    else if (!gc__variable_is_object(&heap, &local, cell))
        snprintf(verdict, bytes, "a free cell");
    else
        snprintf(verdict, bytes, "-> %zu bytes [%zu]",
                 cell_bytes(&heap.map, cell),
                 (size_t)(word - cell_address(&heap.map, cell)));
}

/* Without the address of the heap, which is another in each run. */
static void show(uintptr_t word, char *text, size_t bytes)
{
    if (word - heap.map.low <= heap.map.bytes)
        snprintf(text, bytes, "heap + %zu", (size_t)(word - heap.map.low));
    else if (word < 1000)
        snprintf(text, bytes, "%zu", (size_t)word);
    else
        snprintf(text, bytes, "\"%.8s\"", (const char *)&word);
}

static void draw_window(struct range object, uintptr_t address,
                        size_t bytes_per_sign, const char *text)
{
    struct strip strip;
    strip_start(&strip, object, bytes_per_sign);
    strip_fill(&strip, address, WORD_BYTES, '#');
    strip_print(&strip, "%s", text);
}

static void draw_each_word(struct range object)
{
    struct window window = window_over(object, WORD_BYTES);
    uintptr_t address, word;
    while (window_next(&window, &address, &word)) {
        char shown[24], verdict[40], text[64];
        show(word, shown, sizeof shown);
        judge(word, verdict, sizeof verdict);
        snprintf(text, sizeof text, "%-14s %s", shown, verdict);
        draw_window(object, address, 2, text);
    }
}

/* Answers how many words the window has shown. */
static size_t draw_pointers(struct range object, size_t step)
{
    struct window window = window_over(object, step);
    uintptr_t address, word;
    size_t words = 0, pointers = 0;
    for (; window_next(&window, &address, &word); words++) {
        char verdict[40];
        judge(word, verdict, sizeof verdict);
        if (strncmp(verdict, "->", 2) == 0) {
            draw_window(object, address, 1, verdict);
            pointers++;
        }
    }
    printf("    steps of %zu: %zu words, %zu pointer%s\n", step, words,
           pointers, pointers == 1 ? "" : "s");
    return words;
}

static struct range range_of(const void *memory, size_t bytes)
{
    return (struct range){(uintptr_t)memory, (uintptr_t)memory + bytes};
}

static void look_at_words(void)
{
    struct looked_at *object = take(sizeof *object);
    char *freed = take(96);
    *object = (struct looked_at){
        .count = 3,
        .object = target,
        .text = {'t', 'i', 'd', 'e', 'm', 'a', 'r', 'k'},
        .into_the_middle = target + 40,
        .past_the_heap = (void *)(heap.map.low + heap.map.bytes),
        .freed = freed,
    };
    free_cell_of(freed);
    printf("An object of %zu bytes: a count, a pointer to another object, a "
           "text, a pointer\ninto the middle of that object, the address where "
           "the heap ends, and a pointer\nto an object that has been freed.  "
           "The window moves over it, 8 bytes at a time\n(two to a sign), and "
           "shows one word after the other:\n\n",
           sizeof *object);
    draw_each_word(range_of(object, sizeof *object));
    printf("\nWhatever the word was meant to be: if it points into an object, "
           "that object\nlives.\n\n");
}

static void look_at_packed_words(void)
{
    struct packed *object = take(sizeof *object);
    *object = (struct packed){.object = target};
    struct range range = range_of(object, sizeof *object);
    printf(
        "A packed structure of %zu bytes has a pointer at offset %zu, across "
        "two words.  The\nwindow sees it only in smaller steps:\n\n",
        sizeof *object, offsetof(struct packed, object));
    size_t words = draw_pointers(range, 8);
    size_t more_words = draw_pointers(range, 1);
    printf("\nThat is %zu words instead of %zu, and more of them look like "
           "pointers that are\nnone; so 8 is the default.\n",
           more_words, words);
}

void page_5_window(void)
{
    require(gc__variable_init(&heap), "no memory for a heap");
    gc__local_init(&local);
    target = take(96);
    look_at_words();
    look_at_packed_words();
    gc__variable_finish(&heap);
}

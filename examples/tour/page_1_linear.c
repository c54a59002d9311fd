/* SPDX-License-Identifier: MIT */
/* The linear allocator is three addresses: low, next, high. */

#include <stdio.h>

#include "alloc/linear.h"
#include "examples/tour/picture.h"
#include "examples/tour/tour.h"

enum { AREA_BYTES = 128, BYTES_PER_SIGN = 4, OBJECTS = 4, ALIGNMENT = 8 };

static struct object {
    const char *name;
    size_t bytes;
    void *start;
} objects[OBJECTS] = {
    {"A", 24, NULL}, {"B", 40, NULL}, {"C", 24, NULL}, {"D", 48, NULL}};

static _Alignas(ALIGNMENT) unsigned char area[AREA_BYTES];
static struct linear linear;

static void draw(void)
{
    struct strip strip;
    strip_start(&strip, (struct range){linear.low, linear.high},
                BYTES_PER_SIGN);
    for (size_t i = 0; i < OBJECTS; i++)
        if (objects[i].start != NULL)
            strip_fill(&strip, (uintptr_t)objects[i].start, objects[i].bytes,
                       objects[i].name[0]);
    strip_print(&strip, "%zu bytes taken", gc__linear_used(&linear));
    strip_point(&strip, linear.next, "next");
}

static void take(struct object *object)
{
    object->start = gc__linear_alloc(&linear, object->bytes, ALIGNMENT);
    if (object->start == NULL) {
        printf("%s, %zu bytes: does not fit, since only %zu are left\n\n",
               object->name, object->bytes,
               (size_t)(linear.high - linear.next));
        return;
    }
    printf("%s, %zu bytes: starts where next was\n\n", object->name,
           object->bytes);
    draw();
    putchar('\n');
}

void page_1_linear(void)
{
    uintptr_t low = (uintptr_t)area;
    gc__linear_init(&linear, (struct range){low, low + AREA_BYTES});
    printf("An area of %d bytes; each sign stands for %d of them.\n\n",
           AREA_BYTES, BYTES_PER_SIGN);
    draw();
    putchar('\n');
    for (size_t i = 0; i < OBJECTS; i++)
        take(&objects[i]);

    printf("Now B is not needed any more.  But where B starts and how long it "
           "is stands\nnowhere: of all objects together the allocator knows "
           "low, next and high.  It\ncannot take B back, and %zu of its bytes "
           "lie idle while D has no room.\n\nWhat it can do is to take "
           "everything back, by next = low:\n\n",
           objects[1].bytes);
    gc__linear_reset(&linear);
    for (size_t i = 0; i < OBJECTS; i++)
        objects[i].start = NULL;
    draw();
    putchar('\n');
    take(&objects[3]);
    printf("That is all there is to it: an addition, a comparison.  The "
           "collector keeps its\nlist of roots so: it is written anew for each "
           "collection.\n");
}

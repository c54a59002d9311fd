/* SPDX-License-Identifier: MIT */
/* The heap map as SVG.
 *
 *     title, and one line of totals
 *     a bar: bytes in objects, holes in blocks, free blocks
 *     the legend
 *     the blocks, 32 to 256 in a row, so that the picture is about as high as
 *     wide; at the left, how far into the heap a row starts
 *
 * All numbers are whole: a decimal point depends on the locale. */

#include "gc/heap_picture.h"

#include <string.h>

#include "gc/text.h"

enum {
    WIDTH = 1000,
    LEFT = 80, /* of bar and blocks; the numbers of the rows stand before */
    GRID_WIDTH = 896,
    BAR_TOP = 68,
    BAR_HEIGHT = 16,
    LEGEND_TOP = 100,
    LEGEND_LINE = 24,
    LEGEND_COLUMN = 470,
    SHADES = 8,
    SWATCH = 8, /* pixels of a shade in the legend */
    UNIT = 10,  /* a block, before it is scaled, with a gap of 1 */
    TOOLTIP_BLOCKS = 4096,
    LOOK_HOLE = LOOK_COUNT, /* in bar and legend: what objects leave unused */
};

/* How many blocks stand in a row, by how many there are. */
static const struct grid {
    size_t most_blocks;
    unsigned columns;
    unsigned half_pixels; /* of a block's side, twice */
    const char *scale;    /* pixels / UNIT */
    const char *stroke;   /* a pixel, before it is scaled */
    unsigned numbered;    /* every so manieth row has its number */
} grids[] = {
    {1024, 32, 56, "2.8", "0.4", 1},
    {4096, 64, 28, "1.4", "0.7", 2},
    {16384, 128, 14, "0.7", "1", 4},
    {SIZE_MAX, 256, 7, "0.35", "1", 8},
};

static const struct grid *grid_for(size_t blocks)
{
    const struct grid *grid = grids;
    while (blocks > grid->most_blocks)
        grid++;
    return grid;
}

static size_t pixels_down(const struct grid *grid, size_t row)
{
    return row * grid->half_pixels / 2;
}

static size_t rows_of(const struct grid *grid, size_t blocks)
{
    return (blocks + grid->columns - 1) / grid->columns;
}

/* ----------------------------------------------------------------- colours */

struct colour {
    unsigned red, green, blue;
};

/* Of blocks full of cells. */
static const struct colour colours[SHOWN_KINDS] = {
    [KIND_SCANNED] = {0x1f, 0x6f, 0xb4},
    [KIND_ATOMIC] = {0x2b, 0x93, 0x5a},
    [KIND_UNCOLLECTABLE] = {0x8e, 0x44, 0xad},
    [KIND_ATOMIC_UNCOLLECTABLE] = {0xb0, 0x70, 0x2a},
    {0xc2, 0x3b, 0x6e},
    {0x1a, 0x9a, 0xa0},
    {0x7d, 0x8f, 0x1f},
    {0xd4, 0x5a, 0x3c},
    {0x5a, 0x62, 0xc8},
    {0xc0, 0x5c, 0xc8},
    {0x9c, 0x6b, 0x5a},
    [OTHER_KINDS] = {0x5f, 0x6c, 0x78},
};

/* Those of large objects are darker. */
static struct colour colour_of(unsigned look)
{
    struct colour colour = colours[look % SHOWN_KINDS];
    if (look < LOOK_LARGE)
        return colour;
    return (struct colour){colour.red * 5 / 9, colour.green * 5 / 9,
                           colour.blue * 5 / 9};
}

/* The rest of a large object looks as its start does. */
static unsigned colour_look(unsigned look)
{
    return look >= LOOK_LARGE_REST && look < LOOK_FREE ? look - SHOWN_KINDS
                                                       : look;
}

/* From pale to the full colour. */
static struct colour shade_of(struct colour full, unsigned shade)
{
    unsigned part = shade + 1;
    return (struct colour){
        255 - (255 - full.red) * part / SHADES,
        255 - (255 - full.green) * part / SHADES,
        255 - (255 - full.blue) * part / SHADES,
    };
}

static unsigned shade_for(const struct block_look *block)
{
    return (unsigned)smaller((size_t)block->used_bytes * SHADES / BLOCK_BYTES,
                             SHADES - 1);
}

/* A class of style sheets: the look and its shade. */
static void print_class(struct text *text, unsigned look, unsigned shade)
{
    if (look == LOOK_FREE)
        gc__text_print(text, "class=\"free\"");
    else if (look == LOOK_RETURNED)
        gc__text_print(text, "class=\"gone\"");
    else if (look == LOOK_HOLE)
        gc__text_print(text, "class=\"hole\"");
    else
        gc__text_print(text, "class=\"k%u%u\"", colour_look(look), shade);
}

/* The custom kinds' only as far as they are needed. */
static void print_styles(struct text *text, const struct heap_picture *picture)
{
    gc__text_print(text, "<style>\n"
                         "text{font-family:Helvetica,Arial,sans-serif;"
                         "font-size:13px;fill:#222}\n"
                         ".title{font-size:20px;font-weight:bold}\n"
                         ".number{font-size:11px;fill:#777;text-anchor:end}\n"
                         ".hole{fill:#f2c14e}\n"
                         ".free{fill:#d6d6d6}\n"
                         ".gone{fill:#fff;stroke:#d0d0d0}\n");
    for (unsigned look = 0; look < LOOK_LARGE_REST; look++) {
        if (look % SHOWN_KINDS >= KIND_COUNT && picture->looks[look] == 0)
            continue;
        for (unsigned shade = 0; shade < SHADES; shade++) {
            struct colour colour = shade_of(colour_of(look), shade);
            gc__text_print(text, ".k%u%u{fill:#%02x%02x%02x}\n", look, shade,
                           colour.red, colour.green, colour.blue);
        }
    }
    gc__text_print(text, "</style>\n");
}

/* ------------------------------------------------------------------ totals */

static size_t bytes_of(size_t blocks)
{
    return blocks << BLOCK_SHIFT;
}

static void print_totals(struct text *text, const struct heap_picture *picture)
{
    size_t in_use = bytes_of(gc__heap_picture_used(picture));
    size_t in_objects = gc__heap_picture_used_bytes(picture);
    size_t all = bytes_of(picture->count);
    gc__text_print(text,
                   "<text class=\"title\" x=\"%d\" y=\"30\">Heap map</text>\n"
                   "<text x=\"%d\" y=\"54\">%zu blocks of 64 KiB, %s: %s in "
                   "objects, %s of holes in their blocks, %s in free blocks "
                   "(the longest run has %zu)</text>\n",
                   LEFT, LEFT, picture->count, gc__size_text(all).text,
                   gc__size_text(in_objects).text,
                   gc__size_text(in_use - in_objects).text,
                   gc__size_text(all - in_use).text, picture->longest_free_run);
}

struct bar {
    struct text *text;
    size_t all;  /* bytes that the bar stands for */
    size_t done; /* bytes so far */
};

static size_t bar_x(const struct bar *bar)
{
    return LEFT + (size_t)((double)bar->done / (double)bar->all * GRID_WIDTH);
}

static void print_part(struct bar *bar, size_t bytes, unsigned look)
{
    size_t low = bar_x(bar);
    bar->done += bytes;
    size_t high = bar_x(bar);
    if (low == high)
        return;
    gc__text_print(bar->text,
                   "<rect x=\"%zu\" y=\"%d\" width=\"%zu\" height=\"%d\" ", low,
                   BAR_TOP, high - low, BAR_HEIGHT);
    print_class(bar->text, look, SHADES - 1);
    gc__text_print(bar->text, "/>\n");
}

/* In blocks that look so, the rest of large objects included. */
static size_t blocks_of(const struct heap_picture *picture, unsigned look)
{
    bool is_large = look >= LOOK_LARGE && look < LOOK_LARGE_REST;
    return picture->looks[look] +
           (is_large ? picture->looks[look + SHOWN_KINDS] : 0);
}

static size_t used_bytes_of(const struct heap_picture *picture, unsigned look)
{
    bool is_large = look >= LOOK_LARGE && look < LOOK_LARGE_REST;
    return picture->used_bytes[look] +
           (is_large ? picture->used_bytes[look + SHOWN_KINDS] : 0);
}

static size_t hole_bytes_of(const struct heap_picture *picture)
{
    return bytes_of(gc__heap_picture_used(picture)) -
           gc__heap_picture_used_bytes(picture);
}

static void print_bar(struct text *text, const struct heap_picture *picture)
{
    struct bar bar = {text, larger(bytes_of(picture->count), 1), 0};
    gc__text_print(text, "<g id=\"bar\">\n");
    for (unsigned look = 0; look < LOOK_LARGE_REST; look++)
        print_part(&bar, used_bytes_of(picture, look), look);
    print_part(&bar, hole_bytes_of(picture), LOOK_HOLE);
    for (unsigned look = LOOK_FREE; look < LOOK_COUNT; look++)
        print_part(&bar, bytes_of(picture->looks[look]), look);
    gc__text_print(text, "</g>\n");
}

/* ------------------------------------------------------------------ legend */

/* An entry begins with all the shades of its colour. */
static void print_swatch(struct text *text, unsigned x, unsigned y,
                         unsigned look)
{
    bool has_shades = look < LOOK_LARGE;
    for (unsigned shade = 0; shade < (has_shades ? SHADES : 1); shade++) {
        gc__text_print(
            text, "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"14\" ",
            x + shade * SWATCH, y, has_shades ? SWATCH : SHADES * SWATCH);
        print_class(text, look, has_shades ? shade : SHADES - 1);
        gc__text_print(text, "/>\n");
    }
}

/* A custom kind has whatever name the program has given it. */
static bool is_plain(char character)
{
    return character >= ' ' && character < 0x7f &&
           strchr("<>&", character) == NULL;
}

static void print_kind(struct text *text, const struct heap_picture *picture,
                       unsigned look)
{
    const char *name = gc__heap_picture_kind(picture, look);
    if (look >= LOOK_LARGE)
        gc__text_print(text, "large, ");
    for (; *name != '\0'; name++)
        gc__text_print(text, "%c", is_plain(*name) ? *name : '?');
}

static void print_meaning(struct text *text, const struct heap_picture *picture,
                          unsigned look)
{
    if (look == LOOK_HOLE) {
        gc__text_print(text, "holes: %s that no object takes, in blocks in use",
                       gc__size_text(hole_bytes_of(picture)).text);
        return;
    }
    size_t blocks = blocks_of(picture, look);
    if (look_is_free(look)) {
        gc__text_print(text, "free%s: %zu blocks",
                       look == LOOK_RETURNED ? ", memory returned" : "",
                       blocks);
        return;
    }
    print_kind(text, picture, look);
    gc__text_print(text, ": %zu blocks, %zu %% full", blocks,
                   used_bytes_of(picture, look) * 100 / bytes_of(blocks));
}

/* Returns how many entries there are; prints them if `text` is not NULL. */
static unsigned print_legend(struct text *text,
                             const struct heap_picture *picture)
{
    unsigned entries = 0;
    for (unsigned look = 0; look <= LOOK_HOLE; look++) {
        bool is_rest = look >= LOOK_LARGE_REST && look < LOOK_FREE;
        if (is_rest || (look < LOOK_HOLE && blocks_of(picture, look) == 0))
            continue;
        unsigned x = LEFT + entries % 2 * LEGEND_COLUMN;
        unsigned y = LEGEND_TOP + entries / 2 * LEGEND_LINE;
        entries++;
        if (text == NULL)
            continue;
        print_swatch(text, x, y, look);
        gc__text_print(text, "<text x=\"%u\" y=\"%u\">",
                       x + SHADES * SWATCH + 10, y + 12);
        print_meaning(text, picture, look);
        gc__text_print(text, "</text>\n");
    }
    return entries;
}

static size_t legend_bottom(const struct heap_picture *picture)
{
    return LEGEND_TOP + (print_legend(NULL, picture) + 1) / 2 * LEGEND_LINE + 8;
}

/* ------------------------------------------------------------------ blocks */

static void print_tooltip(struct text *text, const struct heap_picture *picture,
                          size_t index)
{
    const struct block_look *block = &picture->blocks[index];
    unsigned look = colour_look(block->look);
    gc__text_print(text, "<title>block %zu at 0x%zx: ", index,
                   (size_t)picture->low + bytes_of(index));
    if (look_is_free(look)) {
        gc__text_print(text, "free</title>");
        return;
    }
    print_kind(text, picture, look);
    gc__text_print(text, ", %zu %%</title>",
                   (size_t)block->used_bytes * 100 / BLOCK_BYTES);
}

/* The blocks of a large object touch. */
static void print_block(struct text *text, const struct heap_picture *picture,
                        const struct grid *grid, size_t index)
{
    const struct block_look *block = &picture->blocks[index];
    size_t column = index % grid->columns;
    bool touches =
        block->look >= LOOK_LARGE_REST && block->look < LOOK_FREE && column > 0;
    gc__text_print(text,
                   "<rect x=\"%zu\" y=\"%zu\" width=\"%d\" height=\"%d\" ",
                   column * UNIT - touches, index / grid->columns * UNIT,
                   UNIT - 1 + touches, UNIT - 1);
    print_class(text, block->look, shade_for(block));
    if (picture->count > TOOLTIP_BLOCKS) {
        gc__text_print(text, "/>\n");
        return;
    }
    gc__text_print(text, ">");
    print_tooltip(text, picture, index);
    gc__text_print(text, "</rect>\n");
}

static void print_row_numbers(struct text *text, const struct grid *grid,
                              size_t rows, size_t top)
{
    size_t row_bytes = bytes_of(grid->columns);
    for (size_t row = 0; row < rows; row += grid->numbered)
        gc__text_print(text,
                       "<text class=\"number\" x=\"%d\" y=\"%zu\">%zu MiB"
                       "</text>\n",
                       LEFT - 8,
                       top + pixels_down(grid, row) + grid->half_pixels / 4 + 5,
                       row * row_bytes >> 20);
}

void gc__heap_picture_print_svg(FILE *file, const struct heap_picture *picture)
{
    const struct grid *grid = grid_for(picture->count);
    size_t rows = rows_of(grid, picture->count);
    size_t top = legend_bottom(picture);
    struct text text;
    gc__text_start(&text, file);
    gc__text_print(&text,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                   "height=\"%zu\">\n"
                   "<title>tidemark: heap map</title>\n",
                   WIDTH, top + pixels_down(grid, rows) + 24);
    print_styles(&text, picture);
    gc__text_print(&text,
                   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
    print_totals(&text, picture);
    print_bar(&text, picture);
    print_legend(&text, picture);
    print_row_numbers(&text, grid, rows, top);
    gc__text_print(&text,
                   "<g id=\"blocks\" transform=\"translate(%d,%zu) "
                   "scale(%s)\" stroke-width=\"%s\">\n",
                   LEFT, top, grid->scale, grid->stroke);
    for (size_t i = 0; i < picture->count; i++)
        print_block(&text, picture, grid, i);
    gc__text_print(&text, "</g>\n</svg>\n");
    gc__text_end(&text);
}

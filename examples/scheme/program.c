/* SPDX-License-Identifier: MIT */
#include "program.h"

#include "compiler.h"
#include "reader.h"

struct program {
    struct machine *machine;
    struct reader reader;
    struct place_table places;
    const struct node **trees; /* one for each form at top level */
    size_t count;
    size_t capacity;
};

static void add_tree(struct program *program, const struct node *tree)
{
    if (program->count == program->capacity) {
        const struct node **old = program->trees;
        program->capacity = 2 * program->capacity + 8;
        program->trees = allocate(program->capacity * sizeof *old);
        for (size_t i = 0; i < program->count; i++)
            program->trees[i] = old[i];
    }
    program->trees[program->count++] = tree;
}

static void load(void *context)
{
    struct program *program = context;
    struct syntax form;
    while (reader_next(&program->reader, &form))
        add_tree(program,
                 compile_top_level(program->machine, &program->places, form));
}

bool program_run(struct machine *machine, const char *file, const char *text,
                 size_t length)
{
    struct program program = {.machine = machine};
    program.reader = reader_of(machine, &program.places, file, text, length);
    if (!machine_try(machine, load, &program))
        return false;

    program.places = (struct place_table){0};
    for (size_t i = 0; i < program.count; i++)
        if (!machine_run(machine, program.trees[i]))
            return false;
    return true;
}

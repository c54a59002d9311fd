/* SPDX-License-Identifier: MIT */
#include "gc/toggle.h"

void gc__toggles_init(struct toggles *toggles)
{
    *toggles = (struct toggles){.decide = NULL};
    gc__table_init(&toggles->table, sizeof(struct keyed));
}

void gc__toggles_finish(struct toggles *toggles)
{
    gc__table_finish(&toggles->table);
}

bool gc__toggle_add(struct toggles *toggles, struct variable *heap,
                    struct cell cell, enum toggle toggle)
{
    uintptr_t object = cell_address(&heap->map, cell);
    struct keyed *record = gc__table_find(&toggles->table, object);
    if (record == NULL) {
        if (!gc__table_reserve(&toggles->table, toggles->table.count + 1))
            return false;
        record = gc__table_add(&toggles->table, object);
        variable_tie(heap, cell);
    }
    record->note = toggle;
    return true;
}

void gc__toggles_forget(struct toggles *toggles, uintptr_t object)
{
    struct keyed *record = gc__table_find(&toggles->table, object);
    if (record != NULL)
        gc__table_remove(&toggles->table, record);
}

void gc__toggles_decide(struct toggles *toggles)
{
    for (size_t i = toggles->table.count; i-- > 0;) {
        struct keyed *record = toggle_at(toggles, i);
        if (toggles->decide != NULL)
            record->note = toggles->decide((void *)keyed_address(record),
                                           toggles->context);
        if (record->note == TOGGLE_DROP)
            gc__table_remove(&toggles->table, record);
    }
}

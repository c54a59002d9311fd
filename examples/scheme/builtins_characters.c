/* SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "builtins.h"

/* Characters are bytes; letters are those of ASCII. */

static value char_to_integer(struct machine *machine, struct arguments given)
{
    return integer(need_character(machine, given.at[0]));
}

static value integer_to_char(struct machine *machine, struct arguments given)
{
    return character((unsigned char)need_index(machine, given.at[0], 255));
}

static value char_upcase(struct machine *machine, struct arguments given)
{
    int c = toupper(need_character(machine, given.at[0]));
    return character((unsigned char)c);
}

static value char_downcase(struct machine *machine, struct arguments given)
{
    int c = tolower(need_character(machine, given.at[0]));
    return character((unsigned char)c);
}

static value char_alphabetic(struct machine *machine, struct arguments given)
{
    return boolean(isalpha(need_character(machine, given.at[0])));
}

static value char_numeric(struct machine *machine, struct arguments given)
{
    return boolean(isdigit(need_character(machine, given.at[0])));
}

static value char_whitespace(struct machine *machine, struct arguments given)
{
    return boolean(isspace(need_character(machine, given.at[0])));
}

static int compare(struct machine *machine, struct arguments given)
{
    return (int)need_character(machine, given.at[0]) -
           (int)need_character(machine, given.at[1]);
}

static value char_equal(struct machine *machine, struct arguments given)
{
    return boolean(compare(machine, given) == 0);
}

static value char_less(struct machine *machine, struct arguments given)
{
    return boolean(compare(machine, given) < 0);
}

static value char_at_most(struct machine *machine, struct arguments given)
{
    return boolean(compare(machine, given) <= 0);
}

static value char_greater(struct machine *machine, struct arguments given)
{
    return boolean(compare(machine, given) > 0);
}

static value char_at_least(struct machine *machine, struct arguments given)
{
    return boolean(compare(machine, given) >= 0);
}

void builtins_add_characters(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("char->integer", 1, 1, char_to_integer),
        FUNCTION("integer->char", 1, 1, integer_to_char),
        FUNCTION("char-upcase", 1, 1, char_upcase),
        FUNCTION("char-downcase", 1, 1, char_downcase),
        FUNCTION("char-alphabetic?", 1, 1, char_alphabetic),
        FUNCTION("char-numeric?", 1, 1, char_numeric),
        FUNCTION("char-whitespace?", 1, 1, char_whitespace),
        FUNCTION("char=?", 2, 2, char_equal),
        FUNCTION("char<?", 2, 2, char_less),
        FUNCTION("char<=?", 2, 2, char_at_most),
        FUNCTION("char>?", 2, 2, char_greater),
        FUNCTION("char>=?", 2, 2, char_at_least),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}

/* SPDX-License-Identifier: MIT */

/* intern: equal words are one object, for as long as somebody has it.
 *
 * Each text is an array of its words.  Words that are equal are the same object,
 * in all texts, so that they can be compared by their addresses.  Two tables make
 * it so, and neither keeps a word alive:
 *
 *   words    finds the object of a word by weak references.  When the last text is
 *            dropped that has a word, that goes, and its entry when it is met
 *   notes    knows in which text a word was first seen.  A note points to its word,
 *            so a table with weak keys and ordinary values would keep the word by
 *            way of its own note.  An ephemeron does not: the note lives as long
 *            as something else has the word */

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

enum { BUCKETS = 4096, MOST_LETTERS = 100 };

struct note {
    const char *word;
    const char *text; /* where it was first seen */
};

struct entry {
    struct entry *next;
    struct gc_weak *word;
    struct gc_ephemeron *note;
};

struct text {
    size_t count, room;
    const char **words;
};

static struct entry *words[BUCKETS];

static void *checked(void *memory)
{
    if (memory == NULL) {
        perror("intern");
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* ---- the tables -------------------------------------------------------- */

/* Source: the FNV-1a hash of G. Fowler, L. C. Noll and P. Vo. */
static struct entry **bucket_of(const char *word)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (; *word != '\0'; word++)
        hash = (hash ^ (unsigned char)*word) * 0x100000001b3;
    return &words[hash % BUCKETS];
}

/* An equal word, or NULL; takes out the entries of those that have died. */
static const char *find(const char *letters)
{
    struct entry **link = bucket_of(letters);
    while (*link != NULL) {
        const char *word = gc_weak_get((*link)->word);
        if (word != NULL && strcmp(word, letters) == 0)
            return word;
        if (word == NULL)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    }
    return NULL;
}

static void add(const char *word, const char *text)
{
    struct note *note = checked(gc_malloc(sizeof *note));
    *note = (struct note){word, text};
    struct entry *entry = checked(gc_malloc(sizeof *entry));
    struct entry **bucket = bucket_of(word);
    entry->word = checked(gc_weak_new(word));
    entry->note = checked(gc_ephemeron_new(word, note));
    entry->next = *bucket;
    *bucket = entry;
}

/* The object of a word. */
static const char *intern(const char *letters, const char *text)
{
    const char *word = find(letters);
    if (word == NULL) {
        word = checked(gc_strdup(letters));
        add(word, text);
    }
    return word;
}

/* How many words live, and how many of those were first seen in `text`. */
static size_t count_words(const char *text, size_t *from_text)
{
    size_t count = 0;
    *from_text = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct entry *at = words[i]; at != NULL; at = at->next) {
            const struct note *note = gc_ephemeron_value(at->note);
            if (note == NULL)
                continue;
            count++;
            *from_text += note->text == text;
        }
    return count;
}

/* ---- texts ------------------------------------------------------------- */

static void append(struct text *text, const char *word)
{
    if (text->count == text->room) {
        text->room = text->room == 0 ? 64 : 2 * text->room;
        text->words =
            checked(gc_realloc(text->words, text->room * sizeof *text->words));
    }
    text->words[text->count++] = word;
}

/* The next word in small letters; longer ones in pieces. */
static bool read_word(FILE *file, char *letters)
{
    size_t count = 0;
    int character;
    while ((character = getc(file)) != EOF && count < MOST_LETTERS) {
        if (isalpha(character))
            letters[count++] = (char)tolower(character);
        else if (count > 0)
            break;
    }
    letters[count] = '\0';
    return count > 0;
}

static struct text *read_text(const char *name)
{
    char letters[MOST_LETTERS + 1];
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return NULL;
    struct text *text = checked(gc_malloc(sizeof *text));
    while (read_word(file, letters))
        append(text, intern(letters, name));
    fclose(file);
    return text;
}

static bool show(const char *name, struct text **text)
{
    size_t new_words;
    *text = read_text(name);
    if (*text == NULL) {
        perror(name);
        return false;
    }
    size_t all = count_words(name, &new_words);
    printf("%s: %zu words, %zu of them new; %zu in all\n", name, (*text)->count,
           new_words, all);
    return true;
}

/* The texts are gone when this has returned. */
__attribute__((noinline)) static bool show_all(char **names, size_t count)
{
    bool is_good = true;
    struct text **texts = checked(gc_calloc(count + 1, sizeof(struct text *)));
    for (size_t i = 0; i < count; i++)
        is_good &= show(names[i], &texts[i]);
    gc_keep_alive(texts);
    return is_good;
}

int main(int argc, char **argv)
{
    size_t unused;
    bool is_good = show_all(argv + 1, argc > 0 ? (size_t)argc - 1 : 0);
    GC_collect();
    printf("without the texts: %zu words\n", count_words(NULL, &unused));
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

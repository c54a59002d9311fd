/* SPDX-License-Identifier: MIT */

/* Word counting: every word of the text becomes a pointer-free string, as a
 * reader that hands out words would make it, and is looked up in a hash table;
 * where it is known already, the new string is dropped.
 *
 *     words [repeats] [file...]
 *
 * The files are by default all of /usr/share/common-licenses/ and
 * /var/lib/dpkg/status; the text is counted `repeats` times. */

#include "bench/common.h"
#include "bench/peer.h"

#include <glob.h>

struct text {
    char *bytes; /* helper memory */
    size_t length;
    size_t room;
};

struct entry {
    struct entry *next;
    char *word;
    uint64_t hash;
    size_t count;
};

struct dictionary {
    struct entry **bucket;
    size_t buckets; /* a power of two */
    size_t entries;
};

static struct dictionary dictionary;

static void append_file(struct text *text, const char *name)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        give_up("a file of the text cannot be read");
    text->length +=
        fread(text->bytes + text->length, 1, text->room - text->length, file);
    if (fgetc(file) != EOF)
        give_up("the text is too long");
    fclose(file);
}

static void append_matches(struct text *text, const char *pattern)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        append_file(text, found.gl_pathv[i]);
    globfree(&found);
}

static struct text read_text(int argc, char **argv)
{
    struct text text = {.room = (size_t)1 << 30};
    text.bytes = helper_memory(text.room);
    for (int i = 2; i < argc; i++)
        append_file(&text, argv[i]);
    if (argc <= 2) {
        append_matches(&text, "/usr/share/common-licenses/*");
        append_matches(&text, "/var/lib/dpkg/status");
    }
    return text;
}

static void grow_dictionary(void)
{
    struct dictionary old = dictionary;
    dictionary.buckets = old.buckets == 0 ? 1024 : 2 * old.buckets;
    dictionary.bucket = bench_new_scanned(dictionary.buckets * sizeof(void *));
    for (size_t i = 0; i < old.buckets; i++) {
        struct entry *entry = old.bucket[i];
        while (entry != NULL) {
            struct entry *next = entry->next;
            size_t index = entry->hash & (dictionary.buckets - 1);
            entry->next = dictionary.bucket[index];
            dictionary.bucket[index] = entry;
            entry = next;
        }
    }
    bench_free(old.bucket);
}

static uint64_t hash_of(const char *word)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *word != '\0'; word++)
        hash = mix(hash, (unsigned char)*word);
    return hash ^ hash >> 32;
}

static struct entry *find(const char *word, uint64_t hash)
{
    struct entry *entry = dictionary.bucket[hash & (dictionary.buckets - 1)];
    while (entry != NULL &&
           (entry->hash != hash || strcmp(entry->word, word) != 0))
        entry = entry->next;
    return entry;
}

static void add(char *word, uint64_t hash)
{
    struct entry *entry = bench_new_filled(sizeof *entry);
    struct entry **bucket = &dictionary.bucket[hash & (dictionary.buckets - 1)];
    *entry = (struct entry){*bucket, word, hash, 1};
    *bucket = entry;
    if (++dictionary.entries > dictionary.buckets)
        grow_dictionary();
}

static void count_word(char *word)
{
    uint64_t hash = hash_of(word);
    struct entry *known = find(word, hash);
    if (known == NULL) {
        add(word, hash);
        return;
    }
    known->count++;
    bench_free(word);
}

static char *lower_copy(const char *from, size_t length)
{
    char *word = bench_new_atomic(length + 1);
    for (size_t i = 0; i < length; i++)
        word[i] = (char)(from[i] | 0x20); /* letters only */
    word[length] = '\0';
    return word;
}

static bool is_letter(char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26;
}

static size_t count_words(const struct text *text)
{
    size_t words = 0;
    const char *end = text->bytes + text->length;
    for (const char *at = text->bytes; at < end;) {
        const char *start = at;
        while (at < end && is_letter(*at))
            at++;
        if (at > start) {
            count_word(lower_copy(start, (size_t)(at - start)));
            words++;
        } else {
            at++;
        }
    }
    return words;
}

/* The same in whatever order the entries are. */
static uint64_t sum_up(void)
{
    uint64_t checksum = dictionary.entries;
    for (size_t i = 0; i < dictionary.buckets; i++)
        for (struct entry *entry = dictionary.bucket[i]; entry != NULL;
             entry = entry->next)
            checksum += mix(hash_of(entry->word), entry->count);
    return checksum;
}

int main(int argc, char **argv)
{
    size_t repeats = argument(argc, argv, 1, 100);
    struct text text = read_text(argc, argv);
    bench_init();
    uint64_t start_ns = clock_ns();

    grow_dictionary();
    size_t words = 0;
    for (size_t i = 0; i < repeats; i++)
        words += count_words(&text);

    report("words", words);
    report("different_words", dictionary.entries);
    report_end(start_ns, sum_up());
    return 0;
}

/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_PLUGIN_H
#define TIDEMARK_TESTS_PLUGIN_H

enum { PLUGIN_WORDS = 10000, LARGE_PLUGIN_WORDS = 1 << 17 };

enum plugin_data { PLUGIN_DATA, PLUGIN_BSS, PLUGIN_THREAD };

/* The plugin's PLUGIN_WORDS words of that sort.  The large plugin has
 * LARGE_PLUGIN_WORDS, of PLUGIN_THREAD only. */
typedef void **plugin_function(enum plugin_data which);

__attribute__((visibility("default"))) plugin_function plugin_words;

#endif

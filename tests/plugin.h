/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_PLUGIN_H
#define TIDEMARK_TESTS_PLUGIN_H

enum plugin_word { PLUGIN_DATA, PLUGIN_BSS, PLUGIN_THREAD };

/* Where the plugin's word is. */
__attribute__((visibility("default"))) void **
plugin_word(enum plugin_word which);

typedef void **plugin_function(enum plugin_word which);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_LINKED_H
#define TIDEMARK_TESTS_LINKED_H

__attribute__((visibility("default"))) void **linked_word(void);

#endif

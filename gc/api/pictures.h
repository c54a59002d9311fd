/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_PICTURES_H
#define TIDEMARK_GC_API_PICTURES_H

/* Writes heap-map.txt, heap-map.svg, graph.dot and graph.json into a folder,
 * over those that are there.  Says on standard error what could not be written,
 * and writes no more then. */
void gc__write_pictures(const char *directory);

#endif

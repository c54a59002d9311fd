/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtins.h"
#include "program.h"

/* Procedures that are easier to write in the language: those that call others,
 * since the machine can then wait for these in its own frames. */
static const char *const prelude[] = {
    "(define (check-list name list)"
    "  (if (not (list? list))"
    "      (error (string-append name \": not a list\") list)))",

    "(define (map-one f list)"
    "  (let loop ((rest list) (done '()))"
    "    (if (null? rest)"
    "        (reverse done)"
    "        (loop (cdr rest) (cons (f (car rest)) done)))))",

    "(define (any-null? lists)"
    "  (let loop ((rest lists))"
    "    (and (pair? rest) (or (null? (car rest)) (loop (cdr rest))))))",

    "(define (map f list . more)"
    "  (check-list \"map\" list)"
    "  (map-one (lambda (list) (check-list \"map\" list)) more)"
    "  (if (null? more)"
    "      (map-one f list)"
    "      (let loop ((lists (cons list more)) (done '()))"
    "        (if (any-null? lists)"
    "            (reverse done)"
    "            (loop (map-one cdr lists)"
    "                  (cons (apply f (map-one car lists)) done))))))",

    "(define (for-each f list . more)"
    "  (check-list \"for-each\" list)"
    "  (if (null? more)"
    "      (let loop ((rest list))"
    "        (if (pair? rest)"
    "            (begin (f (car rest)) (loop (cdr rest)))))"
    "      (begin (apply map f list more) (if #f #f))))",

    "(define (vector-map f vector)"
    "  (list->vector (map-one f (vector->list vector))))",

    "(define (vector-for-each f vector)"
    "  (let loop ((rest (vector->list vector)))"
    "    (if (pair? rest)"
    "        (begin (f (car rest)) (loop (cdr rest))))))",

    "(define (filter keep? list)"
    "  (check-list \"filter\" list)"
    "  (let loop ((rest list) (done '()))"
    "    (cond ((null? rest) (reverse done))"
    "          ((keep? (car rest))"
    "           (loop (cdr rest) (cons (car rest) done)))"
    "          (else (loop (cdr rest) done)))))",

    "(define (fold-left f start list)"
    "  (check-list \"fold-left\" list)"
    "  (let loop ((result start) (rest list))"
    "    (if (null? rest)"
    "        result"
    "        (loop (f result (car rest)) (cdr rest)))))",

    "(define (fold-right f start list)"
    "  (check-list \"fold-right\" list)"
    "  (let loop ((result start) (rest (reverse list)))"
    "    (if (null? rest)"
    "        result"
    "        (loop (f (car rest) result) (cdr rest)))))",

    "(define (iota count)"
    "  (let loop ((i (- count 1)) (list '()))"
    "    (if (< i 0) list (loop (- i 1) (cons i list)))))",

    "(define (merge-lists a b less?)"
    "  (let loop ((a a) (b b) (done '()))"
    "    (cond ((null? a) (append (reverse done) b))"
    "          ((null? b) (append (reverse done) a))"
    "          ((less? (car b) (car a)) (loop a (cdr b) (cons (car b) done)))"
    "          (else (loop (cdr a) b (cons (car a) done))))))",

    "(define (list-head list count)"
    "  (let loop ((rest list) (left count) (done '()))"
    "    (if (= left 0)"
    "        (reverse done)"
    "        (loop (cdr rest) (- left 1) (cons (car rest) done)))))",

    "(define (sort list less?)"
    "  (check-list \"sort\" list)"
    "  (let sort-first ((list list) (count (length list)))"
    "    (if (< count 2)"
    "        (list-head list count)"
    "        (let ((half (quotient count 2)))"
    "          (merge-lists (sort-first list half)"
    "                       (sort-first (list-tail list half) (- count half))"
    "                       less?)))))",

    "(define (string-join strings separator)"
    "  (check-list \"string-join\" strings)"
    "  (if (null? strings)"
    "      \"\""
    "      (let loop ((rest (cdr strings)) (parts (list (car strings))))"
    "        (if (null? rest)"
    "            (apply string-append (reverse parts))"
    "            (loop (cdr rest)"
    "                  (cons (car rest) (cons separator parts)))))))",

    "(define (make-promise thunk)"
    "  (let ((done #f) (result #f))"
    "    (lambda ()"
    "      (if (not done)"
    "          (let ((new (thunk)))"
    "            (if (not done) (begin (set! result new) (set! done #t)))))"
    "      result)))",

    "(define (force promise) (promise))",
};

void builtins_add_prelude(struct machine *machine)
{
    for (size_t i = 0; i < sizeof prelude / sizeof *prelude; i++) {
        if (program_run(machine, NULL, prelude[i], strlen(prelude[i])))
            continue;
        fprintf(stderr, "scheme: the prelude fails in %.40s\n", prelude[i]);
        abort();
    }
}

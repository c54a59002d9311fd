; SPDX-License-Identifier: MIT
;
; Regular expressions by derivatives (Brzozowski 1964): what a text may go on
; with, once one character of it is read, is a regular expression again.
;
;   a      the character a             (...)  a group
;   .      any character               x*     any number of x
;   [a-f]  a character in the range    x+     one x or more
;   xy     x, then y                   x?     one x or none
;   x|y    x or y                      \c     the character c
;
; An expression is `none` (matches nothing), `empty` (matches the empty text),
; a predicate on characters, or one of (then x y), (or x y), (many x).

(define (make-then x y)
  (cond ((or (eq? x 'none) (eq? y 'none)) 'none)
        ((eq? x 'empty) y)
        ((eq? y 'empty) x)
        (else (list 'then x y))))

(define (make-or x y)
  (cond ((eq? x 'none) y)
        ((eq? y 'none) x)
        ((equal? x y) x)
        (else (list 'or x y))))

(define (make-many x)
  (if (or (eq? x 'none) (eq? x 'empty))
      'empty
      (list 'many x)))

; Parsing: each procedure takes a list of characters and gives a pair of an
; expression and the rest of the list.

(define (next? rest c)
  (and (pair? rest) (char=? (car rest) c)))

(define (parse-or text)
  (let ((first (parse-then text)))
    (if (next? (cdr first) #\|)
        (let ((second (parse-or (cddr first))))
          (cons (make-or (car first) (car second)) (cdr second)))
        first)))

(define (parse-then text)
  (let loop ((parsed 'empty) (rest text))
    (if (or (null? rest) (next? rest #\|) (next? rest #\)))
        (cons parsed rest)
        (let ((item (parse-item rest)))
          (loop (make-then parsed (car item)) (cdr item))))))

(define (parse-item text)
  (let loop ((item (parse-atom text)))
    (let ((x (car item)) (rest (cdr item)))
      (cond ((next? rest #\*) (loop (cons (make-many x) (cdr rest))))
            ((next? rest #\+)
             (loop (cons (make-then x (make-many x)) (cdr rest))))
            ((next? rest #\?) (loop (cons (make-or x 'empty) (cdr rest))))
            (else item)))))

(define (parse-atom text)
  (case (car text)
    ((#\() (parse-group (cdr text)))
    ((#\[) (parse-range (cdr text)))
    ((#\.) (cons (lambda (c) #t) (cdr text)))
    ((#\\) (parse-character (cdr text)))
    ((#\* #\+ #\?) (error "nothing to repeat before" (car text)))
    (else (parse-character text))))

(define (parse-character text)
  (if (null? text)
      (error "a backslash at the end"))
  (let ((wanted (car text)))
    (cons (lambda (c) (char=? c wanted)) (cdr text))))

(define (parse-group text)
  (let ((inner (parse-or text)))
    (if (not (next? (cdr inner) #\)))
        (error "a group is not closed"))
    (cons (car inner) (cddr inner))))

(define (parse-range text)
  (if (not (and (> (length text) 3)
                (char=? (cadr text) #\-)
                (char=? (cadddr text) #\])))
      (error "a range must be [a-z]"))
  (let ((low (car text)) (high (caddr text)))
    (cons (lambda (c) (and (char<=? low c) (char<=? c high)))
          (cdr (cdddr text)))))

(define (parse pattern)
  (let ((parsed (parse-or (string->list pattern))))
    (if (pair? (cdr parsed))
        (error "unexpected" (cadr parsed)))
    (car parsed)))

; Matching.

(define (has-empty? x)
  (cond ((eq? x 'empty) #t)
        ((not (pair? x)) #f)
        (else (case (car x)
                ((then) (and (has-empty? (cadr x)) (has-empty? (caddr x))))
                ((or) (or (has-empty? (cadr x)) (has-empty? (caddr x))))
                (else #t)))))

(define (derivative x c)
  (cond ((procedure? x) (if (x c) 'empty 'none))
        ((not (pair? x)) 'none)
        (else
         (case (car x)
           ((or) (make-or (derivative (cadr x) c) (derivative (caddr x) c)))
           ((many) (make-then (derivative (cadr x) c) x))
           (else
            (let ((first (make-then (derivative (cadr x) c) (caddr x))))
              (if (has-empty? (cadr x))
                  (make-or first (derivative (caddr x) c))
                  first)))))))

(define (matches? x text)
  (let loop ((x x) (rest (string->list text)))
    (cond ((eq? x 'none) #f)
          ((null? rest) (has-empty? x))
          (else (loop (derivative x (car rest)) (cdr rest))))))

(define (show pattern . texts)
  (write pattern)
  (newline)
  (let ((x (parse pattern)))
    (for-each (lambda (text)
                (display (if (matches? x text) "  yes " "  no  "))
                (write text)
                (newline))
              texts)))

(show "abc" "abc" "ab" "abcd")
(show "a*b" "b" "aaab" "aaa")
(show "(ab|cd)+" "ab" "cdabcd" "abc" "")
(show "-?[0-9]+(\\.[0-9]+)?" "42" "-3.14" "3." "--1")
(show "[a-z]+@[a-z]+(\\.[a-z]+)+" "me@example.org" "me@example")

; (a?)^n a^n on a^n takes a backtracking matcher 2^n steps.
(define (repeat text n)
  (if (= n 0) "" (string-append text (repeat text (- n 1)))))

(define (hard n)
  (matches? (parse (string-append (repeat "a?" n) (repeat "a" n)))
            (repeat "a" n)))

(display (list "hard patterns:" (hard 5) (hard 10) (hard 20) (hard 40)))
(newline)
(display (list "a long text:"
               (matches? (parse "(a|b)*abb") (string-append
                                              (repeat "abba" 5000) "bb"))))
(newline)

(for-each
 (lambda (pattern)
   (write pattern)
   (display (guard (e (#t (string-append ": " (error-object->string e))))
              (parse pattern)))
   (newline))
 '("(ab" "a)" "*" "[a]" "\\"))

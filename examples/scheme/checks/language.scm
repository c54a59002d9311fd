; SPDX-License-Identifier: MIT
;
; What the language promises, one line for each fact: an expression and its
; value as `write` shows it.  Prints the ones that do not hold, and their number.

(define checks 0)
(define failures 0)

(define (check-value form expected)
  (let ((found (guard (e ((error-object? e) (error-object->string e)))
                 (value->string (eval form)))))
    (set! checks (+ checks 1))
    (unless (equal? found expected)
      (set! failures (+ failures 1))
      (write form)
      (display " is ")
      (display found)
      (display ", not ")
      (display expected)
      (newline))))

(define (check . facts)
  (unless (null? facts)
    (check-value (car facts) (cadr facts))
    (apply check (cddr facts))))

; Reading and printing.
(check ''a "a"
       ''(a . (b . (c))) "(a b c)"
       ''(a . b) "(a . b)"
       ''(1 #;(hidden) 2 #| and #| this |# |# 3) "(1 2 3)"
       "a\"b\\c\n\t" "\"a\\\"b\\\\c\\n\\t\""
       ''(#t #f #true #false ()) "(#t #f #t #f ())"
       #\a "#\\a"
       #\space "#\\space"
       #\newline "#\\newline"
       #\x41 "#\\A"
       #\( "#\\("
       ''#(1 (2) "x") "#(1 (2) \"x\")"
       #xff "255"
       #b-101 "-5"
       #o17 "15"
       4611686018427387903 "4611686018427387903"
       -4611686018427387904 "-4611686018427387904"
       1.5 "1.5"
       -0.25 "-0.25"
       .5 "0.5"
       1e3 "1000.0"
       1e21 "1e+21"
       0.1 "0.1"
       3.0 "3.0"
       ''... "..."
       ''+ "+"
       ''- "-"
       ''(quote x) "(quote x)"
       '(lambda (x) x) "#<procedure>"
       'car "#<procedure car>"
       '(if #f #f) "#<unspecified>")

; Numbers.
(check '(+) "0"
       '(+ 1 2 3) "6"
       '(+ 1 2.5) "3.5"
       '(- 5) "-5"
       '(* 2 3 4) "24"
       '(/ 6 3) "2"
       '(/ 1 2) "0.5"
       '(/ 1 4.0) "0.25"
       '(quotient -7 2) "-3"
       '(remainder -7 2) "-1"
       '(modulo -7 2) "1"
       '(modulo 7 -2) "-1"
       '(gcd 12 -18) "6"
       '(abs -3) "3"
       '(abs -3.5) "3.5"
       '(min 1 2.0) "1.0"
       '(max 1 2 3) "3"
       '(expt 2 10) "1024"
       '(expt 2 0.5) "1.4142135623730951"
       '(sqrt 16) "4"
       '(sqrt 2) "1.4142135623730951"
       '(floor 1.5) "1.0"
       '(round 2.5) "2.0"
       '(exact (round 3.5)) "4"
       '(truncate -1.5) "-1.0"
       '(inexact 1) "1.0"
       '(< 1 2 3) "#t"
       '(< 1 3 2) "#f"
       '(= 1 1.0) "#t"
       '(eqv? 1 1.0) "#f"
       '(exact? 1.0) "#f"
       '(integer? 1.0) "#t"
       '(even? -2) "#t"
       '(number->string 255 16) "\"ff\""
       '(string->number "1e2") "100.0"
       '(string->number "abc") "#f"
       '(string->number "ff" 16) "255"
       '(+ 4611686018427387903 1) "+: integer overflow"
       '(* 4000000000 4000000000) "*: integer overflow"
       '(- -4611686018427387904) "-: integer overflow"
       '(* 4000000000.0 4000000000) "1.6e+19"
       '(/ 1 0) "/: division by zero"
       '(modulo 1 0) "modulo: division by zero"
       '(/ 1 0.0) "+inf.0"
       '(sqrt -1) "sqrt: negative: -1"
       '(exact 1.5) "exact: no integer has this value: 1.5")

; Special forms.
(check '(let ((x 1) (y 2)) (+ x y)) "3"
       '(let* ((x 1) (y (+ x 1)) (x (* y 10))) (list x y)) "(20 2)"
       '(letrec ((even? (lambda (n) (if (= n 0) #t (odd? (- n 1)))))
                 (odd? (lambda (n) (if (= n 0) #f (even? (- n 1))))))
          (even? 11)) "#f"
       '(let loop ((i 0) (l '())) (if (= i 3) l (loop (+ i 1) (cons i l))))
       "(2 1 0)"
       '(let loop ((loop 1)) loop) "1"
       '(do ((i 0 (+ i 1)) (s 0 (+ s i))) ((= i 4) s)) "6"
       '(do ((v (make-vector 3)) (i 0 (+ i 1))) ((= i 3) v)
          (vector-set! v i i)) "#(0 1 2)"
       '(and) "#t"
       '(and 1 2 3) "3"
       '(and 1 #f 3) "#f"
       '(or) "#f"
       '(or #f 2 3) "2"
       '(or #f #f) "#f"
       '(when (> 2 1) 'a 'b) "b"
       '(unless (> 2 1) 'a) "#<unspecified>"
       '(cond (#f 1) (2)) "2"
       '(cond (#f 1) ((assv 2 '((2 . b))) => cdr) (else 3)) "b"
       '(cond ((assv 9 '((2 . b))) => cdr) (else 3)) "3"
       '(let ((x 5)) (cond (#f => car) ((+ x 1) => (lambda (y) (+ x y))))) "11"
       '(cond (#f 1)) "#<unspecified>"
       '(case (* 2 3) ((2 3 5 7) 'prime) ((1 4 6 8 9) 'composite)) "composite"
       '(case 'x ((a) 1) (else 2)) "2"
       '(case #\a ((#\a #\b) 1)) "1"
       '((lambda args args) 1 2) "(1 2)"
       '((lambda (a . rest) (list a rest)) 1 2 3) "(1 (2 3))"
       '(let () (define a 1) (define (f) (+ a b)) (define b 2) (f)) "3"
       '(let ((n 0)) (define (up) (set! n (+ n 1)) n) (up) (up)) "2"
       '(let ((if list)) (if 1 2 3)) "(1 2 3)"
       '(begin 1 2) "2"
       '(force (let ((n 0)) (delay (begin (set! n (+ n 1)) n)))) "1"
       '(let* ((n 0) (p (delay (begin (set! n (+ n 1)) n))))
          (force p) (force p)) "1"
       '`(1 ,(+ 1 1) ,@(list 3 4) 5) "(1 2 3 4 5)"
       '`(1 . ,(+ 1 1)) "(1 . 2)"
       '`#(1 ,@'(2 3)) "#(1 2 3)"
       '`(1 `(2 ,(3 ,(+ 1 3))))
       "(1 (quasiquote (2 (unquote (3 4)))))"
       '`(1 `(2 ,(+ 1 2))) "(1 (quasiquote (2 (unquote (+ 1 2)))))"
       '`,@'(1) ",@ must stand in a list"
       '`(,@'(1 2) . x) "(1 2 . x)")

; Lists, vectors, strings, characters.
(check '(append '(1) '(2) '(3 . 4)) "(1 2 3 . 4)"
       '(append) "()"
       '(list-tail '(1 2 3) 2) "(3)"
       '(list-ref '(1 2 3) 1) "2"
       '(reverse '(1 2 3)) "(3 2 1)"
       '(member "b" '("a" "b" "c")) "(\"b\" \"c\")"
       '(assoc '(1) '(((1) . x))) "((1) . x)"
       '(assq 'z '((a 1))) "#f"
       '(cons* 1 2 '(3)) "(1 2 3)"
       '(caddr '(1 2 3)) "3"
       '(cdadr '(1 (2 3))) "(3)"
       '(map + '(1 2 3) '(10 20)) "(11 22)"
       '(let ((s 0)) (for-each (lambda (x y) (set! s (+ s (* x y))))
                               '(1 2) '(3 4)) s) "11"
       '(apply + 1 2 '(3 4)) "10"
       '(apply max '(3 1 2)) "3"
       '(filter odd? '(1 2 3)) "(1 3)"
       '(fold-left - 10 '(1 2)) "7"
       '(fold-right cons '() '(1 2)) "(1 2)"
       '(sort '(3 1 2) >) "(3 2 1)"
       '(sort '() <) "()"
       '(iota 3) "(0 1 2)"
       '(list? '(1 . 2)) "#f"
       '(let ((l (list 1 2))) (set-cdr! (cdr l) l) (list? l)) "#f"
       '(let ((l (list 1 2))) (set-cdr! (cdr l) l) (value->string l))
       "\"(1 2 ...)\""
       '(let ((l (list 1 2))) (set-cdr! (cdr l) l) (length l))
       "length: not a list: (1 2 ...)"
       '(vector-map (lambda (x) (* x x)) #(1 2 3)) "#(1 4 9)"
       '(vector-copy #(1 2 3 4) 1 3) "#(2 3)"
       '(let ((v (vector 1 2 3))) (vector-fill! v 0 1) v) "#(1 0 0)"
       '(vector->list #(1 2 3) 1) "(2 3)"
       '(equal? '(1 #(2 "x") 1.5) (list 1 (vector 2 "x") 1.5)) "#t"
       '(equal? "ab" "abc") "#f"
       '(eq? 'a (string->symbol "a")) "#t"
       '(string-append "ab" "" "c") "\"abc\""
       '(substring "hello" 1 3) "\"el\""
       '(string-search "hello" "lo") "3"
       '(string-search "hello" "x") "#f"
       '(string<? "ab" "abc") "#t"
       '(string->list "abc" 1) "(#\\b #\\c)"
       '(string-join '("a" "b") ", ") "\"a, b\""
       '(let ((s (make-string 2 #\a))) (string-set! s 1 #\b) s) "\"ab\""
       '(string-upcase "aBc") "\"ABC\""
       '(char-upcase #\a) "#\\A"
       '(char->integer #\A) "65"
       '(symbol->string 'abc) "\"abc\"")

; Control.
(check '(call/cc (lambda (k) (+ 1 (k 42)))) "42"
       '(+ 1 (call/cc (lambda (k) 10))) "11"
       '(let ((k #f) (n 0))
          (let ((x (list 'x (call/cc (lambda (c) (set! k c) 0)))))
            (set! n (+ n 1))
            (if (< n 4) (k n) (list x n)))) "((x 3) 4)"
       ; Each return to the middle of a call has its own arguments.
       '(let ((k #f) (lists '()))
          (let ((list (list 1 (call/cc (lambda (c) (set! k c) 2)) 3)))
            (set! lists (cons list lists))
            (if (< (length lists) 3) (k (* 10 (length lists))) lists)))
       "((1 20 3) (1 10 3) (1 2 3))"
       '(let ((k #f) (thunks '()))
          (define (thunk-of a b) (lambda () (list a b)))
          (let ((thunk (thunk-of 1 (call/cc (lambda (c) (set! k c) 2)))))
            (set! thunks (cons thunk thunks))
            (if (< (length thunks) 3)
                (k (* 10 (length thunks)))
                (map (lambda (thunk) (thunk)) thunks))))
       "((1 20) (1 10) (1 2))"
       ; Leaving a guard by a continuation puts its clauses out of force.
       '(let ((n 0))
          (guard (e (#t (list e n)))
            (call/cc (lambda (k) (guard (e (#t (set! n 1))) (k 1))))
            (raise 'x))) "(x 0)"
       '(guard (e (#t (list 'caught e))) (raise 'oops)) "(caught oops)"
       '(guard (e ((string? e) e)) (guard (e ((number? e) e)) (raise "x")))
       "\"x\""
       '(guard (e ((assq 'a e) => cdr) ((assq 'b e))) (raise '((b . 2))))
       "(b . 2)"
       '(guard (e (#f 1)) 'fine) "fine"
       '(guard (e (#t (error-object-irritants e))) (error "no" 1 "two"))
       "(1 \"two\")"
       '(error "no good:" 1 "two" 'three) "no good: 1 \"two\" three"
       '(error 'f "what") "f: \"what\""
       '(with-exception-handler (lambda (e) (* 2 e))
          (lambda () (+ 1 (raise-continuable 5)))) "11"
       '(with-exception-handler (lambda (e) 'ignored)
          (lambda () (error "again"))) "the handler of an error returned"
       '(call/cc (lambda (k)
          (with-exception-handler (lambda (e) (k (list 'handled e)))
            (lambda () (+ 1 (raise 'x)))))) "(handled x)"
       ; In a handler, the handlers outside of it are in force.
       '(guard (e (#t (list 'outer e)))
          (with-exception-handler (lambda (e) (raise (list 'inner e)))
            (lambda () (raise 1)))) "(outer (inner 1))"
       '(eval '(+ 1 2)) "3"
       '(procedure? call/cc) "#t")

; Errors.
(check '(car 7) "car: not a pair: 7"
       '(vector-ref (vector 1 2) 2) "vector-ref: out of range: 2"
       '(vector-ref (vector) 0) "vector-ref: out of range: 0"
       '(vector-ref (vector 1) -1) "vector-ref: out of range: -1"
       '(substring "abc" 2 1) "substring: out of range: 2"
       '(string-ref "abc" 3) "string-ref: out of range: 3"
       '(make-vector -1) "make-vector: out of range: -1"
       '(list-tail '(1) 2) "list-tail: out of range: 2"
       '(+ 1 'a) "+: not a number: a"
       '(< 1 "2") "<: not a number: \"2\""
       '(length '(1 . 2)) "length: not a list: (1 . 2)"
       '(map car 5) "map: not a list: 5"
       '(for-each car '(1 . 2)) "for-each: not a list: (1 . 2)"
       '(nonsense) "unbound variable: nonsense"
       '(set! nonsense 1) "unbound variable: nonsense"
       '(letrec ((a b) (b 1)) a) "this variable has no value yet"
       '(5 6) "not a procedure: 5"
       '((lambda (x) x)) "procedure: expects 1 argument, got 0"
       '((lambda (x . y) x)) "procedure: expects at least 1 argument, got 0"
       '(car) "car: expects 1 argument, got 0"
       '(cons 1 2 3) "cons: expects 2 arguments, got 3"
       '(integer->char 256) "integer->char: out of range: 256"
       '(symbol->string "a") "symbol->string: not a symbol: \"a\""
       '(if) "usage: (if test then) or (if test then else)"
       '(let ((x)) x) "a binding must be (variable value)"
       '(let ((x 1) (x 2)) x) "this variable is there already"
       '(lambda (x x) x) "this variable is there already"
       '(lambda (1) x) "a variable must be a symbol"
       '(lambda (x)) "usage: (lambda (variable ...) body ...)"
       '(let ((x 1))) "usage: (let ((variable value) ...) body ...)"
       '(define if 1) "a keyword cannot be defined"
       '(if 1 if) "a keyword is no expression"
       '(let () (if 1 (define x 1))) "a definition must stand in a body"
       '() "() is no expression"
       '(1 . 2) "a call must be a proper list"
       '(cond (else 1) (2 3)) "else must come last"
       '(quote) "usage: (quote datum)")

; Names of the prelude stand for what they were, whatever a program defines.
(define (reverse list) 'mine)
(check '(map car '((1) (2))) "(1 2)"
       '(reverse '(1 2)) "mine")

(display checks)
(display " checks, ")
(display failures)
(display " failures")
(newline)

; SPDX-License-Identifier: MIT
;
; An evaluator for the language, written in the language.  It knows quote, if,
; define, set!, lambda, let, cond, begin and calls, which is enough to run
; itself on a program that runs a program.

; An environment is a list of ribs; a rib is a pair of names and values, so that
; definitions can be added to it.
(define (extend names values env)
  (cond ((= (length names) (length values))
         (cons (cons names values) env))
        (else (error "wrong number of arguments:" names values))))

(define (find name env)
  (if (null? env)
      (error "unbound:" name)
      (let loop ((names (car (car env))) (values (cdr (car env))))
        (cond ((null? names) (find name (cdr env)))
              ((eq? (car names) name) values)
              (else (loop (cdr names) (cdr values)))))))

(define (define-in! env name value)
  (set-car! (car env) (cons name (car (car env))))
  (set-cdr! (car env) (cons value (cdr (car env)))))

; A procedure of the inner language.
(define (make-procedure parameters body env)
  (vector 'procedure parameters body env))

(define (inner-procedure? f) (vector? f))

(define (evaluate form env)
  (cond ((symbol? form) (car (find form env)))
        ((not (pair? form)) form)
        (else
         (case (car form)
           ((quote) (cadr form))
           ((if) (evaluate-if form env))
           ((define) (evaluate-define form env))
           ((set!)
            (set-car! (find (cadr form) env) (evaluate (caddr form) env)))
           ((lambda) (make-procedure (cadr form) (cddr form) env))
           ((let) (evaluate-let form env))
           ((cond) (evaluate-cond (cdr form) env))
           ((begin) (evaluate-body (cdr form) env))
           (else (call (evaluate (car form) env)
                       (evaluate-all (cdr form) env)))))))

(define (evaluate-if form env)
  (cond ((evaluate (cadr form) env) (evaluate (caddr form) env))
        ((pair? (cdddr form)) (evaluate (cadddr form) env))
        (else #f)))

(define (evaluate-define form env)
  (if (pair? (cadr form))
      (define-in! env
        (car (cadr form))
        (make-procedure (cdr (cadr form)) (cddr form) env))
      (define-in! env (cadr form) (evaluate (caddr form) env))))

(define (evaluate-let form env)
  (let ((names (map car (cadr form)))
        (values (evaluate-all (map cadr (cadr form)) env)))
    (evaluate-body (cddr form) (extend names values env))))

(define (evaluate-cond clauses env)
  (cond ((null? clauses) #f)
        ((or (eq? (car (car clauses)) 'else)
             (evaluate (car (car clauses)) env))
         (evaluate-body (cdr (car clauses)) env))
        (else (evaluate-cond (cdr clauses) env))))

(define (evaluate-all forms env)
  (map (lambda (form) (evaluate form env)) forms))

(define (evaluate-body forms env)
  (cond ((null? (cdr forms)) (evaluate (car forms) env))
        (else (evaluate (car forms) env)
              (evaluate-body (cdr forms) env))))

(define (call f arguments)
  (if (inner-procedure? f)
      (evaluate-body (vector-ref f 2)
                     (extend (vector-ref f 1) arguments (vector-ref f 3)))
      (apply f arguments)))

(define builtins
  (list (cons '+ +) (cons '- -) (cons '* *) (cons '= =) (cons '< <)
        (cons 'remainder remainder) (cons 'cons cons) (cons 'car car)
        (cons 'cdr cdr) (cons 'null? null?) (cons 'not not)
        (cons 'list list) (cons 'append append) (cons 'eq? eq?)))

(define (new-environment)
  (extend (map car builtins) (map cdr builtins) '()))

(define (run . forms)
  (write (evaluate-body forms (new-environment)))
  (newline))

(run '(define (fib n)
        (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
     '(fib 18))

(run '(define (primes n)
        (define (prime? k d)
          (cond ((< k (* d d)) #t)
                ((= (remainder k d) 0) #f)
                (else (prime? k (+ d 1)))))
        (define (loop k found)
          (cond ((< n k) found)
                ((prime? k 2) (loop (+ k 1) (cons k found)))
                (else (loop (+ k 1) found))))
        (loop 2 (quote ())))
     '(primes 60))

(run '(define (hanoi n from to by)
        (if (= n 0)
            0
            (+ (hanoi (- n 1) from by to) 1 (hanoi (- n 1) by to from))))
     '(hanoi 12 (quote a) (quote b) (quote c)))

(run '(define (counter)
        (let ((count 0))
          (lambda () (set! count (+ count 1)) count)))
     '(define first (counter))
     '(define second (counter))
     '(begin (first) (first) (second) (list (first) (second))))

; Tail calls of the inner language are tail calls here.
(run '(define (even? n) (if (= n 0) #t (odd? (- n 1))))
     '(define (odd? n) (if (= n 0) #f (even? (- n 1))))
     '(even? 30000))

(display (guard (e ((error-object? e) (error-object->string e)))
           (run '(define (f x) (+ x y)) '(f 1))))
(newline)

; SPDX-License-Identifier: MIT
;
; Continuations: a search that goes back to any choice it made before, and
; generators that are left and entered again.

; Going back.  `choose` returns the first of a list; (fail) returns from the
; last `choose` once more, with the next one.
(define choices '())

(define (fail)
  (if (null? choices)
      (error "no solution")
      (let ((back (car choices)))
        (set! choices (cdr choices))
        (back 'again))))

(define (choose options)
  (call/cc
   (lambda (return)
     (for-each
      (lambda (option)
        (call/cc
         (lambda (next)
           (set! choices (cons next choices))
           (return option))))
      options)
     (fail))))

(define (require condition)
  (if (not condition) (fail)))

(define (solve problem)
  (set! choices '())
  (guard (e ((error-object? e) (error-object-message e)))
    (problem)))

(define (distinct? list)
  (or (null? list)
      (and (not (memv (car list) (cdr list)))
           (distinct? (cdr list)))))

; Baker, Cooper, Fletcher, Miller and Smith live on five floors (Dinesman 1968).
(define (floors)
  (let* ((floor '(1 2 3 4 5))
         (baker (choose floor))
         (cooper (choose floor)))
    (require (not (= baker 5)))
    (require (not (= cooper 1)))
    (let* ((fletcher (choose '(2 3 4)))
           (miller (choose floor)))
      (require (> miller cooper))
      (require (not (= (abs (- fletcher cooper)) 1)))
      (let ((smith (choose floor)))
        (require (not (= (abs (- smith fletcher)) 1)))
        (require (distinct? (list baker cooper fletcher miller smith)))
        `((baker ,baker) (cooper ,cooper) (fletcher ,fletcher)
          (miller ,miller) (smith ,smith))))))

(define (pythagorean limit)
  (lambda ()
    (let* ((a (choose (cdr (iota limit))))
           (b (choose (list-tail (iota limit) a)))
           (c (choose (list-tail (iota limit) b))))
      (require (= (+ (* a a) (* b b)) (* c c)))
      (require (> a 12))
      (list a b c))))

(write (solve floors))
(newline)
(write (solve (pythagorean 40)))
(newline)
(write (solve (lambda ()
                (let ((x (choose '(1 3 5))))
                  (require (even? x))
                  x))))
(newline)

; Generators.  Each has the continuation of its consumer while it runs, and
; leaves its own when it yields.
(define (make-generator produce)
  (define consumer #f)
  (define (yield item)
    (call/cc
     (lambda (rest)
       (set! resume (lambda () (rest #f)))
       (consumer item))))
  (define (resume)
    (produce yield)
    (set! resume (lambda () (consumer 'done)))
    (consumer 'done))
  (lambda ()
    (call/cc
     (lambda (return)
       (set! consumer return)
       (resume)))))

(define (leaves tree)
  (make-generator
   (lambda (yield)
     (let walk ((tree tree))
       (cond ((null? tree) #f)
             ((pair? tree) (walk (car tree)) (walk (cdr tree)))
             (else (yield tree)))))))

; Whether two trees have the same leaves, whatever their shapes.
(define (same-leaves? a b)
  (let ((next-a (leaves a)) (next-b (leaves b)))
    (let loop ()
      (let ((x (next-a)) (y (next-b)))
        (cond ((not (eqv? x y)) #f)
              ((eq? x 'done) #t)
              (else (loop)))))))

(write (list (same-leaves? '(1 (2 3)) '((1 2) (3)))
             (same-leaves? '(1 (2 3)) '((1 3) (2)))
             (same-leaves? '(1 2) '(1 2 3))))
(newline)

(define (numbers-from n)
  (make-generator
   (lambda (yield)
     (let loop ((n n))
       (yield n)
       (loop (+ n 1))))))

(define (sum-of generator count)
  (let loop ((i 0) (sum 0))
    (if (= i count)
        sum
        (loop (+ i 1) (+ sum (generator))))))

(write (sum-of (numbers-from 1) 100000))
(newline)

; Errors on their way out: the innermost handler that wants one takes it.
(define (attempt thunk)
  (guard (e ((symbol? e) (list 'symbol e))
            ((string? e) (list 'string e)))
    (guard (e ((number? e) (list 'number e)))
      (thunk))))

(write (map attempt
            (list (lambda () (raise 42))
                  (lambda () (raise 'oops))
                  (lambda () (raise "text"))
                  (lambda () 'fine)
                  (lambda ()
                    (with-exception-handler
                     (lambda (e) (* e 2))
                     (lambda () (+ 1 (raise-continuable 10))))))))
(newline)

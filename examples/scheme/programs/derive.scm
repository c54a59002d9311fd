; SPDX-License-Identifier: MIT
;
; Symbolic differentiation.  A formula is a number, a symbol, or a list of an
; operator and formulas.  The derivative is taken by rules, then simplified by
; others until they change nothing more.

(define (sum? f) (and (pair? f) (eq? (car f) '+)))
(define (difference? f) (and (pair? f) (eq? (car f) '-)))
(define (product? f) (and (pair? f) (eq? (car f) '*)))
(define (quotient? f) (and (pair? f) (eq? (car f) '/)))
(define (power? f) (and (pair? f) (eq? (car f) '^)))

(define left cadr)
(define right caddr)

; The derivative of a function of one argument, with respect to the argument.
(define function-rules
  (list (cons 'sin (lambda (u) `(cos ,u)))
        (cons 'cos (lambda (u) `(- 0 (sin ,u))))
        (cons 'exp (lambda (u) `(exp ,u)))
        (cons 'ln (lambda (u) `(/ 1 ,u)))
        (cons 'sqrt (lambda (u) `(/ 1 (* 2 (sqrt ,u)))))))

(define (derive f x)
  (cond ((number? f) 0)
        ((symbol? f) (if (eq? f x) 1 0))
        ((sum? f) `(+ ,(derive (left f) x) ,(derive (right f) x)))
        ((difference? f) `(- ,(derive (left f) x) ,(derive (right f) x)))
        ((product? f)
         `(+ (* ,(derive (left f) x) ,(right f))
             (* ,(left f) ,(derive (right f) x))))
        ((quotient? f)
         `(/ (- (* ,(derive (left f) x) ,(right f))
                (* ,(left f) ,(derive (right f) x)))
             (^ ,(right f) 2)))
        ((and (power? f) (number? (right f)))
         `(* (* ,(right f) (^ ,(left f) ,(- (right f) 1)))
             ,(derive (left f) x)))
        ((assq (car f) function-rules)
         => (lambda (rule)
              `(* ,((cdr rule) (left f)) ,(derive (left f) x))))
        (else (error "no rule for" f))))

; Simplification, from the inside outwards.
(define (simplify-sum a b)
  (cond ((and (number? a) (number? b)) (+ a b))
        ((equal? a 0) b)
        ((equal? b 0) a)
        ((number? b) `(+ ,b ,a))
        ((and (number? a) (sum? b) (number? (left b)))
         `(+ ,(+ a (left b)) ,(right b)))
        ((equal? a b) (simplify-product 2 a))
        (else `(+ ,a ,b))))

(define (simplify-difference a b)
  (cond ((and (number? a) (number? b)) (- a b))
        ((equal? b 0) a)
        ((equal? a b) 0)
        ((equal? a 0) (simplify-product -1 b))
        (else `(- ,a ,b))))

(define (simplify-product a b)
  (cond ((and (number? a) (number? b)) (* a b))
        ((or (equal? a 0) (equal? b 0)) 0)
        ((equal? a 1) b)
        ((equal? b 1) a)
        ((number? b) (simplify-product b a))
        ((and (number? a) (product? b) (number? (left b)))
         (simplify-product (* a (left b)) (right b)))
        ((equal? a b) `(^ ,a 2))
        (else `(* ,a ,b))))

(define (simplify-quotient a b)
  (cond ((equal? a 0) 0)
        ((equal? b 1) a)
        ((equal? a b) 1)
        (else `(/ ,a ,b))))

(define (simplify-power a b)
  (cond ((equal? b 0) 1)
        ((equal? b 1) a)
        ((and (number? a) (number? b)) (expt a b))
        (else `(^ ,a ,b))))

(define (simplify-once f)
  (if (not (pair? f))
      f
      (let ((parts (map simplify-once (cdr f))))
        (case (car f)
          ((+) (apply simplify-sum parts))
          ((-) (apply simplify-difference parts))
          ((*) (apply simplify-product parts))
          ((/) (apply simplify-quotient parts))
          ((^) (apply simplify-power parts))
          (else (cons (car f) parts))))))

(define (simplify f)
  (let ((simpler (simplify-once f)))
    (if (equal? simpler f)
        f
        (simplify simpler))))

; The value of a formula, to check a derivative against a difference quotient.
(define (value-of f x)
  (cond ((number? f) f)
        ((symbol? f) x)
        (else
         (let ((parts (map (lambda (part) (value-of part x)) (cdr f))))
           (apply (cdr (assq (car f) operators)) parts)))))

(define operators
  (list (cons '+ +) (cons '- -) (cons '* *) (cons '/ /) (cons '^ expt)
        (cons 'sin sin) (cons 'cos cos) (cons 'exp exp) (cons 'ln log)
        (cons 'sqrt sqrt)))

(define (slope f x)
  (let ((h 1e-6))
    (/ (- (value-of f (+ x h)) (value-of f (- x h))) (* 2 h))))

(define (agrees? f derivative x)
  (< (abs (- (slope f x) (value-of derivative x))) 1e-4))

(define (show f)
  (let ((derivative (simplify (derive f 'x))))
    (write f)
    (display " -> ")
    (write derivative)
    (display (if (agrees? f derivative 0.7) "" "   WRONG"))
    (newline)))

(for-each show
          '(5
            x
            (+ (* 3 x) 4)
            (^ x 3)
            (* (+ x 1) (- x 1))
            (/ 1 x)
            (sin (* 2 x))
            (exp (* -1 (^ x 2)))
            (ln (+ 1 (^ x 2)))
            (/ (sin x) (cos x))
            (sqrt (+ 1 (* x x)))))

; Higher derivatives grow before they are simplified: a lot of garbage.
(define (derive-times f count)
  (if (= count 0)
      f
      (derive-times (simplify (derive f 'x)) (- count 1))))

(define (size f)
  (if (pair? f)
      (apply + (map size f))
      1))

(newline)
(for-each
 (lambda (count)
   (display "derivative ")
   (display count)
   (display " of x * sin x * exp x: size ")
   (display (size (derive-times '(* x (* (sin x) (exp x))) count)))
   (newline))
 '(1 2 4 6 8 9))

(newline)
(display (guard (e ((error-object? e) (error-object->string e)))
           (derive '(tan x) 'x)))
(newline)

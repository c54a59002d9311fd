; SPDX-License-Identifier: MIT
;
; Recursion a million frames deep, and data a million pairs deep: no more than
; memory on the collected heap.

(define (count-down n)
  (if (= n 0)
      0
      (+ 1 (count-down (- n 1)))))
(write (count-down 1000000))
(newline)

; map of a procedure that itself calls map, and so on.
(define (nest n)
  (if (= n 0)
      '()
      (map (lambda (x) (nest (- n 1))) '(1))))
(define (depth list)
  (if (null? list)
      0
      (+ 1 (depth (car list)))))
(write (depth (nest 100000)))
(newline)

; A continuation captured at the bottom takes no copy of what is above it.
(define (escape-from n k)
  (if (= n 0)
      (k 'escaped)
      (+ 1 (escape-from (- n 1) k))))
(write (call/cc (lambda (k) (escape-from 1000000 k))))
(newline)

; An error at the bottom is for the guard at the top.
(define (fail-at n)
  (if (= n 0)
      (car n)
      (+ 1 (fail-at (- n 1)))))
(write (guard (e ((error-object? e) (error-object-message e)))
         (fail-at 1000000)))
(newline)

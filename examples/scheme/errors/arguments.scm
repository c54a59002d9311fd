; SPDX-License-Identifier: MIT
(define (twice f x) (f (f x)))

(twice (lambda (x) (* x 2))
       (twice 5))

; SPDX-License-Identifier: MIT
(display "this is not printed: the whole text is read first")

(define (f x)
  (let ((y (* x 2))
    (+ x y)))

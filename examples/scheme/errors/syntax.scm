; SPDX-License-Identifier: MIT
(display "this is not printed: the whole text is compiled first")
(define (f x)
  (let ((y 1) (z))
    (+ x y z)))

; SPDX-License-Identifier: MIT
; An error in a procedure of the prelude is shown where the program calls it.
(define (squares list)
  (map (lambda (x) (* x x)) list))

(squares '(1 2 . 3))

; SPDX-License-Identifier: MIT
(define (f x)
  (* x 2)))
(display (f 2))

; SPDX-License-Identifier: MIT
(define (sum list)
  (if (null? list)
      0
      (+ (car list)
         (sum (cdr list)))))

(display (sum '(1 2 3)))
(newline)
(display (sum '(1 2 . 3)))

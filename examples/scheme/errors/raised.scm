; SPDX-License-Identifier: MIT
(define (check x)
  (if (< x 0)
      (raise (list 'negative x))
      x))

(guard (e ((string? e) e))
  (check -1))

; SPDX-License-Identifier: MIT
; arguments: --depth 100000
(define (endless n)
  (+ 1 (endless (+ n 1))))

(endless 0)

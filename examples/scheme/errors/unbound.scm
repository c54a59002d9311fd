; SPDX-License-Identifier: MIT
(define (area r)
  (* pi r r))

(area 2)

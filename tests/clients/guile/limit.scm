;; SPDX-License-Identifier: MIT
;; The address space may be limited after the heap is there: it is not reserved.
(use-modules (ice-9 threads))
(setrlimit 'as 800000000 800000000)
(define (work)
  (let loop ((i 0) (kept '()))
    (if (< i 300000)
        (loop (+ i 1) (if (zero? (modulo i 1000)) '() (cons (make-vector 20) kept))))))
(work)
(gc)
(join-thread (call-with-new-thread work))
(display "within the limit\n")

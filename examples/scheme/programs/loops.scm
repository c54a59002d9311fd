; SPDX-License-Identifier: MIT
;
; Tail calls take no memory that lasts: loops of ten million rounds in constant
; memory, shown by the statistics of the collector.  Other recursion takes
; frames on the collected heap, and no stack of the machine.

(define (statistic name) (cdr (assq name (gc-stats))))

(define (megabytes bytes) (quotient bytes 1000000))

; Runs a thunk, and tells whether it left the heap as small as it found it.
(define (in-constant-memory? thunk)
  (gc)
  (let ((before (statistic 'heap)))
    (thunk)
    (< (- (statistic 'heap) before) 50000000)))

(define (report name result thunk)
  (display name)
  (display ": ")
  (display (if (in-constant-memory? thunk)
               "constant memory"
               "THE HEAP HAS GROWN"))
  (display ", ")
  (write (result))
  (newline))

; A loop that calls itself.
(define last-count #f)
(define (count-up i limit)
  (if (= i limit)
      (set! last-count i)
      (count-up (+ i 1) limit)))
(report "ten million tail calls"
        (lambda () last-count)
        (lambda () (count-up 0 10000000)))

; Two procedures that call each other.
(define parity #f)
(define (even-number? n)
  (if (= n 0) 'even (odd-number? (- n 1))))
(define (odd-number? n)
  (if (= n 0) 'odd (even-number? (- n 1))))
(report "mutual recursion"
        (lambda () parity)
        (lambda () (set! parity (even-number? 1000001))))

; A machine whose states are procedures: the tail calls are in cond, and, or and
; apply.  It accepts words of a and b with an even number of each.
(define (accepts? next-symbol count)
  (define (both-even i)
    (cond ((= i count) #t)
          ((eq? (next-symbol i) 'a) (a-odd (+ i 1)))
          (else (b-odd (+ i 1)))))
  (define (a-odd i)
    (and (< i count)
         (if (eq? (next-symbol i) 'a)
             (both-even (+ i 1))
             (both-odd (+ i 1)))))
  (define (b-odd i)
    (and (< i count)
         (or (and (eq? (next-symbol i) 'a) (both-odd (+ i 1)))
             (both-even (+ i 1)))))
  (define (both-odd i)
    (and (< i count)
         (if (eq? (next-symbol i) 'a)
             (apply b-odd (list (+ i 1)))
             (apply a-odd (list (+ i 1))))))
  (both-even 0))

(define accepted #f)
(report "a state machine"
        (lambda () accepted)
        (lambda ()
          (set! accepted
                (accepts? (lambda (i) (if (= (remainder i 4) 3) 'b 'a))
                          400000))))

; A loop in continuation-passing style: all memory is in closures.
(define (sum-with-continuations n)
  (let loop ((i n) (return (lambda (total) total)))
    (if (= i 0)
        (return 0)
        (loop (- i 1) (lambda (total) (return (+ total i)))))))
(display "in continuation-passing style: ")
(write (sum-with-continuations 100000))
(newline)

; Recursion two hundred thousand frames deep.
(define (sum-to n)
  (if (= n 0)
      0
      (+ n (sum-to (- n 1)))))
(display "two hundred thousand frames: ")
(write (sum-to 200000))
(newline)

; What recursion took is free again.
(gc)
(display (if (< (megabytes (statistic 'live)) 15)
             "and none of them is left"
             "BUT THEY ARE STILL THERE"))
(newline)

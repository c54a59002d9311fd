; SPDX-License-Identifier: MIT
;
; The queens problem: n queens on a board of n by n squares, none of which can
; take another.  A board is a list of columns, one for each row, the last row
; first; the search keeps all boards of a row as a list, and then as a stream.

(define (range low high)
  (if (>= low high)
      '()
      (cons low (range (+ low 1) high))))

(define (append-map f list)
  (apply append (map f list)))

; Whether a queen in `column` of the next row is safe from those on the board.
(define (safe? column board)
  (let loop ((rest board) (distance 1))
    (or (null? rest)
        (and (not (= (car rest) column))
             (not (= (car rest) (+ column distance)))
             (not (= (car rest) (- column distance)))
             (loop (cdr rest) (+ distance 1))))))

; All at once: the boards of k rows from those of k - 1.
(define (all-boards n)
  (define columns (range 0 n))
  (define (extend board)
    (map (lambda (column) (cons column board))
         (filter (lambda (column) (safe? column board)) columns)))
  (let loop ((row 0) (boards '(())))
    (if (= row n)
        boards
        (loop (+ row 1) (append-map extend boards)))))

; One by one: a stream is () or a pair of a board and the promise of the rest.
(define (stream-append a rest)
  (if (null? a)
      (force rest)
      (cons (car a)
            (delay (stream-append (force (cdr a)) rest)))))

(define (board-stream n)
  (define (place board row)
    (if (= row n)
        (cons board (delay '()))
        (try board row 0)))
  (define (try board row column)
    (cond ((= column n) '())
          ((safe? column board)
           (stream-append (place (cons column board) (+ row 1))
                          (delay (try board row (+ column 1)))))
          (else (try board row (+ column 1)))))
  (place '() 0))

(define (take stream count)
  (if (or (= count 0) (null? stream))
      '()
      (cons (car stream)
            (take (force (cdr stream)) (- count 1)))))

; Pictures.
(define (show-row column n)
  (do ((i 0 (+ i 1)))
      ((= i n) (newline))
    (display (if (= i column) " Q" " ."))))

(define (show board)
  (for-each (lambda (column) (show-row column (length board))) board)
  (newline))

(define (mirror board)
  (map (lambda (column) (- (length board) 1 column)) board))

; How many boards are left if one counts a board and its mirror picture once.
(define (count-different boards)
  (let loop ((rest boards) (seen '()))
    (cond ((null? rest) (length seen))
          ((member (mirror (car rest)) seen) (loop (cdr rest) seen))
          (else (loop (cdr rest) (cons (car rest) seen))))))

(for-each
 (lambda (n)
   (let ((boards (all-boards n)))
     (display n)
     (display " queens: ")
     (display (length boards))
     (display " boards, ")
     (display (count-different boards))
     (display " without mirror pictures")
     (newline)))
 '(1 2 3 4 5 6 7 8 9))

(newline)
(for-each show (take (board-stream 8) 2))
(display "the first of 14 queens: ")
(write (car (board-stream 14)))
(newline)

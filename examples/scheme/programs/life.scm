; SPDX-License-Identifier: MIT
;
; Conway's game of life on a torus.  A board is a vector of rows; a row is a
; vector of 0 and 1.  Each generation is a new board, the old one is garbage.

(define (make-board height width)
  (let ((board (make-vector height)))
    (do ((y 0 (+ y 1)))
        ((= y height) board)
      (vector-set! board y (make-vector width 0)))))

(define (board-height board) (vector-length board))
(define (board-width board) (vector-length (vector-ref board 0)))

(define (cell board y x)
  (vector-ref (vector-ref board y) x))

(define (set-cell! board y x state)
  (vector-set! (vector-ref board y) x state))

; The live ones of the eight cells around a cell.
(define (neighbours board y x)
  (let* ((height (board-height board))
         (width (board-width board))
         (above (vector-ref board (modulo (- y 1) height)))
         (here (vector-ref board y))
         (below (vector-ref board (modulo (+ y 1) height)))
         (left (modulo (- x 1) width))
         (right (modulo (+ x 1) width)))
    (+ (vector-ref above left) (vector-ref above x) (vector-ref above right)
       (vector-ref here left) (vector-ref here right)
       (vector-ref below left) (vector-ref below x) (vector-ref below right))))

(define (next-state state count)
  (cond ((= count 3) 1)
        ((= count 2) state)
        (else 0)))

(define (next-row board y)
  (let* ((width (board-width board))
         (row (make-vector width 0)))
    (do ((x 0 (+ x 1)))
        ((= x width) row)
      (vector-set! row x
                   (next-state (cell board y x) (neighbours board y x))))))

(define (next-board board)
  (let* ((height (board-height board))
         (next (make-vector height)))
    (do ((y 0 (+ y 1)))
        ((= y height) next)
      (vector-set! next y (next-row board y)))))

(define (generation board count)
  (if (= count 0)
      board
      (generation (next-board board) (- count 1))))

(define (population board)
  (fold-left + 0
             (map (lambda (row) (apply + (vector->list row)))
                  (vector->list board))))

; Puts a picture, a list of strings, on a board.
(define (place! board top left picture)
  (define (place-row! y x text)
    (for-each
     (lambda (i)
       (if (char=? (string-ref text i) #\O)
           (set-cell! board y (+ x i) 1)))
     (iota (string-length text))))
  (let loop ((y top) (rest picture))
    (unless (null? rest)
      (place-row! y left (car rest))
      (loop (+ y 1) (cdr rest)))))

(define (show board)
  (vector-for-each
   (lambda (row)
     (vector-for-each (lambda (state) (display (if (= state 1) "O" "."))) row)
     (newline))
   board))

(define (show-generations board counts)
  (for-each
   (lambda (count)
     (let ((board (generation board count)))
       (display "generation ")
       (display count)
       (display ": ")
       (display (population board))
       (display " cells")
       (newline)
       (show board)))
   counts))

(define glider '(".O." "..O" "OOO"))
(define r-pentomino '(".OO" "OO." ".O."))
(define blinker '("OOO"))

(define small (make-board 8 12))
(place! small 0 0 glider)
(place! small 3 7 blinker)
(show-generations small '(0 1 4))

; A glider on a torus is home again after 4 generations for each square.
(define torus (make-board 16 16))
(place! torus 0 0 glider)
(display "home again: ")
(display (equal? torus (generation torus 64)))
(newline)

; The r-pentomino, known for being alive after a thousand generations.
(define large (make-board 40 64))
(place! large 18 30 r-pentomino)
(let loop ((board large) (count 0))
  (display "generation ")
  (display count)
  (display ": ")
  (display (population board))
  (newline)
  (if (< count 150)
      (loop (generation board 25) (+ count 25))))

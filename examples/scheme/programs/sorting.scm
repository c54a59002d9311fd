; SPDX-License-Identifier: MIT
;
; Four ways to sort, and a red-black tree that is never changed: each insertion
; makes a new tree, which shares all but one path with the old one.

; A sequence of pseudo-random numbers (Park and Miller, 1988), as a list.
(define (random-list count seed)
  (let loop ((i 0) (seed seed) (list '()))
    (if (= i count)
        list
        (loop (+ i 1)
              (remainder (* 16807 seed) 2147483647)
              (cons (remainder seed 1000000) list)))))

(define (sorted? list)
  (or (null? list)
      (null? (cdr list))
      (and (<= (car list) (cadr list))
           (sorted? (cdr list)))))

; Insertion, for short lists.
(define (insert x list)
  (if (or (null? list) (<= x (car list)))
      (cons x list)
      (cons (car list) (insert x (cdr list)))))

(define (insertion-sort list)
  (fold-left (lambda (done x) (insert x done)) '() list))

; Quicksort of a list, by parts that are smaller, equal and larger.
(define (quicksort list)
  (if (null? list)
      '()
      (let loop ((rest list) (smaller '()) (equal '()) (larger '()))
        (cond ((null? rest)
               (append (quicksort smaller) equal (quicksort larger)))
              ((< (car rest) (car list))
               (loop (cdr rest) (cons (car rest) smaller) equal larger))
              ((= (car rest) (car list))
               (loop (cdr rest) smaller (cons (car rest) equal) larger))
              (else
               (loop (cdr rest) smaller equal (cons (car rest) larger)))))))

; Heapsort, in place in a vector.
(define (swap! v i j)
  (let ((old (vector-ref v i)))
    (vector-set! v i (vector-ref v j))
    (vector-set! v j old)))

(define (sift-down! v start end)
  (let loop ((root start))
    (let* ((left (+ (* 2 root) 1))
           (right (+ left 1))
           (larger (if (and (< right end)
                            (< (vector-ref v left) (vector-ref v right)))
                       right
                       left)))
      (when (and (< left end)
                 (< (vector-ref v root) (vector-ref v larger)))
        (swap! v root larger)
        (loop larger)))))

(define (heapsort list)
  (let* ((v (list->vector list))
         (length (vector-length v)))
    (do ((i (- (quotient length 2) 1) (- i 1)))
        ((< i 0))
      (sift-down! v i length))
    (do ((end (- length 1) (- end 1)))
        ((<= end 0) (vector->list v))
      (swap! v 0 end)
      (sift-down! v 0 end))))

; Red-black trees (Okasaki 1999).  A tree is () or a vector of its color, the
; tree of the smaller keys, the key, and the tree of the larger keys.
(define (node color left key right) (vector color left key right))
(define (color tree) (vector-ref tree 0))
(define (left tree) (vector-ref tree 1))
(define (key tree) (vector-ref tree 2))
(define (right tree) (vector-ref tree 3))
(define (red? tree) (and (vector? tree) (eq? (color tree) 'red)))

(define (three a x b y c z d)
  (node 'red (node 'black a x b) y (node 'black c z d)))

; A black node with a red child that has a red child becomes a red one with two
; black children.
(define (balance c l k r)
  (cond ((not (eq? c 'black)) (node c l k r))
        ((and (red? l) (red? (left l)))
         (let ((ll (left l)))
           (three (left ll) (key ll) (right ll) (key l) (right l) k r)))
        ((and (red? l) (red? (right l)))
         (let ((lr (right l)))
           (three (left l) (key l) (left lr) (key lr) (right lr) k r)))
        ((and (red? r) (red? (left r)))
         (let ((rl (left r)))
           (three l k (left rl) (key rl) (right rl) (key r) (right r))))
        ((and (red? r) (red? (right r)))
         (let ((rr (right r)))
           (three l k (left r) (key r) (left rr) (key rr) (right rr))))
        (else (node c l k r))))

(define (tree-insert tree x)
  (define (down tree)
    (cond ((null? tree) (node 'red '() x '()))
          ((< x (key tree))
           (balance (color tree) (down (left tree)) (key tree) (right tree)))
          ((> x (key tree))
           (balance (color tree) (left tree) (key tree) (down (right tree))))
          (else tree)))
  (let ((new (down tree)))
    (node 'black (left new) (key new) (right new))))

(define (list->tree list) (fold-left tree-insert '() list))

(define (tree->list tree)
  (let walk ((tree tree) (rest '()))
    (if (null? tree)
        rest
        (walk (left tree) (cons (key tree) (walk (right tree) rest))))))

(define (height tree)
  (if (null? tree)
      0
      (+ 1 (max (height (left tree)) (height (right tree))))))

; The number of black nodes on every path, or an error if they differ.
(define (black-height tree)
  (if (null? tree)
      1
      (let ((l (black-height (left tree))) (r (black-height (right tree))))
        (cond ((not (= l r)) (error "black heights differ:" l r))
              ((and (red? tree) (or (red? (left tree)) (red? (right tree))))
               (error "a red node has a red child:" (key tree)))
              ((red? tree) l)
              (else (+ l 1))))))

(define (check name sort-it list)
  (let ((result (sort-it list)))
    (display name)
    (display (if (and (sorted? result) (= (length result) (length list)))
                 ": sorted "
                 ": WRONG "))
    (display (length result))
    (display " numbers, from ")
    (display (car result))
    (display " to ")
    (display (car (last-pair result)))
    (newline)))

(check "insertion sort" insertion-sort (random-list 400 1))
(check "quicksort" quicksort (random-list 10000 2))
(check "heapsort" heapsort (random-list 10000 2))
(check "merge sort" (lambda (list) (sort list <)) (random-list 10000 2))
(check "quicksort of equal numbers" quicksort (map (lambda (i) 7) (iota 500)))

(define numbers (random-list 10000 3))
(define tree (list->tree numbers))
(display "red-black tree: ")
(display (length (tree->list tree)))
(display " keys, height ")
(display (height tree))
(display ", black height ")
(display (black-height tree))
(display (if (sorted? (tree->list tree)) "" " WRONG ORDER"))
(newline)

; In order, a plain binary tree would be a list of height 10000.
(define ordered (list->tree (iota 10000)))
(display "keys inserted in order: height ")
(display (height ordered))
(display ", black height ")
(display (black-height ordered))
(newline)

; The old trees are still there.
(define small (list->tree '(5 1 4)))
(define larger (list->tree '(5 1 4 2 3)))
(write (list (tree->list small) (tree->list larger)))
(newline)

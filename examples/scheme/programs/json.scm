; SPDX-License-Identifier: MIT
;
; A reader and pretty printer for JSON.  An object becomes (object (key . value)
; ...), an array a vector, null the symbol null.  The text is read through a
; procedure that holds the position: (text 'peek), (text 'next), (text 'where).

(define (open-text string)
  (let ((position 0) (line 1))
    (lambda (message)
      (let ((end? (= position (string-length string))))
        (case message
          ((peek) (if end? #f (string-ref string position)))
          ((where) line)
          ((next)
           (if end? (error "unexpected end in line" line))
           (let ((c (string-ref string position)))
             (set! position (+ position 1))
             (if (char=? c #\newline) (set! line (+ line 1)))
             c)))))))

(define (complain text message)
  (error (string-append "line " (number->string (text 'where)) ": " message)))

(define (at? text c)
  (let ((next (text 'peek)))
    (and next (char=? next c))))

(define (skip-space text)
  (let ((c (text 'peek)))
    (when (and c (char-whitespace? c))
      (text 'next)
      (skip-space text))))

(define (expect text wanted)
  (skip-space text)
  (if (at? text wanted)
      (text 'next)
      (complain text (string-append "expected " (string wanted)))))

(define (read-json text)
  (skip-space text)
  (let ((c (text 'peek)))
    (cond ((not c) (complain text "expected a value"))
          ((char=? c #\{) (read-object text))
          ((char=? c #\[) (list->vector (read-items text #\[ #\] read-json)))
          ((char=? c #\") (read-text text))
          ((char-alphabetic? c) (read-word text))
          (else (read-number text)))))

; Items between brackets, with commas between them.
(define (read-items text open close read-item)
  (define (more items)
    (let ((items (cons (read-item text) items)))
      (skip-space text)
      (cond ((at? text #\,) (text 'next) (more items))
            (else (expect text close) (reverse items)))))
  (expect text open)
  (skip-space text)
  (cond ((at? text close) (text 'next) '())
        (else (more '()))))

(define (read-member text)
  (skip-space text)
  (let ((key (read-text text)))
    (expect text #\:)
    (cons key (read-json text))))

(define (read-object text)
  (cons 'object (read-items text #\{ #\} read-member)))

(define (read-text text)
  (expect text #\")
  (let loop ((characters '()))
    (let ((c (text 'next)))
      (cond ((char=? c #\") (list->string (reverse characters)))
            ((char=? c #\\) (loop (cons (read-escape text) characters)))
            (else (loop (cons c characters)))))))

(define (read-escape text)
  (let ((c (text 'next)))
    (case c
      ((#\n) #\newline)
      ((#\t) #\tab)
      ((#\" #\\ #\/) c)
      (else (complain text "unknown escape")))))

(define (read-while text keep?)
  (let loop ((characters '()))
    (let ((c (text 'peek)))
      (if (and c (keep? c))
          (loop (cons (text 'next) characters))
          (list->string (reverse characters))))))

(define (read-word text)
  (let ((word (read-while text char-alphabetic?)))
    (cond ((string=? word "true") #t)
          ((string=? word "false") #f)
          ((string=? word "null") 'null)
          (else (complain text (string-append "unknown word " word))))))

(define (number-part? c)
  (or (char-numeric? c) (memv c '(#\- #\+ #\. #\e #\E))))

(define (read-number text)
  (let ((number (string->number (read-while text number-part?))))
    (or number (complain text "malformed value"))))

(define (parse string)
  (let* ((text (open-text string))
         (value (read-json text)))
    (skip-space text)
    (if (text 'peek)
        (complain text "something follows the value"))
    value))

; Printing, two columns for each level.

(define (indent level)
  (display (make-string (* 2 level) #\space)))

(define (print-items open close items level print-item)
  (display open)
  (unless (null? items)
    (newline)
    (let loop ((rest items))
      (indent (+ level 1))
      (print-item (car rest))
      (unless (null? (cdr rest))
        (display ",")
        (newline)
        (loop (cdr rest))))
    (newline)
    (indent level))
  (display close))

(define (print-json value level)
  (cond ((vector? value)
         (print-items "[" "]" (vector->list value) level
                      (lambda (item) (print-json item (+ level 1)))))
        ((pair? value)
         (print-items "{" "}" (cdr value) level
                      (lambda (member)
                        (write (car member))
                        (display ": ")
                        (print-json (cdr member) (+ level 1)))))
        ((boolean? value) (display (if value "true" "false")))
        (else (write value))))

(define sample "
{ \"name\": \"Tidemark\", \"kind\" : \"garbage collector\",
  \"precise\": false, \"heap\": null, \"sizes\": [16, 32, 48.5, -1e3],
  \"quote\": \"a \\\"word\\\" and a\\nline\",
  \"nested\": { \"empty\": {}, \"none\": [], \"deep\": [[[1], 2], 3] } }")

(print-json (parse sample) 0)
(newline)
(newline)

; Mistakes.
(for-each
 (lambda (string)
   (write string)
   (display " -> ")
   (display (guard (e ((error-object? e) (error-object->string e)))
              (parse string)))
   (newline))
 '("[1, 2" "[1 2]" "{\"a\" 1}" "nul" "[1,\n 2,\n oops]" "1 2" "\"\\q\"" "-"))

; A longer text: an array of many objects, read and summed.
(define (make-text count)
  (string-append
   "["
   (string-join
    (map (lambda (i)
           (string-append "{\"id\": " (number->string i)
                          ", \"tags\": [\"a\", \"b\"], \"half\": "
                          (number->string (/ i 2)) "}"))
         (iota count))
    ",\n")
   "]"))

(define (member-of object key)
  (cdr (assoc key (cdr object))))

(define (sum key objects)
  (fold-left + 0 (map (lambda (object) (member-of object key)) objects)))

(let* ((text (make-text 3000))
       (objects (vector->list (parse text))))
  (newline)
  (write (list (string-length text) (length objects)
               (sum "id" objects) (sum "half" objects)))
  (newline))

; SPDX-License-Identifier: MIT
(display "a string
that nobody closes)

; SPDX-License-Identifier: MIT
(display "an \unknown escape")

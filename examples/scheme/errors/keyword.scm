; SPDX-License-Identifier: MIT
(display (list 1
               lambda))

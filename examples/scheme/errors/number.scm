; SPDX-License-Identifier: MIT
(+ 12 1.2.3)

; SPDX-License-Identifier: MIT
(list #t #maybe)

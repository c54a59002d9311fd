; SPDX-License-Identifier: MIT
'(1 . 2 3)

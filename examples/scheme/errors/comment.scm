; SPDX-License-Identifier: MIT
#| a comment #| in a comment |#
(display 1)

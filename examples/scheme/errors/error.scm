; SPDX-License-Identifier: MIT
(display "before")
(newline)
(error "the end of the world:" 'now "really" 42)
(display "after")

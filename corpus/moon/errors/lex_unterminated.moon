let s = "abc
next
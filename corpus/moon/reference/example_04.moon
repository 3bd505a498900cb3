let n = 4;
if n > 3 { n } else { 0 }
n + 1

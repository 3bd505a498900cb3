let n = 3;
if n > 2 { n } else { 0 };
if n > 2 { n }

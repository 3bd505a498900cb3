let v = if 1 < 2 {
  1
} else { "b" };

let nil = 5;
nil + 1

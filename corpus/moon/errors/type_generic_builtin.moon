let g = push;

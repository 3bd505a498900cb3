let f = fn { 1 };

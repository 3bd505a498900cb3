print("x"); assert(false, "no"); print("y");

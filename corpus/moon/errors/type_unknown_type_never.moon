let f: Never = 1;

print;

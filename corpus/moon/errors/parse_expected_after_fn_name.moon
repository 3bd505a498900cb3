fn f a

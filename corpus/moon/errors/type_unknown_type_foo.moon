let a: Foo<Int> = 1;

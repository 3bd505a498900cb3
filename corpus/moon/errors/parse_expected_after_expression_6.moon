fn main() -> Int { let x = 5; x }
main() main()

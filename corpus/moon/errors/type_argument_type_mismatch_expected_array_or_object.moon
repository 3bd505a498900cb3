copy("a")

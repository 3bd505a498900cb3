unwrap(nil)

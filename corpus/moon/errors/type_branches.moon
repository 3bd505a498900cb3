if true { 2 } else { false }

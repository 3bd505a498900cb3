if 1 { 2 } else { 3 }

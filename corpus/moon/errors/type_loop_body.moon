while false { 1 }

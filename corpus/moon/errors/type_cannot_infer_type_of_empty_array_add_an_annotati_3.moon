let a = if true { [1] } else { [] };

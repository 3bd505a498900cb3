let while = 2;
fn for(in: Int) -> Int { in + while }
for(3)

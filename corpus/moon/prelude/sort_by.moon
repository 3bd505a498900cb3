let a=[3,1,2]; sort_by(a, fn(x: Int, y: Int) -> Bool { x > y }); print(a);

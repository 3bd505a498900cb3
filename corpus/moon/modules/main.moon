import "parts/shapes";
import "parts/shapes" as again;
let s: shapes.Square = shapes.Square#{ side: 3 };
print(shapes.area(s));
again.bump();
print(shapes.count);

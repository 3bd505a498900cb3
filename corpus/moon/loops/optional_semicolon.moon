for x in 0..3 { print(x); };
while false {};
{ print("b"); };
if true { print("c"); };

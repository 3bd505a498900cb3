let o=#{a:1,b:2,c:3}; print(del(o,"a")); print(del(o,"a")); print(o);

let o: Object<Array<Int>> = #{};
o["a"] = [1];
o["a"][1] = 5;

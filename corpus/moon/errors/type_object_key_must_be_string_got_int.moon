let x = #{a: 5};
x[0]

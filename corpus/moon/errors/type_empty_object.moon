let a = #{};

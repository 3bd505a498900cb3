let a: Object = #{};

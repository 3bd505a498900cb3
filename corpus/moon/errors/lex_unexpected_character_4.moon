let a = @;

let a = [];

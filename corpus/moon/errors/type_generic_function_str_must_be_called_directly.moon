let x = str;

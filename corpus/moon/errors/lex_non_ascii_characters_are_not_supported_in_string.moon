let x = "é";

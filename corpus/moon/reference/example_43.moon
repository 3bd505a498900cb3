let s = "one // two
three\tfour";
s + "\\" + "\"end\""

if true { }
else { }
5

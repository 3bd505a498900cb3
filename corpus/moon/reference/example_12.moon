let row = [1, 2];
let same = row;
row[0] = { row = [8, 9]; 50 };
same[0] * 100 + row[0]

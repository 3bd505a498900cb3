let i = 0;
while true { i += 1; if i == 5 { break; } }
i

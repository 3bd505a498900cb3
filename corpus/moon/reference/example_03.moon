let n = 10;
{ n = n + 5; n }
- 3

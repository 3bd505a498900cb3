let a = [1,
  2];
a[
 7]

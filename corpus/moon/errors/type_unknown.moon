let a: Text = 1;

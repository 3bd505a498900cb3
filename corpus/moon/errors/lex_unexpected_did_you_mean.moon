let t = &1;

let é1 = 3;

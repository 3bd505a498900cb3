let é = 1;

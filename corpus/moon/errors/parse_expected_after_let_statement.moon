let x = 12ab;

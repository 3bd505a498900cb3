let x = nil;

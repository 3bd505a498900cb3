let a = nil;

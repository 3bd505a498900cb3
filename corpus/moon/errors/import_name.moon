import "a-b";

import "parts/shapes";
shapes.count = 2;

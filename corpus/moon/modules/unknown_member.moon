import "parts/shapes";
shapes.nothing

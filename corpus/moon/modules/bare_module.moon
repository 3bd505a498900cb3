import "parts/shapes";
shapes

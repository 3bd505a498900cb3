import "parts/shapes";
import "parts/shapes";

import "parts_prints";
import "parts_fails";
let x: Int = "never reported";

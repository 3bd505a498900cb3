//! Elementary functions, the same bit for bit on every platform.

pub use libm::{ceil, cos, exp, floor, log, pow, round, sin, sqrt, tan, trunc};

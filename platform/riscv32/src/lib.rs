//! The parts of the board's program that need no board: the line editor and the form of packs of modules.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod line;
pub mod pack;

//! The world outside, as programs on the board see it: a terminal and a clock.

use alloc::string::String;
use alloc::vec::Vec;

use motet::{Capabilities, Capability, Host};
use motet_board::line::{Editor, Event};

use crate::{start, uart};

/// The host of a program.
pub struct BoardHost {
    /// Whether what the program writes on its error output is shown.
    pub quiet: bool,
}

/// What programs may do: read lines, know the time, and write images: to the serial port, as there are no files.
pub fn capabilities() -> Capabilities {
    Capabilities::NONE.with(Capability::Stdin).with(Capability::Clock).with(Capability::FsWrite)
}

/// Instructions before the first output of a program; 0 before that.
static mut FIRST_OUTPUT: u64 = 0;

/// See [`FIRST_OUTPUT`].
#[allow(unsafe_code)]
pub fn first_output() -> u64 {
    // SAFETY: one hart without interrupts.
    unsafe { FIRST_OUTPUT }
}

/// Remembers when the first output came.
#[allow(unsafe_code)]
fn note_output() {
    if first_output() == 0 {
        // SAFETY: one hart without interrupts.
        unsafe { FIRST_OUTPUT = start::instructions() };
    }
}

impl Host for BoardHost {
    fn write_out(&mut self, bytes: &[u8]) {
        note_output();
        uart::write(bytes);
    }

    fn write_err(&mut self, bytes: &[u8]) {
        if !self.quiet {
            uart::write(bytes);
        }
    }

    fn read_line(&mut self) -> Option<String> {
        let mut editor = Editor::default();
        loop {
            match editor.feed(uart::read(), &mut uart::write) {
                Event::More => {}
                Event::Line(mut line) => {
                    line.push('\n');
                    return Some(line);
                }
                Event::Cancelled | Event::End => return None,
                Event::Refused(why) => {
                    uart::write(why.as_bytes());
                    uart::write(b"\n");
                }
            }
        }
    }

    /// The board does not know the date: time begins when it is switched on.
    fn unix_nanos(&mut self) -> i128 {
        i128::from(start::nanos())
    }

    fn monotonic_nanos(&mut self) -> u64 {
        start::nanos()
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        let end = start::nanos().saturating_add(nanos);
        while start::nanos() < end && !uart::interrupted() {}
    }

    /// The board has no files: an image goes out as lines of text, which a terminal on the desk can keep, and which the line
    /// reader takes back.
    #[cfg(feature = "lang-recorz")]
    fn write_image(&mut self, _path: &str, bytes: &[u8]) -> Result<(), motet::HostError> {
        motet_lang_recorz::snapshot::text::write_lines(bytes, &mut |line| {
            uart::write(line.as_bytes());
            uart::write(b"\n");
        });
        Ok(())
    }

    fn args(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Ctrl-C on the serial port.
pub struct CtrlC;

impl motet::Interrupt for CtrlC {
    fn is_wanted(&mut self) -> bool {
        uart::interrupted()
    }
}

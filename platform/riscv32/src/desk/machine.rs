//! A board under QEMU, with its serial port.
//!
//! Invariant: every wait has an end, and what the board wrote is part of the message when it comes too late.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The emulator.
pub const QEMU: &str = "qemu-system-riscv32";

/// Where a pack lies on the board: the second half of its flash.
const FLASH: u32 = 0x2200_0000;

/// Bytes of a pack that QEMU takes at once: not more than there is RAM.
const PART: usize = 2 << 20;

/// Longest wait for one answer, and for the end of a whole run.
const PATIENCE: Duration = Duration::from_secs(20);
const END_PATIENCE: Duration = Duration::from_secs(150);

/// Whether the emulator can be started.
pub fn is_installed() -> bool {
    let probe = Command::new(QEMU).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok_and(|s| s.success())
}

#[derive(Default)]
struct Serial {
    text: Mutex<(Vec<u8>, bool)>,
    news: Condvar,
}

/// A running board.
pub struct Machine {
    child: Child,
    serial: Arc<Serial>,
    /// What of the output earlier waits have passed.
    passed: usize,
    /// Parts of the pack.
    files: Vec<PathBuf>,
}

impl Machine {
    /// Switches a board on; `pack` is written into its flash.
    pub fn start(image: &Path, pack: Option<&[u8]>) -> Result<Self, String> {
        Self::start_with(image, pack, &[])
    }

    /// As [`Machine::start`], with options of the emulator's own.
    pub fn start_with(image: &Path, pack: Option<&[u8]>, options: &[&str]) -> Result<Self, String> {
        // 3 MiB: the board uses the first two, and locks the rest; QEMU puts its device tree there.
        let mut command = Command::new(QEMU);
        command.args(["-machine", "virt", "-m", "3M", "-display", "none", "-serial", "stdio", "-monitor", "none"]);
        command.args(["-bios", "none", "-kernel"]).arg(image).args(options);
        let mut files = Vec::new();
        for (i, part) in pack.unwrap_or_default().chunks(PART).enumerate() {
            static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
            let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("motet-board-{}-{number}.pack", std::process::id()));
            std::fs::write(&path, part).map_err(|e| format!("{}: {e}", path.display()))?;
            let address = FLASH as usize + i * PART;
            command.arg("-device").arg(format!("loader,file={},addr={address:#x},force-raw=on", path.display()));
            files.push(path);
        }
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child = child.map_err(|e| format!("{QEMU}: {e}"))?;
        let serial = Arc::new(Serial::default());
        let mut output = child.stdout.take().ok_or("no output")?;
        let shared = serial.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = output.read(&mut buffer).unwrap_or(0);
                let Ok(mut text) = shared.text.lock() else { return };
                text.0.extend_from_slice(&buffer[..count]);
                text.1 = count == 0;
                shared.news.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Ok(Self { child, serial, passed: 0, files })
    }

    /// Types something. A board that is off does not hear it; the wait for its answer tells.
    pub fn send(&mut self, bytes: &[u8]) {
        if let Some(input) = &mut self.child.stdin {
            let _ = input.write_all(bytes).and_then(|()| input.flush());
        }
    }

    /// Waits for a text behind everything that was waited for before.
    pub fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let passed = self.passed;
        let found = self.wait(PATIENCE, |text, _| find(&text[passed..], wanted.as_bytes()));
        match found {
            Some(at) => {
                self.passed += at + wanted.len();
                Ok(())
            }
            None => Err(format!("expected {wanted:?}; got {:?}", self.text(passed))),
        }
    }

    /// Waits until the board is switched off; everything that it wrote, and the status.
    pub fn end(mut self) -> Result<(String, i32), String> {
        if self.wait(END_PATIENCE, |_, ended| ended.then_some(())).is_none() {
            return Err(format!("still running; it wrote {:?}", self.text(0)));
        }
        let status = self.child.wait().map_err(|e| e.to_string())?;
        Ok((self.text(0), status.code().unwrap_or(-1)))
    }

    fn text(&self, from: usize) -> String {
        let text = self.serial.text.lock().map(|t| t.0[from..].to_vec()).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&[u8], bool) -> Option<T>) -> Option<T> {
        let end = Instant::now() + patience;
        let mut text = self.serial.text.lock().ok()?;
        loop {
            if let Some(found) = look(&text.0, text.1) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            if text.1 {
                return None;
            }
            text = self.serial.news.wait_timeout(text, left).ok()?.0;
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Fails when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return Some(0);
    }
    text.windows(wanted.len()).position(|w| w == wanted)
}

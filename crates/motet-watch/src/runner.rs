//! A program that runs on a thread of its own, and can be replaced.
//!
//! Invariant: one program at a time; the isolate lives and dies on the runner's thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use motet::{Error, FormatLimits, Isolate, ModuleHandle, Program, Value};

use crate::follower::Saved;
use crate::host::Control;

/// Native stack of the program's thread, in bytes: values are walked with bounded depth.
const STACK: usize = 16 << 20;

/// What the runner's owner does on the runner's thread.
pub trait Stage: Send + 'static {
    /// An isolate whose host obeys `control`.
    fn isolate(&mut self, control: &Arc<Control>) -> Isolate;
    /// A version is about to run.
    fn starting(&mut self, isolate: &mut Isolate, start: &Start);
    /// The program ended by itself. Shows its result or error.
    fn ended(&mut self, isolate: &mut Isolate, module: ModuleHandle, result: Result<Value, Error>);
    /// The program was stopped by [`Runner::stop`], or to make place for the next version.
    fn stopped(&mut self, isolate: &mut Isolate, module: ModuleHandle);
    /// A version could not be loaded.
    fn failed(&mut self, error: &Error);
}

/// Why a program starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// From 1.
    pub version: u32,
    /// The save that made this version; `None` for the first start.
    pub saved: Option<Saved>,
    /// Another version was running until now.
    pub replaced: bool,
}

enum Command {
    Run { run: u64, pbc: Vec<u8>, saved: Option<Saved> },
    Quit,
}

/// Runs versions of a program, one after the other.
pub struct Runner {
    commands: Sender<Command>,
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// A thread that waits for the first version.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn new(stage: impl Stage) -> std::io::Result<Runner> {
        let (commands, receiver) = channel();
        let control = Arc::new(Control::default());
        let theirs = control.clone();
        let thread = std::thread::Builder::new()
            .name("motet-program".into())
            .stack_size(STACK)
            .spawn(move || work(&receiver, &theirs, stage))?;
        Ok(Runner { commands, control, thread: Some(thread) })
    }

    /// What other threads tell the program.
    #[must_use]
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Runs this version, in place of one that is running.
    pub fn run(&self, pbc: Vec<u8>, saved: Option<Saved>) {
        let run = self.control.interrupt();
        // The thread ends only when the runner does.
        let _ = self.commands.send(Command::Run { run, pbc, saved });
    }

    /// Stops the program that runs, if one does.
    pub fn stop(&self) {
        self.control.interrupt();
    }

    /// Stops the program and ends the thread; waits for that.
    pub fn quit(&mut self) {
        self.ask_to_quit();
        if let Some(thread) = self.thread.take() {
            // A panic was reported by its thread.
            let _ = thread.join();
        }
    }

    /// Stops the program and ends the thread, without waiting.
    pub fn ask_to_quit(&self) {
        let _ = self.commands.send(Command::Quit);
        self.control.interrupt();
    }

    /// Whether the thread has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.ask_to_quit();
    }
}

fn work(commands: &Receiver<Command>, control: &Arc<Control>, mut stage: impl Stage) {
    let mut version = 0;
    let mut replaced = false;
    while let Ok(command) = commands.recv() {
        // Of versions that came one upon the other only the last one counts.
        let Some(Command::Run { run: number, pbc, saved }) =
            std::iter::once(command).chain(commands.try_iter()).reduce(newest)
        else {
            return;
        };
        control.begin(number);
        version += 1;
        replaced = match run(&mut stage, control, &pbc, &Start { version, saved, replaced }) {
            Ok(stopped) => stopped,
            Err(e) => {
                stage.failed(&e);
                false
            }
        };
    }
}

/// The command that counts of two.
fn newest(one: Command, other: Command) -> Command {
    if matches!(one, Command::Quit) { one } else { other }
}

/// True if the program was stopped from outside.
fn run(stage: &mut impl Stage, control: &Arc<Control>, pbc: &[u8], start: &Start) -> Result<bool, Error> {
    let program = Program::from_pbc(pbc, &FormatLimits::trusted())?;
    let mut isolate = stage.isolate(control);
    // The clock is looked at only when there is a deadline.
    isolate.runtime_mut().limits.deadline_nanos.get_or_insert(u64::MAX);
    let module = isolate.load(&program)?;
    stage.starting(&mut isolate, start);
    let result = isolate.run(module);
    let stopped = control.is_interrupted();
    if stopped {
        stage.stopped(&mut isolate, module);
    } else {
        stage.ended(&mut isolate, module, result);
    }
    isolate.runtime_mut().host.flush();
    Ok(stopped)
}

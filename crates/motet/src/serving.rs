//! Web applications: what a program leaves when it starts a server, and how isolates get ready to run its handlers.

use alloc::vec::Vec;

use motet_runtime::{
    Control, Stop, Thrown, Value, transfer_error,
    web::{Application, Request, Response},
};

use crate::{
    Error, Handle, Isolate, ModuleHandle,
    isolate::{Id, Machine, foreign_handle},
};

impl Isolate {
    /// The application of a program whose last run ended because it started a server; `None` if it ended otherwise. Ask
    /// before anything else runs here.
    ///
    /// # Errors
    /// [`Error::Link`] when a global or captured value cannot leave the isolate.
    pub fn application(&mut self, module: ModuleHandle) -> Result<Option<Application>, Error> {
        let Some(server) = self.runtime_mut().serving.take() else { return Ok(None) };
        let globals = match (&self.machine, self.loaded(module)?.id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Id::Ast(id)) => evaluator.all_globals(id),
            (Machine::Vm(vm), Id::Vm(id)) => vm.all_globals(id),
            _ => return Err(foreign_handle()),
        };
        self.runtime_mut().application(server, &globals).map(Some).map_err(untransferable)
    }

    /// Begins a call of a handler, a result of [`Isolate::install`]: [`Isolate::step`] and [`Isolate::resume`] run it.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the request does not fit into the heap.
    pub fn begin_request(&mut self, handler: Value, request: &Request) -> Result<(), Error> {
        let rt = self.runtime_mut();
        let request = request.value(rt).map_err(|control| match control {
            Control::Trap(trap) => Stop::Trap { trap, trace: Vec::new() },
            Control::Error(e) => {
                let message = e.message.clone();
                Stop::Uncaught { thrown: Thrown::Error(*e), message, language: 0, trace: Vec::new() }
            }
            _ => Stop::Exit(1),
        });
        self.begin(handler, &[request?]);
        self.link.program = None;
        Ok(())
    }

    /// The response that a handler returned; `None` if it returned something else.
    pub fn response(&mut self, result: &Handle) -> Option<&Response> {
        let value = result.value(self.runtime_mut())?;
        self.runtime().heap.foreign_as(value)
    }

    /// Gives the module, which is the program that the application comes from and must not run here, the globals of the
    /// application. Returns the handlers in the order of the routes; they stay alive.
    ///
    /// # Errors
    /// [`Error::Link`] when the module is another one, or the values do not fit into the heap.
    pub fn install(&mut self, module: ModuleHandle, application: &Application) -> Result<Vec<Value>, Error> {
        let id = self.loaded(module)?.id;
        let mut handlers = self.runtime_mut().import(&application.values).map_err(untransferable)?;
        let globals = handlers.split_off(application.routes.len().min(handlers.len()));
        let done = match (&mut self.machine, id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Id::Ast(id)) => evaluator.set_all_globals(id, &globals),
            (Machine::Vm(vm), Id::Vm(id)) => vm.set_all_globals(id, &globals),
            _ => false,
        };
        if !done {
            return Err(foreign_handle());
        }
        self.runtime_mut().roots.extend_from_slice(&handlers);
        Ok(handlers)
    }
}

fn untransferable(control: Control) -> Error {
    Error::Link(transfer_error(&control))
}

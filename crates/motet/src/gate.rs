//! Where servers of programs listen.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// Takes TCP ports for programs; see [`crate::StdHost::gate`].
#[derive(Debug)]
pub struct Gate {
    address: IpAddr,
    port: Option<u16>,
    kept: Option<u16>,
    taken: Mutex<Option<TcpListener>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(IpAddr::V4(Ipv4Addr::LOCALHOST), None)
    }
}

impl Gate {
    /// Listens on this address of the machine, and on `port` instead of what programs ask for if it is given.
    #[must_use]
    pub fn new(address: IpAddr, port: Option<u16>) -> Self {
        Self { address, port, kept: None, taken: Mutex::new(None) }
    }

    /// Another gate for the same address.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { address: self.address, port: self.port, kept: None, taken: Mutex::new(None) }
    }

    /// A gate for the next version of a program, whose listener stays: `port`, which the version before asked for, is not
    /// taken again.
    #[must_use]
    pub fn kept(&self, port: u16) -> Self {
        Self { kept: Some(port), ..self.fresh() }
    }

    /// Takes a port.
    ///
    /// # Errors
    /// Those of the system.
    pub fn listen(&self, port: u16) -> io::Result<()> {
        if self.kept == Some(port) || self.kept.is_some() && self.port.is_some() {
            return Ok(());
        }
        let listener = TcpListener::bind(SocketAddr::new(self.address, self.port.unwrap_or(port)))?;
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
        Ok(())
    }

    /// What [`Gate::listen`] took last.
    #[must_use]
    pub fn take(&self) -> Option<TcpListener> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

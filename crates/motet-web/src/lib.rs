//! The web server for programs.
//!
//! A program sets up a server and ends its run (see [`motet::web`]). [`Site`] holds what it left: the program, the routes,
//! the values of its globals and handlers. A [`Server`] answers requests with it: each handler runs in an isolate that
//! belongs to it alone while it runs. [`follow`] replaces the site whenever the program's files change.
//!
//! The way of a request: `server` (connections, limits) → `answer` (middleware, routes) → `router`, `request` (what
//! handlers see) → `site` (isolates) → `answer` (header fields) → `content`.
//!
//! Invariants:
//! - Nothing that a client sends stops the server: everything that it chooses the size of is bounded ([`Options`]), and what
//!   takes too long is given up.
//! - A handler harms no other request: its isolate is not used again after a trap or with a full heap.
//! - A request is answered by one version of the program, from its route to its last byte.
#![deny(unsafe_code)]

mod answer;
mod content;
mod files;
mod follow;
mod host;
mod multipart;
mod options;
mod reload;
mod request;
mod router;
mod server;
mod site;
mod stream;

pub use follow::{Follow, Screen, follow};
pub use options::Options;
pub use reload::{CHECK_PATH, EVENTS_PATH};
pub use router::Router;
pub use server::Server;
pub use site::{Setting, Site, SiteError};

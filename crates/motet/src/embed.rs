//! Host and program as partners: closures of the host that programs call, calls of the program's functions with
//! ordinary Rust values, rooted handles, objects of the host with methods.
//!
//! Invariants:
//! - A [`Local`] is of use only during the closure that received its [`Context`], in the same isolate: its lifetime is a
//!   brand that no two contexts share. Whatever the host keeps is a [`Handle`], which is rooted.
//! - No host function runs guest code (it can only ask for that, with a [`Request`]): so none is entered twice at a time, and no collection happens while one runs.
//! - There is no `unsafe` here.

mod calls;
mod context;
mod convert;
mod dynamic;
mod functions;
mod future;
mod handle;
mod pending;
mod request;
mod slices;
mod userdata;

pub use calls::Callee;
pub use context::{Context, Fault, Local};
pub use convert::{Arguments, FromArgs, FromGuest, IntoArgs, IntoGuest};
pub use dynamic::ObjectType;
pub use functions::HostModule;
pub use future::Run;
pub use handle::Handle;
pub use pending::Completer;
pub use request::Request;
pub use slices::Progress;
pub use userdata::{Methods, Object, UserData};

//! `motet dev`: serves the development page until Ctrl-C.

use std::path::Path;
use std::process::{Command, Stdio};

use clap::ArgMatches;

use crate::session::{Session, print_err};
use crate::{cli, exit};

/// Serves the page; returns the exit status.
pub fn serve(matches: &ArgMatches, session: &Session) -> u8 {
    let folder = matches.get_one::<String>("folder").map_or(".", String::as_str);
    // Programs see their folder as the working folder, as if they were run from there.
    if let Err(e) = std::env::set_current_dir(folder) {
        return session.fail(&format!("cannot serve `{folder}`: {e}"), exit::IO);
    }
    let port = matches.get_one::<u16>("port").copied().unwrap_or(0);
    let options = motet_dev::Options { folder: Path::new(".").into(), port, capabilities: session.capabilities };
    let (server, stopper) = match motet_dev::Server::new(&options) {
        Ok(made) => made,
        Err(e) => return session.fail(&format!("cannot serve `{folder}` on 127.0.0.1:{port}: {e}"), exit::IO),
    };
    // Without a handler Ctrl-C ends the process all the same.
    let _ = ctrlc::set_handler(move || stopper.stop());
    println!("{}", server.url());
    print_err(&format!("serving the programs of `{folder}`; open the address above; Ctrl-C ends\n"));
    if cli::is_set(matches, "open") && !open(&server.url()) {
        print_err("no browser could be opened\n");
    }
    server.run();
    exit::OK
}

/// Asks the system to show an address.
fn open(url: &str) -> bool {
    let (program, args): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(args).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

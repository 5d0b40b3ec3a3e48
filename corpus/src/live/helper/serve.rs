//! What a helper process does: it holds the sockets it is given until its parent ends.

use std::{
    env, fs,
    io::stdin,
    os::{
        fd::{AsFd as _, AsRawFd as _, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    process::exit,
};

use rustix::{
    net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with},
    process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit},
};

use super::{NAME, execute};
use crate::live::{channel, churn, inode_of, load, raw, sandbox::MODE};

/// Serves as a helper and then exits, if this program was executed as one; returns otherwise.
pub fn run_if_helper() {
    if env::var(MODE).is_ok_and(|mode| mode == "helper") {
        serve();
        exit(0);
    }
}

fn serve() {
    // Other processes may hold copies of the channel's other end, so its closing is not enough.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    if let Some(name) = env::var_os(NAME) {
        // The process's name is its leader's; `/proc/thread-self/comm` would rename this thread.
        let _ = fs::write("/proc/self/comm", name.as_bytes());
    }
    raise_limit();
    let channel = stdin();
    let channel = channel.as_fd();
    let mut held: Vec<OwnedFd> = Vec::new();
    while let Ok(Some((request, sockets))) = channel::receive(channel) {
        let answer = match request.split_once(' ').unwrap_or((&request, "")) {
            ("ready", _) => Ok("ready".to_owned()),
            ("hold", _) => {
                let fds: Vec<String> =
                    sockets.iter().map(|socket| socket.as_raw_fd().to_string()).collect();
                held.extend(sockets);
                Ok(fds.join(" "))
            }
            ("bind", name) => bind_abstract(name).map(|socket| {
                let fd = socket.as_raw_fd();
                let answer = format!("{fd} {}", inode_of(&socket));
                held.push(socket);
                answer
            }),
            ("churn", "descriptors") => churn::start_descriptors(&held),
            ("churn", kind) => churn::start(kind),
            ("execute", _) => Err(execute::again_and_again(&held)),
            ("end", "leader") => end_leader(),
            ("load", plan) => load::create(plan, &mut held),
            ("replace", count) => load::replace(count, &mut held),
            ("list", _) => load::list(&held, |lines| {
                let _ = channel::send(channel, lines.as_bytes(), &[]);
            }),
            _ => Err(format!("no such request: {request}")),
        };
        let answer = answer.unwrap_or_else(|reason| format!("failed: {reason}"));
        let answer = if answer.is_empty() { "nothing" } else { &answer };
        if channel::send(channel, answer.as_bytes(), &[]).is_err() {
            return;
        }
    }
}

/// A listener with this name, given as the decimal values of its bytes.
fn bind_abstract(codes: &str) -> Result<OwnedFd, String> {
    let name: Result<Vec<u8>, _> = codes.split(' ').map(str::parse).collect();
    let name = name.map_err(|error| error.to_string())?;
    let bound = || {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        bind(&socket, &SocketAddrUnix::new_abstract_name(&name)?)?;
        listen(&socket, 4)?;
        rustix::io::Result::Ok(socket)
    };
    bound().map_err(|error| error.to_string())
}

/// Raises the limit of descriptors as far as this user may.
fn raise_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Ends the leader only: a test runs in a thread of its own, while the leader waits for it.
fn end_leader() -> Result<String, String> {
    raw::on_user_signal(raw::Effect::EndThread).map_err(|error| error.to_string())?;
    raw::send_user_signal_to_leader().map_err(|error| error.to_string())?;
    Ok("ended".to_owned())
}

//! All sockets in one call.

use crate::{Answer, Error, Kinds, Query, Scanner};

/// The sockets of some kinds, with their owners.
///
/// Asks a new scanner of `$HOST_PROC`, by default `/proc`; a program that asks repeatedly keeps one
/// and calls [`Scanner::visit`] or [`Scanner::collect`].
///
/// ```
/// let answer = procnet::connections(procnet::Kinds::INET)?;
/// for socket in &answer.sockets {
///     let pids: Vec<u32> = socket.owners.iter().map(|owner| owner.pid).collect();
///     println!("{} {:?} {} {pids:?}", socket.kind, socket.local, socket.state);
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
///
/// # Errors
///
/// As for [`Scanner::visit`].
pub fn connections(kinds: impl Into<Kinds>) -> Result<Answer, Error> {
    Scanner::new()?.collect(&Query::new().kinds(kinds))
}

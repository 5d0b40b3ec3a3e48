//! Names of interfaces in the network namespace of the command.

use std::{cell::RefCell, collections::HashMap, num::NonZeroU32, os::fd::OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice::index_to_name, socket_with};

use crate::row::escaped;

/// The name of an interface, escaped; `None` if there is none with this index (any more). Each is
/// asked for once.
pub(crate) fn name(index: NonZeroU32) -> Option<String> {
    thread_local! {
        static NAMES: RefCell<Names> = RefCell::new(Names::default());
    }
    NAMES.with_borrow_mut(|names| names.get(index))
}

#[derive(Default)]
struct Names {
    /// Any socket will do.
    socket: Option<OwnedFd>,
    known: HashMap<NonZeroU32, Option<String>>,
}

impl Names {
    fn get(&mut self, index: NonZeroU32) -> Option<String> {
        if let Some(name) = self.known.get(&index) {
            return name.clone();
        }
        if self.socket.is_none() {
            let (family, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
            self.socket = socket_with(family, SocketType::DGRAM, flags, None).ok();
        }
        let name = self.socket.as_ref().and_then(|socket| index_to_name(socket, index.get()).ok());
        let name = name.map(escaped);
        self.known.insert(index, name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_has_a_name() {
        // The kernel gives the index 1 to the loopback interface of each network namespace
        // (drivers/net/loopback.c `loopback_net_init`).
        let loopback = NonZeroU32::MIN;
        assert_eq!(name(loopback).as_deref(), Some("lo"));
        assert_eq!(name(loopback).as_deref(), Some("lo"));
        assert_eq!(name(NonZeroU32::MAX), None);
    }
}

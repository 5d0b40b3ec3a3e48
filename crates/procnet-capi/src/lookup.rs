//! One socket by its two ends.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::c_void,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
};

use procnet::lookup::Lookup;

use crate::{
    address::procnet_address,
    border::{Callback, ErrorOut, not_null, run},
    error::Failure,
    result::{PROCNET_NOT_FOUND, procnet_result},
    scanner::{Handle, procnet_socket_callback, with},
};

const IPPROTO_TCP: u32 = 6;
const IPPROTO_UDP: u32 = 17;
const IPPROTO_UDPLITE: u32 = 136;

fn end(address: &procnet_address, name: &str) -> Result<SocketAddr, Failure> {
    let address = address.socket_addr();
    address.ok_or_else(|| Failure::invalid(format!("{name}: neither AF_INET nor AF_INET6")))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_lookup(
    scanner: Handle,
    protocol: u32,
    local: Option<&procnet_address>,
    remote: Option<&procnet_address>,
    interface: u32,
    callback: procnet_socket_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    // Copied, as callbacks may change them.
    let (local, remote) = (local.copied(), remote.copied());
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let local = end(&not_null(local, "local")?, "local")?;
        let remote = match remote {
            Some(remote) => end(&remote, "remote")?,
            None => {
                let zeros: IpAddr = match local {
                    SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                SocketAddr::new(zeros, 0)
            }
        };
        let mut lookup = match protocol {
            IPPROTO_TCP => Lookup::tcp(local, remote),
            IPPROTO_UDP => Lookup::udp(local, remote),
            IPPROTO_UDPLITE => Lookup::udplite(local, remote),
            _ => {
                return Err(Failure::invalid(format!(
                    "protocol {protocol} is not IPPROTO_TCP, IPPROTO_UDP or IPPROTO_UDPLITE"
                )));
            }
        };
        if let Some(index) = NonZeroU32::new(interface) {
            lookup = lookup.interface(index);
        }
        with(scanner, |inner| {
            let Some(socket) = inner.scanner.lookup(&lookup)? else {
                let message = format!("no socket has the ends {local} and {remote}");
                return Err(Failure::new(PROCNET_NOT_FOUND, message));
            };
            callback.call(&inner.scratch.fill(&socket));
            Ok(())
        })
    })
}

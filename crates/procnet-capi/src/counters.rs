//! Counters of interfaces, protocols and connection tracking.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::{OsStr, c_char, c_int, c_void},
    os::unix::ffi::OsStrExt as _,
};

use procnet::counters::{Interface, IoCounters, Protocol};

use crate::{
    border::{Callback, ErrorOut, Out, Text, Texts, not_null, null, put, run},
    error::Failure,
    result::{
        PROCNET_IO, PROCNET_MALFORMED, PROCNET_NOT_FOUND, PROCNET_PERMISSION, procnet_result,
    },
    scanner::{Handle, with},
};

pub const PROCNET_COUNTERS_SNMP: u32 = 0;
pub const PROCNET_COUNTERS_NETSTAT: u32 = 1;
pub const PROCNET_COUNTERS_SOCKSTAT: u32 = 2;
pub const PROCNET_COUNTERS_SOCKSTAT6: u32 = 3;

/// The counters of an interface.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct procnet_interface {
    pub name: *const c_char,
    pub name_len: usize,
    pub index: u32,
    pub reserved: u32,
    pub rx_bytes: u64,
    pub rx_packets: u64,
    pub rx_errs: u64,
    pub rx_drop: u64,
    pub rx_fifo: u64,
    pub rx_frame: u64,
    pub rx_compressed: u64,
    pub rx_multicast: u64,
    pub tx_bytes: u64,
    pub tx_packets: u64,
    pub tx_errs: u64,
    pub tx_drop: u64,
    pub tx_fifo: u64,
    pub tx_colls: u64,
    pub tx_carrier: u64,
    pub tx_compressed: u64,
}

impl From<&Interface> for procnet_interface {
    fn from(interface: &Interface) -> procnet_interface {
        let name = interface.name.as_bytes();
        let (rx, tx) = (interface.counters.receive, interface.counters.transmit);
        procnet_interface {
            name: name.as_ptr().cast(),
            name_len: name.len(),
            index: interface.index.unwrap_or(0),
            reserved: 0,
            rx_bytes: rx.bytes,
            rx_packets: rx.packets,
            rx_errs: rx.errs,
            rx_drop: rx.drop,
            rx_fifo: rx.fifo,
            rx_frame: rx.frame,
            rx_compressed: rx.compressed,
            rx_multicast: rx.multicast,
            tx_bytes: tx.bytes,
            tx_packets: tx.packets,
            tx_errs: tx.errs,
            tx_drop: tx.drop,
            tx_fifo: tx.fifo,
            tx_colls: tx.colls,
            tx_carrier: tx.carrier,
            tx_compressed: tx.compressed,
        }
    }
}

/// What gets each interface.
pub type procnet_interface_callback = Option<
    unsafe extern "C-unwind" fn(
        interface: *const procnet_interface,
        userdata: *mut c_void,
    ) -> c_int,
>;

/// A number with its names.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct procnet_counter {
    pub group: *const c_char,
    pub group_len: usize,
    pub name: *const c_char,
    pub name_len: usize,
    pub value: u64,
    pub negative: u32,
    pub row: u32,
}

/// What gets each counter.
pub type procnet_counter_callback = Option<
    unsafe extern "C-unwind" fn(counter: *const procnet_counter, userdata: *mut c_void) -> c_int,
>;

impl procnet_counter {
    fn new(group: &str, name: &str, value: i128, row: usize) -> procnet_counter {
        procnet_counter {
            group: group.as_ptr().cast(),
            group_len: group.len(),
            name: name.as_ptr().cast(),
            name_len: name.len(),
            value: u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX),
            negative: u32::from(value < 0),
            row: u32::try_from(row).unwrap_or(u32::MAX),
        }
    }
}

fn pass_interfaces(
    counters: &IoCounters,
    path: &str,
    callback: &Callback<procnet_interface>,
) -> Result<(), Failure> {
    for interface in &counters.interfaces {
        if !callback.call(&interface.into()) {
            return Ok(());
        }
    }
    match counters.undecodable.first() {
        Some((line, error)) => {
            let message = format!("{path}: line {line} is malformed: {error}");
            Err(Failure::new(PROCNET_MALFORMED, message))
        }
        None => Ok(()),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_interfaces(
    scanner: Handle,
    callback: procnet_interface_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let counters = with(scanner, |inner| Ok(inner.scanner.io_counters()?))?;
        pass_interfaces(&counters, "net/dev", &callback)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_interfaces_of_file(
    path: Text<'_>,
    callback: procnet_interface_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let bytes = not_null(path.bytes(), "path")?;
        let shown = procnet::decode::escape::Escaped(bytes).to_string();
        let read = std::fs::read(OsStr::from_bytes(bytes));
        let text = read.map_err(|error| {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => PROCNET_NOT_FOUND,
                std::io::ErrorKind::PermissionDenied => PROCNET_PERMISSION,
                _ => PROCNET_IO,
            };
            Failure::new(code, format!("{shown}: {error}"))
        })?;
        pass_interfaces(&IoCounters::decode(&text), &shown, &callback)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_counters(
    scanner: Handle,
    table: u32,
    groups: Texts<'_>,
    count: usize,
    callback: procnet_counter_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let mut wanted = Vec::with_capacity(count.min(64));
        for group in groups.slice(count).ok_or_else(|| null("groups"))? {
            let group = not_null(group.bytes(), "a group")?;
            // No group has another name.
            wanted.push(std::str::from_utf8(group).unwrap_or("\u{FFFD}"));
        }
        let is_wanted = |name: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        let protocols: Vec<Protocol> = with(scanner, |inner| {
            let scanner = &mut inner.scanner;
            let mut protocols = match table {
                PROCNET_COUNTERS_SNMP => scanner.protocol_counters(&wanted)?.protocols,
                PROCNET_COUNTERS_NETSTAT => scanner.netstat_counters(&wanted)?.protocols,
                PROCNET_COUNTERS_SOCKSTAT => scanner.socket_counts()?.protocols,
                PROCNET_COUNTERS_SOCKSTAT6 => scanner.socket_counts6()?.protocols,
                _ => return Err(Failure::invalid(format!("{table} is not a table of counters"))),
            };
            protocols.retain(|protocol| is_wanted(&protocol.name));
            Ok(protocols)
        })?;
        for protocol in &protocols {
            for (name, value) in &protocol.counters {
                if !callback.call(&procnet_counter::new(&protocol.name, name, *value, 0)) {
                    return Ok(());
                }
            }
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_conntrack_counts(
    scanner: Handle,
    connections: Out<u64>,
    limit: Out<u64>,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let counts = with(scanner, |inner| Ok(inner.scanner.conntrack_counts()?))?;
        put(connections, counts.count);
        put(limit, counts.max);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_conntrack_stats(
    scanner: Handle,
    per_cpu: bool,
    callback: procnet_counter_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let stats = with(scanner, |inner| Ok(inner.scanner.conntrack_stats()?))?;
        if !per_cpu {
            for (name, value) in stats.summary() {
                if !callback.call(&procnet_counter::new("", name, value.into(), 0)) {
                    break;
                }
            }
            return Ok(());
        }
        for (row, cpu) in stats.cpus.iter().enumerate() {
            for (name, value) in stats.names.iter().zip(cpu) {
                if !callback.call(&procnet_counter::new("", name, (*value).into(), row)) {
                    return Ok(());
                }
            }
        }
        Ok(())
    })
}

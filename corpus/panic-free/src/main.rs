//! All decoders of procnet-core, in a program that links only if none of them can panic.
//!
//! The panic handler calls a function that does not exist. The linker drops unreferenced
//! functions: if it has to keep the handler, a decoder can reach a panic, and linking fails.

#![no_std]
#![no_main]

mod decode;
mod netlink;
mod network;

use core::panic::PanicInfo;

/// Exports functions that take a slice, and lists them.
macro_rules! export {
    ($($(#[$when:meta])* $name:ident),* $(,)?) => {
        mod export {
            $(
                $(#[$when])*
                pub(crate) unsafe extern "C" fn $name(bytes: *const u8, length: usize) {
                    // SAFETY: the caller lends `length` bytes at `bytes` for the call.
                    crate::decode::$name(unsafe { core::slice::from_raw_parts(bytes, length) });
                }
            )*
        }

        /// The functions that the linker must keep.
        static EXPORTS: &[unsafe extern "C" fn(*const u8, usize)] =
            &[$($(#[$when])* { export::$name }),*];
    };
}

export! {
    lines,
    window,
    capture,
    inet_rows,
    inet_brief,
    inet_record,
    inet_columns,
    unix_rows,
    unix_row,
    packet,
    netlink_table,
    dev_rows,
    dev_row,
    snmp,
    sockstat,
    conntrack,
    snmp6,
    softnet,
    protocols,
    meanings,
    network_neighbours,
    network_routes,
    network_groups,
    network_connections,
    process,
    netlink_inet,
    netlink_unix,
    netlink_other_families,
    netlink_connection_tracking,
    netlink_requests,
    addresses,
    words,
    display,
    #[cfg(feature = "deliberate")]
    deliberate,
}

/// The entry point for the linker; the program is never run.
// SAFETY: no other symbol has this name, as no startup code is linked in.
#[unsafe(no_mangle)]
extern "C" fn _start() -> *const unsafe extern "C" fn(*const u8, usize) {
    EXPORTS.as_ptr()
}

// SAFETY: it is never called, as it does not exist.
unsafe extern "C" {
    safe fn a_decoder_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    a_decoder_can_panic()
}

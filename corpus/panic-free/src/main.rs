//! procnet-core's decoders, linked so that they cannot panic.
//!
//! The panic handler calls a function that does not exist. The linker drops what nothing
//! calls: if it has to keep the handler, some decoder can reach a panic, and linking fails.

#![no_std]
#![no_main]

mod decode;
mod netlink;
mod network;

use core::panic::PanicInfo;

/// Exports functions of slices to C, and lists them.
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

        /// What the linker has to keep.
        static EXPORTS: &[unsafe extern "C" fn(*const u8, usize)] =
            &[$($(#[$when])* { export::$name }),*];
    };
}

export! {
    lines,
    window,
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
    netlink_requests,
    addresses,
    words,
    display,
    #[cfg(feature = "deliberate")]
    deliberate,
}

/// Where linking starts; nobody runs it.
// SAFETY: no other symbol has this name, as nothing else is linked in that starts a program.
#[unsafe(no_mangle)]
extern "C" fn _start() -> *const unsafe extern "C" fn(*const u8, usize) {
    EXPORTS.as_ptr()
}

// SAFETY: it is never called, for it does not exist.
unsafe extern "C" {
    safe fn a_decoder_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    a_decoder_can_panic()
}

//! Tables as the kernel prints them, of any size.

use std::io::Write as _;

/// A `/proc/net/tcp` of a host that serves many connections on loopback: listeners, then
/// two established sockets for each connection.
///
/// The environment variable `PROCNET_TCP_CAPTURE` names a file to use instead.
#[must_use]
pub fn tcp(rows: usize) -> Vec<u8> {
    if let Some(path) = std::env::var_os("PROCNET_TCP_CAPTURE") {
        return std::fs::read(path).expect("a readable capture");
    }
    let mut text = Vec::with_capacity((rows + 1) * 150);
    line(
        &mut text,
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    );
    for row in 0..rows {
        let process = row % 100;
        let server = format!("{:02X}00017F:1F90", process + 1);
        let client = format!("{:02X}00017F:{:04X}", process + 1, 32768 + row / 100 % 28000);
        let inode = 13_000 + row * 2;
        let pointer = (row as u32).wrapping_mul(2_654_435_761);
        let rest = if row < 100 {
            let rest = "00000000:00000000 00:00000000 00000000     0        0";
            format!("{server} 00000000:0000 0A {rest} {inode} 1 {pointer:016x} 100 0 0 10 0")
        } else {
            let (local, remote) = if row % 2 == 0 { (server, client) } else { (client, server) };
            let rest = "00000000:00000000 00:00000000 00000000  1000        0";
            format!("{local} {remote} 01 {rest} {inode} 1 {pointer:016x} 20 4 30 10 -1")
        };
        line(&mut text, &format!("{row:4}: {rest}"));
    }
    text
}

fn line(text: &mut Vec<u8>, row: &str) {
    writeln!(text, "{row:<149}").expect("writing to memory");
}

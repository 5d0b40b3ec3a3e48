//! Unix sockets of every type and state in the rendered captures.

use super::{naive::Row, render};
use crate::render::Host;

pub(super) fn table(host: Host) -> Vec<u8> {
    let abstract_name = |name: &[u8]| Some(render::abstract_name(host, name));
    let path = |name: &[u8]| Some(name.to_vec());
    let (listening, plain) = (1 << 16, 0);
    let forged = b"y\n0000000000000001: 00000002 00000000 00010000 0001 01 424242 /run/forged.sock";
    let rows = [
        (plain, 1, 3, 811, None),
        (plain, 2, 1, 99, None),
        (listening, 1, 1, 20_001, path(b"/run/systemd/private")),
        (plain, 1, 3, 20_002, path(b"/run/systemd/private")),
        (plain, 1, 2, 0, path(b"/run/systemd/private")),
        (plain, 5, 3, 20_003, None),
        (listening, 5, 1, 20_004, path(b"relative.sock")),
        (plain, 2, 1, 20_005, abstract_name(b"00b5c")),
        (plain, 2, 1, 20_006, abstract_name(b"/tmp/.X11-unix/X0")),
        (plain, 2, 1, 20_007, abstract_name(b"nul\0inside\0\0")),
        (plain, 2, 1, 20_008, abstract_name(b"")),
        (plain, 2, 1, 20_009, path(b"@looks-abstract")),
        (plain, 2, 1, 20_010, abstract_name(b" two words \t")),
        (plain, 2, 1, 20_011, abstract_name(b"line\nfeed")),
        (plain, 2, 1, 20_012, abstract_name(b"\xFF\xFE\x80 caf\xC3\xA9 \x1B[31m")),
        (listening, 1, 1, 20_013, abstract_name(forged)),
        (plain, 1, 4, 0, None),
        (plain, 2, 1, 4_294_967_295, path(&[b'p'; 108])),
    ];
    let mut file = render::HEADING.as_bytes().to_vec();
    for (at, (flags, kind, state, inode, name)) in rows.into_iter().enumerate() {
        let pointer = host.pointer(0xFFFF_8880_0B10_0000 + at as u64 * 0x440).into_bytes();
        let refs = if flags == listening || state == 3 { 3 } else { 2 };
        let row = Row { pointer, refs, protocol: 0, flags, kind, state, inode, name };
        file.extend(render::row(host, &row));
    }
    file
}

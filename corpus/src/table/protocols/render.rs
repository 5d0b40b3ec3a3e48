//! The table as kernels print it.

use super::naive::Row;
use crate::render::{Host, Kernel};

/// The names of the methods in a kernel's order.
#[must_use]
pub fn methods(host: Host) -> Vec<&'static str> {
    let mut names = vec!["cl", "co", "di", "ac", "io", "in", "de", "sh", "ss", "gs", "se", "re"];
    if host.kernel <= Kernel::V6_1 {
        names.push("sp");
    }
    names.extend(["bi", "br", "ha", "uh", "gp", "em"]);
    names
}

/// The heading, with its `\n`: net/core/sock.c `proto_seq_show`.
#[must_use]
pub fn heading(host: Host) -> String {
    let names = methods(host).join(" ");
    let columns = [
        format!("{:<9}", "protocol"),
        format!("{:<4}", "size"),
        format!("{:<8}", "sockets"),
        format!("{:<6}", "memory"),
        format!("{:<5}", "press"),
        format!("{:<7}", "maxhdr"),
        format!("{:<4}", "slab"),
        format!("{:<10}", "module"),
    ];
    format!("{} {names}\n", columns.join(" "))
}

/// A row, with its `\n`: net/core/sock.c `proto_seq_printf`.
#[must_use]
pub fn row(row: &Row) -> Vec<u8> {
    let number = |number: Option<u64>| number.map_or("-1".to_owned(), |number| number.to_string());
    let word = |yes: bool| if yes { "yes" } else { "no" };
    let mut line = row.name.clone();
    line.resize(line.len().max(9), b' ');
    line.extend(
        format!(
            " {:>4} {:>6}  {:>6}   {:<3} {:>6}   {:<3}  ",
            row.size,
            number(row.sockets.map(u64::from)),
            number(row.memory),
            row.pressure.map_or("NI", word),
            row.max_header,
            word(row.slab),
        )
        .bytes(),
    );
    let module = line.len();
    line.extend(&row.module);
    line.resize(line.len().max(module + 10), b' ');
    for (_, present) in row.methods.iter().flatten() {
        line.extend(if *present { b"  y" } else { b"  n" });
    }
    line.push(b'\n');
    line
}

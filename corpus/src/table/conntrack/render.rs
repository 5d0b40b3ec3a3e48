//! The table as kernels print it.

use crate::render::{Host, Kernel};

/// The names of the columns in a kernel's order.
#[must_use]
pub fn names(host: Host) -> Vec<&'static str> {
    let searched = if host.kernel >= Kernel::V5_10 { "clashres" } else { "searched" };
    let delete_list = if host.kernel >= Kernel::V6_1 { "chainlength" } else { "delete_list" };
    let mut names = vec![
        "entries",
        searched,
        "found",
        "new",
        "invalid",
        "ignore",
        "delete",
        delete_list,
        "insert",
        "insert_failed",
        "drop",
        "early_drop",
        "icmp_error",
        "expect_new",
        "expect_create",
        "expect_delete",
    ];
    if host.kernel > Kernel::V2_6_24 {
        names.push("search_restart");
    }
    names
}

/// The heading and a row for each CPU, which has as many values as there are names:
/// net/netfilter/nf_conntrack_standalone.c `ct_cpu_seq_show`. Two blanks precede the second and
/// the fourteenth column; in 2.6.24 rows end with a blank.
#[must_use]
pub fn table(host: Host, rows: &[Vec<u32>]) -> String {
    let end = if host.kernel == Kernel::V2_6_24 { " \n" } else { "\n" };
    let names: Vec<String> = names(host).iter().map(|name| (*name).to_owned()).collect();
    let mut text = line(&names, "\n");
    for row in rows {
        let values: Vec<String> = row.iter().map(|value| format!("{value:08x}")).collect();
        text.push_str(&line(&values, end));
    }
    text
}

fn line(columns: &[String], end: &str) -> String {
    let mut line = String::new();
    for (at, column) in columns.iter().enumerate() {
        line.push_str(match at {
            0 => "",
            1 | 13 => "  ",
            _ => " ",
        });
        line.push_str(column);
    }
    line + end
}

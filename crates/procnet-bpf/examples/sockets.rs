//! Prints the sockets of all network namespaces that somebody holds.

use std::io::{self, BufWriter, Write as _};

use procnet_bpf::{Addresses, Buffer, RowFilter, Rows};

fn main() -> io::Result<()> {
    let rows = match Rows::load(&RowFilter::ALL) {
        Ok(rows) => rows,
        Err(refusal) => {
            eprintln!("{refusal}\n{}", refusal.help());
            std::process::exit(1);
        }
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let pass = rows.pass(&mut Buffer::new(), |row| {
        if written.is_err() {
            return;
        }
        let (state, owner) = (row.state, row.owner);
        written = match row.addresses {
            Addresses::Inet { local, remote } => write!(out, "{state} {local} {remote}"),
            Addresses::Inet6 { local, remote } => write!(out, "{state} {local} {remote}"),
            Addresses::Unix { name, .. } => {
                write!(out, "{state} unix {}", name.unwrap_or_default().escape_ascii())
            }
            Addresses::Netlink { port, .. } => write!(out, "netlink {} {port}", row.protocol),
            Addresses::Other => write!(out, "family {}", row.family),
        }
        .and_then(|()| {
            let (rx, tx) = (row.rx_queue.unwrap_or_default(), row.tx_queue.unwrap_or_default());
            write!(out, " rx {rx} tx {tx} netns {} inode {}", row.netns, owner.inode)?;
            writeln!(out, " pid {} fd {}", owner.pid, owner.fd)
        });
    });
    written?;
    pass.map_err(io::Error::other)
}

//! A directory laid out like /proc.

use std::{fs, os::unix::fs::symlink, path::Path};

use tempfile::TempDir;

pub(crate) const TCP_HEADING: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
pub(crate) const UNIX_HEADING: &str = "Num       RefCount Protocol Flags    Type St Inode Path\n";

pub(crate) struct Tree(TempDir);

impl Tree {
    /// A tree without any table.
    pub(crate) fn bare() -> Tree {
        let tree = Tree(tempfile::tempdir().expect("a directory"));
        fs::create_dir_all(tree.path().join("1/net/stat")).expect("a directory");
        tree
    }

    /// A tree with one process, and the tables of sockets that are listed by default, all of them
    /// empty.
    pub(crate) fn new() -> Tree {
        let tree = Tree::bare();
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            tree.file(&format!("1/net/{table}"), TCP_HEADING);
        }
        tree.file("1/net/unix", UNIX_HEADING);
        tree.process(1, "init", &[]);
        tree
    }

    /// A tree with a listener shared by two processes, a connection, and others.
    pub(crate) fn small() -> Tree {
        let tcp = [
            row("0100007F:1F90 00000000:0000", "0A", "00000000:00000003", 1000, 501),
            row("0100007F:1F90 0200000A:C001", "01", "00000010:00000020", 1000, 502),
            row("0100007F:1F90 0300000A:C002", "06", "00000000:00000000", 0, 0),
        ];
        let tcp6 = row(
            "00000000000000000000000001000000:0050 00000000000000000000000000000000:0000",
            "0A",
            "00000000:00000000",
            0,
            503,
        );
        let udp = row("00000000:0035 00000000:0000", "07", "00000000:00000000", 101, 504);
        let unix = "ffff: 00000002 00000000 00010000 0001 01 505 /run/a b\n\
                    ffff: 00000003 00000000 00000000 0002 01 506\n";
        let tree = Tree::new();
        tree.file("1/net/tcp", [TCP_HEADING, &tcp.concat()].concat());
        tree.file("1/net/tcp6", [TCP_HEADING, &tcp6].concat());
        tree.file("1/net/udp", [TCP_HEADING, &udp].concat());
        tree.file("1/net/unix", [UNIX_HEADING, unix].concat());
        tree.process(12, "web", &[(6, 501), (9, 502)]);
        tree.process(13, "web", &[(6, 501)]);
        tree.process(99, "a;b/c (d)", &[(3, 504), (4, 505)]);
        tree
    }

    /// The udp table of the small tree, with this state and inode.
    pub(crate) fn small_udp(state: &str, inode: u64) -> String {
        let udp = row("00000000:0035 00000000:0000", state, "00000000:00000000", 101, inode);
        [TCP_HEADING, &udp].concat()
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The arguments that select it as the host.
    pub(crate) fn root(&self) -> [&str; 2] {
        ["--root", self.path().to_str().expect("a path in UTF-8")]
    }

    /// Writes a file atomically, as it may be read at any time.
    pub(crate) fn file(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        let new = path.with_extension("new");
        fs::write(&new, text).expect("a file");
        fs::rename(new, path).expect("a file");
    }

    /// Adds a process with descriptors of sockets and of another file.
    pub(crate) fn process(&self, pid: u32, comm: &str, sockets: &[(u32, u64)]) {
        let dir = self.path().join(format!("{pid}/fd"));
        fs::create_dir_all(&dir).expect("a directory");
        symlink("/dev/null", dir.join("0")).expect("a link");
        for (fd, inode) in sockets {
            symlink(format!("socket:[{inode}]"), dir.join(fd.to_string())).expect("a link");
        }
        let zeros = "0 ".repeat(17);
        self.file(&format!("{pid}/stat"), format!("{pid} ({comm}) S {zeros}0 7 0\n"));
    }
}

/// A row of tcp or udp, with the columns that all kernels have. Addresses are given in
/// little-endian form, and printed in that of this host.
pub(crate) fn row(ends: &str, state: &str, queues: &str, uid: u32, inode: u64) -> String {
    let ends = if cfg!(target_endian = "big") { swapped(ends) } else { ends.to_owned() };
    format!(
        "   0: {ends} {state} {queues} 00:00000000 00000000 {uid:5}        0 {inode} 1 0000000000000000\n"
    )
}

/// Addresses in the other byte order.
fn swapped(ends: &str) -> String {
    let swap = |word: &[u8]| match u32::from_str_radix(&String::from_utf8_lossy(word), 16) {
        Ok(number) => format!("{:08X}", number.swap_bytes()),
        Err(_) => String::from_utf8_lossy(word).into_owned(),
    };
    let end = |end: &str| match end.split_once(':') {
        Some((address, port)) => {
            let address: String = address.as_bytes().chunks(8).map(swap).collect();
            format!("{address}:{port}")
        }
        None => end.to_owned(),
    };
    ends.split(' ').map(end).collect::<Vec<_>>().join(" ")
}

//! Whether paths of control groups are shown from the root of the hierarchy.

use std::os::fd::BorrowedFd;

use rustix::{
    fs::{self, AtFlags, CWD},
    io::Errno,
};

/// The inode of the initial cgroup namespace (include/linux/proc_ns.h `PROC_CGROUP_INIT_INO`).
const INITIAL: u64 = 0xEFFF_FFFB;

/// Whether the reader is in the initial cgroup namespace. Any /proc shows paths as its *reader's*
/// namespace has them (kernel/cgroup/cgroup.c `proc_cgroup_show`); one of another pid namespace may not
/// have the reader, and then the usual one is asked.
pub(super) fn is_initial(root: BorrowedFd<'_>) -> bool {
    let of = |path| fs::statat(root, path, AtFlags::empty()).map(|stat| stat.st_ino);
    let (namespaces, found) = match of("self/ns") {
        Ok(_) => (true, of("self/ns/cgroup")),
        Err(_) => {
            let of = |path| fs::statat(CWD, path, AtFlags::empty()).map(|stat| stat.st_ino);
            (of("/proc/self/ns").is_ok(), of("/proc/self/ns/cgroup"))
        }
    };
    match found {
        Ok(inode) => inode == INITIAL,
        // The kernel has no cgroup namespaces.
        Err(Errno::NOENT) => namespaces,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;
    use crate::file;

    #[test]
    fn the_namespace_of_the_reader_is_looked_for_elsewhere_if_it_is_not_in_the_root() {
        let proc = file::open_dir(CWD, b"/proc").unwrap();
        let empty = tempfile::tempdir().unwrap();
        let empty = file::open_dir(CWD, empty.path().as_os_str().as_encoded_bytes()).unwrap();
        let link = std::fs::read_link("/proc/self/ns/cgroup");
        let expected =
            link.map_or(true, |link| link.to_str() == Some(&*format!("cgroup:[{INITIAL}]")));
        assert_eq!([is_initial(proc.as_fd()), is_initial(empty.as_fd())], [expected; 2]);
    }
}

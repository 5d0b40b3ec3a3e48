//! The threads that hold a socket: those that share the descriptors of their process, and those with
//! descriptors of their own.

use std::{net::TcpListener, os::fd::AsRawFd as _, sync::mpsc, thread};

use procnet::{Inode, Scanner, lookup::inode_of, process::Threads};
use procnet_corpus::live::{private, raw};

fn holders(inode: Inode) -> Vec<(u32, u32, u32, String)> {
    let threads = Threads::read(Scanner::new().unwrap().root()).unwrap();
    assert_eq!(threads.denied(), 0);
    let found = threads.of(inode).iter();
    found.map(|it| (it.pid, it.tid, it.fd, it.comm.to_string_lossy().into_owned())).collect()
}

/// The number of the calling thread.
fn tid() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}

#[test]
fn each_thread_holds_what_is_in_its_table() {
    private(|_| {
        let shared = TcpListener::bind("127.0.0.1:0").unwrap();
        let (pid, fd) = (std::process::id(), shared.as_raw_fd().unsigned_abs());
        let (report, reported) = mpsc::channel();
        let (done, wait) = mpsc::channel::<()>();
        let holder = thread::Builder::new().name("holds its own".to_owned());
        let holder = holder.spawn(move || {
            raw::unshare_files().unwrap();
            let own = TcpListener::bind("127.0.0.1:0").unwrap();
            report.send((tid(), inode_of(&own).unwrap(), own.as_raw_fd().unsigned_abs())).unwrap();
            _ = wait.recv();
        });
        let (other, own, own_fd) = reported.recv().unwrap();
        assert_eq!(holders(own), [(pid, other, own_fd, "holds its own".to_owned())]);
        let both = holders(inode_of(&shared).unwrap());
        let threads: Vec<(u32, u32, u32)> =
            both.iter().map(|(pid, tid, fd, _)| (*pid, *tid, *fd)).collect();
        // Its copy was made when its table was.
        for tid in [tid(), other] {
            assert!(threads.contains(&(pid, tid, fd)), "{threads:?}");
        }
        drop(shared);
        assert_eq!(holders(own).len(), 1);
        drop(done);
        holder.unwrap().join().unwrap();
    });
}

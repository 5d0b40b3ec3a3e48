//! Descriptors, inodes and cookies of sockets that were opened at different times.

use std::collections::BTreeMap;

use procnet::Inode;

use crate::host::{Holder, Invented};

/// The descriptors of connections that have none yet, of a pool and of a client.
pub(crate) const POOLED: u32 = 0;
pub(crate) const CLIENT: u32 = u32::MAX;
/// The lowest descriptor of a connection.
const FIRST_CONNECTION: u32 = 20;
/// Inodes from here on are random.
pub(crate) const NEWER: u64 = 1_000_000;

/// The connections of a process get their descriptors and inodes, as the kernel gives them: the lowest
/// descriptor that is free, and the next inode.
///
/// Half of the connections of a pool are as old as the process, so both rise together, with the inodes of
/// some other files in between. The others were closed and opened again since, at a random time, and so
/// were those to clients: each has a descriptor that was free, and an inode that is random.
pub(crate) fn age(sockets: &mut [(u64, Invented)], mut seed: u64) {
    let mut of_process: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, (_, socket)) in sockets.iter().enumerate() {
        if let [Holder { process, fd: POOLED | CLIENT }] = &*socket.owners {
            of_process.entry(process.pid).or_default().push(at);
        }
    }
    let mut inode = NEWER / 2;
    for connections in of_process.into_values() {
        let (mut newer, mut free) = (Vec::new(), Vec::new());
        for (fd, at) in (FIRST_CONNECTION..).zip(connections) {
            let random = random(&mut seed);
            let Invented { row, owners } = &mut sockets[at].1;
            if owners[0].fd == CLIENT || random & 1 == 0 {
                newer.push(at);
                free.push((random, fd));
                continue;
            }
            inode += 1 + (random >> 1) % 4;
            (row.inode, owners[0].fd) = (Inode::new(inode), fd);
        }
        free.sort_unstable();
        for ((_, fd), at) in free.into_iter().zip(newer) {
            sockets[at].1.owners[0].fd = fd;
        }
    }
}

/// The sockets in the order of the kernel's hash, with cookies.
pub(crate) fn number(mut sockets: Vec<(u64, Invented)>) -> Vec<Invented> {
    sockets.sort_by_key(|(hash, _)| *hash);
    let mut inodes: Vec<_> = sockets.iter().filter_map(|(_, it)| it.row.inode).collect();
    inodes.sort_unstable();
    let number = |(place, (_, mut it)): (u64, (u64, Invented))| {
        // Sockets get cookies when they are first dumped: the old ones in the order of the hash, newer ones in
        // the dump after they were created, and the remains of connections were the last.
        it.row.cookie = Some(match it.row.inode {
            Some(inode) if inode.get() < NEWER => (1 << 12) + place,
            Some(inode) => (1 << 16) + inodes.partition_point(|it| *it < inode) as u64,
            None => (1 << 20) + place,
        });
        it
    };
    (0..).zip(sockets).map(number).collect()
}

/// SplitMix64 (public domain).
pub(crate) fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*seed ^ *seed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

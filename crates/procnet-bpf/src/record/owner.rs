//! Who holds a socket: `struct owner` in bpf/owners.bpf.c.

/// A descriptor of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    /// The socket's number in the kernel's file system of sockets: that in `socket:[4711]`.
    pub inode: u64,
    /// The process, as its PID namespace counts it: that of the process that makes the pass.
    pub pid: u32,
    /// The number of the descriptor.
    pub fd: u32,
}

impl Owner {
    /// The length of a record in bytes.
    pub const LENGTH: usize = 16;

    /// The owner in a record; every record is one.
    #[inline]
    #[must_use]
    pub fn decode(record: &[u8; Owner::LENGTH]) -> Owner {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *record;
        Owner {
            inode: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            pid: u32::from_le_bytes([i, j, k, l]),
            fd: u32::from_le_bytes([m, n, o, p]),
        }
    }

    /// The record of an owner, as the program writes it.
    #[must_use]
    pub fn encode(&self) -> [u8; Owner::LENGTH] {
        let mut record = [0; Owner::LENGTH];
        record[..8].copy_from_slice(&self.inode.to_le_bytes());
        record[8..12].copy_from_slice(&self.pid.to_le_bytes());
        record[12..].copy_from_slice(&self.fd.to_le_bytes());
        record
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Owner;

    #[test]
    fn a_record_has_inode_pid_and_descriptor() {
        let record = [0x67, 0x12, 0, 0, 1, 0, 0, 0, 0x39, 0x30, 0, 0, 3, 0, 0, 0];
        let owner = Owner { inode: 0x1_0000_1267, pid: 12345, fd: 3 };
        assert_eq!(Owner::decode(&record), owner);
        assert_eq!(owner.encode(), record);
    }

    proptest! {
        #[test]
        fn every_record_is_an_owner_and_encodes_to_itself(record: [u8; Owner::LENGTH]) {
            prop_assert_eq!(Owner::decode(&record).encode(), record);
        }
    }
}

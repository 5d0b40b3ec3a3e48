//! Who holds a file: `struct owner` in bpf/owners.bpf.c.

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

/// A descriptor of another file than a socket, behind which there may be sockets: those of a network
/// namespace, or those registered with an io_uring instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherFile {
    /// The magic number of its file system: include/uapi/linux/magic.h.
    pub file_system: u64,
    /// The process, as for [`Owner`].
    pub pid: u32,
    /// The number of the descriptor.
    pub fd: u32,
}

impl OtherFile {
    /// Whether it is a namespace, of any type: `NSFS_MAGIC`.
    #[must_use]
    pub fn is_namespace(&self) -> bool {
        self.file_system == 0x6e73_6673
    }

    /// Whether it is an anonymous inode: an io_uring instance, or one of epoll, eventfd and others.
    /// `ANON_INODE_FS_MAGIC`.
    #[must_use]
    pub fn is_anonymous_inode(&self) -> bool {
        self.file_system == 0x0904_1934
    }
}

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    Socket(Owner),
    Other(OtherFile),
}

/// `NO_SOCKET`.
const NO_SOCKET: u32 = 1 << 31;

impl Descriptor {
    /// The length of a record in bytes.
    pub(crate) const LENGTH: usize = 16;

    /// The descriptor in a record; every record is one.
    #[inline]
    pub(crate) fn decode(record: &[u8; Descriptor::LENGTH]) -> Descriptor {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *record;
        let inode = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let pid = u32::from_le_bytes([i, j, k, l]);
        let fd = u32::from_le_bytes([m, n, o, p]);
        if fd & NO_SOCKET == 0 {
            Descriptor::Socket(Owner { inode, pid, fd })
        } else {
            Descriptor::Other(OtherFile { file_system: inode, pid, fd: fd & !NO_SOCKET })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the program writes it.
    fn encode(descriptor: Descriptor) -> [u8; Descriptor::LENGTH] {
        let (inode, pid, fd) = match descriptor {
            Descriptor::Socket(Owner { inode, pid, fd }) => (inode, pid, fd),
            Descriptor::Other(OtherFile { file_system, pid, fd }) => {
                (file_system, pid, fd | NO_SOCKET)
            }
        };
        let mut record = [0; Descriptor::LENGTH];
        record[..8].copy_from_slice(&inode.to_le_bytes());
        record[8..12].copy_from_slice(&pid.to_le_bytes());
        record[12..].copy_from_slice(&fd.to_le_bytes());
        record
    }

    #[test]
    fn a_record_of_a_socket_has_inode_pid_and_descriptor() {
        let record = [0x67, 0x12, 0, 0, 1, 0, 0, 0, 0x39, 0x30, 0, 0, 3, 0, 0, 0];
        let owner = Owner { inode: 0x1_0000_1267, pid: 12345, fd: 3 };
        assert_eq!(Descriptor::decode(&record), Descriptor::Socket(owner));
    }

    #[test]
    fn a_record_of_another_file_has_the_number_of_its_file_system() {
        let record = [0x73, 0x66, 0x73, 0x6e, 0, 0, 0, 0, 0x39, 0x30, 0, 0, 3, 0, 0, 0x80];
        let file = OtherFile { file_system: 0x6e73_6673, pid: 12345, fd: 3 };
        assert_eq!(Descriptor::decode(&record), Descriptor::Other(file));
        assert!(file.is_namespace() && !file.is_anonymous_inode());
    }

    proptest! {
        #[test]
        fn every_record_is_a_descriptor_and_encodes_to_itself(record: [u8; Descriptor::LENGTH]) {
            prop_assert_eq!(encode(Descriptor::decode(&record)), record);
        }
    }
}

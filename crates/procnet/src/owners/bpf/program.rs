//! The program of the crate `procnet-bpf`.

use procnet_bpf::{Buffer, Owners};
use procnet_core::Inode;

use super::Held;
use crate::coverage::{BpfRefusal, Failure, NoBpf};

#[derive(Debug)]
pub(crate) struct Program {
    owners: Owners,
    buffer: Buffer,
}

impl Program {
    pub(super) fn load() -> Result<Program, NoBpf> {
        let owners = Owners::load();
        let owners = owners.map_err(|refusal| NoBpf::Refused(BpfRefusal::new(&refusal)))?;
        Ok(Program { owners, buffer: Buffer::new() })
    }

    /// Reports pid, descriptor and file.
    pub(super) fn pass(&mut self, mut each: impl FnMut(u32, u32, Held)) -> Result<(), Failure> {
        let Program { owners, buffer } = self;
        let passed = owners.pass_with_others(buffer, |descriptor| match descriptor {
            Ok(owner) => {
                if let Some(inode) = Inode::new(owner.inode) {
                    each(owner.pid, owner.fd, Held::Socket(inode));
                }
            }
            Err(file) if file.is_namespace() => each(file.pid, file.fd, Held::Namespace),
            Err(file) => each(file.pid, file.fd, Held::AnonymousInode),
        });
        passed.map_err(|error| Failure::of_pass(&error))
    }
}

//! The program of the crate `procnet-bpf`.

use procnet_bpf::{Buffer, Loader, Owners};
use procnet_core::Inode;

use super::Held;
use crate::{
    bpf::SharedLoader,
    coverage::{Failure, NoBpf},
};

#[derive(Debug)]
pub(crate) struct Program {
    owners: Owners,
    buffer: Buffer,
}

impl Program {
    pub(super) fn load(loader: &SharedLoader) -> Result<Program, NoBpf> {
        let owners = loader.load(Loader::owners)?;
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
            Err(file) => each(file.pid, file.fd, Held::of(&file)),
        });
        passed.map_err(|error| Failure::of_pass(&error))
    }
}

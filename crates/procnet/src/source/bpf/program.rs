//! The program of the crate `procnet-bpf`.

use procnet_bpf::{Buffer, OtherFile, Row, RowFilter, Rows};

use crate::{
    bpf::SharedLoader,
    coverage::{Failure, NoBpf},
};

#[derive(Debug)]
pub(super) struct Program {
    rows: Rows,
    buffer: Buffer,
}

impl Program {
    /// Of all families: their sockets are counted together.
    pub(super) fn load(loader: &SharedLoader) -> Result<Program, NoBpf> {
        let rows = loader.load(|loader| loader.rows(&RowFilter::ALL))?;
        Ok(Program { rows, buffer: Buffer::new() })
    }

    /// Reports a row for each descriptor of a socket, with its record, and other files behind which there
    /// may be sockets.
    pub(super) fn pass(
        &mut self,
        each: impl FnMut(Result<(&Row<'_>, &[u8]), OtherFile>),
    ) -> Result<(), Failure> {
        let passed = self.rows.pass_with_others(&mut self.buffer, each);
        passed.map_err(|error| Failure::of_pass(&error))
    }
}

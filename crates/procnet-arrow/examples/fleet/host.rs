//! A socket of an invented host, and who holds it.

use std::rc::Rc;

use procnet_arrow::{OwnerRow, Program, Row};

/// A process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) start_time: u64,
    pub(crate) comm: &'static str,
    pub(crate) exe: String,
    pub(crate) unit: String,
    pub(crate) container: Option<String>,
}

impl Process {
    pub(crate) fn program(&self) -> Program {
        let mut program = Program::default();
        program.exe = Some(self.exe.clone().into_bytes());
        program.unit = Some(self.unit.clone().into_bytes());
        program.container = self.container.clone().map(String::into_bytes);
        program
    }
}

/// A process and its descriptor.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) process: Rc<Process>,
    pub(crate) fd: u32,
}

impl Holder {
    pub(crate) fn owner(&self) -> OwnerRow<'_> {
        let Process { pid, start_time, comm, .. } = &*self.process;
        OwnerRow { pid: *pid, start_time: Some(*start_time), fd: self.fd, comm: comm.as_bytes() }
    }
}

/// A socket and its owners.
#[derive(Debug)]
pub(crate) struct Invented {
    pub(crate) row: Row<'static>,
    pub(crate) owners: Vec<Holder>,
}

impl Invented {
    pub(crate) fn program(&self, pid: u32) -> Option<&Process> {
        self.owners.iter().map(|holder| &*holder.process).find(|process| process.pid == pid)
    }
}

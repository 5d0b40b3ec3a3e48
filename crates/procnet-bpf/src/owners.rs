//! The owners of sockets.

use std::os::fd::OwnedFd;

use crate::{
    Buffer, Error, Loader, OtherFile, Owner, Refusal, link::Link, pass, record::Descriptor,
};

/// The program that reports who holds which socket, loaded and attached.
///
/// A pass sees every process of the caller's PID namespace and of those below it, whatever the
/// permissions of /proc, and their sockets in **all network namespaces**. Threads that do not share
/// their process's descriptors are seen as well, and those that outlive their process's first thread.
///
/// Capabilities can be dropped after loading, and passes go on; before Linux 5.19, all but `CAP_BPF`,
/// unless `kernel.unprivileged_bpf_disabled` is 0. So never hand a kept value of this to code that should
/// not see the descriptors of all users.
#[derive(Debug)]
pub struct Owners {
    link: Link,
}

impl Owners {
    /// Asks whether programs may be loaded, reads the kernel's type information, and loads this one.
    /// With more programs to load, use a [`Loader`].
    ///
    /// # Errors
    ///
    /// What does not permit it.
    pub fn load() -> Result<Owners, Refusal> {
        Loader::new()?.owners()
    }

    pub(crate) fn new(link: Link) -> Owners {
        Owners { link }
    }

    /// Reports each descriptor of a socket, process by process.
    ///
    /// The same triple may be reported more than once: by the threads of a process whose first thread
    /// has ended. Allocates nothing.
    ///
    /// # Errors
    ///
    /// If the pass ended early.
    pub fn pass(&self, buffer: &mut Buffer, visit: impl FnMut(Owner)) -> Result<(), Error> {
        read(&self.link.iterate()?, buffer, sockets(visit))
    }

    /// As [`pass`](Owners::pass), and reports other files as well behind which there may be sockets.
    ///
    /// # Errors
    ///
    /// If the pass ended early.
    pub fn pass_with_others(
        &self,
        buffer: &mut Buffer,
        mut visit: impl FnMut(Result<Owner, OtherFile>),
    ) -> Result<(), Error> {
        read(&self.link.iterate()?, buffer, |descriptor| match descriptor {
            Descriptor::Socket(owner) => visit(Ok(owner)),
            Descriptor::Other(file) => visit(Err(file)),
        })
    }

    /// As [`pass`](Owners::pass), of one process only. Before Linux 6.1 it looks at all processes.
    ///
    /// Reports nothing if there is no such process.
    ///
    /// # Errors
    ///
    /// If the pass ended early.
    pub fn pass_process(
        &self,
        pid: u32,
        buffer: &mut Buffer,
        mut visit: impl FnMut(Owner),
    ) -> Result<(), Error> {
        let Some(iterator) = self.link.iterate_process(pid)? else { return Ok(()) };
        // A kernel that does not know the selection may ignore it.
        let of_process = |owner: Owner| {
            if owner.pid == pid {
                visit(owner);
            }
        };
        read(&iterator, buffer, sockets(of_process))
    }
}

fn sockets(mut visit: impl FnMut(Owner)) -> impl FnMut(Descriptor) {
    move |descriptor| {
        if let Descriptor::Socket(owner) = descriptor {
            visit(owner);
        }
    }
}

fn read(
    iterator: &OwnedFd,
    buffer: &mut Buffer,
    mut visit: impl FnMut(Descriptor),
) -> Result<(), Error> {
    pass::read(iterator, buffer, |bytes| {
        let records = bytes.chunks_exact(Descriptor::LENGTH);
        let rest = records.remainder().len();
        records.filter_map(<[u8]>::first_chunk).map(Descriptor::decode).for_each(&mut visit);
        Some(bytes.len() - rest)
    })
}

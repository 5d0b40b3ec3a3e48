//! Rows of sockets, with their owners.

use crate::{Buffer, Error, Loader, OtherFile, Refusal, Row, RowFilter, link::Link, pass};

/// The program that reports all sockets that are held by a descriptor, loaded and attached.
///
/// What is said of [`Owners`](crate::Owners) holds here, too. Not reported are sockets without a
/// descriptor: in `TIME_WAIT`, not accepted yet, orphaned, passed in a message that was not received.
#[derive(Debug)]
pub struct Rows {
    link: Link,
}

impl Rows {
    /// Asks whether programs may be loaded, reads the kernel's type information, and loads this one.
    /// With more programs to load, use a [`Loader`].
    ///
    /// # Errors
    ///
    /// What does not permit it.
    pub fn load(filter: &RowFilter) -> Result<Rows, Refusal> {
        Loader::new()?.rows(filter)
    }

    pub(crate) fn new(link: Link) -> Rows {
        Rows { link }
    }

    /// Reports each descriptor of a socket that passes the filter, process by process. A socket that
    /// is held by several descriptors is reported for each of them.
    ///
    /// The same triple of inode, process and descriptor may be reported more than once: by the threads
    /// of a process whose first thread has ended. Allocates nothing.
    ///
    /// # Errors
    ///
    /// If the pass ended early.
    pub fn pass(&self, buffer: &mut Buffer, mut visit: impl FnMut(&Row<'_>)) -> Result<(), Error> {
        self.pass_with_records(buffer, |row, _| visit(row))
    }

    /// As [`pass`](Rows::pass), each row with its record, from which [`Row::decode`] decodes it again.
    ///
    /// # Errors
    ///
    /// If the pass ended early.
    pub fn pass_with_records(
        &self,
        buffer: &mut Buffer,
        mut visit: impl FnMut(&Row<'_>, &[u8]),
    ) -> Result<(), Error> {
        self.pass_with_others(buffer, |descriptor| {
            if let Ok((row, record)) = descriptor {
                visit(row, record);
            }
        })
    }

    /// As [`pass_with_records`](Rows::pass_with_records), and reports other files as well behind which
    /// there may be sockets, unless the filter has a condition that only sockets meet: all that
    /// [`Owners::pass_with_others`](crate::Owners::pass_with_others) reports, in one pass.
    ///
    /// # Errors
    ///
    /// If the pass ended early.
    pub fn pass_with_others(
        &self,
        buffer: &mut Buffer,
        mut visit: impl FnMut(Result<(&Row<'_>, &[u8]), OtherFile>),
    ) -> Result<(), Error> {
        let iterator = self.link.iterate()?;
        pass::read(&iterator, buffer, |bytes| {
            let mut rest = bytes;
            loop {
                match Row::decode(rest) {
                    Ok(Some((row, after))) => {
                        let record = rest.get(..rest.len() - after.len()).unwrap_or_default();
                        visit(row.other_file().map_or(Ok((&row, record)), Err));
                        rest = after;
                    }
                    Ok(None) => return Some(bytes.len() - rest.len()),
                    Err(_) => return None,
                }
            }
        })
    }
}

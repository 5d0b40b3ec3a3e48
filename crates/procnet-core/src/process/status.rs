//! `/proc/PID/status` (fs/proc/array.c `proc_pid_status`): the `Uid:` line.

use crate::{Column, Error, ErrorKind, Lines, field::Fields};

const LABEL: Column = Column::new(&"Uid");
const REAL: Column = Column::new(&"real uid");
const EFFECTIVE: Column = Column::new(&"effective uid");
const SAVED: Column = Column::new(&"saved uid");
const FILESYSTEM: Column = Column::new(&"filesystem uid");

/// The four user ids of a process, mapped to the user namespace of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uids {
    /// The real uid.
    pub real: u32,
    /// The effective uid, used for permission checks.
    pub effective: u32,
    /// The saved set-user-ID.
    pub saved: u32,
    /// The uid used for file system access.
    pub filesystem: u32,
}

impl Uids {
    /// Finds the user ids in the bytes of a `status` file.
    ///
    /// ```
    /// use procnet_core::process::status::Uids;
    ///
    /// let uids = Uids::decode(b"Name:\tsshd\nUid:\t1000\t0\t0\t0\nGid:\t0\t0\t0\t0\n")?;
    /// assert_eq!((uids.real, uids.effective), (1000, 0));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no `Uid:` line, or it does not contain four decimal numbers of 32 bits. The
    /// offset of the error is relative to that line.
    pub fn decode(bytes: &[u8]) -> Result<Uids, Error> {
        // The process chooses its name in the first line, but newlines in it are escaped.
        let line = Lines::new(bytes).find(|line| line.starts_with(b"Uid:"));
        let line = line.ok_or_else(|| Error::new(ErrorKind::Missing, LABEL, 0))?;
        let mut fields = Fields::new(line, b"Uid:".len());
        Ok(Uids {
            real: fields.next(REAL)?.decimal32()?,
            effective: fields.next(EFFECTIVE)?.decimal32()?,
            saved: fields.next(SAVED)?.decimal32()?,
            filesystem: fields.next(FILESYSTEM)?.decimal32()?,
        })
    }
}

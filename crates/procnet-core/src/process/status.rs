//! `/proc/PID/status` (fs/proc/array.c `proc_pid_status`): the line `Uid:`.

use crate::{Column, Error, ErrorKind, Lines, field::Fields};

const LABEL: Column = Column::new(&"Uid");
const REAL: Column = Column::new(&"real uid");
const EFFECTIVE: Column = Column::new(&"effective uid");
const SAVED: Column = Column::new(&"saved uid");
const FILESYSTEM: Column = Column::new(&"filesystem uid");

/// The four users of a process, as the reader's user namespace names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uids {
    /// Who started it.
    pub real: u32,
    /// Whose rights it has.
    pub effective: u32,
    /// Whose rights it may take back.
    pub saved: u32,
    /// Whose rights it has on files.
    pub filesystem: u32,
}

impl Uids {
    /// Finds the users in the bytes of a `status` file.
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
    /// If there is no line `Uid:`, or it has not four decimal numbers of 32 bits. The
    /// error's offset counts within that line.
    pub fn decode(bytes: &[u8]) -> Result<Uids, Error> {
        // The first line, `Name:`, is the process's own word, but a newline in it is escaped.
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

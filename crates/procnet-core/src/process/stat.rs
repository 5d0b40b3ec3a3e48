//! `/proc/PID/stat` (fs/proc/array.c `do_task_stat`).

use crate::{Column, Error, ErrorKind, field::Fields};

const PID: Column = Column::new(&"pid");
const COMM: Column = Column::new(&"comm");
const STATE: Column = Column::new(&"state");
const PPID: Column = Column::new(&"ppid");
const THREADS: Column = Column::new(&"num_threads");
const START_TIME: Column = Column::new(&"starttime");
const OTHER: Column = Column::new(&"column");

/// A process, as its `stat` file tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat<'a> {
    /// Its number.
    pub pid: u32,
    /// Its name, at most 15 bytes for a process of a user. **Its own word**: any bytes,
    /// parentheses and newlines included.
    pub comm: &'a [u8],
    /// `R`, `S`, `D`, `Z` (ended, not yet waited for), …
    pub state: u8,
    /// Its parent's number; 0 if it has none.
    pub ppid: u32,
    /// Its threads; more than one in state `Z` if the leader has ended and others live.
    pub threads: u32,
    /// When it started, in ticks of 1/`USER_HZ` seconds after boot: with the number, what
    /// tells a process from a later one of the same number.
    pub start_time: u64,
}

impl<'a> Stat<'a> {
    /// Decodes the bytes of a `stat` file.
    ///
    /// ```
    /// use procnet_core::process::stat::Stat;
    ///
    /// let file = b"7 (a) S 1) R 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 4211 0 0\n";
    /// let stat = Stat::decode(file)?;
    /// assert_eq!((stat.comm, stat.state), (&b"a) S 1"[..], b'R'));
    /// assert_eq!((stat.ppid, stat.threads, stat.start_time), (1, 3, 4211));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a column up to the 22nd is missing or not of its form.
    pub fn decode(bytes: &'a [u8]) -> Result<Stat<'a>, Error> {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bracket = || Error::new(ErrorKind::Separator, COMM, bytes.len());
        // The name may hold parentheses; the numbers behind it hold none.
        let open = memchr::memchr(b'(', bytes).ok_or_else(bracket)?;
        let close = memchr::memrchr(b')', bytes).ok_or_else(bracket)?;
        let comm = bytes.get(open + 1..close).ok_or_else(bracket)?;
        let before = bytes.get(..open).unwrap_or_default();
        let pid = Fields::new(before, 0).next(PID)?.decimal32()?;
        let mut fields = Fields::new(bytes, close + 1);
        let state = fields.next(STATE)?;
        let [state] = *state.array::<1>()?;
        let ppid = fields.next(PPID)?.decimal32()?;
        // 5 to 19 of proc_pid_stat(5).
        (5..20).try_for_each(|_| fields.skip(OTHER))?;
        let threads = fields.next(THREADS)?.decimal32()?;
        fields.skip(OTHER)?;
        let start_time = fields.next(START_TIME)?.decimal64()?;
        Ok(Stat { pid, comm, state, ppid, threads, start_time })
    }
}

//! `/proc/PID/stat` (fs/proc/array.c `do_task_stat`).

use crate::{Column, Error, ErrorKind, field::Fields};

const PID: Column = Column::new(&"pid");
const COMM: Column = Column::new(&"comm");
const STATE: Column = Column::new(&"state");
const PPID: Column = Column::new(&"ppid");
const THREADS: Column = Column::new(&"num_threads");
const START_TIME: Column = Column::new(&"starttime");
const OTHER: Column = Column::new(&"column");

/// The `stat` file of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat<'a> {
    /// The process id, as seen in the pid namespace of the procfs mount.
    pub pid: u32,
    /// The command name, at most 15 bytes for a user process. **Chosen by the process**: any
    /// bytes, including parentheses and newlines.
    pub comm: &'a [u8],
    /// The state: `R` (running), `S` (sleeping), `D` (uninterruptible), `Z` (zombie), …
    pub state: u8,
    /// The process id of the parent; 0 if there is none.
    pub ppid: u32,
    /// The number of threads; more than one in state `Z` if the leader has exited and other
    /// threads are still running.
    pub threads: u32,
    /// When the process started, in ticks of 1/`USER_HZ` seconds after boot. Together with the
    /// pid it identifies a process even if the pid is reused.
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
    /// If one of the first 22 columns is missing or malformed.
    pub fn decode(bytes: &'a [u8]) -> Result<Stat<'a>, Error> {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bracket = || Error::new(ErrorKind::Separator, COMM, bytes.len());
        // The name may contain parentheses; the columns after it do not.
        let open = memchr::memchr(b'(', bytes).ok_or_else(bracket)?;
        let close = memchr::memrchr(b')', bytes).ok_or_else(bracket)?;
        let comm = bytes.get(open + 1..close).ok_or_else(bracket)?;
        let before = bytes.get(..open).unwrap_or_default();
        let pid = Fields::new(before, 0).next(PID)?.decimal32()?;
        let mut fields = Fields::new(bytes, close + 1);
        let state = fields.next(STATE)?;
        let [state] = *state.array::<1>()?;
        let ppid = fields.next(PPID)?.decimal32()?;
        // Columns 5 to 19 of proc_pid_stat(5).
        (5..20).try_for_each(|_| fields.skip(OTHER))?;
        let threads = fields.next(THREADS)?.decimal32()?;
        fields.skip(OTHER)?;
        let start_time = fields.next(START_TIME)?.decimal64()?;
        Ok(Stat { pid, comm, state, ppid, threads, start_time })
    }
}

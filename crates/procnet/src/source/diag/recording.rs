//! Dumps that are recorded as they are received.

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// Messages are aligned to so many bytes (`NLMSG_ALIGNTO`).
const ALIGNMENT: usize = 4;

/// Where dumps are recorded.
#[derive(Clone)]
pub(crate) struct Recording(Arc<Mutex<State>>);

struct State {
    out: Box<dyn Write + Send>,
    /// Nothing more is written after the first error.
    written: io::Result<()>,
}

impl Recording {
    pub(crate) fn to(out: Box<dyn Write + Send>) -> Recording {
        Recording(Arc::new(Mutex::new(State { out, written: Ok(()) })))
    }

    /// Writes a datagram, padded as its messages are.
    pub(super) fn write(&self, datagram: &[u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.written.is_ok() {
            let padding = datagram.len().next_multiple_of(ALIGNMENT) - datagram.len();
            let padding = [0; ALIGNMENT].split_at(padding).0.to_vec();
            state.written =
                state.out.write_all(datagram).and_then(|()| state.out.write_all(&padding));
        }
    }

    /// Ends it, and returns the first error.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut state.written, Ok(())).and_then(|()| state.out.flush())
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}

//! Waiting for the next look, or for what comes before it: a key, a signal, or that nobody
//! reads on.

use std::{
    io::{self, Read as _},
    os::{fd::AsFd as _, unix::net::UnixStream},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH},
    low_level::pipe,
};

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// It is time.
    Tick,
    /// It is to be shown anew.
    Redraw,
    /// Ctrl-Z.
    Pause,
    /// q, Ctrl-C, or nobody reads on.
    Quit,
}

pub(crate) struct Ticker {
    every: Duration,
    next: Instant,
    /// Each tells of signals by a byte. None without a screen: signals then end the process,
    /// as there is nothing to be given back.
    signals: Vec<(UnixStream, Wake)>,
    keys: bool,
}

impl Ticker {
    pub(crate) fn new(every: Duration) -> Ticker {
        Ticker { every, next: Instant::now(), signals: Vec::new(), keys: false }
    }

    /// With a screen, which signals and keys act upon.
    pub(crate) fn on_screen(mut self, keys: bool) -> io::Result<Ticker> {
        self.keys = keys;
        let acts = [
            (SIGINT, Wake::Quit),
            (SIGTERM, Wake::Quit),
            (SIGHUP, Wake::Quit),
            (SIGTSTP, Wake::Pause),
            (SIGWINCH, Wake::Redraw),
        ];
        for (signal, wake) in acts {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            pipe::register(signal, theirs)?;
            self.signals.push((ours, wake));
        }
        Ok(self)
    }

    /// The next look is due one interval after this one was, but never at once: what takes
    /// longer than the interval is not made up for.
    pub(crate) fn looked(&mut self) {
        self.next = (self.next + self.every).max(Instant::now());
    }

    /// Waits until it is time, or until something else happens.
    pub(crate) fn wait(&mut self) -> io::Result<Wake> {
        loop {
            let left = self.next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Wake::Tick);
            }
            if let Some(wake) = self.happened(left)? {
                return Ok(wake);
            }
        }
    }

    /// Waits for a while at most.
    fn happened(&mut self, most: Duration) -> io::Result<Option<Wake>> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let mut fds: Vec<PollFd<'_>> =
            self.signals.iter().map(|(pipe, _)| PollFd::new(pipe, PollFlags::IN)).collect();
        // Errors are told unasked: that nobody reads what is printed.
        fds.push(PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty()));
        if self.keys {
            fds.push(PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN));
        }
        let most = Timespec::try_from(most).ok();
        match poll(&mut fds, most.as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let happened: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        let (signals, ends) = happened.split_at(self.signals.len());
        for ((pipe, wake), flags) in self.signals.iter_mut().zip(signals) {
            if flags.contains(PollFlags::IN) {
                let _ = pipe.read(&mut [0; 64]);
                return Ok(Some(*wake));
            }
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        match ends {
            [out, ..] if out.intersects(gone) => Ok(Some(Wake::Quit)),
            [_, keys] if !keys.is_empty() => Ok(self.key()),
            _ => Ok(None),
        }
    }

    /// What the keys that were pressed ask for.
    fn key(&mut self) -> Option<Wake> {
        let mut keys = [0; 64];
        // Not the standard library's buffer: what it takes ahead, no poll would tell of.
        match rustix::io::read(io::stdin(), &mut keys) {
            Ok(0) | Err(_) => {
                // The terminal has gone, and its signal may be ignored.
                Some(Wake::Quit)
            }
            Ok(count) if keys[..count].iter().any(|key| matches!(key, b'q' | b'Q')) => {
                Some(Wake::Quit)
            }
            Ok(_) => Some(Wake::Redraw),
        }
    }
}

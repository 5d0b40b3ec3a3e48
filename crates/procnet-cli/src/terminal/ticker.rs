//! Waiting for the next refresh, or for a key, a signal or the end of the output pipe before it.

use std::{
    fs::File,
    io::{self, Read as _},
    os::{
        fd::{AsFd as _, BorrowedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    low_level::pipe,
};

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A refresh is due.
    Tick,
    /// The descriptor that was waited for can be read.
    Readable,
    /// The screen has to be redrawn.
    Redraw,
    /// Ctrl-Z.
    Pause,
    /// q, Ctrl-C, or the output pipe was closed.
    Quit,
    /// Ctrl-\\: as `Quit`, but by that signal.
    Abort,
}

pub(crate) struct Ticker {
    every: Duration,
    next: Instant,
    /// Each receives a byte per signal. None without a screen: signals then end the process, as
    /// there is no terminal to restore.
    signals: Vec<(UnixStream, Wake)>,
    keys: bool,
}

impl Ticker {
    pub(crate) fn new(every: Duration) -> Ticker {
        Ticker { every, next: Instant::now(), signals: Vec::new(), keys: false }
    }

    /// With a screen, which handles signals and keys.
    pub(crate) fn on_screen(mut self, keys: bool) -> io::Result<Ticker> {
        self.keys = keys;
        let acts = [
            (SIGINT, Wake::Quit),
            (SIGTERM, Wake::Quit),
            (SIGHUP, Wake::Quit),
            (SIGQUIT, Wake::Abort),
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

    /// Schedules the next refresh one interval after this one was due. Missed ones are not made
    /// up for.
    pub(crate) fn advance(&mut self) {
        self.next = (self.next + self.every).max(Instant::now());
    }

    /// Waits for the next refresh or event.
    pub(crate) fn wait(&mut self) -> io::Result<Wake> {
        self.wait_or_read(None)
    }

    /// As [`wait`](Ticker::wait), or until this can be read.
    pub(crate) fn wait_or_read(&mut self, input: Option<BorrowedFd<'_>>) -> io::Result<Wake> {
        loop {
            let left = self.next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Wake::Tick);
            }
            if let Some(wake) = self.event(Some(left), None, input)? {
                return Ok(wake);
            }
        }
    }

    /// Waits until a file can be written; returns the event that comes before, if it leads away
    /// from the screen.
    pub(super) fn writable(&mut self, out: &File) -> io::Result<Option<Wake>> {
        let wake = self.event(None, Some(out), None)?;
        Ok(wake.filter(|wake| !matches!(wake, Wake::Tick | Wake::Readable | Wake::Redraw)))
    }

    /// Waits for an event, for a file that can be written, or for input, at most this long.
    fn event(
        &mut self,
        most: Option<Duration>,
        out: Option<&File>,
        input: Option<BorrowedFd<'_>>,
    ) -> io::Result<Option<Wake>> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let mut fds: Vec<PollFd<'_>> =
            self.signals.iter().map(|(pipe, _)| PollFd::new(pipe, PollFlags::IN)).collect();
        // Errors, such as a closed pipe, are always reported.
        fds.push(match out {
            Some(out) => PollFd::new(out, PollFlags::OUT),
            None => PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty()),
        });
        if let Some(input) = input {
            fds.push(PollFd::from_borrowed_fd(input, PollFlags::IN));
        }
        if self.keys {
            fds.push(PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN));
        }
        let most = most.and_then(|most| Timespec::try_from(most).ok());
        match poll(&mut fds, most.as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let happened: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        let (signals, ends) = happened.split_at(self.signals.len());
        let (out, inputs) =
            ends.split_first().map_or((PollFlags::empty(), ends), |(out, inputs)| (*out, inputs));
        let (input, keys) = inputs.split_at(usize::from(input.is_some()));
        for ((pipe, wake), flags) in self.signals.iter_mut().zip(signals) {
            if flags.contains(PollFlags::IN) {
                let _ = pipe.read(&mut [0; 64]);
                return Ok(Some(*wake));
            }
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        match (keys, input) {
            _ if out.intersects(gone) => Ok(Some(Wake::Quit)),
            ([keys], _) if !keys.is_empty() => Ok(self.key()),
            (_, [input]) if !input.is_empty() => Ok(Some(Wake::Readable)),
            _ => Ok(None),
        }
    }

    /// The effect of the keys pressed.
    fn key(&mut self) -> Option<Wake> {
        let mut keys = [0; 64];
        // Unbuffered: poll does not report what a buffer already holds.
        match rustix::io::read(io::stdin(), &mut keys) {
            Ok(0) | Err(_) => {
                // The terminal is gone, and its signal may be ignored.
                Some(Wake::Quit)
            }
            Ok(count) if keys[..count].iter().any(|key| matches!(key, b'q' | b'Q')) => {
                Some(Wake::Quit)
            }
            Ok(_) => Some(Wake::Redraw),
        }
    }
}

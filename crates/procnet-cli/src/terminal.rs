//! A table that is redrawn in place on a terminal, and the events it waits for.
//!
//! The terminal is restored, also after an error, a signal, Ctrl-Z or a panic.

mod keys;
mod ticker;

use std::{
    fs::File,
    io::{self, IsTerminal as _, Write as _},
    os::fd::AsFd as _,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios},
};

pub(crate) use self::{
    keys::Key,
    ticker::{Ticker, Wake},
};

/// The alternate screen, without a cursor, and without wrapping, which would scroll a screen that
/// has just become narrower (xterm's private modes 1049, 25 and 7).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l";
/// In the colors of the terminal, as a frame may be incomplete. The screen is cleared, as not every
/// terminal has an alternate one.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[H\x1b[J\x1b[?7h\x1b[?25h\x1b[?1049l";

/// Between these, a terminal that knows them draws nothing (the synchronized output of many, private
/// mode 2026); others ignore them.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// How long leaving the screen may take on a terminal that does not accept output.
const TIMEOUT: Duration = Duration::from_millis(200);

/// A terminal in use.
///
/// It is never blocked in a write, so that signals and keys end a watch also on a terminal that
/// nobody reads, or that was stopped by Ctrl-S. For that it is opened again, as the mode of
/// standard output is shared with other processes; where it cannot be, writes do block.
pub(crate) struct Screen {
    out: File,
    /// What is not written yet.
    unsent: Vec<u8>,
    /// Whether the terminal has to be restored.
    is_entered: bool,
    /// The former settings of standard input; `None` if it is not a terminal.
    before: Option<Termios>,
}

impl Screen {
    /// Takes the terminal of standard output; `None` if it is not a terminal.
    pub(crate) fn open() -> io::Result<Option<Screen>> {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return Ok(None);
        }
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let out = match open("/proc/self/fd/1", OFlags::WRONLY | flags, Mode::empty()) {
            Ok(out) => File::from(out),
            Err(_) => File::from(stdout.as_fd().try_clone_to_owned()?),
        };
        let before = termios::tcgetattr(io::stdin()).ok();
        let mut screen = Screen { out, unsent: Vec::new(), is_entered: false, before };
        screen.enter()?;
        Ok(Some(screen))
    }

    /// Whether keys can be read.
    pub(crate) fn has_keys(&self) -> bool {
        self.before.is_some()
    }

    fn enter(&mut self) -> io::Result<()> {
        if let Some(before) = &self.before {
            let mut keys = before.clone();
            // Keys unbuffered and without echo. Ctrl-C and Ctrl-Z still send signals.
            keys.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            keys.special_codes[SpecialCodeIndex::VMIN] = 0;
            keys.special_codes[SpecialCodeIndex::VTIME] = 0;
            termios::tcsetattr(io::stdin(), OptionalActions::Now, &keys)?;
        }
        // Written with the first frame.
        (self.unsent, self.is_entered) = (ENTER.to_vec(), true);
        Ok(())
    }

    /// Restores the terminal; returns whether it has accepted everything.
    pub(crate) fn leave(&mut self) -> io::Result<bool> {
        if !std::mem::take(&mut self.is_entered) {
            return Ok(true);
        }
        self.unsent = LEAVE.to_vec();
        let limit = Instant::now() + TIMEOUT;
        let mut left = self.send(|out| {
            let rest = limit.saturating_duration_since(Instant::now());
            let rest = Timespec::try_from(rest).ok();
            let ready = poll(&mut [PollFd::new(out, PollFlags::OUT)], rest.as_ref());
            Ok(ready.is_ok_and(|ready| ready == 0).then_some(()))
        });
        if let Some(before) = &self.before {
            let restored = termios::tcsetattr(io::stdin(), OptionalActions::Now, before);
            left = left.and_then(|left| restored.map(|()| left).map_err(io::Error::from));
        }
        left.map(|gave_up| gave_up.is_none())
    }

    /// Writes what is not written yet. Before it would block, `wait` waits until it would not, or
    /// returns why it does not.
    fn send<W>(
        &mut self,
        mut wait: impl FnMut(&File) -> io::Result<Option<W>>,
    ) -> io::Result<Option<W>> {
        while !self.unsent.is_empty() {
            match self.out.write(&self.unsent) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if let Some(why) = wait(&self.out)? {
                        return Ok(Some(why));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Stops the process on Ctrl-Z, until it is continued.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        use rustix::process::{Signal, getpid, kill_process};
        self.leave()?;
        kill_process(getpid(), Signal::STOP)?;
        self.enter()
    }

    /// Its columns and lines.
    pub(crate) fn size(&self) -> (usize, usize) {
        match terminal_size::terminal_size_of(&self.out) {
            Some((width, height)) if width.0 > 0 && height.0 > 0 => {
                (width.0.into(), height.0.into())
            }
            _ => (80, 24),
        }
    }

    /// Replaces the contents of the screen by these lines, as many as fit. Returns the event that
    /// ended it, if the terminal does not accept them.
    pub(crate) fn show(&mut self, lines: &[u8], ticker: &mut Ticker) -> io::Result<Option<Wake>> {
        if self.unsent != ENTER
            && let Some(wake) = self.send(|out| ticker.writable(out))?
        {
            return Ok(Some(wake));
        }
        let (_, height) = self.size();
        // In one write, to avoid flicker. Each line is cleared before it is written, as a cursor
        // behind the last column would clear that; and none is ended, as the last one would scroll
        // the screen.
        self.unsent.extend_from_slice(BEGIN);
        let mut end = 0;
        for (line, at) in lines.split(|byte| *byte == b'\n').take(height).zip(1..) {
            self.unsent.extend_from_slice(format!("\x1b[{at}H\x1b[K").as_bytes());
            self.unsent.extend_from_slice(line);
            end = at;
        }
        if end < height {
            self.unsent.extend_from_slice(format!("\x1b[{}H\x1b[J", end + 1).as_bytes());
        }
        self.unsent.extend_from_slice(END);
        self.send(|out| ticker.writable(out))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A failure cannot be reported here.
        let _ = self.leave();
    }
}

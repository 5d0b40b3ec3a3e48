//! Scanners: kept between calls, and made anew in a process that was forked.
//!
//! A scanner has threads, which a child of `fork` does not have, and netlink sockets, which it must
//! not share with its parent. So whoever uses one asks for it here, where a child gets a new one. The
//! inherited one is leaked: to drop it would be to wait for its threads.

use std::{
    mem,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, PoisonError},
};

use procnet::{Error, ProcRoot, Scanner};

/// How scanners are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The root; `$HOST_PROC`, by default `/proc`, if it is `None`.
    pub(crate) root: Option<PathBuf>,
    pub(crate) threads: Option<usize>,
}

impl Options {
    pub(crate) fn at(root: impl AsRef<Path>) -> Options {
        Options { root: Some(root.as_ref().to_owned()), threads: None }
    }

    fn scanner(&self) -> Result<Scanner, Error> {
        let scanner = match &self.root {
            Some(root) => Scanner::with_root(ProcRoot::at(root)?),
            None => Scanner::new()?,
        };
        Ok(match self.threads {
            Some(threads) => scanner.threads(threads),
            None => scanner,
        })
    }

    /// With the variable of the environment, which may change, in place.
    fn resolved(&self) -> Options {
        let from_environment = || {
            let path = std::env::var_os("HOST_PROC").filter(|path| !path.is_empty());
            path.map_or_else(|| PathBuf::from("/proc"), PathBuf::from)
        };
        let root = self.root.clone().unwrap_or_else(from_environment);
        Options { root: Some(root), ..self.clone() }
    }
}

/// A scanner of this process.
#[derive(Debug)]
pub(crate) struct OwnScanner {
    /// Only `None` for a moment.
    scanner: Option<Scanner>,
    options: Options,
    process: u32,
}

impl OwnScanner {
    pub(crate) fn new(options: &Options) -> Result<OwnScanner, Error> {
        let options = options.resolved();
        let scanner = Some(options.scanner()?);
        Ok(OwnScanner { scanner, options, process: process::id() })
    }

    /// The scanner: a new one if this process is a child of the one that made it.
    pub(crate) fn get(&mut self) -> Result<&mut Scanner, Error> {
        self.leak_if_inherited();
        match &mut self.scanner {
            Some(scanner) => Ok(scanner),
            none => {
                let scanner = self.options.scanner()?;
                self.process = process::id();
                Ok(none.insert(scanner))
            }
        }
    }

    fn leak_if_inherited(&mut self) {
        if self.process != process::id() {
            mem::forget(self.scanner.take());
        }
    }
}

impl Drop for OwnScanner {
    fn drop(&mut self) {
        self.leak_if_inherited();
    }
}

/// Those that no call uses.
static IDLE: Mutex<Vec<OwnScanner>> = Mutex::new(Vec::new());

/// How many are kept: calls at the same time take one each.
const MAX_IDLE: usize = 2;

/// Calls `ask` with a scanner that is kept for later calls, if the answer shows that it is `worth` it.
pub(crate) fn with_kept<T>(
    options: &Options,
    ask: impl FnOnce(&mut Scanner) -> Result<T, Error>,
    worth: impl FnOnce(&T) -> bool,
) -> Result<T, Error> {
    let wanted = options.resolved();
    let kept = {
        // Another thread may have held the lock when this process was forked.
        let idle = IDLE.try_lock();
        idle.ok().and_then(|mut idle| {
            let at = idle.iter().position(|scanner| scanner.options == wanted)?;
            Some(idle.swap_remove(at))
        })
    };
    let mut scanner = match kept {
        Some(scanner) => scanner,
        None => OwnScanner::new(&wanted)?,
    };
    let answer = ask(scanner.get()?);
    if answer.as_ref().is_ok_and(worth)
        && let Ok(mut idle) = IDLE.try_lock()
    {
        if idle.len() == MAX_IDLE {
            drop(idle.remove(0));
        }
        idle.push(scanner);
    }
    answer
}

/// Drops the scanners that are kept, with their threads, sockets and memory. Called before each
/// `fork`, so that a child inherits none of them.
#[pyo3::pyfunction]
pub(crate) fn close_idle(py: pyo3::Python<'_>) {
    let idle = mem::take(&mut *IDLE.lock().unwrap_or_else(PoisonError::into_inner));
    py.detach(|| drop(idle));
}

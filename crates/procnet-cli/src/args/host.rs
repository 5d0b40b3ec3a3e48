//! The host to inspect.

use std::path::PathBuf;

use procnet::{ProcRoot, Scanner};

use crate::error::Error;

/// The host to inspect, for all commands but `decode`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Host")]
pub(crate) struct Host {
    /// Read DIR instead of $HOST_PROC or /proc: the /proc of another host mounted here, or captured
    /// files with the same layout
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    root: Option<PathBuf>,
}

impl Host {
    pub(crate) fn root(&self) -> Result<ProcRoot, Error> {
        Ok(match &self.root {
            Some(path) => ProcRoot::at(path)?,
            None => ProcRoot::from_env()?,
        })
    }

    pub(crate) fn scanner(&self) -> Result<Scanner, Error> {
        self.root().map(Scanner::with_root)
    }
}

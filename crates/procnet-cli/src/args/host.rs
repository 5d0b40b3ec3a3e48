//! Which host is looked at.

use std::path::PathBuf;

use procnet::{ProcRoot, Scanner};

use crate::error::Error;

/// Which host all commands but `decode` look at.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Which host")]
pub(crate) struct Host {
    /// Read this directory instead of $HOST_PROC or /proc: the /proc of another host that is
    /// mounted here, or captured files laid out alike.
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

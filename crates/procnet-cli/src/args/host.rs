//! The host to inspect.

use std::path::PathBuf;

use procnet::{ProcRoot, Scanner};

use super::decode::Order;
use crate::error::Error;

/// The host to inspect, for all commands but `decode`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Host")]
pub(crate) struct Host {
    /// Read DIR instead of $HOST_PROC or /proc: the /proc of another host mounted here, or captured
    /// files with the same layout
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    root: Option<PathBuf>,
    /// Byte order of the host of a capture [default: the one that the capture records, else this
    /// machine's]
    #[arg(long, value_enum, value_name = "ORDER", requires = "root")]
    byte_order: Option<Order>,
}

impl Host {
    pub(crate) fn root(&self) -> Result<ProcRoot, Error> {
        Ok(match &self.root {
            Some(path) => ProcRoot::at(path)?,
            None => ProcRoot::from_env()?,
        })
    }

    /// Whether it is this host.
    pub(crate) fn is_own(&self) -> bool {
        self.root.is_none() && std::env::var_os("HOST_PROC").is_none()
    }

    pub(crate) fn scanner(&self) -> Result<Scanner, Error> {
        let root = self.root()?;
        match self.byte_order {
            None => Ok(Scanner::with_root(root)),
            Some(order) if root.is_capture() => {
                Ok(Scanner::with_root(root).byte_order(order.into()))
            }
            Some(_) => Err(Error::NotCapture(root.path().to_owned())),
        }
    }
}

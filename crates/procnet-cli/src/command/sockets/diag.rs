//! `procnet sockets --diag`: the messages of sock_diag, as the kernel sends them.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, BufWriter},
    os::fd::AsFd as _,
    path::Path,
};

use procnet::{Scanner, privileges};

use crate::{Outcome, args::Sockets, error::Error, messages, row::escaped_path};

pub(super) fn run(args: &Sockets, path: &Path, scanner: &mut Scanner) -> Result<Outcome, Error> {
    let query = args.to_record()?;
    let is_stdout = path == OsStr::new("-");
    let out = if is_stdout {
        io::stdout().as_fd().try_clone_to_owned().map(File::from).map_err(Error::Output)?
    } else {
        let unwritten = |cause| Error::Unwritten { file: escaped_path(path), cause };
        File::create(path).map_err(unwritten)?
    };
    // Only the file needed them.
    privileges::keep_for_reading();
    let name = if is_stdout { Path::new("standard output") } else { path };
    let coverage = scanner.record(&query, name, BufWriter::new(out), |_| ())?;
    Ok(messages::coverage(&coverage, args.selection.reports_fallbacks()))
}

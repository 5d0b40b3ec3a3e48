//! `procnet capture`: the files of /proc that procnet reads, in a new directory.

use procnet::capture;

use crate::{
    Outcome,
    args::Capture,
    error::Error,
    messages::{self, message},
    row::escaped_path,
};

pub(super) fn run(args: &Capture) -> Result<Outcome, Error> {
    let root = args.host.root()?;
    if root.is_capture() {
        return Err(Error::AlreadyCapture(root.path().to_owned()));
    }
    let captured = capture::write(&root, &args.directory)?;
    captured.to_string().lines().for_each(|line| message!("{line}"));
    if captured.unread.iter().any(|unread| unread.failure.is_permission()) {
        messages::denied();
    }
    message!(
        "{}: {} tables, {} processes, {} descriptors",
        escaped_path(&args.directory),
        captured.tables,
        captured.processes,
        captured.descriptors
    );
    Ok(Outcome::complete_if(captured.is_complete()))
}

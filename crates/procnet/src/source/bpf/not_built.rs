//! In place of the source, where the library is built without BPF.

use super::{
    Source,
    request::{Ahead, Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Error, Kind, ProcRoot,
    bpf::SharedLoader,
    coverage::{Fallback, NoBpf},
    netns::NetnsHandle,
    plan::Plan,
    sink::Sink,
};

#[derive(Debug)]
pub(super) struct Bpf;

impl Bpf {
    pub(super) fn new(_loader: &SharedLoader) -> Bpf {
        Bpf
    }
}

impl SocketSource for Bpf {
    fn name(&self) -> Source {
        Source::Bpf
    }

    fn begin(
        &mut self,
        root: &ProcRoot,
        _namespaces: &[NetnsHandle],
        plan: &Plan<'_>,
    ) -> Result<(), Error> {
        match plan.query.source {
            Source::Bpf => Err(Error::no_bpf(root.path(), NoBpf::NotBuilt)),
            _ => Ok(()),
        }
    }

    fn add(&mut self, _root: &ProcRoot, _namespaces: &[NetnsHandle]) {}

    fn refusal(&self, _root: &ProcRoot, _netns: &NetnsHandle) -> Option<Fallback> {
        Some(Fallback::NoProgram(NoBpf::NotBuilt.name()))
    }

    fn provides(&self, _kind: Kind) -> bool {
        false
    }

    fn is_automatic(&self, _kind: Kind, _netns: &NetnsHandle) -> bool {
        false
    }

    fn prefetch(&mut self, _request: &Request<'_>, _ahead: Ahead<'_>) -> Prefetch {
        Prefetch::Declined
    }

    fn read(&mut self, _request: &Request<'_>, _sink: &mut Sink<'_>) -> Outcome {
        Outcome::Declined(Fallback::NoProgram(NoBpf::NotBuilt.name()))
    }
}

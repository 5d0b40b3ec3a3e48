//! What BPF maps keep with sockets: the maps that a query names, and whether the kernel reports them.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::io::Errno;

use super::{super::request::Request, request::MAX_MAPS};
use crate::{Error, Query, bpf::socket_storage, details::Details};

/// The maps of a visit.
#[derive(Debug, Default)]
pub(super) struct StorageMaps {
    maps: Vec<OwnedFd>,
    /// Whether the kernel has refused to report them.
    is_refused: bool,
}

impl StorageMaps {
    /// Opens the maps that a query names.
    pub(super) fn begin(&mut self, query: &Query) -> Result<(), Error> {
        self.maps.clear();
        self.is_refused = false;
        if !query.details.contains(Details::STORAGES) {
            return Ok(());
        }
        if query.storage_maps.len() > MAX_MAPS {
            return Err(Error::invalid_query("BPF maps", "no more than 32 can be asked for"));
        }
        for id in &query.storage_maps {
            let name = || format!("BPF map {id}");
            self.maps.push(match socket_storage(*id) {
                Ok(map) => map,
                Err(Errno::INVAL) => {
                    return Err(Error::invalid_query(
                        name(),
                        "it does not keep values with sockets",
                    ));
                }
                Err(errno) => return Err(Error::io(name(), errno)),
            });
        }
        Ok(())
    }

    pub(super) fn descriptors(&self) -> Vec<RawFd> {
        self.maps.iter().map(AsRawFd::as_raw_fd).collect()
    }

    fn are_wanted(request: &Request<'_>) -> bool {
        request.plan.details(request.kind).contains(Details::STORAGES)
    }

    /// What is requested, of all maps if there are no descriptors.
    pub(super) fn asked<'m>(
        &self,
        request: &Request<'_>,
        descriptors: &'m [RawFd],
    ) -> Option<&'m [RawFd]> {
        (Self::are_wanted(request) && !self.is_refused).then_some(descriptors)
    }

    /// Whether they are wanted, but the kernel has refused them.
    pub(super) fn are_withheld(&self, request: &Request<'_>) -> bool {
        Self::are_wanted(request) && self.is_refused
    }

    /// Whether an error may be due to them, so that the rest can be asked for.
    pub(super) fn refuse(&mut self, request: &Request<'_>, errno: Errno) -> bool {
        let may = Self::are_wanted(request) && !self.is_refused && errno == Errno::PERM;
        self.is_refused |= may;
        may
    }
}

//! The names of addresses in a watch, which come while it is on the screen.

use crate::host_names::HostNames;

pub(super) struct ShownNames {
    /// If addresses are shown by name.
    names: Option<HostNames>,
    /// The number of names that are on the screen, and of those that had come at the last look.
    shown: u64,
    looked: u64,
}

impl ShownNames {
    pub(super) fn new(is_wanted: bool) -> ShownNames {
        ShownNames { names: is_wanted.then(HostNames::new), shown: 0, looked: 0 }
    }

    pub(super) fn get(&self) -> Option<&HostNames> {
        self.names.as_ref()
    }

    /// Whether some may still come, and how many came.
    fn progress(&self) -> (bool, u64) {
        self.names.as_ref().map_or((false, 0), HostNames::progress)
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.progress().0
    }

    /// Whether some have come since this was last called.
    pub(super) fn has_new(&mut self) -> bool {
        let (_, answered) = self.progress();
        std::mem::replace(&mut self.shown, answered) != answered
    }

    /// At each look: whether the resolver was asked since the one before, or is being asked.
    pub(super) fn has_asked(&mut self) -> bool {
        let (is_waiting, answered) = self.progress();
        std::mem::replace(&mut self.looked, answered) != answered || is_waiting
    }
}

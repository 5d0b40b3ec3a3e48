//! -pp: details of the processes that hold a socket.

use procnet::{Owner, process::ProcessDetails};
use serde::Serialize;

use super::{escaped, short_id};
use crate::{
    output::{Cells, Column, ITEM_SEPARATOR, Keep, Shape},
    process::Processes,
};

/// A process, as programs read it. Texts are already escaped.
#[derive(Debug, Serialize)]
struct ProcessForm {
    pid: u32,
    ppid: Option<u32>,
    exe: Option<String>,
    cmdline: Option<Vec<String>>,
    cgroup: Option<String>,
    container: Option<String>,
    pod: Option<String>,
    unit: Option<String>,
}

impl ProcessForm {
    fn of(owner: Owner<'_>, details: &ProcessDetails) -> ProcessForm {
        let words = |words: &Vec<Vec<u8>>| words.iter().map(escaped).collect();
        ProcessForm {
            pid: owner.pid(),
            ppid: details.ppid,
            exe: details.exe.as_ref().map(escaped),
            cmdline: details.cmdline.as_ref().map(words),
            cgroup: details.cgroup.as_ref().map(escaped),
            container: details.container().map(escaped),
            pod: details.pod().map(escaped),
            unit: details.unit().map(escaped),
        }
    }

    /// Its command line, without the directory of its program; a kernel thread has none.
    fn command(&self) -> String {
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        match self.cmdline.as_deref() {
            Some([program, words @ ..]) => [&[base(program)], words].concat().join(" "),
            _ => self.exe.as_deref().map_or_else(|| "?".to_owned(), base),
        }
    }

    /// Its container, with the short ID that runtimes print, or its unit.
    fn service(&self) -> Option<&str> {
        let container = self.container.as_deref().map(short_id);
        container.or(self.unit.as_deref())
    }
}

/// The processes of a socket, each once.
#[derive(Debug, Serialize)]
pub(super) struct ProcessForms {
    processes: Vec<ProcessForm>,
}

impl ProcessForms {
    pub(super) fn of<'o>(
        owners: impl Iterator<Item = Owner<'o>>,
        known: &Processes,
    ) -> ProcessForms {
        let mut processes: Vec<ProcessForm> = Vec::new();
        for owner in owners {
            // Owners are sorted by pid.
            if processes.last().is_none_or(|last| last.pid != owner.pid()) {
                processes.push(ProcessForm::of(owner, &known.details(owner)));
            }
        }
        ProcessForms { processes }
    }

    pub(super) fn columns() -> [Column; 3] {
        let parent = Column::new("Parent", Shape::Word, Keep::IfRoom);
        let service = Column::new("Unit", Shape::List, Keep::Always);
        [parent, service, Column::new("Command", Shape::List, Keep::Always)]
    }

    /// CSV has the same list as JSON.
    pub(super) fn values(&self, cells: &mut Cells) {
        cells.push(serde_json::to_string(&self.processes).unwrap_or_default());
    }

    pub(super) fn cells(&self, cells: &mut Cells) {
        let parents = self.processes.iter().filter_map(|form| form.ppid);
        cells.push(list(parents.map(|ppid| ppid.to_string())));
        cells
            .push(list(self.processes.iter().filter_map(|form| form.service().map(str::to_owned))));
        cells.push(list(self.processes.iter().map(ProcessForm::command)));
    }
}

/// A list of texts without duplicates.
fn list(texts: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all.join(&ITEM_SEPARATOR.to_string())
}

//! -pp: what is known of the processes that hold a socket.

use procnet::{Owner, process::ProcessDetails};
use serde::Serialize;

use super::escaped;
use crate::{
    output::{BETWEEN, Cells, Column, Keep, Shape},
    process::Processes,
};

/// A process, as programs read it. Texts are escaped.
#[derive(Debug, Serialize)]
struct Form {
    pid: u32,
    ppid: Option<u32>,
    exe: Option<String>,
    cmdline: Option<Vec<String>>,
    cgroup: Option<String>,
    container: Option<String>,
    unit: Option<String>,
}

impl Form {
    fn of(owner: Owner<'_>, details: &ProcessDetails) -> Form {
        let words = |words: &Vec<Vec<u8>>| words.iter().map(escaped).collect();
        Form {
            pid: owner.pid(),
            ppid: details.ppid,
            exe: details.exe.as_ref().map(escaped),
            cmdline: details.cmdline.as_ref().map(words),
            cgroup: details.cgroup.as_ref().map(escaped),
            container: details.container().map(escaped),
            unit: details.unit().map(escaped),
        }
    }

    /// The words that it was started with, without where its program is; a thread of the kernel
    /// has none.
    fn command(&self) -> String {
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        match self.cmdline.as_deref() {
            Some([program, words @ ..]) => [&[base(program)], words].concat().join(" "),
            _ => self.exe.as_deref().map_or_else(|| "?".to_owned(), base),
        }
    }

    /// Where it belongs: its container, as short as its runtime shows it, else its unit.
    fn place(&self) -> Option<&str> {
        let container = self.container.as_deref().map(|name| name.get(..12).unwrap_or(name));
        container.or(self.unit.as_deref())
    }
}

/// The processes of a socket, each once.
#[derive(Debug, Serialize)]
pub(super) struct Forms {
    processes: Vec<Form>,
}

impl Forms {
    pub(super) fn of<'o>(owners: impl Iterator<Item = Owner<'o>>, known: &Processes) -> Forms {
        let mut processes: Vec<Form> = Vec::new();
        for owner in owners {
            // They come by pid.
            if processes.last().is_none_or(|last| last.pid != owner.pid()) {
                processes.push(Form::of(owner, &known.details(owner)));
            }
        }
        Forms { processes }
    }

    pub(super) fn columns() -> [Column; 3] {
        let parent = Column::new("Parent", Shape::Word, Keep::IfRoom);
        let place = Column::new("Unit", Shape::List, Keep::Always);
        [parent, place, Column::new("Command", Shape::List, Keep::Always)]
    }

    /// In CSV they are what they are in JSON.
    pub(super) fn csv(&self, cells: &mut Cells) {
        cells.push(serde_json::to_string(&self.processes).unwrap_or_default());
    }

    pub(super) fn table(&self, cells: &mut Cells) {
        let parents = self.processes.iter().filter_map(|form| form.ppid);
        cells.push(list(parents.map(|ppid| ppid.to_string())));
        cells.push(list(self.processes.iter().filter_map(|form| form.place().map(str::to_owned))));
        cells.push(list(self.processes.iter().map(Form::command)));
    }
}

/// Texts one after the other; what several have in common once.
fn list(texts: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all.join(&BETWEEN.to_string())
}

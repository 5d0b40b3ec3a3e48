//! What can be seen, and why not more.

use serde::Serialize;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// How much of something is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Seen {
    All,
    Part,
    None,
}

impl Seen {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Seen::All => "all",
            Seen::Part => "part",
            Seen::None => "none",
        }
    }
}

/// What can be seen of something. Texts are escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// `reader`, `root`, `table`, `details`, `owners`, `namespaces` or `counters`.
    pub(crate) about: &'static str,
    /// Which of several.
    pub(crate) name: Option<String>,
    /// `None` where there is nothing to be seen.
    pub(crate) seen: Option<Seen>,
    pub(crate) from: Option<&'static str>,
    pub(crate) why: Option<String>,
    pub(crate) help: Option<String>,
}

impl Finding {
    /// All is seen.
    pub(crate) fn whole(about: &'static str) -> Finding {
        Finding { about, name: None, seen: Some(Seen::All), from: None, why: None, help: None }
    }

    /// A fact, with nothing to be seen.
    pub(crate) fn fact(about: &'static str, why: impl Into<String>) -> Finding {
        Finding { seen: None, why: Some(why.into()), ..Finding::whole(about) }
    }

    pub(crate) fn less(self, seen: Seen, why: impl Into<String>) -> Finding {
        Finding { seen: Some(seen), why: Some(why.into()), ..self }
    }

    pub(crate) fn header() -> Header {
        let keys = ["about", "name", "seen", "from", "why", "help"];
        let columns = keys.map(|key| Column::new(key, Shape::Word, Keep::Always)).to_vec();
        Header { keys: keys.map(str::to_owned).to_vec(), columns, upright: false }
    }
}

impl Row for Finding {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self)
    }

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.about);
        cells.push_option(self.name.as_ref());
        cells.push_option(self.seen.map(Seen::word));
        cells.push_option(self.from);
        cells.push_option(self.why.as_ref());
        cells.push_option(self.help.as_ref());
    }

    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}

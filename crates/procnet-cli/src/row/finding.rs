//! A finding of `procnet explain`: what is visible, and why not more.

use serde::Serialize;

use super::{Columns, Record};
use crate::output::{Cells, Keep::Always, Shape::Word};

/// How much is visible.
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

/// What is visible of something. Texts are already escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// `reader`, `root`, `table`, `details`, `families`, `owners`, `bpf`, `namespaces`, `counters` or `connections`.
    pub(crate) about: &'static str,
    /// Which one, of several.
    pub(crate) name: Option<String>,
    /// `None` for plain facts.
    pub(crate) seen: Option<Seen>,
    pub(crate) from: Option<&'static str>,
    pub(crate) why: Option<String>,
    pub(crate) help: Option<String>,
}

impl Finding {
    /// All of it is visible.
    pub(crate) fn complete(about: &'static str) -> Finding {
        Finding { about, name: None, seen: Some(Seen::All), from: None, why: None, help: None }
    }

    /// A plain fact.
    pub(crate) fn fact(about: &'static str, why: impl Into<String>) -> Finding {
        Finding { seen: None, why: Some(why.into()), ..Finding::complete(about) }
    }

    /// Not all of it is visible.
    pub(crate) fn limited(self, seen: Seen, why: impl Into<String>) -> Finding {
        Finding { seen: Some(seen), why: Some(why.into()), ..self }
    }
}

impl Record for Finding {
    const KEYS: &'static [&'static str] = &["about", "name", "seen", "from", "why", "help"];
    const COLUMNS: Columns = &[
        ("about", Word, Always),
        ("name", Word, Always),
        ("seen", Word, Always),
        ("from", Word, Always),
        ("why", Word, Always),
        ("help", Word, Always),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(self.about);
        cells.push_option(self.name.as_ref());
        cells.push_option(self.seen.map(Seen::word));
        cells.push_option(self.from);
        cells.push_option(self.why.as_ref());
        cells.push_option(self.help.as_ref());
    }
}

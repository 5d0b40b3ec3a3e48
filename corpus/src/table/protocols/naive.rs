//! The naive decoder.

use crate::naive::text;

/// One protocol, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: Vec<u8>,
    /// The size of its structure.
    pub size: u32,
    /// Its sockets; `None` for -1.
    pub sockets: Option<u32>,
    /// Its memory in pages; `None` for -1.
    pub memory: Option<u64>,
    /// Whether it is under memory pressure; `None` for `NI`.
    pub pressure: Option<bool>,
    /// The maximum size of its headers.
    pub max_header: u32,
    /// Whether it has a slab cache.
    pub slab: bool,
    /// The module.
    pub module: Vec<u8>,
    /// Names and letters, as many as both lines have; `None` for a letter other than `y` and `n`.
    pub methods: Vec<Option<(Vec<u8>, bool)>>,
    /// Whether one line has more methods than the other.
    pub ragged: bool,
}

/// The lines of a file after its heading, with their numbers; `None` for a line that is not a row.
/// Without a heading, the methods have no names.
#[must_use]
pub fn rows(bytes: &[u8]) -> Vec<(usize, Option<Row>)> {
    let lines = (1..).zip(text::lines(bytes)).map(|(line, text)| (line, text::columns(&text)));
    let mut lines: Vec<_> = lines.filter(|(_, columns)| !columns.is_empty()).collect();
    let names = match lines.first() {
        Some((_, first)) if first.starts_with(&[b"protocol".to_vec(), b"size".to_vec()]) => {
            lines.remove(0).1
        }
        _ => Vec::new(),
    };
    lines.into_iter().map(|(number, columns)| (number, row(&names, &columns))).collect()
}

fn row(names: &[Vec<u8>], columns: &[Vec<u8>]) -> Option<Row> {
    let [name, size, sockets, memory, press, maxhdr, slab, module, letters @ ..] = columns else {
        return None;
    };
    let number = |column: &[u8]| u32::try_from(text::decimal(column)?).ok();
    let yes = |column: &[u8]| {
        [(&b"yes"[..], true), (b"no", false)]
            .into_iter()
            .find(|(word, _)| *word == column)
            .map(|(_, yes)| yes)
    };
    let names = names.get(8..).unwrap_or_default();
    let method = |(name, letter): (&Vec<u8>, &Vec<u8>)| match letter.as_slice() {
        b"y" => Some((name.clone(), true)),
        b"n" => Some((name.clone(), false)),
        _ => None,
    };
    Some(Row {
        name: name.clone(),
        size: number(size)?,
        sockets: if sockets == b"-1" { None } else { Some(number(sockets)?) },
        memory: if memory == b"-1" { None } else { Some(text::decimal(memory)?) },
        pressure: if press == b"NI" { None } else { Some(yes(press)?) },
        max_header: number(maxhdr)?,
        slab: yes(slab)?,
        module: module.clone(),
        methods: names.iter().zip(letters).map(method).collect(),
        ragged: names.len() != letters.len(),
    })
}

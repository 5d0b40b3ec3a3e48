//! Texts of cells, one after the other in one reused buffer.

use std::{
    fmt::{Display, Write as _},
    net::IpAddr,
};

use super::encode;

/// Separates the items of a list in a cell of a table, which prints a blank. Escaped text does not
/// contain it, so a list can be cut between items.
pub(crate) const ITEM_SEPARATOR: char = '\x1F';

#[derive(Debug, Default)]
pub(crate) struct Cells {
    text: String,
    /// Where each cell ends in `text`, and the next one starts. A table of many rows has as many
    /// bytes here as in `text`, so they are no wider than needed.
    ends: Vec<u32>,
}

impl Cells {
    pub(crate) fn push(&mut self, text: impl Display) {
        // Writing into memory does not fail.
        let _ = write!(self.text, "{text}");
        self.end();
    }

    /// Pushes a text: as `push`, but faster.
    pub(crate) fn text(&mut self, text: &str) {
        self.text.push_str(text);
        self.end();
    }

    /// Pushes an integer, or an empty cell: as `push_option`, but faster.
    pub(crate) fn integer(&mut self, value: Option<impl itoa::Integer>) {
        if let Some(value) = value {
            encode::integer(&mut self.text, value);
        }
        self.end();
    }

    /// Pushes an address, or an empty cell: as `push_option`, but faster.
    pub(crate) fn address(&mut self, address: Option<IpAddr>) {
        if let Some(address) = address {
            encode::address(&mut self.text, address);
        }
        self.end();
    }

    /// Pushes `address:port`, with `*` for no port; an IPv6 address is in brackets.
    pub(crate) fn endpoint(&mut self, address: IpAddr, port: Option<u16>) {
        let (before, after) = if address.is_ipv6() { ("[", "]:") } else { ("", ":") };
        self.text.push_str(before);
        encode::address(&mut self.text, address);
        self.text.push_str(after);
        match port {
            Some(port) => encode::integer(&mut self.text, port),
            None => self.text.push('*'),
        }
        self.end();
    }

    /// Pushes `address%interface:port`, as `ss` prints the end of a socket that is bound to an
    /// interface; the port may be a name.
    pub(crate) fn named_endpoint(
        &mut self,
        address: IpAddr,
        interface: Option<&str>,
        port: impl Display,
    ) {
        let (before, after) = if address.is_ipv6() { ("[", "]") } else { ("", "") };
        let (percent, interface) = interface.map_or(("", ""), |interface| ("%", interface));
        self.push(format_args!("{before}{address}{after}{percent}{interface}:{port}"));
    }

    /// Pushes a value, or an empty cell.
    pub(crate) fn push_option(&mut self, text: Option<impl Display>) {
        match text {
            Some(text) => self.push(text),
            None => self.text(""),
        }
    }

    /// Ends the cell whose text was appended.
    #[inline]
    fn end(&mut self) {
        // Buffers are written long before they have so many bytes.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// The length of all texts, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let end = usize::try_from(*end).unwrap_or(usize::MAX);
            let text = self.text.get(start..end).unwrap_or_default();
            start = end;
            text
        })
    }
}

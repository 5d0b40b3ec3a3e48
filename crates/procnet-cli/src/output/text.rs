//! Texts of a table: their width on a terminal, and how they are cut to fit.

use std::io::{self, Write};

use unicode_width::UnicodeWidthChar as _;

use super::{ITEM_SEPARATOR, Shape};

/// The width of a text, in columns of a terminal.
pub(crate) fn width(text: &str) -> usize {
    // Control characters are escaped, so each ASCII byte is one column wide.
    if text.is_ascii() { text.len() } else { text.chars().map(columns).sum() }
}

fn columns(character: char) -> usize {
    if character == ITEM_SEPARATOR { 1 } else { character.width().unwrap_or(0) }
}

/// Prints blanks.
pub(super) fn blanks(out: &mut impl Write, mut count: usize) -> io::Result<()> {
    const BLANKS: [u8; 64] = [b' '; 64];
    while count > BLANKS.len() {
        out.write_all(&BLANKS)?;
        count -= BLANKS.len();
    }
    out.write_all(&BLANKS[..count])
}

/// Prints a text.
pub(super) fn whole(out: &mut impl Write, text: &str) -> io::Result<()> {
    if !text.as_bytes().contains(&(ITEM_SEPARATOR as u8)) {
        return out.write_all(text.as_bytes());
    }
    let mut items = text.split(ITEM_SEPARATOR);
    out.write_all(items.next().unwrap_or_default().as_bytes())?;
    items.try_for_each(|item| {
        out.write_all(b" ")?;
        out.write_all(item.as_bytes())
    })
}

/// The indentation of what is printed below a row.
const INDENT: usize = 8;

/// Prints lines below a row, indented, and broken between words where they do not fit.
pub(super) fn note(out: &mut impl Write, note: &str, limit: Option<usize>) -> io::Result<()> {
    let room = limit.map_or(usize::MAX, |limit| limit.saturating_sub(INDENT).max(1));
    for line in note.split('\n') {
        let mut used = 0;
        for word in line.split(' ') {
            let wide = width(word);
            if used > 0 && used + 1 + wide > room {
                out.write_all(b"\n")?;
                used = 0;
            }
            blanks(out, if used == 0 { INDENT } else { 1 })?;
            out.write_all(word.as_bytes())?;
            used += wide + usize::from(used > 0);
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Prints a text that is wider than `room`, cut. Returns the unused room: a wide character may
/// not fit.
///
/// Of a list, prints the items that fit and the number of the others.
pub(super) fn cut(
    out: &mut impl Write,
    text: &str,
    room: usize,
    shape: Shape,
) -> io::Result<usize> {
    if shape == Shape::List
        && let Some((items, more)) = fitting_items(text, room)
    {
        whole(out, items)?;
        write!(out, " …+{more}")?;
        return Ok(room - width(items) - more_width(more));
    }
    let Some(room) = room.checked_sub(1) else { return Ok(0) };
    let at_end = if shape == Shape::Address { (room * 2 / 3).max(port(text, room)) } else { 0 };
    let (count, end_width) = fitting(text.chars().rev(), at_end);
    let end = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    let (count, start_width) = fitting(text.chars(), room - end_width);
    let start = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    whole(out, &text[..start])?;
    out.write_all("…".as_bytes())?;
    whole(out, &text[end..])?;
    Ok(room - end_width - start_width)
}

/// The width of the port at the end of an address, with its colon, if it fits: a part of a port would be
/// taken for another one.
fn port(text: &str, room: usize) -> usize {
    /// The longest service names have 15 characters.
    const MOST: usize = 16;
    let port = text.rfind(':').map_or(0, |colon| width(&text[colon..]));
    if port <= room.min(MOST) { port } else { 0 }
}

/// The number of characters that fit, and their width.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> (usize, usize) {
    let (mut count, mut used) = (0, 0);
    for width in characters.map(columns) {
        if used + width > room {
            break;
        }
        (count, used) = (count + 1, used + width);
    }
    (count, used)
}

/// The start of a line that fits into this width.
pub(crate) fn cut_line(line: &str, room: usize) -> &str {
    let (count, _) = fitting(line.chars(), room);
    line.char_indices().nth(count).map_or(line, |(end, _)| &line[..end])
}

/// The first items of a list that fit, and the number of the others; `None` if none fits.
fn fitting_items(text: &str, room: usize) -> Option<(&str, usize)> {
    let count = text.split(ITEM_SEPARATOR).count();
    let starts = text.match_indices(ITEM_SEPARATOR).map(|(at, _)| at);
    let candidates = starts.zip(1..).map(|(at, items)| (&text[..at], count - items));
    candidates.take_while(|(items, more)| width(items) + more_width(*more) <= room).last()
}

/// The width of ` …+12`.
fn more_width(more: usize) -> usize {
    more.to_string().len() + 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_to(text: &str, room: usize, shape: Shape) -> String {
        let mut out = Vec::new();
        let left = cut(&mut out, text, room, shape).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(width(&out) + left, room, "{out}");
        out
    }

    #[test]
    fn an_address_keeps_its_end() {
        assert_eq!(cut_to("[2001:db8:1:2::3]:443", 16, Shape::Address), "[2001…:2::3]:443");
        assert_eq!(cut_to("0123456789", 1, Shape::Address), "…");
        for (room, cut) in [(10, "127…:45599"), (8, "1…:45599"), (7, "…:45599"), (6, "12…599")]
        {
            assert_eq!(cut_to("127.0.0.1:45599", room, Shape::Address), cut);
        }
    }

    #[test]
    fn a_list_ends_with_the_number_of_omitted_items() {
        let list =
            ["nginx(6599)/5", "nginx(6729)/5", "nginx(6730)/5"].join(&ITEM_SEPARATOR.to_string());
        assert_eq!(width(&list), 41);
        assert_eq!(cut_to(&list, 40, Shape::List), "nginx(6599)/5 nginx(6729)/5 …+1");
        assert_eq!(cut_to(&list, 17, Shape::List), "nginx(6599)/5 …+2");
        assert_eq!(cut_to(&list, 16, Shape::List), "nginx(6599)/5 n…");
    }

    #[test]
    fn wide_characters_are_not_split() {
        assert_eq!(width("@日本"), 5);
        assert_eq!(cut_to("@日本語", 5, Shape::Word), "@日…");
        assert_eq!(cut_to("日本語", 4, Shape::Address), "…語");
    }
}

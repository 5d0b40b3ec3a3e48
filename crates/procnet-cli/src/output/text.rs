//! Texts of a table: how wide they are on a terminal, and how they are cut to fit.

use std::io::{self, Write};

use unicode_width::UnicodeWidthChar as _;

use super::{BETWEEN, Shape};

/// The columns of a terminal that a text takes.
pub(super) fn width(text: &str) -> usize {
    // Control characters are escaped, so each byte of ASCII is a character to be seen.
    if text.is_ascii() { text.len() } else { text.chars().map(columns).sum() }
}

fn columns(character: char) -> usize {
    if character == BETWEEN { 1 } else { character.width().unwrap_or(0) }
}

/// Prints a text.
pub(super) fn whole(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut items = text.split(BETWEEN);
    out.write_all(items.next().unwrap_or_default().as_bytes())?;
    items.try_for_each(|item| {
        out.write_all(b" ")?;
        out.write_all(item.as_bytes())
    })
}

/// Prints as much as there is room for of a text that is wider. Returns how much of the room
/// is left: a wide character may not fit.
///
/// Of a list, the items that fit are printed, and how many more there are.
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
    let at_end = if shape == Shape::Place { room * 2 / 3 } else { 0 };
    let (count, end_width) = fitting(text.chars().rev(), at_end);
    let end = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    let (count, start_width) = fitting(text.chars(), room - end_width);
    let start = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    whole(out, &text[..start])?;
    out.write_all("…".as_bytes())?;
    whole(out, &text[end..])?;
    Ok(room - end_width - start_width)
}

/// How many characters fit a room, and how much of it they take.
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

/// The first items of a list that fit a room together with the number of the others;
/// `None` if not even the first does.
fn fitting_items(text: &str, room: usize) -> Option<(&str, usize)> {
    let count = text.split(BETWEEN).count();
    let starts = text.match_indices(BETWEEN).map(|(at, _)| at);
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
    fn a_place_keeps_its_end() {
        assert_eq!(cut_to("[2001:db8:1:2::3]:443", 16, Shape::Place), "[2001…:2::3]:443");
        assert_eq!(cut_to("0123456789", 1, Shape::Place), "…");
    }

    #[test]
    fn a_list_says_how_many_more() {
        let list = ["nginx(6599)/5", "nginx(6729)/5", "nginx(6730)/5"].join(&BETWEEN.to_string());
        assert_eq!(width(&list), 41);
        assert_eq!(cut_to(&list, 40, Shape::List), "nginx(6599)/5 nginx(6729)/5 …+1");
        assert_eq!(cut_to(&list, 17, Shape::List), "nginx(6599)/5 …+2");
        assert_eq!(cut_to(&list, 16, Shape::List), "nginx(6599)/5 n…");
    }

    #[test]
    fn wide_characters_are_not_halved() {
        assert_eq!(width("@日本"), 5);
        assert_eq!(cut_to("@日本語", 5, Shape::Word), "@日…");
        assert_eq!(cut_to("日本語", 4, Shape::Place), "…語");
    }
}

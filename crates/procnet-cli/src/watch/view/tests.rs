use super::*;

fn view() -> View {
    let groups = vec![Vec::new(), vec![Field::Process], vec![Field::Comm, Field::State]];
    let sorts = vec![Field::RecvQ, Field::Port];
    let offers = Offers { filter: Some(Kinds::TCP), groups, sorts };
    View::new(&Sort::default(), &[], offers)
}

/// Presses keys, each a character.
fn typed(view: &mut View, text: &str) {
    for character in text.chars() {
        assert_eq!(view.press(Key::Char(character)), Effect::Draw);
    }
}

#[test]
fn q_quits_unless_it_is_typed_or_closes_the_help() {
    let mut view = view();
    typed(&mut view, "/q");
    assert_eq!(view.entry.as_ref().map(|entry| &*entry.text), Some("q"));
    view.press(Key::Escape);
    typed(&mut view, "?q");
    assert!(!view.shows_help);
    assert_eq!(view.press(Key::Char('q')), Effect::Quit);
}

#[test]
fn sorting_goes_around_and_back() {
    let mut view = view();
    let mut fields = Vec::new();
    for key in ['>', '>', '>', '<'] {
        typed(&mut view, &key.to_string());
        fields.push(view.sort.fields.clone());
    }
    assert_eq!(fields, [vec![Field::RecvQ], vec![Field::Port], vec![], vec![Field::Port]]);
    typed(&mut view, "r");
    assert!(view.sort.reverse);
    assert_eq!(view.described(), ["sort: port reversed"]);
}

/// Other fields would be refused.
#[test]
fn groups_are_sorted_by_amounts_and_by_what_they_are_grouped_by() {
    let mut view = view();
    typed(&mut view, "gg");
    assert_eq!(view.by, [Field::Comm, Field::State]);
    let mut sorts = Vec::new();
    for _press in 0..8 {
        typed(&mut view, ">");
        sorts.extend(view.sort.fields.first().copied());
    }
    use Field::{Comm, Rate, RecvQ, Rx, SendQ, State, Tx};
    assert_eq!(sorts, [RecvQ, SendQ, Rate, Tx, Rx, Comm, State]);
    typed(&mut view, ">Gg");
    assert!(view.sort.fields.is_empty(), "another group is sorted anew");
    typed(&mut view, "g");
    assert!(view.by.is_empty(), "after the last comes the list");
}

#[test]
fn a_filter_is_typed_corrected_and_removed() {
    let mut view = view();
    typed(&mut view, "/sprt = :80");
    view.press(Key::Enter);
    let error = view.entry.as_ref().and_then(|entry| entry.error.clone()).expect("an error");
    assert_eq!((error.offset(), error.found()), (0, "sprt"));
    assert!(view.filter.is_none());
    view.press(Key::DeleteWord);
    assert_eq!(view.entry, Some(Entry { text: "sprt = ".to_owned(), error: None }));
    view.press(Key::DeleteLine);
    typed(&mut view, "sport = :8x");
    view.press(Key::Backspace);
    view.press(Key::Enter);
    let filter = view.filter.as_ref().map(|typed| typed.filter.clone());
    assert_eq!((filter, view.entry.clone()), (Some(Filter::local_port(8)), None));
    assert_eq!(view.described(), ["filter: sport = :8"]);
    // It can be edited; giving that up changes nothing.
    typed(&mut view, "/0");
    view.press(Key::Escape);
    assert_eq!(view.described(), ["filter: sport = :8"]);
    typed(&mut view, "/");
    view.press(Key::DeleteLine);
    view.press(Key::Enter);
    assert!(view.filter.is_none());
}

#[test]
fn scrolling_stays_within_the_rows() {
    let mut view = view();
    let mut press = |key: Key| {
        view.press(key);
        let window = view.window(25, 10);
        view.shown(&window);
        (window.start, window.end)
    };
    assert_eq!(press(Key::Up), (0, 10));
    assert_eq!(press(Key::Down), (1, 11));
    assert_eq!(press(Key::PageDown), (11, 21));
    assert_eq!(press(Key::Char(' ')), (15, 25));
    assert_eq!(press(Key::Down), (15, 25));
    assert_eq!(press(Key::Char('b')), (5, 15));
    assert_eq!(press(Key::End), (15, 25));
    assert_eq!(press(Key::Home), (0, 10));
    press(Key::End);
    // Fewer rows than before.
    assert_eq!((view.window(3, 10), view.window(0, 10)), (0..3, 0..0));
}

#[test]
fn what_is_not_offered_has_no_effect() {
    let mut view = View::default();
    typed(&mut view, "/<>rgG");
    assert!(view.entry.is_none() && view.by.is_empty() && view.described().is_empty());
    typed(&mut view, "p");
    assert_eq!(view.described(), ["paused"]);
}

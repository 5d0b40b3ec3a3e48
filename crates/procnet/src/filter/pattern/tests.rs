//! Patterns match what the C library's do.

use procnet_corpus::live::raw::fnmatch_casefold;
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// The definition, as a recursion.
fn naive(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], name) => name.is_empty(),
        ([b'*', rest @ ..], name) => (0..=name.len()).any(|at| naive(rest, &name[at..])),
        ([b'?', rest @ ..], [_, name @ ..]) => naive(rest, name),
        ([b'\\', b'x', a @ (b'4' | b'F'), b @ (b'1' | b'F'), rest @ ..], name) => {
            let digits = String::from_utf8(vec![*a, *b]).unwrap();
            let byte = u8::from_str_radix(&digits, 16).unwrap();
            name.first() == Some(&byte) && naive(rest, &name[1..])
        }
        ([b'\\', byte, rest @ ..], [is, name @ ..]) => byte == is && naive(rest, name),
        ([b'\\', _, ..], []) => false,
        ([byte, rest @ ..], [is, name @ ..]) => byte == is && naive(rest, name),
        (_, []) => false,
    }
}

/// Whether a name matches, ignoring case.
fn folded(pattern: &str, name: &[u8]) -> bool {
    Pattern::new(pattern).matches(name, Case::Folded, |byte| byte)
}

#[test]
fn brackets_list_bytes_ranges_and_classes() {
    for (pattern, matching, other) in [
        ("[abc]", "aBC", "d[]"),
        ("[a-c]x", "", "ax"),
        ("[A-C]", "abcABC", "dD@"),
        ("[!a-c]", "dD-", "aB"),
        ("[^a]", "b^", "aA"),
        ("[]x]", "]x", "[y"),
        ("[!]x]", "[y", "]x"),
        ("[a-]", "a-", "b"),
        ("[\\]a]", "]a", "\\"),
        ("[a\\-z]", "a-z", "m"),
        ("[[:digit:]x]", "059x", ":d"),
        ("[[:upper:]]", "AZ", "az"),
        ("[[:none:]]", "", ":none"),
        ("[[]", "[", "]"),
    ] {
        for byte in matching.bytes() {
            assert!(folded(pattern, &[byte]), "{pattern} {}", char::from(byte));
        }
        for byte in other.bytes() {
            assert!(!folded(pattern, &[byte]), "{pattern} {}", char::from(byte));
        }
    }
    // A bracket that is not closed stands for itself.
    assert!(folded("a[1", b"a[1") && folded("[", b"[") && folded("[]", b"[]"));
}

/// Bracket expressions that are closed, and whatever else means something in a pattern.
fn piece() -> impl Strategy<Value = String> {
    let item = select(vec![
        "a",
        "B",
        "z",
        "-",
        "!",
        "^",
        "[",
        "\\]",
        "\\\\",
        "a-c",
        "A-C",
        "X-b",
        "c-a",
        "+--",
        "[:alpha:]",
        "[:upper:]",
        "[:space:]",
        "[:xdigit:]",
    ]);
    let list = vec(item, 1..4).prop_map(|items| items.concat());
    let brackets = (select(vec!["[", "[!", "[^", "[]", "[!]"]), list)
        .prop_filter("a range that ends with the bracket", |(_, list)| !list.ends_with('-'))
        .prop_map(|(open, list)| format!("{open}{list}]"));
    let other = select(vec!["a", "B", "c", "*", "?", "\\a", "\\*", "\\[", "]", "-", "\u{e9}", " "]);
    prop_oneof![brackets, other.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_pattern_matches_what_fnmatch_does(
        pieces in vec(piece(), 0..5),
        name in vec(select(b"abcABCxz[]-!^\\*+ \t5\xC3\xA9".to_vec()), 0..5),
    ) {
        let pattern = pieces.concat();
        let expected = fnmatch_casefold(&pattern, &name);
        prop_assert_eq!(folded(&pattern, &name), expected, "{}", pattern);
    }

    #[test]
    fn a_pattern_matches_what_the_definition_does(
        pattern in vec(select(vec!["a", "b", "*", "?", "\\", "\\x41", "\\xFF", "x", "F"]), 0..8),
        name in vec(select(b"ab*\\AxF".to_vec()), 0..8),
    ) {
        let pattern = pattern.concat();
        let expected = naive(pattern.as_bytes(), &name);
        let matches = Pattern::new(&pattern).matches(&name, Case::Matters, |byte| byte);
        prop_assert_eq!(matches, expected);
    }

    #[test]
    fn a_substring_is_literal(text in "[ab*?\\[\\]!\\\\-]{0,4}", name in "[ab*?\\[\\]!\\\\-]{0,6}") {
        let contains = Pattern::containing(&text).matches(name.as_bytes(), Case::Matters, |byte| byte);
        prop_assert_eq!(contains, name.contains(&text));
    }

    #[test]
    fn a_printed_name_is_a_pattern_that_matches_it(
        name in vec(any::<u8>().prop_filter("no pattern", |it| !b"*?[".contains(it)), 0..12),
    ) {
        let printed = procnet_core::escape::Escaped(&name).to_string();
        let matches = Pattern::new(&printed).matches(&name, Case::Matters, |byte| byte);
        prop_assert!(matches, "{}", printed);
    }

    #[test]
    fn no_pattern_causes_a_panic(pattern in "[a\\[\\]!:*?\\\\x4-]{0,8}", name in vec(any::<u8>(), 0..4)) {
        folded(&pattern, &name);
    }
}

//! A page, read as strictly as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of a series.
pub(crate) type Labels = BTreeMap<String, String>;

/// A page in the text format.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) text: String,
    series: BTreeMap<(String, Labels), f64>,
}

impl Page {
    /// Panics at whatever is not in the format: a sample outside its family, a family twice, a series twice,
    /// a character that should be escaped.
    pub(crate) fn parse(text: &str) -> Page {
        let (mut series, mut families, mut family) = (BTreeMap::new(), BTreeSet::new(), "");
        let mut is_histogram = false;
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# ") {
                let (word, rest) = rest.split_once(' ').unwrap();
                let (name, rest) = rest.split_once(' ').unwrap();
                match word {
                    "HELP" => {
                        assert!(families.insert(name), "{name} twice");
                        assert!(!rest.is_empty() && rest.len() < 1500, "{line}");
                        family = name;
                    }
                    "TYPE" => {
                        assert_eq!(name, family);
                        assert!(
                            ["gauge", "counter", "histogram", "untyped"].contains(&rest),
                            "{line}"
                        );
                        is_histogram = rest == "histogram";
                        assert_eq!(rest == "counter", name.ends_with("_total"), "{line}");
                    }
                    _ => panic!("{line}"),
                }
                continue;
            }
            let end = line.find(['{', ' ']).unwrap();
            let (name, suffix) = (&line[..end], line[..end].strip_prefix(family));
            let of_histogram =
                is_histogram && matches!(suffix, Some("_bucket" | "_sum" | "_count"));
            assert!(of_histogram || (!is_histogram && name == family), "{line}");
            let (labels, value) = match line[end..].strip_prefix('{') {
                None => (Labels::new(), &line[end..]),
                Some(rest) => labels(rest),
            };
            let value = value.strip_prefix(' ').unwrap().parse().unwrap();
            assert!(line.len() < 2000, "{line}");
            assert!(series.insert((name.to_owned(), labels), value).is_none(), "{line} twice");
        }
        Page { text: text.to_owned(), series }
    }

    /// The value of a series.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let owned = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.series.get(&(name.to_owned(), owned.collect())).copied()
    }

    /// All series of a family.
    pub(crate) fn family(&self, name: &str) -> Vec<(&Labels, f64)> {
        let all = self.series.iter().filter(|((family, _), _)| family == name);
        all.map(|((_, labels), value)| (labels, *value)).collect()
    }

    /// The sum of a family.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.family(name).iter().map(|(_, value)| value).sum()
    }
}

/// Labels behind their opening brace, and what follows the closing one.
fn labels(mut text: &str) -> (Labels, &str) {
    let mut labels = Labels::new();
    loop {
        let (name, rest) = text.split_once("=\"").unwrap();
        let (mut value, mut characters) = (String::new(), rest.char_indices());
        let end = loop {
            match characters.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => value.push(match characters.next().unwrap().1 {
                    'n' => '\n',
                    escaped @ ('\\' | '"') => escaped,
                    other => panic!("\\{other}"),
                }),
                (_, other) => value.push(other),
            }
        };
        assert!(labels.insert(name.to_owned(), value).is_none());
        text = &rest[end + 1..];
        match text.split_at(1) {
            (",", rest) => text = rest,
            ("}", rest) => return (labels, rest),
            other => panic!("{other:?}"),
        }
    }
}

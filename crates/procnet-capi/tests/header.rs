//! The committed header declares what Rust exports: cbindgen reads the functions, structures and
//! constants from the source.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use procnet::{Kind, Kinds, State, details::Details, snapshot::Aspects};

fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn committed() -> String {
    fs::read_to_string(source().join("include/procnet.h")).unwrap()
}

fn generated() -> String {
    let config = cbindgen::Config {
        language: cbindgen::Language::C,
        style: cbindgen::Style::Type,
        ..cbindgen::Config::default()
    };
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in rust_files(&source().join("src")) {
        builder = builder.with_src(file);
    }
    let mut header = Vec::new();
    builder.generate().expect("what Rust exports").write(&mut header);
    // Types of the border stand for pointers of C.
    let mut header = String::from_utf8(header).unwrap();
    for (border, c) in [
        ("struct Texts", "const char *const *"),
        ("struct TextOut", "char *"),
        ("struct Text", "const char *"),
        ("struct BytesOut", "void *"),
        ("struct Bytes", "const void *"),
        ("struct NumbersOut", "uint32_t *"),
        ("struct More", "const void *"),
        ("Texts", "const char *const *"),
        ("TextOut", "char *"),
        ("Text", "const char *"),
        ("BytesOut", "void *"),
        ("Bytes", "const void *"),
        ("NumbersOut", "uint32_t *"),
        ("More", "const void *"),
        ("uintptr_t", "size_t"),
        ("Handle", "procnet_scanner *"),
        ("SnapshotHandle", "procnet_snapshot *"),
        ("ConstQuery", "const procnet_query *"),
        ("ErrorOut", "procnet_error **"),
    ] {
        header = replace_word(&header, border, c);
    }
    // `Out<T>` is a pointer to T.
    for code in statements(&header) {
        let Some(alias) = code.strip_prefix("typedef ").filter(|code| !code.contains(['{', '(']))
        else {
            continue;
        };
        if let Some((c, name)) = alias.rsplit_once(' ').filter(|(_, name)| name.starts_with("Out_"))
        {
            header = replace_word(&header, name, c);
        }
    }
    header
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            None => files.extend(rust_files(&path)),
            Some(_) => files.push(path),
        }
    }
    files.sort();
    files
}

fn replace_word(text: &str, word: &str, with: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let mut parts = Vec::new();
    let (mut rest, mut before) = (text, ' ');
    while let Some(at) = rest.find(word) {
        before = rest[..at].chars().next_back().unwrap_or(before);
        let after = rest[at + word.len()..].chars().next().unwrap_or(' ');
        parts.push(&rest[..at]);
        let is_word = !is_part(before) && !is_part(after);
        parts.push(if is_word { with } else { word });
        before = word.chars().next_back().unwrap();
        rest = &rest[at + word.len()..];
    }
    parts.push(rest);
    parts.concat()
}

/// The text without comments, preprocessor lines but constants, and blanks that mean nothing.
fn statements(header: &str) -> Vec<String> {
    let mut code = String::new();
    let mut rest = header;
    while let Some(begin) = rest.find("/*") {
        code.push_str(&rest[..begin]);
        rest = &rest[begin..];
        rest = &rest[rest.find("*/").unwrap() + 2..];
    }
    code.push_str(rest);
    let code: String = code
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("extern") && *line != "}")
        .collect::<Vec<_>>()
        .join(" ");
    let (mut all, mut depth, mut one) = (Vec::new(), 0, String::new());
    for character in code.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ';' if depth == 0 => {
                all.push(plain(&std::mem::take(&mut one)));
                continue;
            }
            _ => {}
        }
        one.push(character);
    }
    all
}

/// One blank between words, none elsewhere.
fn plain(code: &str) -> String {
    let mut plain = code.replace('*', " * ").replace("struct ", "");
    for mark in ["*", "(", ")", ",", "{", "}", "[", "]", ";"] {
        plain = plain.replace(mark, &format!(" {mark} "));
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The functions by name.
fn functions(header: &str) -> BTreeMap<String, String> {
    let all = statements(header);
    let functions = all.iter().filter(|code| !code.starts_with("typedef") && code.contains('('));
    functions
        .map(|code| {
            let (before, _) = code.split_once('(').unwrap();
            let name = before.split_whitespace().next_back().unwrap();
            // An array is passed as a pointer.
            (name.to_owned(), code.replace("uint32_t uids [ 4 ]", "uint32_t * uids"))
        })
        .collect()
}

/// The types by name.
fn types(header: &str) -> BTreeMap<String, String> {
    let all = statements(header);
    all.iter()
        .filter_map(|code| code.strip_prefix("typedef "))
        .filter(|code| code.contains("procnet_") && (code.contains('{') || code.contains('(')))
        .map(|code| {
            let name = match code.split_once("( * ") {
                Some((_, rest)) => rest.split_whitespace().next().unwrap(),
                None => code.split_whitespace().next_back().unwrap(),
            };
            // The tag of a structure.
            let code = code.replacen(&format!("{name} {{"), "{", 1);
            (name.to_owned(), code)
        })
        .collect()
}

/// The constants by name.
fn constants(header: &str) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for line in header.lines() {
        let line = line.trim().trim_end_matches(',');
        let pair = match line.strip_prefix("#define ") {
            Some(define) => define.split_once(' '),
            None => line.split_once(" = "),
        };
        let Some((name, value)) = pair.filter(|(name, _)| name.starts_with("PROCNET_")) else {
            continue;
        };
        all.extend(number(value).map(|value| (name.to_owned(), value)));
    }
    all
}

fn number(text: &str) -> Option<u64> {
    let text =
        text.strip_prefix("UINT32_C(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    let text = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    if let Some((one, bits)) = text.split_once(" << ") {
        return Some(number(one)? << number(bits)?);
    }
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[test]
fn every_function_is_declared_with_its_type() {
    let (header, exported) = (functions(&committed()), functions(&generated()));
    assert!(exported.len() > 60, "{exported:#?}");
    for (name, function) in &exported {
        assert_eq!(header.get(name), Some(function), "of {name}");
    }
    let declared: BTreeSet<_> = header.keys().collect();
    assert_eq!(declared, exported.keys().collect());
}

#[test]
fn every_structure_and_callback_is_declared_as_it_is() {
    let (header, exported) = (types(&committed()), types(&generated()));
    for name in ["procnet_socket", "procnet_owner", "procnet_address", "procnet_change_callback"] {
        assert!(exported.contains_key(name), "{name} in {exported:#?}");
    }
    assert_eq!(header, exported);
}

#[test]
fn every_constant_has_its_value() {
    let (header, exported) = (constants(&committed()), constants(&generated()));
    assert!(exported.len() > 50, "{exported:#?}");
    for (name, value) in &exported {
        assert_eq!(header.get(name), Some(value), "of {name}");
    }
    // Those that Rust takes from the library.
    let mut known: BTreeMap<String, u64> = exported;
    let bit = |bit: usize| 1 << bit;
    let mut add = |prefix: &str, name: &str, value: u64| {
        known.insert(format!("PROCNET_{prefix}_{}", name.to_uppercase()), value);
    };
    for (at, kind) in Kind::ALL.into_iter().enumerate() {
        add("KIND", kind.name(), at as u64);
    }
    for state in State::NAMED {
        let name = if state == State::CLOSE { "CLOSE" } else { state.name().unwrap() };
        add("STATE", name, state.0.into());
    }
    for (at, (name, _)) in Details::NAMED.into_iter().enumerate().take(9) {
        let name = match name {
            "tos" => "type_of_service",
            "cgroup" => "control_group",
            "queue" => "unix_queues",
            name => name,
        };
        add("DETAIL", name, bit(at));
    }
    for (at, (name, _)) in Aspects::NAMED.into_iter().enumerate() {
        add("CHANGED", name, bit(at));
    }
    let mask = |kinds: Kinds| {
        let all = Kind::ALL.into_iter().enumerate();
        all.filter(|(_, kind)| kinds.contains(*kind)).map(|(at, _)| bit(at)).sum::<u64>()
    };
    add("KINDS", "tcp", mask(Kinds::TCP));
    add("KINDS", "udp", mask(Kinds::UDP));
    add("KINDS", "inet", mask(Kinds::INET));
    add("KINDS", "unix", mask(Kinds::UNIX));
    add("KINDS", "default", mask(Kinds::DEFAULT));
    add("KINDS", "all", mask(Kinds::ALL));
    add("ADDRESS", "size", 72);
    for part in ["MAJOR", "MINOR", "PATCH"] {
        let value = env::var(format!("CARGO_PKG_VERSION_{part}")).unwrap();
        add("VERSION", part, value.parse().unwrap());
    }
    assert_eq!(header, known);
    let version = format!("#define PROCNET_VERSION \"{}\"\n", env!("CARGO_PKG_VERSION"));
    assert!(committed().contains(&version));
}

#[test]
fn the_longest_address_fits() {
    let longest = "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295]:65535";
    assert!(longest.len() < 72);
}

#[test]
fn unsafe_code_is_in_the_border_only() {
    let border = source().join("src/border");
    for file in rust_files(&source().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        if file.starts_with(&border) || file == border.with_extension("rs") {
            // Each with its reason.
            assert_eq!(
                text.matches("unsafe {").count(),
                text.matches("// SAFETY: ").count(),
                "{file:?}"
            );
        } else {
            assert!(
                !text.contains("unsafe {") && !text.contains("unsafe fn"),
                "{}",
                file.display()
            );
        }
    }
}

//! `-F`: a filter from a file.

use std::fs;

use crate::{
    run::{feed, run},
    tree::Tree,
};

fn ports(tree: &Tree, filter: &str, args: &[&str]) -> Vec<u64> {
    let file = tree.path().join("filter");
    fs::write(&file, filter).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let all = [&["-t", "-F", file, "--format", "ndjson"], args, &tree.root()[..]].concat();
    let ran = run(&all);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{filter}");
    // The same from standard input.
    let all = [&["-t", "--filter-file", "-", "--format", "ndjson"], args, &tree.root()].concat();
    assert_eq!(feed(&all, filter.as_bytes()).out, ran.out, "{filter}");
    ran.lines().iter().filter_map(|row| row["local_port"].as_u64()).collect()
}

#[test]
fn a_filter_on_many_lines_with_comments_selects_what_it_selects_typed() {
    let tree = Tree::small();
    let all = ports(&tree, "", &[]);
    // Another tcp socket has another port.
    let first = 80;
    let others: Vec<u64> = all.iter().copied().filter(|port| *port != first).collect();
    let filter = format!("# not this one\nnot\t(sport = :{first}) # é\r\n\n  and sport >= :1\n");
    assert!(others.len() < all.len() && !others.is_empty(), "{all:?}");
    assert_eq!(ports(&tree, &filter, &[]), others);
    // Beside what is typed.
    assert!(ports(&tree, &filter, &["sport", "=", &format!(":{first}")]).is_empty());
    assert_eq!(ports(&tree, "# nothing\n", &["--port", &first.to_string()]), [first]);
}

#[test]
fn what_is_wrong_is_reported_with_file_line_column_and_a_marker() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("filter");
    let path = file.to_str().expect("UTF-8");
    let failed = |content: &[u8]| {
        fs::write(&file, content).expect("a file");
        let ran = run(["-F", path]);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{}", ran.err);
        ran.err.replace(path, "FILE")
    };
    let error = "procnet: FILE: line 2, column 7: expected =, !=, >=, <=, > or <, but found \"~\"\n\
                 procnet:   dport ~ 3 # é\n\
                 procnet:         ^\n";
    assert_eq!(failed("sport = :80 or # é\ndport ~ 3 # é\n".as_bytes()), error);
    let cut = failed(b"sport = :80\nor # more\n\n");
    assert!(cut.starts_with("procnet: FILE: line 2, column 3: expected a condition"), "{cut}");
    assert!(cut.contains("but it ends there\nprocnet:   or # more\nprocnet:     ^"), "{cut}");
    let other = failed(b"sport = :80 or\n \xFF");
    assert_eq!(other, "procnet: FILE: line 2, column 2: not UTF-8\n");
    // An escape sequence is not printed.
    assert!(!failed(b"sport = :80 \x1B[2J\n").contains('\x1B'));
    let long = failed(&[b' '; (1 << 20) + 1]);
    assert_eq!(long, "procnet: FILE: cannot be read: longer than 1 MiB\n");
    fs::remove_file(&file).expect("it is there");
    let ran = run(["-F", path]);
    assert!(ran.code == 2 && ran.err.contains("cannot be read: No such file"), "{}", ran.err);
    let ran = feed(["-F", "-"], b"bad");
    assert!(ran.err.starts_with("procnet: standard input: line 1, column 1: "), "{}", ran.err);
}

#[test]
fn an_empty_file_is_no_condition_for_closing_sockets() {
    let ran = feed(["-K", "--yes", "-F", "-"], b"# nothing\n");
    assert!(ran.code == 2 && ran.err.contains("--kill needs a condition"), "{}", ran.err);
}

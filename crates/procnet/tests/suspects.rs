//! Rows of the unix table that a name with newlines may have forged, as far as the text shows it.
//!
//! Here, tables are text in a directory of captures; live ones are in `forgery.rs`.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use procnet::{Kind, Kinds, ProcRoot, Query, Scanner, visit::Answer};

const HEADING: &str = "Num       RefCount Protocol Flags    Type St Inode Path\n";

/// A row as kernels print it; a name includes the blank before it.
fn row(pointer: &str, inode: u64, name: &str) -> String {
    format!("{pointer}: 00000002 00000000 00010000 0001 01 {inode:5}{name}\n")
}

fn read(table: &str) -> Answer {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("net")).unwrap();
    fs::write(root.path().join("net/unix"), [HEADING, table].concat()).unwrap();
    let root = ProcRoot::at(root.path()).unwrap();
    Scanner::with_root(root).collect(&Query::new().kinds(Kinds::UNIX).owners(false)).unwrap()
}

/// The inodes of the suspect rows.
fn suspects(table: &str) -> Vec<u64> {
    let answer = read(table);
    let suspects = answer.sockets.iter().filter(|socket| socket.suspect);
    let suspects: Vec<u64> = suspects.map(|socket| socket.inode.unwrap().get()).collect();
    let coverage = answer.coverage;
    assert_eq!(coverage.suspect.count, suspects.len() as u64);
    let undecodable = coverage.undecodable.count;
    assert_eq!(coverage.is_complete(), suspects.is_empty() && undecodable == 0);
    let inodes: Vec<String> = suspects.iter().map(u64::to_string).collect();
    if !inodes.is_empty() {
        let said = format!("may be forged by a socket's name: inode {}", inodes.join(", "));
        assert!(coverage.to_string().contains(&said), "{coverage}");
    }
    suspects
}

const A: &str = "000000007526133e";
const B: &str = "000000009ad076a1";
const C: &str = "0000000002144edc";

#[test]
fn rows_of_the_kernel_are_not_suspect() {
    let mut table = String::new();
    for inode in 1..500 {
        let name = ["", " /run/x", " @", " @y z"][inode % 4];
        table += &row(&format!("{:016x}", inode * 0x0091_8d23), inode as u64, name);
    }
    assert_eq!(suspects(&table), []);
    // Neither are rows that are printed again while sockets come and go.
    let answer = read(&(table.clone() + &table));
    assert_eq!((answer.coverage.suspect.count, answer.coverage.repeated), (0, 499));
    // Nor those with hidden pointers, and of connections that wait to be accepted.
    let zeros = "0000000000000000";
    let waiting = row(zeros, 0, " @l");
    let table = row(zeros, 1, " @l") + &waiting + &waiting + &row(zeros, 2, "");
    assert_eq!(suspects(&table), []);
    assert_eq!(read(&table).sockets.len(), 4);
}

#[test]
fn a_duplicate_inode_is_suspect() {
    for forged in [row(B, 7, " /run/x"), row(A, 7, " /run/x"), row(B, 7, ""), row(B, 7, " /y")] {
        let table = row(A, 7, " /y") + &row(B, 8, " @short") + &forged + &row(C, 9, "");
        assert_eq!(suspects(&table), [7, 7], "{table}");
        // The order does not matter.
        let table = row(B, 8, " @short") + &forged + &row(C, 9, "") + &row(A, 7, " /y");
        assert_eq!(suspects(&table), [7, 7], "{table}");
    }
}

/// Rows of other tables contain no text of users, so they are genuine.
#[test]
fn an_inode_of_another_table_is_suspect() {
    let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 77 1 0000000000000000 100 0 0 10 0
";
    let table = row(A, 7, " @y") + &row(B, 77, " /run/x") + &row(C, 9, "");
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("net")).unwrap();
    fs::write(root.path().join("net/unix"), [HEADING, &table].concat()).unwrap();
    fs::write(root.path().join("net/tcp"), tcp).unwrap();
    let mut scanner = Scanner::with_root(ProcRoot::at(root.path()).unwrap());
    let answer = scanner.collect(&Query::new()).unwrap();
    let suspects: Vec<_> = answer.sockets.iter().filter(|socket| socket.suspect).collect();
    assert_eq!(suspects.len(), 1);
    assert_eq!((suspects[0].kind, suspects[0].inode.unwrap().get()), (Kind::Unix, 77));
    // Without the other table, the text shows nothing.
    let answer = scanner.collect(&Query::new().kinds(Kinds::UNIX)).unwrap();
    assert_eq!(answer.coverage.suspect.count, 0);
}

/// The kernel lists sockets without a name first: one that is bound during the read is listed
/// again. The reverse order is impossible.
#[test]
fn a_socket_bound_during_the_read_is_not_suspect() {
    let table = row(A, 7, "") + &row(B, 8, " @y") + &row(A, 7, " @name") + &row(C, 9, "");
    assert_eq!(suspects(&table), []);
    let answer = read(&table);
    assert_eq!((answer.sockets.len(), answer.coverage.repeated), (3, 1));
    let table = row(B, 8, " @y") + &row(A, 7, " @name") + &row(C, 9, "") + &row(A, 7, "");
    assert_eq!(suspects(&table), [7, 7]);
}

#[test]
fn a_distant_duplicate_inode_is_suspect() {
    let mut table = row(A, 1, " /y");
    for inode in 100..40_000 {
        writeln!(table, "{}", row(&format!("{inode:016x}"), inode, "").trim_end()).unwrap();
    }
    assert!(table.len() > 2 << 20);
    // A row that was already reported cannot be marked any more, but is counted in the coverage.
    assert_eq!(suspects(&(table + &row(B, 1, " /run/x"))), [1]);
}

#[test]
fn rows_beside_undecodable_lines_are_suspect() {
    let rest = "lines\n";
    // The row of the name itself is truncated.
    let table = row(A, 7, " @two") + rest + &row(B, 8, &format!(" /{}", "x".repeat(50)));
    assert_eq!(suspects(&table), [7]);
    let far = row(C, 9, &format!(" /{}", "x".repeat(99)));
    // Rows after that line may be part of the name if it has room for them.
    let table = row(A, 7, " @two") + rest + &row(B, 8, "") + &row(C, 9, "");
    assert_eq!(suspects(&table), [7, 8]);
    // Printed twice, it is reported once.
    let twice = row(A, 7, " @two") + rest;
    assert_eq!(suspects(&(twice.clone() + &row(B, 8, "") + &twice)), [7, 8]);
    // A forged row, and the rest of the name.
    let table = row(A, 7, " @") + &row(B, 8, " /run/x") + "rest\n" + &far;
    assert_eq!(suspects(&table), [8]);
    // A name that begins with a newline, and one that ends with one.
    let table = row(A, 7, " ") + &row(B, 8, " /run/x") + "\n" + &far;
    assert_eq!(suspects(&table), [8]);
    let table = row(A, 7, " @two") + "\n" + &far;
    assert_eq!(suspects(&table), [7]);
    // A line without a pointer is not a row.
    let table = row(A, 7, " @y") + &row("", 8, " /run/x") + &far;
    assert_eq!(suspects(&table), [7]);
}

#[test]
fn undecodable_lines_that_no_name_explains_make_no_row_suspect() {
    let long = format!("{}\n", "x".repeat(108));
    let table = row(A, 7, "") + "lines\n" + &row(B, 8, " @y") + &long + &row(C, 9, "");
    assert_eq!(suspects(&table), []);
    assert_eq!(read(&table).coverage.undecodable.count, 2);
}

#[test]
fn a_pointer_of_another_format_is_suspect() {
    for forged in ["0", "0000000000000000", "00000000000000000", "(____ptrval____)"] {
        let table = row(A, 7, " @y") + &row(forged, 8, " /run/x") + &row(C, 9, "");
        assert_eq!(suspects(&table), [8], "{forged}");
    }
    let zeros = "0000000000000000";
    let table = row(zeros, 7, " @y") + &row(B, 8, " /run/x") + &row(zeros, 9, "");
    assert_eq!(suspects(&table), [8]);
}

/// The text alone does not show that this row is forged.
#[test]
fn a_plausible_row_is_not_detected() {
    let table = row(A, 7, " @y") + &row(B, 424_242, " /run/x") + &row(C, 9, "");
    assert_eq!(suspects(&table), []);
    let answer = read(&table);
    assert!(answer.sockets.iter().all(|socket| socket.owners.is_empty()));
}

#[test]
fn suspect_rows_are_reported() {
    let table = row(A, 7, " @y") + &row(B, 7, " /run/x") + "lines\n" + &row(C, 9, "");
    let answer = read(&table);
    let seen: BTreeSet<_> =
        answer.sockets.iter().map(|socket| socket.inode.unwrap().get()).collect();
    assert_eq!((answer.sockets.len(), seen), (3, [7, 9].into()));
}

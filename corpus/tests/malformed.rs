//! Files with one fault each: exactly that error, and no harm to the other rows.

mod common;

use procnet_core::ByteOrder;
use procnet_corpus::kind::Kind;

#[test]
fn one_fault_a_file_one_error_a_fault() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in common::files("malformed") {
        if path.extension().is_some_and(|extension| extension == "error") {
            continue;
        }
        count += 1;
        let table = path.parent().and_then(|folder| folder.file_name()).expect("a folder");
        let kind = Kind::of(&table.to_string_lossy(), ByteOrder::Little).expect("a table");
        let bytes = common::read(&path);
        kind.check(&bytes);
        let rows = kind.rows(&bytes);
        let errors: Vec<String> = rows
            .iter()
            .filter_map(|(line, row)| Some((line, row.as_ref().err()?)))
            .map(|(line, error)| {
                let (column, offset, kind) = (error.column(), error.offset(), error.kind());
                format!("line: {line}\ncolumn: {column}\noffset: {offset}\nkind: {kind:?}\n")
            })
            .collect();
        let expected = std::fs::read_to_string(path.with_added_extension("error"));
        let expected = expected.expect("the expected error beside the file");
        if errors != [expected.as_str()] {
            wrong.push(format!("{}:\n{}expected:\n{expected}", path.display(), errors.concat()));
        }
    }
    assert!(count > 90, "only {count} files found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

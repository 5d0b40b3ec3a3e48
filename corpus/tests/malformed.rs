//! Files with one fault each: exactly that error, and all other rows are unaffected.

mod common;

use procnet_corpus::table;

#[test]
fn each_file_has_exactly_the_expected_error() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in common::files("malformed") {
        if path.extension().is_some_and(|extension| extension == "error") {
            continue;
        }
        count += 1;
        let (table, variant) = common::table_of_folder(&path);
        let bytes = common::read(&path);
        table::check(table, &bytes, variant);
        let rows = table.rows(&bytes, variant);
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

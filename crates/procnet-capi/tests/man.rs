//! The manual page is made from the header: procnet(3).
//!
//! `PROCNET_UPDATE=1 cargo test -p procnet-capi --test man` writes it anew.

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

/// A section of the header: its heading, its text, and the declarations after it.
struct Section<'h> {
    heading: &'h str,
    paragraphs: Vec<Vec<&'h str>>,
    code: Vec<&'h str>,
}

fn sections(header: &str) -> Vec<Section<'_>> {
    let blocks = header.split("\n/** ").skip(1);
    blocks
        .map(|block| {
            let (comment, code) = block.split_once("\n */\n").expect("the end of a comment");
            let mut lines = comment.lines();
            let heading = lines.next().unwrap();
            let mut paragraphs = vec![Vec::new()];
            for line in lines {
                let line = line.strip_prefix(" *").expect("a star in front");
                match line.strip_prefix(' ').unwrap_or(line) {
                    "" => paragraphs.push(Vec::new()),
                    line => paragraphs.last_mut().unwrap().push(line),
                }
            }
            paragraphs.retain(|paragraph| !paragraph.is_empty());
            let code = code.lines().filter(|line| !is_scaffold(line)).collect();
            Section { heading, paragraphs, code }
        })
        .collect()
}

/// Lines that are for the compiler only.
fn is_scaffold(line: &str) -> bool {
    ["#ifdef", "#endif", "extern \"C\"", "#include"].iter().any(|start| line.starts_with(start))
        || line == "}" && !line.contains(';')
}

/// Text as roff takes it.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('`', "");
    // A line that begins with a dot or a quote is a request.
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

fn page(header: &str) -> String {
    let mut page = format!(
        ".\\\" Made from include/procnet.h by tests/man.rs.\n.TH PROCNET 3 \"\" \"procnet {}\" \"C library\"\n",
        env!("CARGO_PKG_VERSION")
    );
    for Section { heading, paragraphs, code } in sections(header) {
        writeln!(page, ".SH {heading}").unwrap();
        let mut verbatim = false;
        for paragraph in paragraphs {
            let is_verbatim = paragraph.iter().all(|line| line.starts_with("    "));
            if is_verbatim != verbatim {
                page.push_str(if is_verbatim { ".P\n.in +4n\n.EX\n" } else { ".EE\n.in\n" });
            } else if is_verbatim {
                page.push('\n');
            }
            if !is_verbatim {
                page.push_str(".P\n");
            }
            verbatim = is_verbatim;
            // What a paragraph is about comes before a dash.
            let first = paragraph[0];
            let term = first.split_once(" - ").filter(|_| !is_verbatim && heading != "NAME");
            for (at, line) in paragraph.iter().enumerate() {
                let line = if is_verbatim { &line[4..] } else { line };
                match term.filter(|_| at == 0) {
                    Some((term, rest)) => {
                        writeln!(page, ".B {}\n\\(en {}", escaped(term), escaped(rest)).unwrap();
                    }
                    None => writeln!(page, "{}", escaped(line)).unwrap(),
                }
            }
        }
        if verbatim {
            page.push_str(".EE\n.in\n");
        }
        let code = code.join("\n");
        if !code.trim().is_empty() {
            writeln!(page, ".P\n.nf").unwrap();
            for line in code.trim().lines() {
                writeln!(page, "{}", escaped(line)).unwrap();
            }
            page.push_str(".fi\n");
        }
    }
    page.push_str(".SH SEE ALSO\n.BR ss (8),\n.BR proc (5),\n.BR sock_diag (7)\n");
    page
}

#[test]
fn the_manual_page_is_made_from_the_header() {
    let crate_ = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = fs::read_to_string(crate_.join("include/procnet.h")).unwrap();
    let (page, path) = (page(&header), crate_.join("man/procnet.3"));
    if env::var_os("PROCNET_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "man/procnet.3 is not current: run PROCNET_UPDATE=1 cargo test -p procnet-capi --test man"
    );
}

#[test]
fn the_manual_page_is_formatted_without_a_warning() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/procnet.3");
    let formatted = Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(path).output();
    let Ok(formatted) = formatted else {
        procnet_corpus::live::skip("groff is not installed");
    };
    let warnings = String::from_utf8_lossy(&formatted.stderr).into_owned();
    assert!(formatted.status.success() && warnings.is_empty(), "{warnings}");
}

//! Writes the rendered captures, the same bytes every time.

use std::{fs, io, path::Path};

use procnet_corpus::rendered;

fn main() -> io::Result<()> {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    for (name, machine, host) in rendered::captures() {
        for (path, content) in rendered::files(&name, machine, host) {
            let path = captures.join(&name).join(path);
            fs::create_dir_all(path.parent().expect("a folder"))?;
            fs::write(path, content)?;
        }
        println!("{name}");
    }
    Ok(())
}

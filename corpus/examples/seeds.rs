//! Writes the seeds of the fuzz targets to the given folder: a subfolder for each target.

use std::{env, fs, io, path::Path};

use procnet_corpus::seeds;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).expect("a folder to write to");
    for (at, (target, seed)) in
        seeds::all(Path::new(env!("CARGO_MANIFEST_DIR")))?.iter().enumerate()
    {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{at:05}")), seed)?;
    }
    Ok(())
}

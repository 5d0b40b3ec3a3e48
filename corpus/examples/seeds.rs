//! Writes the seeds of the fuzz targets: a folder for each target in the folder that is given.

use std::{env, fs, io, path::Path};

use procnet_corpus::seed;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).expect("the folder to write to");
    for (at, (target, seed)) in seed::all(Path::new(env!("CARGO_MANIFEST_DIR")))?.iter().enumerate()
    {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{at:05}")), seed)?;
    }
    Ok(())
}

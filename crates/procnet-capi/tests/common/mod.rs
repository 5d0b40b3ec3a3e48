//! Compiles programs in C against this build of the library.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use procnet_corpus::live::skip;

/// How a program is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    Static,
    Shared,
    /// Static, with the program instrumented by AddressSanitizer and UndefinedBehaviorSanitizer,
    /// which also watch all memory that the library allocates, and report leaks at the end.
    Sanitized,
}

const WARNINGS: [&str; 5] = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"];

/// What a static library of Rust needs of the system.
const SYSTEM: [&str; 5] = ["-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc"];

/// The directory of this crate.
pub fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo has put the library of the same build.
pub fn libraries() -> PathBuf {
    let test = env::current_exe().unwrap();
    let dir = test.parent().unwrap();
    assert!(dir.join("libprocnet_capi.a").exists(), "no static library in {}", dir.display());
    dir.to_owned()
}

/// The C compiler; ends the test if there is none.
pub fn compiler() -> String {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    if Command::new(&compiler).arg("--version").output().is_err() {
        skip(&format!("no C compiler: {compiler} cannot be run"));
    }
    compiler
}

/// Compiles a file below this crate. Ends the test if the compiler lacks the sanitizers.
pub fn build(file: &str, linkage: Linkage, optimization: &str) -> PathBuf {
    let (compiler, libraries) = (compiler(), libraries());
    let name = Path::new(file).file_stem().unwrap().to_str().unwrap();
    let unique = std::thread::current().name().unwrap_or("test").replace(':', "-");
    let program =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{linkage:?}-{unique}"));
    let mut cc = Command::new(&compiler);
    cc.args(WARNINGS).args(["-g", optimization]);
    cc.arg("-I").arg(source().join("include")).arg("-o").arg(&program).arg(source().join(file));
    match linkage {
        Linkage::Shared => {
            // The name in the shared object is the installed one.
            let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shared");
            fs::create_dir_all(&dir).unwrap();
            let version: Vec<&str> = env!("CARGO_PKG_VERSION").split('.').take(2).collect();
            let link = dir.join(format!("libprocnet.so.{}", version.join(".")));
            let _ = std::os::unix::fs::symlink(libraries.join("libprocnet_capi.so"), &link);
            cc.arg(libraries.join("libprocnet_capi.so"));
            cc.arg(format!("-Wl,-rpath,{}", dir.display()));
        }
        Linkage::Static | Linkage::Sanitized => {
            cc.arg(libraries.join("libprocnet_capi.a"));
        }
    }
    if linkage == Linkage::Sanitized {
        cc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    let output = cc.args(SYSTEM).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if linkage == Linkage::Sanitized && errors.contains("cannot find") && errors.contains("san") {
        skip(&format!("{compiler} has no AddressSanitizer"));
    }
    assert!(output.status.success(), "{file}: {errors}");
    program
}

/// Runs a program, which has to succeed.
pub fn run(program: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {}\n{said}{errors}", program.display(), output.status);
    output
}

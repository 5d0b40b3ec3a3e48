//! Names the shared object of a plain `cargo build`; cargo-c does so itself.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_cargo_c = env::var_os("CARGO_FEATURE_CAPI").is_some();
    if !is_cargo_c && env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        let [major, minor] = ["MAJOR", "MINOR"]
            .map(|part| env::var(format!("CARGO_PKG_VERSION_{part}")).unwrap_or_default());
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libprocnet.so.{major}.{minor}");
    }
}

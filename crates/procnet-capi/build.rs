//! Names the shared object of a plain `cargo build`; cargo-c does so itself. On request, gives its
//! symbols versions.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PROCNET_SYMBOL_VERSIONS");
    let is_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    let is_cargo_c = env::var_os("CARGO_FEATURE_CAPI").is_some();
    if is_linux && !is_cargo_c {
        let [major, minor] = ["MAJOR", "MINOR"]
            .map(|part| env::var(format!("CARGO_PKG_VERSION_{part}")).unwrap_or_default());
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libprocnet.so.{major}.{minor}");
    }
    // rustc passes the linker an anonymous version script, beside which no named version takes effect.
    // GNU ld can give all symbols the SONAME as their version; lld cannot.
    if is_linux && env::var("PROCNET_SYMBOL_VERSIONS").is_ok_and(|value| value == "1") {
        println!("cargo:rustc-cdylib-link-arg=-fuse-ld=bfd");
        println!("cargo:rustc-cdylib-link-arg=-Wl,--default-symver");
    }
}

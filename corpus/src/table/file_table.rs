//! Tables that are decoded as whole files, and whose rows do not depend on the byte order.

#[cfg(feature = "generate")]
use proptest::strategy::BoxedStrategy;

use super::{Table, Variant};
use crate::{
    golden::Rows,
    naive::text,
    render::{File, Host},
};

/// A table of this kind; its fields are the methods of [`Table`].
pub struct FileTable {
    pub(super) name: &'static str,
    pub(super) files: &'static [&'static str],
    pub(super) check: fn(&[u8]),
    pub(super) rows: fn(&[u8]) -> Rows,
    pub(super) print: fn(&[u8], Host) -> Option<Vec<u8>>,
    pub(super) rendered: fn(Host) -> Vec<File>,
    #[cfg(feature = "generate")]
    pub(super) generate: fn() -> BoxedStrategy<(Vec<u8>, Variant)>,
    pub(super) cases: u32,
    pub(super) sample: usize,
    pub(super) fuzz: Option<fn(&[u8])>,
    pub(super) seeds: fn(&[u8]) -> Vec<Vec<u8>>,
}

impl Table for FileTable {
    fn name(&self) -> &'static str {
        self.name
    }

    fn files(&self) -> &'static [&'static str] {
        self.files
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        (self.check)(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
        (self.rows)(bytes)
    }

    fn print(&self, bytes: &[u8], _: Variant, host: Host) -> Option<Vec<u8>> {
        (self.print)(bytes, host)
    }

    fn rendered(&self, host: Host) -> Vec<File> {
        (self.rendered)(host)
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> BoxedStrategy<(Vec<u8>, Variant)> {
        (self.generate)()
    }

    fn cases(&self) -> u32 {
        self.cases
    }

    fn sample(&self) -> usize {
        self.sample
    }

    fn fuzz(&self, input: &[u8]) {
        self.fuzz.unwrap_or(self.check)(input);
    }

    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        (self.seeds)(bytes)
    }
}

/// Seeds: the file as a whole.
pub(super) fn whole(bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes.to_vec()]
}

/// Seeds: runs of this many lines.
pub(super) fn runs<const LINES: usize>(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines = text::lines(bytes);
    lines.chunks(LINES).map(|run| [run.join(&b'\n'), b"\n".to_vec()].concat()).collect()
}

/// Seeds: the first bytes, with the first rows.
pub(super) fn start<const BYTES: usize>(bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes[..bytes.len().min(BYTES)].to_vec()]
}

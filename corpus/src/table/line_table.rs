//! Tables that have a row per line.

use std::fmt::Debug;

use procnet_core::{ByteOrder, Error, Lines, escape::Escaped, table};
#[cfg(feature = "generate")]
use proptest::strategy::BoxedStrategy;

use super::{Table, Variant};
use crate::{
    check::{same, window},
    golden::Rows,
    render::{File, Host},
};

/// The row that procnet-core's decoder returns.
pub type CoreRow<'a, T> = <<T as LineTable>::Core as table::Table>::Row<'a>;

/// A table with a row per line. Both decoders are compared by [`Row`](LineTable::Row), which is
/// either procnet-core's own row or an owned one.
pub trait LineTable: Sync + 'static {
    /// The decoder.
    type Core: table::Table + Copy;
    /// A row, as the naive decoder returns it.
    type Row<'a>: PartialEq + Debug;

    /// See [`Table::name`].
    const NAME: &'static str;
    /// See [`Table::files`].
    const FILES: &'static [&'static str];
    /// See [`Table::depends_on_byte_order`].
    const DEPENDS_ON_BYTE_ORDER: bool = false;
    /// Whether a name may contain a newline, so that a row may be followed by the rest of it.
    const NAMES_MAY_CONTAIN_NEWLINES: bool = false;

    /// The decoder for hosts of this byte order.
    fn core(order: ByteOrder) -> Self::Core;

    /// Decodes a line that is neither blank nor a heading.
    ///
    /// # Errors
    ///
    /// As the decoder returns them.
    fn decode(core: Self::Core, line: &[u8]) -> Result<CoreRow<'_, Self>, Error>;

    /// The row of procnet-core in the form of the naive decoder's.
    fn row<'a>(row: CoreRow<'a, Self>) -> Self::Row<'a>;

    /// The naive decoder: the row in a line; `None` for a heading or a blank line, `Some(None)`
    /// for a line that does not decode.
    fn naive(core: Self::Core, line: &[u8], number: usize) -> Option<Option<Self::Row<'_>>>;

    /// A row in words.
    fn words(row: &CoreRow<'_, Self>) -> String;

    /// The headings of a host, each with its `\n`.
    fn heading(host: Host) -> String;

    /// A row as a host prints it, with its `\n`.
    fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8>;

    /// Whether a host prints all columns of this row.
    fn prints_all(host: Host, row: &Self::Row<'_>) -> bool {
        let _ = (host, row);
        true
    }

    /// Whether a row is still the same after it was printed, where a host may change its spelling.
    fn is_same<'a>(row: &Self::Row<'a>, again: &Self::Row<'a>) -> bool {
        row == again
    }

    /// See [`Table::rendered`].
    fn rendered(host: Host) -> Vec<File>;

    /// See [`Table::generate`].
    #[cfg(feature = "generate")]
    fn generate() -> BoxedStrategy<(Vec<u8>, Variant)>;
}

impl<T: LineTable> Table for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn files(&self) -> &'static [&'static str] {
        T::FILES
    }

    fn depends_on_byte_order(&self) -> bool {
        T::DEPENDS_ON_BYTE_ORDER
    }

    fn check(&self, bytes: &[u8], variant: Variant) {
        let core = T::core(variant.order);
        for (line, number) in Lines::new(bytes).zip(1..) {
            let fast = table::Table::row(&core, line, number);
            let naive = T::naive(core, line, number);
            assert_eq!(fast.is_some(), naive.is_some(), "is line {number} a row? {line:?}");
            if let (Some(fast), Some(naive)) = (fast, naive) {
                same("row", line, &fast.map(T::row), &naive);
            }
            check_line::<T>(core, line, variant.order);
        }
        window::table(core, bytes, |row| row.map(|row| format!("{:?}", T::row(row))));
    }

    fn rows(&self, bytes: &[u8], variant: Variant) -> Rows {
        let mut found = Rows::new();
        let mut rows = table::Table::rows(T::core(variant.order), bytes);
        while let Some(row) = rows.next() {
            found.push((rows.line(), row.map(|row| T::words(&row))));
        }
        found
    }

    fn print(&self, bytes: &[u8], variant: Variant, host: Host) -> Option<Vec<u8>> {
        let core = T::core(variant.order);
        let mut printed = T::heading(host).into_bytes();
        for (line, number) in Lines::new(bytes).zip(1..) {
            match T::naive(core, line, number) {
                None => {}
                Some(Some(row)) => printed.extend(T::print(host, &row)),
                Some(None) => {
                    assert!(T::NAMES_MAY_CONTAIN_NEWLINES, "not a row: {}", Escaped(line));
                    printed.extend([line, b"\n"].concat());
                }
            }
        }
        Some(printed)
    }

    fn rendered(&self, host: Host) -> Vec<File> {
        T::rendered(host)
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> BoxedStrategy<(Vec<u8>, Variant)> {
        T::generate()
    }
}

/// Any line, where no heading can be: decoded by both decoders, and printed again.
fn check_line<T: LineTable>(core: T::Core, line: &[u8], order: ByteOrder) {
    let fast = T::decode(core, line).map(T::row);
    same("row", line, &fast, &T::naive(core, line, usize::MAX).flatten());
    let Ok(row) = fast else { return };
    for host in [Host::newest(order), Host::oldest(order)] {
        if T::prints_all(host, &row) {
            let printed = T::print(host, &row);
            check_printed::<T>(core, line, printed.strip_suffix(b"\n").unwrap_or(&printed));
        }
    }
}

/// A line decodes to the same row when it is printed again.
fn check_printed<'a, T: LineTable>(core: T::Core, line: &'a [u8], printed: &'a [u8]) {
    let decode = |line: &'a [u8]| T::decode(core, line).map(T::row);
    let (row, again) = (decode(line), decode(printed));
    let is_same =
        row.as_ref().is_ok_and(|row| again.as_ref().is_ok_and(|again| T::is_same(row, again)));
    assert!(is_same, "{row:?} becomes {again:?}, printed as {}", Escaped(printed));
}

/// A file of these rows, as a host prints it.
pub(super) fn file<'a, T: LineTable>(
    host: Host,
    rows: impl IntoIterator<Item = T::Row<'a>>,
) -> Vec<u8> {
    let mut file = T::heading(host).into_bytes();
    for row in rows {
        file.extend(T::print(host, &row));
    }
    file
}

/// Implements [`LineTable`] for a table of `procnet_core::network`, whose naive decoder returns
/// procnet-core's own rows: from the modules beside it, and its function `words`. A table whose
/// rows depend on the byte order has `order` behind its file.
macro_rules! network_table {
    ($name:ident, $module:ident, $file:literal) => {
        network_table!(
            $name, $module, $file, false,
            _order => $module::Table,
            (_core, line) => $module::Row::decode(line)
        );
    };
    ($name:ident, $module:ident, $file:literal, order) => {
        network_table!(
            $name, $module, $file, true,
            order => $module::Table { order },
            (core, line) => $module::Row::decode(line, core.order)
        );
    };
    (
        $name:ident, $module:ident, $file:literal, $depends:literal,
        $order:ident => $core:expr,
        ($table:ident, $line:ident) => $decode:expr
    ) => {
        #[doc = concat!("`/proc/", $file, "`")]
        pub struct $name;

        impl $crate::table::LineTable for $name {
            type Core = $module::Table;
            type Row<'a> = $module::Row<'a>;

            const NAME: &'static str = stringify!($module);
            const FILES: &'static [&'static str] = &[$file];
            const DEPENDS_ON_BYTE_ORDER: bool = $depends;

            fn core($order: procnet_core::ByteOrder) -> Self::Core {
                $core
            }

            fn decode(
                $table: Self::Core,
                $line: &[u8],
            ) -> Result<$module::Row<'_>, procnet_core::Error> {
                $decode
            }

            fn row<'a>(row: $crate::table::CoreRow<'a, Self>) -> Self::Row<'a> {
                row
            }

            fn naive(
                core: Self::Core,
                line: &[u8],
                number: usize,
            ) -> Option<Option<$module::Row<'_>>> {
                naive::row(core, line, number)
            }

            fn words(row: &$crate::table::CoreRow<'_, Self>) -> String {
                words(row)
            }

            fn heading(_: $crate::render::Host) -> String {
                render::HEADING.to_owned()
            }

            fn print(host: $crate::render::Host, row: &Self::Row<'_>) -> Vec<u8> {
                render::row(host, row)
            }

            fn is_same<'a>(row: &Self::Row<'a>, again: &Self::Row<'a>) -> bool {
                words(row) == words(again)
            }

            fn rendered(host: $crate::render::Host) -> Vec<$crate::render::File> {
                let rows = capture::rows(host);
                vec![($file.to_owned(), $crate::table::line_table::file::<$name>(host, rows))]
            }

            #[cfg(feature = "generate")]
            fn generate() -> proptest::strategy::BoxedStrategy<(Vec<u8>, $crate::table::Variant)> {
                $crate::generate::line_table::<$name>(generate::row)
            }
        }
    };
}
pub(super) use network_table;

//! Neighbours, routes, addresses, groups and tracked connections: the same properties for each
//! table, which says by [`Twin`] what is its own.

use procnet_core::{ByteOrder, Lines, escape::Escaped, network, table::Table};

use super::{inside, window};
use crate::{golden, naive, render, render::Host};

/// A table with its naive twin, its form in words and its form in each kernel.
pub trait Twin: Table + Copy {
    /// The byte order of the host that prints it, if that matters.
    fn order(self) -> ByteOrder;
    /// The naive decoder.
    fn naive(self, line: &[u8], number: usize) -> Option<Option<Self::Row<'_>>>;
    /// Whether two rows are the same.
    fn is_same<'a>(left: &Self::Row<'a>, right: &Self::Row<'a>) -> bool;
    /// The row, as golden files keep it.
    fn words(row: &Self::Row<'_>) -> String;
    /// The heading in a kernel.
    fn heading(host: Host) -> &'static str;
    /// The row in a kernel, with its `\n`.
    fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8>;
}

/// A table's twin is in the modules of its name.
macro_rules! twins {
    ($($name:ident: |$table:ident| $order:expr;)*) => {$(
        impl Twin for network::$name::Table {
            fn order(self) -> ByteOrder {
                let $table = self;
                $order
            }

            fn naive(self, line: &[u8], number: usize) -> Option<Option<Self::Row<'_>>> {
                naive::network::$name::row(self, line, number)
            }

            fn is_same<'a>(left: &Self::Row<'a>, right: &Self::Row<'a>) -> bool {
                left == right
            }

            fn words(row: &Self::Row<'_>) -> String {
                golden::network::$name(row)
            }

            fn heading(host: Host) -> &'static str {
                render::network::$name::heading(host)
            }

            fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8> {
                render::network::$name::row(host, row)
            }
        }
    )*};
}

twins! {
    arp: |_table| ByteOrder::NATIVE;
    if_inet6: |_table| ByteOrder::NATIVE;
    igmp: |table| table.order;
    igmp6: |_table| ByteOrder::NATIVE;
    ipv6_route: |_table| ByteOrder::NATIVE;
    nf_conntrack: |_table| ByteOrder::NATIVE;
    ptype: |_table| ByteOrder::NATIVE;
    route: |table| table.order;
    wireless: |_table| ByteOrder::NATIVE;
}

/// A whole file.
pub fn file<T: Twin>(table: T, bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let shown = Escaped(line);
        match (table.row(line, number), table.naive(line, number)) {
            (None, None) => {}
            (Some(Ok(fast)), Some(Some(slow))) => {
                let words = T::words(&fast);
                assert!(T::is_same(&fast, &slow), "{words}, naive {}, in {shown}", T::words(&slow));
                printed_again(table, &words, &fast);
            }
            (Some(Err(error)), Some(None)) => inside(error, line),
            (fast, slow) => {
                let fast = fast.map(|row| row.map(|row| T::words(&row)));
                let slow = slow.map(|row| row.map(|row| T::words(&row)));
                panic!("line {number}: fast {fast:?}, naive {slow:?}, in {shown}");
            }
        }
    }
    window::table(table, bytes, |row| row.map(|row| T::words(&row)));
}

fn printed_again<T: Twin>(table: T, words: &str, row: &T::Row<'_>) {
    for host in [Host::newest(table.order()), Host::oldest(table.order())] {
        let printed = T::print(host, row);
        let line = printed.strip_suffix(b"\n").unwrap_or(&printed);
        // Not where a heading may stand.
        let again = table.row(line, 3).map(|row| row.map(|row| T::words(&row)));
        assert_eq!(again, Some(Ok(words.to_owned())), "printed as {}", Escaped(&printed));
    }
}

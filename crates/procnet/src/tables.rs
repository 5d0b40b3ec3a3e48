//! The form of the lists of tables in [`counters`](crate::counters) and
//! [`network`](crate::network).

/// A list of tables: for each, the method of [`Scanner`](crate::Scanner) that reads it, and the
/// function that does so with a scanner of its own.
///
/// An entry is the documentation of both, whose first line is the summary; their signature; the
/// private method of [`Scanner`](crate::Scanner) that reads the table, with its arguments; and the
/// files of `net` that it reads, all of which make up `FILES`.
macro_rules! tables {
    ($(
        #[doc = $summary:literal]
        $(#[$further:meta])*
        $name:ident($($argument:ident: $type:ty),*) -> $answer:ty = $read:ident($($input:expr),*)
            $(from $($file:literal),+)?;
    )*) => {
        /// The files of `net` that have these tables.
        pub(crate) const FILES: &[&str] = &[$($($($file),+,)?)*];

        impl $crate::Scanner {
            $(
                #[doc = $summary]
                $(#[$further])*
                pub fn $name(&mut self $(, $argument: $type)*) -> Result<$answer, $crate::Error> {
                    self.$read($($input),*)
                }
            )*
        }

        $(
            #[doc = $summary]
            ///
            #[doc = concat!("Uses a new scanner of `$HOST_PROC`, by default `/proc`; for \
                repeated calls, keep a scanner and use [`Scanner::", stringify!($name), "`].")]
            $(#[$further])*
            pub fn $name($($argument: $type),*) -> Result<$answer, $crate::Error> {
                $crate::Scanner::new()?.$name($($argument),*)
            }
        )*
    };
}

pub(crate) use tables;

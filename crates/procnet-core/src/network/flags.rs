//! Flag types.

/// Defines a type of flags: its bits as constants, and `Display`.
macro_rules! flags {
    (
        $(#[$about:meta])*
        $name:ident: $bits:ty {
            $($(#[$meaning:meta])* $flag:ident = $value:literal,)*
        }
    ) => {
        $(#[$about])*
        ///
        /// `Display` writes the names of the set bits, separated by `|`, followed by the unnamed
        /// bits as one hexadecimal number, and nothing if no bit is set.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(
            /// The kernel's bits.
            pub $bits,
        );

        impl $name {
            $($(#[$meaning])* pub const $flag: $name = $name($value);)*

            /// The bits that have names, from the lowest.
            const NAMED: &[($name, &str)] = &[$(($name($value), stringify!($flag)),)*];

            /// Whether all bits of `other` are set.
            #[must_use]
            pub fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut left = self.0;
                let mut between = "";
                for (flag, name) in $name::NAMED {
                    if self.contains(*flag) {
                        f.write_str(between)?;
                        f.write_str(name)?;
                        between = "|";
                        left &= !flag.0;
                    }
                }
                if left == 0 { Ok(()) } else { write!(f, "{between}{left:#x}") }
            }
        }
    };
}

pub(crate) use flags;

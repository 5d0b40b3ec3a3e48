//! Owners of a socket, as a list in a cell.

use std::fmt::{self, Write as _};

use procnet::{Owner, Owners, decode::escape::Escaped};

/// How an owner is formatted.
pub(super) type Form = fn(Owner<'_>, &mut fmt::Formatter<'_>) -> fmt::Result;

/// All owners, with a separator.
pub(super) struct Listed<'a>(pub(super) Owners<'a>, pub(super) char, pub(super) Form);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Listed(owners, separator, form) = self;
        for (at, owner) in owners.iter().enumerate() {
            if at > 0 {
                f.write_char(*separator)?;
            }
            form(owner, f)?;
        }
        Ok(())
    }
}

pub(super) struct Displayed<'a>(pub(super) Owner<'a>);

impl fmt::Display for Displayed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.0, f)
    }
}

/// `nginx(12)/6`, for people.
pub(super) fn display(owner: Owner<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}({})/{}", owner.comm(), owner.pid(), owner.fd)
}

/// `12/6/nginx`, for programs: the name is last, as it may contain anything. In it, the separator
/// of owners is escaped, as control characters are.
pub(super) fn record(owner: Owner<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}/{}/", owner.pid(), owner.fd)?;
    for (at, part) in owner.comm().as_bytes().split(|byte| *byte == b';').enumerate() {
        f.write_str(if at == 0 { "" } else { r"\x3B" })?;
        write!(f, "{}", Escaped(part))?;
    }
    Ok(())
}

//! Where a member is.

use super::{
    Error, Types,
    reader::{Member, Type, kind},
    types::Class,
};

/// Modifiers, or array dimensions, around a type.
const MAX_NESTED: u32 = 16;
/// Anonymous structs and unions within each other.
const MAX_ANONYMOUS: u32 = 8;
/// Members that one lookup examines. The kernel's largest structs have some hundreds.
const MAX_MEMBERS: u32 = 100_000;

/// A member of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// In bytes from the start of the type where the lookup began.
    pub offset: u32,
    /// If it is an integer, an enumeration or a pointer: its size in bytes.
    pub scalar_size: Option<u32>,
}

impl Types<'_> {
    /// A member of a struct or union: `path` has the names of the members on the way, separated by
    /// dots, without anonymous structs and unions; a number selects an element of an array.
    ///
    /// # Errors
    ///
    /// If there is no such type or member, if types of this name disagree, or if the information is
    /// malformed.
    pub fn field(&self, root: &str, path: &str) -> Result<Field, Error> {
        let no_field = || Error::NoField { root: root.to_owned(), path: path.to_owned() };
        let mut agreed: Option<Field> = None;
        for id in self.named(root, Class::Composite)? {
            let Some((offset, member)) = self.walk(*id, root, path)? else { continue };
            let field = Field { offset, scalar_size: self.scalar_size(member)? };
            if agreed.is_some_and(|agreed| agreed != field) {
                return Err(Error::Ambiguous { root: root.to_owned(), path: path.to_owned() });
            }
            agreed = Some(field);
        }
        agreed.ok_or_else(no_field)
    }

    /// The size of a struct or union in bytes.
    ///
    /// # Errors
    ///
    /// If there is no such type, or types of this name disagree.
    pub fn size(&self, root: &str) -> Result<u32, Error> {
        let mut agreed = None;
        for id in self.named(root, Class::Composite)? {
            let size = self.get(*id)?.size_or_type;
            if agreed.is_some_and(|agreed| agreed != size) {
                return Err(Error::Ambiguous { root: root.to_owned(), path: String::new() });
            }
            agreed = Some(size);
        }
        agreed.ok_or_else(|| Error::NoType { name: root.to_owned() })
    }

    /// Whether an enumeration has a value of this name.
    ///
    /// # Errors
    ///
    /// If there is no such enumeration.
    pub fn has_enumerator(&self, root: &str, name: &str) -> Result<bool, Error> {
        for id in self.named(root, Class::Enumeration)? {
            if self.reader.has_enumerator(&self.get(*id)?, name) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The offset and the type at the end of a path, if it is there.
    fn walk(&self, id: u32, root: &str, path: &str) -> Result<Option<(u32, u32)>, Error> {
        let mut budget = MAX_MEMBERS;
        let (mut id, mut offset) = (id, 0_u32);
        for step in path.split('.') {
            let (number, found) = self.strip(id)?;
            let (more, next) = if let Ok(index) = step.parse::<u32>() {
                if found.kind != kind::ARRAY {
                    return Ok(None);
                }
                let malformed = Error::Malformed { id: number };
                let (element, length) = self.reader.array(&found).ok_or(malformed.clone())?;
                if index >= length && length > 0 {
                    return Ok(None);
                }
                let size = self.byte_size(element, MAX_NESTED)?;
                (size.checked_mul(index).ok_or(malformed)?, element)
            } else {
                let member = self.member(number, &found, step, MAX_ANONYMOUS, &mut budget)?;
                let Some((member, outer)) = member else { return Ok(None) };
                if member.is_bit_field {
                    return Err(Error::BitField { root: root.to_owned(), path: path.to_owned() });
                }
                let malformed = Error::Malformed { id: number };
                (outer.checked_add(member.offset / 8).ok_or(malformed)?, member.type_id)
            };
            offset = offset.checked_add(more).ok_or(Error::Malformed { id: number })?;
            id = next;
        }
        Ok(Some((offset, id)))
    }

    /// A member by name, and the offset in bytes of the anonymous struct or union that it is in.
    fn member(
        &self,
        number: u32,
        of: &Type,
        name: &str,
        depth: u32,
        budget: &mut u32,
    ) -> Result<Option<(Member, u32)>, Error> {
        if !of.is_composite() {
            return Ok(None);
        }
        let malformed = || Error::Malformed { id: number };
        for index in 0..of.count {
            *budget = budget.checked_sub(1).ok_or_else(malformed)?;
            let member = self.reader.member(of, index).ok_or_else(malformed)?;
            if member.name != 0 {
                if self.reader.is_named(member.name, name) {
                    return Ok(Some((member, 0)));
                }
                continue;
            }
            // An unnamed bit field is padding.
            let (inner, found) = self.strip(member.type_id)?;
            if !found.is_composite() {
                continue;
            }
            let depth = depth.checked_sub(1).ok_or_else(malformed)?;
            if let Some((found, outer)) = self.member(inner, &found, name, depth, budget)? {
                let outer = outer.checked_add(member.offset / 8).ok_or_else(malformed)?;
                return Ok(Some((found, outer)));
            }
        }
        Ok(None)
    }

    /// A type without typedefs, `const` and the like, and its number.
    fn strip(&self, id: u32) -> Result<(u32, Type), Error> {
        let mut at = id;
        for _ in 0..MAX_NESTED {
            let found = self.get(at)?;
            if !found.is_modifier() {
                return Ok((at, found));
            }
            at = found.size_or_type;
        }
        Err(Error::Malformed { id })
    }

    fn scalar_size(&self, id: u32) -> Result<Option<u32>, Error> {
        // `void`, which only pointers point to; as a member it would be malformed.
        let (_, found) = self.strip(id)?;
        Ok(match found.kind {
            kind::INT | kind::ENUM | kind::ENUM64 => Some(found.size_or_type),
            kind::PTR => Some(POINTER_SIZE),
            _ => None,
        })
    }

    fn byte_size(&self, id: u32, depth: u32) -> Result<u32, Error> {
        let (number, found) = self.strip(id)?;
        let malformed = || Error::Malformed { id: number };
        match found.kind {
            kind::PTR => Ok(POINTER_SIZE),
            kind::ARRAY => {
                let (element, length) = self.reader.array(&found).ok_or_else(malformed)?;
                let depth = depth.checked_sub(1).ok_or_else(malformed)?;
                self.byte_size(element, depth)?.checked_mul(length).ok_or_else(malformed)
            }
            kind::INT | kind::STRUCT | kind::UNION | kind::ENUM | kind::ENUM64 | kind::FLOAT => {
                Ok(found.size_or_type)
            }
            _ => Err(malformed()),
        }
    }
}

/// BTF does not have the size of pointers. Programs are loaded on 64-bit kernels only.
const POINTER_SIZE: u32 = 8;

impl Type {
    fn is_composite(&self) -> bool {
        matches!(self.kind, kind::STRUCT | kind::UNION)
    }

    fn is_modifier(&self) -> bool {
        use kind::{CONST, RESTRICT, TYPE_TAG, TYPEDEF, VOLATILE};
        matches!(self.kind, TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG)
    }
}

//! The kernel's type information, read type by type into vectors.

/// A struct or union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composite {
    /// Its name; empty if it has none.
    pub name: Vec<u8>,
    /// In bytes.
    pub size: u32,
    /// Its members in order.
    pub members: Vec<Member>,
}

/// A member of a struct or union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name; empty if it has none.
    pub name: Vec<u8>,
    /// In bits.
    pub offset: u32,
    /// The number of bits of a bit field, else 0.
    pub bits: u32,
    /// The number of its type.
    pub type_id: u32,
}

/// All structs and unions, and the number of types of all kinds; `None` if the input is malformed.
#[must_use]
pub fn composites(input: &[u8]) -> Option<(Vec<Composite>, usize)> {
    let big = match input.get(..3)? {
        [0x9f, 0xeb, 1] => false,
        [0xeb, 0x9f, 1] => true,
        _ => return None,
    };
    let number = |bytes: &[u8], at: usize| {
        let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let header = |at| number(input, at).map(|number| number as usize);
    let section = |start: usize, length| input.get(header(4)? + start..)?.get(..length);
    let types = section(header(8)?, header(12)?)?;
    let strings = section(header(16)?, header(20)?)?;
    let text = |offset: u32| {
        let rest = strings.get(offset as usize..).unwrap_or_default();
        // Without a zero at its end, it is none.
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or_default();
        rest[..end].to_vec()
    };
    let (mut composites, mut count, mut at) = (Vec::new(), 0, 0);
    while at < types.len() {
        let (name, info, size) =
            (number(types, at)?, number(types, at + 4)?, number(types, at + 8)?);
        let (kind, vlen, flag) = (info >> 24 & 31, info as usize & 0xffff, info >> 31 == 1);
        at += 12;
        if kind == 4 || kind == 5 {
            let mut members = Vec::new();
            for member in 0..vlen {
                let field = |index: usize| number(types, at + 12 * member + 4 * index);
                let (name, type_id, offset) = (field(0)?, field(1)?, field(2)?);
                let (offset, bits) =
                    if flag { (offset & 0xff_ffff, offset >> 24) } else { (offset, 0) };
                members.push(Member { name: text(name), offset, bits, type_id });
            }
            composites.push(Composite { name: text(name), size, members });
        }
        at += match kind {
            1 | 14 | 17 => 4,
            3 => 12,
            4 | 5 | 15 | 19 => 12 * vlen,
            6 | 13 => 8 * vlen,
            2 | 7..=12 | 16 | 18 => 0,
            _ => return None,
        };
        count += 1;
    }
    (at == types.len()).then_some((composites, count))
}

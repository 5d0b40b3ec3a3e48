//! Writes BTF by hand, in either byte order.

use procnet_core::ByteOrder;

use crate::btf::reader::kind;

/// Types and strings so far.
pub(crate) struct Builder {
    order: ByteOrder,
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
}

impl Builder {
    pub(crate) fn new(order: ByteOrder) -> Builder {
        Builder { order, types: Vec::new(), strings: vec![0], count: 0 }
    }

    fn number(&self, number: u32) -> [u8; 4] {
        match self.order {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }

    fn text(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let offset = self.strings.len() as u32;
        self.strings.extend_from_slice(text.as_bytes());
        self.strings.push(0);
        offset
    }

    /// Adds a type with the numbers behind it, and returns its own number.
    pub(crate) fn add(&mut self, name: &str, info: u32, size_or_type: u32, body: &[u32]) -> u32 {
        let name = self.text(name);
        for number in [name, info, size_or_type].iter().chain(body) {
            self.types.extend(self.number(*number));
        }
        self.count += 1;
        self.count
    }

    pub(crate) fn int(&mut self, name: &str, size: u32) -> u32 {
        self.add(name, kind::INT << 24, size, &[size * 8])
    }

    /// A typedef, `const` or pointer.
    pub(crate) fn reference(&mut self, kind: u32, name: &str, to: u32) -> u32 {
        self.add(name, kind << 24, to, &[])
    }

    pub(crate) fn array(&mut self, element: u32, length: u32) -> u32 {
        self.add("", kind::ARRAY << 24, 0, &[element, 1, length])
    }

    /// Members: name, type, offset in bits.
    pub(crate) fn composite(
        &mut self,
        kind: u32,
        name: &str,
        size: u32,
        members: &[(&str, u32, u32)],
    ) -> u32 {
        self.composite_with_flag(kind, name, size, members, false)
    }

    /// Members: name, type, and with the flag the offset in bits and the size of a bit field << 24.
    pub(crate) fn composite_with_flag(
        &mut self,
        kind: u32,
        name: &str,
        size: u32,
        members: &[(&str, u32, u32)],
        flag: bool,
    ) -> u32 {
        let mut body = Vec::new();
        for (name, type_id, offset) in members {
            body.extend([self.text(name), *type_id, *offset]);
        }
        let info = u32::from(flag) << 31 | kind << 24 | members.len() as u32;
        self.add(name, info, size, &body)
    }

    /// Values are numbered.
    pub(crate) fn enumeration(&mut self, name: &str, names: &[&str]) -> u32 {
        let mut body = Vec::new();
        for (value, name) in (0..).zip(names) {
            body.extend([self.text(name), value]);
        }
        self.add(name, kind::ENUM << 24 | names.len() as u32, 4, &body)
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let mut bytes = match self.order {
            ByteOrder::Little => vec![0x9f, 0xeb, 1, 0],
            ByteOrder::Big => vec![0xeb, 0x9f, 1, 0],
        };
        let (types, strings) = (self.types.len() as u32, self.strings.len() as u32);
        for number in [24, 0, types, types, strings] {
            bytes.extend(self.number(number));
        }
        bytes.extend(&self.types);
        bytes.extend(&self.strings);
        bytes
    }
}

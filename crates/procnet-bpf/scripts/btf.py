"""Reads type information (Documentation/bpf/btf.rst): of an object, or of a kernel."""

import struct

# Kinds of types, include/uapi/linux/btf.h.
INT, PTR, ARRAY, STRUCT, UNION, ENUM, TYPEDEF, FUNC, FUNC_PROTO = 1, 2, 3, 4, 5, 6, 8, 12, 13
VAR, DATASEC, DECL_TAG, ENUM64 = 14, 15, 17, 19
MODIFIERS = (8, 9, 10, 11, 18)

# What follows a type: one of these, or as many as it has members.
SINGLE = {INT: "<I", ARRAY: "<III", VAR: "<I", DECL_TAG: "<I"}
EACH = {STRUCT: "<III", UNION: "<III", ENUM: "<Ii", FUNC_PROTO: "<II", DATASEC: "<III", ENUM64: "<III"}


class Types:
    """Types by their numbers: (kind, name, size or type, info, what follows)."""

    def __init__(self, data):
        header, types, length, strings, _ = struct.unpack_from("<IIIII", data, 4)
        self.data, self.strings, self.types = data, header + strings, [(0, "void", 0, 0, [])]
        at, end = header + types, header + types + length
        while at < end:
            name, info, size = struct.unpack_from("<III", data, at)
            kind, count, at = info >> 24 & 31, info & 0xFFFF, at + 12
            form = SINGLE.get(kind) or EACH.get(kind, "")
            count, length = 1 if kind in SINGLE else count, struct.calcsize(form)
            body = [struct.unpack_from(form, data, at + length * i) for i in range(count if form else 0)]
            at += length * len(body)
            self.types.append((kind, self.text(name), size, info, body))

    def text(self, offset):
        at = self.strings + offset
        return self.data[at : self.data.index(b"\0", at)].decode()

    def strip(self, number):
        """The type without `const`, `typedef` and the like."""
        while self.types[number][0] in MODIFIERS:
            number = self.types[number][2]
        return number

    def scalar_size(self, number):
        """The size of a scalar; 0 for everything else, which is never read as a whole."""
        kind, _, size = self.types[self.strip(number)][:3]
        return {INT: size, ENUM: size, ENUM64: size, PTR: 8}.get(kind, 0)

#!/usr/bin/env python3
"""Cuts the types that the programs need out of a kernel's type information, and fits the programs.

    scripts/excerpt.py VMLINUX_BTF NAME

writes tests/layouts/NAME.btf, with the types that the tables of the programs name and no others, and
tests/layouts/NAME.txt, with each instruction that has to be changed for that kernel, as a number. Both are
made from the complete input, by code that shares nothing with the crate's.
"""

import os
import re
import struct
import sys

from btf import ARRAY, ENUM, ENUM64, FUNC, INT, MODIFIERS, PTR, STRUCT, TYPEDEF, UNION, Types

CRATE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLES = os.path.join(CRATE, "src", "program", "generated")
LAYOUTS = os.path.join(CRATE, "tests", "layouts")

FUNCTION = "bpf_iter_task_file"
TRACEPOINTS = ("inet_sock_set_state", "sock_send_length", "sock_recv_length")


class Kernel(Types):
    def named(self, name, kinds):
        return [i for i, each in enumerate(self.types) if each[1] == name and each[0] in kinds]

    def member(self, number, name):
        """Indexes of members from a struct to the one of this name, through anonymous ones."""
        kind, _, _, info, body = self.types[number]
        if kind not in (STRUCT, UNION):
            return None
        for index, (text, of, offset) in enumerate(body):
            offset = offset & 0xFFFFFF if info >> 31 else offset
            if self.text(text) == name:
                return [(number, index, offset // 8, of)]
            inner = self.member(self.strip(of), name) if text == 0 else None
            if inner:
                return [(number, index, offset // 8, of), *inner]
        return None

    def size(self, number):
        number = self.strip(number)
        kind, _, size, _, body = self.types[number]
        if kind == ARRAY:
            return body[0][-1] * self.size(body[0][0])
        return 8 if kind == PTR else size

    def resolve(self, number, path):
        """(offset, type at the end, steps) of a path of names, or None."""
        offset, steps = 0, []
        for name in path.split(".") if path else ():
            number = self.strip(number)
            if name.isdigit():
                element, _, length = self.types[number][4][0]
                if 0 < length <= int(name):
                    return None
                offset, number = offset + int(name) * self.size(element), element
                continue
            found = self.member(number, name)
            if found is None:
                return None
            steps += found
            offset, number = offset + sum(step[2] for step in found), found[-1][3]
        return offset, number, steps


def programs():
    """(name, instructions, values, relocations) of each program, from the generated tables."""
    for table in sorted(os.listdir(TABLES)):
        with open(os.path.join(TABLES, table), encoding="utf-8") as file:
            for text in file.read().split("pub(crate) static ")[1:]:
                name = re.search(r'name: "(\w+)"', text)[1]
                instructions = [int(word, 16) for word in re.findall(r"0x([0-9a-f]{16}),", text)]
                values = re.findall(
                    r'root: "(\w+)", path: "([\w.]*)", what: What::(\w+)(?: \{ size: (\d+) \})?', text
                )
                lines = text[text.index("relocations:") : text.index("constants:")]
                pairs = [(int(a), int(b)) for a, b in re.findall(r"\((\d+), (\d+)\)", lines)]
                yield name, instructions, values, pairs


def value(kernel, root, path, what):
    """(number, its scalar size) or None, and the steps through members."""
    if what == "EnumeratorExists":
        names = [kernel.text(entry[0]) for i in kernel.named(root, (ENUM,)) for entry in kernel.types[i][4]]
        return (int(path in names), 0), []
    found = [found for i in kernel.named(root, (STRUCT, UNION)) if (found := kernel.resolve(i, path))]
    if what == "FieldExists":
        return (int(bool(found)), 0), found and found[0][2]
    if not found:
        return None, []
    offset, number, steps = found[0]
    return ((offset, kernel.scalar_size(number)) if what == "Offset" else (kernel.size(number), 0)), steps


def fitted(kernel, instructions, values, pairs):
    instructions = list(instructions)
    for index, number in pairs:
        root, path, what, size = values[number]
        found, _ = value(kernel, root, path, what)
        word = instructions[index]
        if found is None:
            word = 0x85 | 0xBAD2310 << 32
        elif word & 7 in (1, 2, 3):
            word = word & ~(0xFFFF << 16) | found[0] << 16
            if int(size or 0) not in (0, found[1] or int(size)):
                word = word & ~0x18 | {4: 0, 2: 8, 1: 16, 8: 24}[found[1]]
        else:
            word = word & 0xFFFFFFFF | found[0] << 32
        instructions[index] = word
    return instructions


class Excerpt:
    """Types copied from a kernel, with some members only."""

    def __init__(self, kernel, keep):
        self.kernel, self.keep = kernel, keep
        self.numbers, self.types, self.strings = {0: 0}, [], b"\0"

    def text(self, text):
        if not text:
            return 0
        at = self.strings.find(b"\0" + text.encode() + b"\0")
        if at < 0:
            at, self.strings = len(self.strings) - 1, self.strings + text.encode() + b"\0"
        return at + 1

    def copy(self, number):
        """The number of a kernel's type in the excerpt."""
        if number in self.numbers:
            return self.numbers[number]
        self.types.append(b"")
        self.numbers[number] = mine = len(self.types)
        kind, name, size, info, body = self.kernel.types[number]
        out, count = b"", 0
        if kind in (STRUCT, UNION):
            for index in sorted(self.keep.get(number, ())):
                text, of, offset = body[index]
                out += struct.pack("<III", self.text(self.kernel.text(text)), self.copy(of), offset)
                count += 1
        elif kind == ARRAY:
            out = struct.pack("<III", self.copy(body[0][0]), 0, body[0][2])
        elif kind == INT:
            out = struct.pack("<I", body[0][0])
        elif kind in (ENUM, ENUM64):
            kept = self.keep.get(number, set())
            for entry in body:
                if self.kernel.text(entry[0]) in kept:
                    out += struct.pack("<I" + "i" * (len(entry) - 1), self.text(self.kernel.text(entry[0])), *entry[1:])
                    count += 1
        elif kind in MODIFIERS:
            size = self.copy(size)
        elif kind in (PTR, FUNC):
            size = 0  # to whatever: nothing is looked up behind a pointer
        self.types[mine - 1] = struct.pack("<III", self.text(name), info & 0xFFFF0000 | count, size) + out
        return mine

    def bytes(self):
        types = b"".join(self.types)
        header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(self.strings))
        return header + types + self.strings


def main():
    with open(sys.argv[1], "rb") as file:
        kernel, name = Kernel(file.read()), sys.argv[2]
    keep, roots, lines = {}, kernel.named(FUNCTION, (FUNC,)), []
    for tracepoint in TRACEPOINTS:
        roots += kernel.named("btf_trace_" + tracepoint, (TYPEDEF,))
    for program, instructions, values, pairs in programs():
        for root, path, what, _ in values:
            roots += kernel.named(root, (STRUCT, UNION, ENUM))
            for number in kernel.named(root, (ENUM,)) if what == "EnumeratorExists" else ():
                keep.setdefault(number, set()).add(path)
            for number, index, _, _ in value(kernel, root, path, what)[1]:
                keep.setdefault(number, set()).add(index)
        words = fitted(kernel, instructions, values, pairs)
        lines += [f"{program} {index} {words[index]:016x}\n" for index in sorted({pair[0] for pair in pairs})]
    excerpt = Excerpt(kernel, keep)
    for root in roots:
        excerpt.copy(root)
    os.makedirs(LAYOUTS, exist_ok=True)
    with open(os.path.join(LAYOUTS, name + ".btf"), "wb") as file:
        file.write(excerpt.bytes())
    with open(os.path.join(LAYOUTS, name + ".txt"), "w", encoding="utf-8") as file:
        file.writelines(lines)
    print(f"{name}: {len(excerpt.types)} types, {len(excerpt.bytes())} bytes")


main()

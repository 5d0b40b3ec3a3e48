#!/usr/bin/env python3
"""Compiles bpf/*.bpf.c and writes the programs as tables, src/program/generated/*.rs.

    scripts/build.py            rewrites the tables and bpf/inputs.sha256
    scripts/build.py --check    fails if the tables are not what the sources compile to

Needs Debian's clang-14, exactly 14.0.6: other versions need not generate the same instructions. With
`--check`, prints SKIPPED and succeeds where that is missing. The same sources give the same tables,
whatever folder they are in.

A table has the instructions of each program, the values that the loader has to find in the type
information of the running kernel, and which instruction needs which of them. They are what clang
leaves in the sections .BTF and .BTF.ext of an object (Documentation/bpf/btf.rst, llvm_reloc.rst),
with paths of member names in place of indexes.
"""

import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile

from btf import ARRAY, ENUM, Types

CLANG, VERSION = "clang-14", "14.0.6"
FLAGS = (
    "-O2 -g -target bpfel -mcpu=v3 -ffile-prefix-map={}=. -fdebug-compilation-dir=. "
    "-std=gnu11 -Wall -Wextra -Werror"
)

CRATE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = os.path.join(CRATE, "bpf")
TABLES = os.path.join("src", "program", "generated")
HASHES = os.path.join("bpf", "inputs.sha256")

# Kinds of relocations, enum bpf_core_relo_kind in include/uapi/linux/bpf.h.
OFFSET, FIELD_EXISTS, TYPE_SIZE, ENUMERATOR_EXISTS = 0, 2, 9, 10
# `CONSTANT` and `MAP` in kernel.h, loaded by instructions of two words.
CONSTANT_MARK, MAP_MARK = 0x70726F636E657000, 0x70726F636D617000
LOAD_IMMEDIATE = 0x18


class Object:
    """The sections of an ELF file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        (at,) = struct.unpack_from("<Q", self.bytes, 40)
        count, names = struct.unpack_from("<HH", self.bytes, 60)
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.bytes, at + 64 * i) for i in range(count)]
        self.names = [self.text(headers[names][4], header[0]) for header in headers]
        self.sections = dict(zip(self.names, headers))
        self.strings = headers[self.sections[".symtab"][6]][4]

    def text(self, base, offset):
        return self.bytes[base + offset : self.bytes.index(b"\0", base + offset)].decode()

    def section(self, name):
        header = self.sections[name]
        return self.bytes[header[4] : header[4] + header[5]]

    def functions(self):
        """Name, section, offset in it and size of each function."""
        for name, info, _, section, value, size in struct.iter_unpack("<IBBHQQ", self.section(".symtab")):
            if info & 15 == 2:
                yield self.text(self.strings, name), self.names[section], value, size


class ObjectTypes(Types):
    """The types of an object's .BTF."""

    def path(self, number, access):
        """The root type's name, the names of the members on the way, and the type at its end."""
        indexes = [int(index) for index in access.split(":")]
        number = self.strip(number)
        root, path = self.types[number][1], []
        if self.types[number][0] == ENUM:
            (index,) = indexes
            return root, self.text(self.types[number][4][index][0]), number
        if indexes[0] != 0:
            raise SystemExit(f"{root}: an access to element {indexes[0]} of a pointer")
        for index in indexes[1:]:
            kind, _, _, _, body = self.types[number]
            if kind == ARRAY:
                path.append(str(index))
                number = self.strip(body[0][0])
            else:
                name, member, _ = body[index]
                path += [self.text(name)] if name else []
                number = self.strip(member)
        return root, ".".join(path), number


def relocations(data, types):
    """Section, offset, type, access and kind of each relocation of .BTF.ext."""
    (header,) = struct.unpack_from("<I", data, 4)
    start, length = struct.unpack_from("<II", data, 24)
    at = header + start
    end = at + length
    (size,) = struct.unpack_from("<I", data, at)
    at += 4
    while at < end:
        section, count = struct.unpack_from("<II", data, at)
        at += 8
        for _ in range(count):
            offset, number, access, kind = struct.unpack_from("<IIII", data, at)
            yield types.text(section), offset, number, types.text(access), kind
            at += size


def program(name, section, at, size, code, types, all_relocations):
    """A program as Rust."""
    instructions = [word for (word,) in struct.iter_unpack("<Q", code[at : at + size])]
    values, lines = [], []
    for where, offset, number, access, kind in all_relocations:
        if where != section or not at <= offset < at + size:
            continue
        root, path, end = types.path(number, access)
        what = {
            OFFSET: f"Offset {{ size: {types.scalar_size(end)} }}",
            FIELD_EXISTS: "FieldExists",
            TYPE_SIZE: "TypeSize",
            ENUMERATOR_EXISTS: "EnumeratorExists",
        }[kind]
        value = (root, path, what)
        if value not in values:
            values.append(value)
        lines.append(((offset - at) // 8, values.index(value)))
    tested = {(root, path) for root, path, what in values if what == "FieldExists"}
    marked = {CONSTANT_MARK: [], MAP_MARK: []}
    for index, (low, high) in enumerate(zip(instructions, instructions[1:])):
        immediate = low >> 32 | high >> 32 << 32
        if low & 0xFF == LOAD_IMMEDIATE and immediate & ~0xFFF in marked:
            marked[immediate & ~0xFFF].append((index, immediate & 0xFFF))
    out = [
        "",
        "#[rustfmt::skip]",
        f"pub(crate) static {name.upper()}: Program = Program {{",
        f'    name: "{name}",',
        "    instructions: &[",
        *(f"        0x{word:016x}," for word in instructions),
        "    ],",
        "    values: &[",
    ]
    for root, path, what in values:
        steps = path.split(".")
        prefixes = ((root, ".".join(steps[:length])) for length in range(1, len(steps) + 1))
        optional = "true" if tested.intersection(prefixes) else "false"
        out.append(f'        Value {{ root: "{root}", path: "{path}", what: What::{what}, optional: {optional} }},')
    out.append("    ],")
    out.append("    relocations: &[")
    out += [f"        ({index}, {value})," for index, value in lines]
    out.append("    ],")
    out.append("    constants: &[")
    out += [f"        ({index}, {constant})," for index, constant in marked[CONSTANT_MARK]]
    out.append("    ],")
    out.append("    maps: &[")
    out += [f"        ({index}, {number})," for index, number in marked[MAP_MARK]]
    out += ["    ],", "};"]
    return out


def table(source, folder):
    """The Rust source that a C source compiles to."""
    path = os.path.join(folder, source + ".o")
    flags = [flag.format(SOURCES) for flag in FLAGS.split()]
    subprocess.run([CLANG, *flags, "-c", source, "-o", path], cwd=SOURCES, check=True)
    compiled = Object(path)
    types = ObjectTypes(compiled.section(".BTF"))
    found = list(relocations(compiled.section(".BTF.ext"), types))
    out = [f"//! Generated by scripts/build.py from bpf/{source}.", ""]
    out.append("use crate::program::{Program, Value, What};")
    for name, section, at, size in sorted(compiled.functions()):
        out += program(name, section, at, size, compiled.section(section), types, found)
    return "\n".join(out) + "\n"


def clang_version():
    try:
        printed = subprocess.run([CLANG, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return None
    found = re.search(r"version (\S+)", printed)
    return found and found[1]


def hashes(tables):
    """Lines for sha256sum: of what decides about the tables, and of the tables."""
    inputs = [os.path.join("bpf", name) for name in os.listdir(SOURCES) if name.endswith((".c", ".h"))]
    inputs += [os.path.join("scripts", name) for name in ("btf.py", "build.py")]
    inputs += tables
    lines = []
    for path in sorted(inputs):
        with open(os.path.join(CRATE, path), "rb") as file:
            lines.append(f"{hashlib.sha256(file.read()).hexdigest()}  {path}\n")
    return "".join(lines)


def main():
    check = sys.argv[1:] == ["--check"]
    if clang_version() != VERSION:
        message = f"{CLANG} {VERSION} is not installed"
        if not check:
            sys.exit(message)
        print(f"SKIPPED: the BPF programs are not rebuilt: {message}")
        return
    sources = sorted(name for name in os.listdir(SOURCES) if name.endswith(".bpf.c"))
    written, differs = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            path = os.path.join(TABLES, source.removesuffix(".bpf.c") + ".rs")
            written[path] = table(source, folder)
    for path, text in written.items():
        path = os.path.join(CRATE, path)
        if check:
            with open(path, encoding="utf-8") as file:
                differs += [] if file.read() == text else [path]
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    if differs:
        sys.exit(f"not what the sources compile to: {', '.join(differs)}")
    if not check:
        with open(os.path.join(CRATE, HASHES), "w", encoding="utf-8") as file:
            file.write(hashes(list(written)))
    print(f"{len(written)} sources, compiled by {CLANG} {VERSION}")


main()

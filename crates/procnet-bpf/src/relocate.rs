//! Fits a program to the running kernel.

use std::os::fd::RawFd;

use crate::{
    btf::{Error, Types},
    program::{Constants, Program, Value, What},
};

#[cfg(test)]
mod tests;

/// Why a program does not fit the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A type or member is not there, or not readable.
    Btf(Error),
    /// A member has another size than the program can read.
    Size { root: &'static str, path: &'static str, size: u32 },
    /// A value does not fit into its instruction, or the table is inconsistent.
    Instruction { program: &'static str, index: u16 },
}

/// A value of the running kernel; `None` if what an optional one is about does not exist.
pub(crate) type Found = Option<Number>;

/// A found value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) value: u32,
    /// If it is the offset of a scalar: its size in the kernel.
    size: Option<u32>,
}

/// Finds the values that a program needs, in the order of its table.
pub(crate) fn find(program: &Program, types: &Types<'_>) -> Result<Vec<Found>, Misfit> {
    program.values.iter().map(|value| find_value(value, types)).collect()
}

fn find_value(value: &Value, types: &Types<'_>) -> Result<Found, Misfit> {
    let Value { root, path, what, optional } = *value;
    let exists = |found: Result<bool, Error>| match found {
        Ok(exists) => Ok(Some(plain(exists.into()))),
        Err(Error::NoType { .. } | Error::NoField { .. }) => Ok(Some(plain(0))),
        Err(error) => Err(Misfit::Btf(error)),
    };
    match what {
        What::Offset { .. } => match types.field(root, path) {
            Ok(field) => Ok(Some(Number { value: field.offset, size: field.scalar_size })),
            Err(Error::NoType { .. } | Error::NoField { .. }) if optional => Ok(None),
            Err(error) => Err(Misfit::Btf(error)),
        },
        What::TypeSize => types.size(root).map(|size| Some(plain(size))).map_err(Misfit::Btf),
        What::FieldExists => exists(types.field(root, path).map(|_| true)),
        What::EnumeratorExists => exists(types.has_enumerator(root, path)),
    }
}

fn plain(value: u32) -> Number {
    Number { value, size: None }
}

/// The instructions with values and constants in place.
pub(crate) fn patch(
    program: &Program,
    found: &[Found],
    constants: &Constants,
) -> Result<Vec<u64>, Misfit> {
    let mut instructions = program.instructions.to_vec();
    for &(index, number) in program.relocations {
        let misfit = Misfit::Instruction { program: program.name, index };
        let value = program.values.get(usize::from(number)).ok_or(misfit.clone())?;
        let found = found.get(usize::from(number)).ok_or(misfit.clone())?;
        let instruction = instructions.get_mut(usize::from(index)).ok_or(misfit.clone())?;
        *instruction = match found {
            Some(found) => patched(*instruction, value, *found, misfit)?,
            None => UNREACHABLE,
        };
    }
    for &(index, number) in program.constants {
        let misfit = Misfit::Instruction { program: program.name, index };
        let constant = constants.get(number).ok_or(misfit.clone())?;
        let [low, high] = both_words(&mut instructions, index).ok_or(misfit)?;
        *low = set_immediate(*low, constant as u32);
        *high = set_immediate(*high, (constant >> 32) as u32);
    }
    Ok(instructions)
}

/// A map as an instruction has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapReference {
    /// The map of this descriptor.
    Map(RawFd),
    /// The first value of the map of this descriptor.
    Value(RawFd),
}

/// Writes maps into the instructions, as `BPF_PSEUDO_MAP_FD` and `BPF_PSEUDO_MAP_VALUE` of
/// include/uapi/linux/bpf.h describe it.
pub(crate) fn patch_maps(
    program: &Program,
    instructions: &mut [u64],
    maps: &[MapReference],
) -> Result<(), Misfit> {
    for &(index, number) in program.maps {
        let misfit = Misfit::Instruction { program: program.name, index };
        let (source, descriptor) = match maps.get(usize::from(number)).ok_or(misfit.clone())? {
            MapReference::Map(descriptor) => (1, descriptor),
            MapReference::Value(descriptor) => (2, descriptor),
        };
        let [low, high] = both_words(instructions, index).ok_or(misfit)?;
        // The source register, which is above the destination's.
        *low = set_immediate(*low & !0xf000 | source << 12, *descriptor as u32);
        *high = set_immediate(*high, 0);
    }
    Ok(())
}

/// The words of an instruction of two, with half of a number in each.
fn both_words(instructions: &mut [u64], index: u16) -> Option<&mut [u64; 2]> {
    instructions.get_mut(usize::from(index)..).and_then(<[u64]>::first_chunk_mut)
}

/// A call of a helper that does not exist, in place of an access to a member that does not. The
/// verifier removes it with the branch that it is in, as that depends on the member's existence.
/// libbpf uses the same number, so that a verifier's log with it can be looked up.
const UNREACHABLE: u64 = 0x85 | 195_896_080 << 32;

/// Classes of instructions, in their lowest three bits: include/uapi/linux/bpf_common.h.
const LDX: u64 = 1;
const ST: u64 = 2;
const STX: u64 = 3;

fn patched(instruction: u64, value: &Value, found: Number, misfit: Misfit) -> Result<u64, Misfit> {
    let wanted = match value.what {
        What::Offset { size } => size,
        _ => 0,
    };
    let size = found.size.filter(|_| wanted != 0).unwrap_or(wanted);
    let wrong_size = Misfit::Size { root: value.root, path: value.path, size };
    match instruction & 7 {
        class @ (LDX | ST | STX) => {
            let offset = i16::try_from(found.value).map_err(|_| misfit)?;
            let mut patched = instruction & !(0xffff << 16) | u64::from(offset as u16) << 16;
            if size != wanted {
                // A load extends what it reads with zeros, so a narrower or wider one is as good. A
                // store would write more, or less, than there is.
                let width = width(size).filter(|_| class == LDX).ok_or(wrong_size)?;
                patched = patched & !0x18 | width;
            }
            Ok(patched)
        }
        // An address is computed, to be read from by a helper, with the size that was compiled.
        _ if size != wanted => Err(wrong_size),
        _ => Ok(set_immediate(instruction, found.value)),
    }
}

/// `BPF_SIZE` of an instruction.
fn width(size: u32) -> Option<u64> {
    match size {
        4 => Some(0x00),
        2 => Some(0x08),
        1 => Some(0x10),
        8 => Some(0x18),
        _ => None,
    }
}

fn set_immediate(instruction: u64, immediate: u32) -> u64 {
    instruction & 0xffff_ffff | u64::from(immediate) << 32
}

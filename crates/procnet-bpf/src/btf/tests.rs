//! On types that are written by hand.

use procnet_core::ByteOrder;

use super::{Error, Field, Types, reader::kind};
use builder::Builder;

pub(crate) mod builder;

const NAMES: &[&str] =
    &["sock", "pid", "id", "func_id", "iterate", "alias", "loop", "absent", "two"];

/// A few dozen types of every kind.
fn sample(order: ByteOrder) -> Vec<u8> {
    let mut b = Builder::new(order);
    let u8 = b.int("unsigned char", 1);
    let u32 = b.int("unsigned int", 4);
    let u64 = b.int("unsigned long", 8);
    let pointer = b.reference(kind::PTR, "", 0);
    // struct { union { u32 a; struct { u8 b, c; }; }; } within sock, at byte 16.
    let inner = b.composite(kind::STRUCT, "", 2, &[("b", u8, 0), ("c", u8, 8)]);
    let inner = b.reference(kind::CONST, "", inner);
    let union = b.composite(kind::UNION, "", 4, &[("a", u32, 0), ("", inner, 0)]);
    let counter = b.composite(kind::STRUCT, "", 4, &[("counter", u32, 0)]);
    let atomic = b.reference(kind::TYPEDEF, "atomic_t", counter);
    let tag = b.reference(kind::TYPE_TAG, "rcu", 0);
    let tagged = b.reference(kind::PTR, "", tag);
    let number = b.composite(kind::STRUCT, "upid", 16, &[("nr", u32, 0), ("ns", pointer, 64)]);
    let numbers = b.array(number, 0);
    let pointers = b.array(pointer, 4);
    let table = b.array(pointers, 3);
    let volatile = b.reference(kind::VOLATILE, "", u8);
    let restricted = b.reference(kind::RESTRICT, "", pointer);
    b.add("sock", kind::FWD << 24, 0, &[]);
    b.composite(
        kind::STRUCT,
        "sock",
        200,
        &[
            ("state", volatile, 0),
            ("refs", atomic, 32),
            ("socket", tagged, 64),
            ("", union, 128),
            ("table", table, 192),
            ("family", u32, 1024),
            ("link", restricted, 1088),
        ],
    );
    b.composite(kind::STRUCT, "pid", 80, &[("level", u32, 32), ("numbers", numbers, 512)]);
    let bits = &[("one", u32, 1 << 24 | 5), ("whole", u64, 64), ("", u32, 3 << 24 | 128)];
    b.composite_with_flag(kind::STRUCT, "id", 24, bits, true);
    b.enumeration("func_id", &["FUNC_first", "FUNC_second"]);
    b.add("wide", kind::ENUM64 << 24 | 1, 8, &[0, 1, 0]);
    let parameters = b.add("", kind::FUNC_PROTO << 24 | 1, u32, &[0, pointer]);
    b.add("iterate", kind::FUNC << 24, parameters, &[]);
    b.add("variable", kind::VAR << 24, u32, &[1]);
    b.add(".data", kind::DATASEC << 24 | 1, 4, &[1, 0, 4]);
    b.add("double", kind::FLOAT << 24, 8, &[]);
    b.add("note", kind::DECL_TAG << 24, u32, &[u32::MAX]);
    b.reference(kind::TYPEDEF, "alias", u32);
    // Two of a name, that agree on one member.
    b.composite(kind::STRUCT, "two", 8, &[("same", u32, 32), ("other", u32, 0)]);
    b.composite(kind::STRUCT, "two", 12, &[("same", u32, 32), ("other", u32, 64), ("only", u8, 0)]);
    b.build()
}

#[track_caller]
fn offsets(types: &Types<'_>, root: &str, wanted: &[(&str, u32, Option<u32>)]) {
    for &(path, offset, scalar_size) in wanted {
        assert_eq!(types.field(root, path), Ok(Field { offset, scalar_size }), "{root}.{path}");
    }
}

#[test]
fn members_are_found_in_both_byte_orders() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let bytes = sample(order);
        let types = Types::scan(&bytes, NAMES).expect("the sample");
        offsets(
            &types,
            "sock",
            &[
                ("state", 0, Some(1)),
                ("refs.counter", 4, Some(4)),
                ("refs", 4, None),
                ("socket", 8, Some(8)),
                ("a", 16, Some(4)),
                ("c", 17, Some(1)),
                ("table.1.2", 24 + 32 + 16, Some(8)),
                ("family", 128, Some(4)),
                ("link", 136, Some(8)),
            ],
        );
        offsets(&types, "pid", &[("level", 4, Some(4)), ("numbers", 64, None)]);
        // An array without a length has elements behind the struct.
        offsets(&types, "pid", &[("numbers.0.nr", 64, Some(4)), ("numbers.2.ns", 104, Some(8))]);
        assert_eq!(types.size("sock"), Ok(200));
        assert_eq!(types.has_enumerator("func_id", "FUNC_second"), Ok(true));
        assert_eq!(types.has_enumerator("func_id", "FUNC_sec"), Ok(false));
        assert!(types.function("iterate").is_ok() && types.typedef("alias").is_ok());
    }
}

#[test]
fn what_is_missing_is_named() {
    let bytes = sample(ByteOrder::NATIVE);
    let types = Types::scan(&bytes, NAMES).expect("the sample");
    let no_type = |name: &str| Error::NoType { name: name.to_owned() };
    let no_field =
        |root: &str, path: &str| Error::NoField { root: root.to_owned(), path: path.to_owned() };
    assert_eq!(types.field("absent", "a"), Err(no_type("absent")));
    assert_eq!(types.size("absent"), Err(no_type("absent")));
    // It exists, but was not asked for.
    assert_eq!(types.field("upid", "nr"), Err(no_type("upid")));
    // Of another kind than is looked for.
    assert_eq!(types.field("alias", "a"), Err(no_type("alias")));
    assert_eq!(types.function("sock"), Err(no_type("sock")));
    assert_eq!(types.typedef("sock"), Err(no_type("sock")));
    assert_eq!(types.has_enumerator("sock", "a"), Err(no_type("sock")));
    for path in ["ref", "refs.count", "refs.0", "table.3", "state.a", "socket.a", "", ".", "0"] {
        assert_eq!(types.field("sock", path), Err(no_field("sock", path)), "{path}");
    }
    assert_eq!(no_field("sock", "ref").to_string(), "sock has no member ref");
}

#[test]
fn a_bit_field_is_refused_and_its_neighbours_are_not() {
    let bytes = sample(ByteOrder::NATIVE);
    let types = Types::scan(&bytes, NAMES).expect("the sample");
    let error = Error::BitField { root: "id".to_owned(), path: "one".to_owned() };
    assert_eq!(types.field("id", "one"), Err(error));
    offsets(&types, "id", &[("whole", 8, Some(8))]);
}

#[test]
fn types_of_one_name_have_to_agree() {
    let bytes = sample(ByteOrder::NATIVE);
    let types = Types::scan(&bytes, NAMES).expect("the sample");
    offsets(&types, "two", &[("same", 4, Some(4)), ("only", 0, Some(1))]);
    assert!(matches!(types.field("two", "other"), Err(Error::Ambiguous { .. })));
    assert!(matches!(types.size("two"), Err(Error::Ambiguous { .. })));
}

#[test]
fn truncated_input_is_an_error_wherever_it_ends() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let bytes = sample(order);
        for length in 0..bytes.len() {
            let error = Types::scan(&bytes[..length], NAMES).expect_err("half of the input");
            let is_header = length < 24;
            assert_eq!(error == Error::NotBtf, is_header, "{length}: {error}");
        }
        let longer = [bytes.as_slice(), b"more"].concat();
        assert!(Types::scan(&longer, NAMES).is_ok());
    }
}

/// A section of types that is cut, by a header that says so: within a type, or behind one.
#[test]
fn a_section_may_end_only_behind_a_type() {
    let bytes = sample(ByteOrder::Little);
    let length = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
    let mut ends = 0;
    for shorter in 0..length {
        let mut cut = bytes.clone();
        cut[12..16].copy_from_slice(&shorter.to_le_bytes());
        match Types::scan(&cut, NAMES) {
            Ok(_) => ends += 1,
            Err(error) => assert!(matches!(error, Error::Truncated { .. }), "{error}"),
        }
    }
    let types = Types::scan(&bytes, NAMES).expect("the sample");
    let count = (1..).take_while(|id| types.get(*id).is_ok()).count();
    assert!(count > 30);
    assert_eq!(ends, count, "before each type");
}

#[test]
fn what_is_not_type_information_is_refused() {
    for bytes in [&b""[..], b"\x7fELF", b"\x9f\xeb", b"\x9f\xeb\x02\0", &[0; 64]] {
        assert_eq!(Types::scan(bytes, NAMES).err(), Some(Error::NotBtf));
    }
}

#[test]
fn a_type_of_unknown_kind_ends_the_scan() {
    let mut b = Builder::new(ByteOrder::NATIVE);
    b.int("int", 4);
    b.add("new", 20 << 24, 0, &[]);
    let error = Types::scan(&b.build(), NAMES).err();
    assert_eq!(error, Some(Error::UnknownKind { kind: 20, id: 2 }));
}

#[test]
fn circles_end() {
    let mut b = Builder::new(ByteOrder::NATIVE);
    // A typedef of itself; an array of itself; an anonymous member that contains itself.
    let alias = b.reference(kind::TYPEDEF, "self", 1);
    let array = b.array(2, 2);
    let own = 3;
    b.composite(kind::STRUCT, "loop", 8, &[("alias", alias, 0), ("", own, 0), ("after", array, 0)]);
    let bytes = b.build();
    let types = Types::scan(&bytes, NAMES).expect("types");
    for path in ["alias", "alias.a", "after", "after.1", "nowhere"] {
        assert!(matches!(types.field("loop", path), Err(Error::Malformed { .. })), "{path}");
    }
}

/// Each struct has the next one twice: 2^30 ways to the last.
#[test]
fn a_lookup_takes_a_limited_number_of_steps() {
    let mut b = Builder::new(ByteOrder::NATIVE);
    let members = vec![("", 2, 0); 60_000];
    b.composite(kind::STRUCT, "loop", 8, &members);
    b.composite(kind::STRUCT, "", 8, &vec![("", 3, 0); 60_000]);
    b.composite(kind::STRUCT, "", 8, &[]);
    let bytes = b.build();
    let types = Types::scan(&bytes, NAMES).expect("types");
    assert!(matches!(types.field("loop", "a"), Err(Error::Malformed { .. })));
}

#[test]
fn a_reference_to_no_type_is_malformed() {
    let mut b = Builder::new(ByteOrder::NATIVE);
    b.composite(kind::STRUCT, "loop", 8, &[("far", 99, 0), ("void", 0, 0)]);
    let bytes = b.build();
    let types = Types::scan(&bytes, NAMES).expect("types");
    assert_eq!(types.field("loop", "far"), Err(Error::Malformed { id: 99 }));
    assert_eq!(types.field("loop", "void"), Err(Error::Malformed { id: 0 }));
}

#[test]
fn a_name_may_be_the_end_of_another() {
    let mut b = Builder::new(ByteOrder::NATIVE);
    b.composite(kind::STRUCT, "sock", 8, &[]);
    let mut bytes = b.build();
    // The only name is at byte 1 of the strings; let the type begin it two letters later.
    bytes[24] += 2;
    let types = Types::scan(&bytes, &["ck"]).expect("types");
    assert_eq!(types.size("ck"), Ok(8));
}

//! Evaluated as the kernel evaluates it, a pushed filter leaves out no socket that matches or may
//! match.

use std::num::NonZeroU32;

use procnet_core::ByteOrder;
use procnet_corpus::naive::filter::{Entry, passes};
use proptest::{prelude::*, sample::select};

use super::{
    super::{OfSocket, OwnersSeen, decide::tests::sockets, tests::filters},
    *,
};
use crate::Socket;

/// What the kernel knows about a socket.
fn entry(socket: &Socket<'_>) -> Option<Entry> {
    let (local, remote) = (socket.local()?, socket.remote()?);
    Some(Entry {
        ends: [local, remote],
        interface: socket.interface().map_or(0, NonZeroU32::get),
        mark: socket.fields().mark.unwrap_or(0),
        control_group: socket.fields().control_group.unwrap_or(0),
        port_locked: socket.fields().port_locked == Some(true),
    })
}

/// Whether the kernel's filter passes a socket.
fn passes_kernel(filter: &Filter, socket: &Socket<'_>, refused: Refused, size: usize) -> bool {
    let Some(entry) = entry(socket) else { return true };
    let names = ResolvedNames::with_ephemeral(EPHEMERAL);
    // One dump asks for both tables of TCP.
    let kinds = if socket.kind.is_tcp() { Kinds::TCP } else { socket.kind.into() };
    let port_locked = filter.needs_port_locks().then_some(socket.fields().port_locked).flatten();
    let knows_all_marks = socket.fields().mark.is_some();
    let push = Push { names: &names, kinds, refused, knows_all_marks, port_locked };
    let mut room = vec![0; size];
    let mut code = Bytecode::new(&mut room, ByteOrder::NATIVE);
    filter.push(&mut code, &push);
    let code = code.finish();
    passes(code, &entry, ByteOrder::NATIVE).unwrap_or_else(|| panic!("{filter}: {code:?}"))
}

/// The range from which the kernel chooses ports.
const EPHEMERAL: (u16, u16) = (2, 4);

fn holds(filter: &Filter, socket: &Socket<'_>) -> Option<bool> {
    let names = ResolvedNames::with_ephemeral(EPHEMERAL);
    filter.decide(&OfSocket { socket, names: &names, owners: OwnersSeen::All })
}

/// Filters on values that the sockets often have.
fn near() -> impl Strategy<Value = Filter> {
    let texts = vec![
        "sport = :1",
        "sport >= :2",
        "sport <= :3",
        "dport = :2",
        "dport > :1",
        "src 127/8",
        "src 10/8",
        "dst [::]/0",
        "dst fe80::/16",
        "src [::ffff:0:0]/96",
        "src *",
        "src inet:*",
        "dst inet6:*",
        "kind = udp6",
        "type = stream",
        "autobound",
        "src /run/*",
        "mark = 1",
        "mark = 0/1",
        "dev = 0",
        "dev = 1",
        "dev = none-such",
        "cgroup = 1",
        "uid = 0",
        "state established",
        "inode = 7",
        "comm = a",
    ];
    let single = select(texts).prop_map(|text| text.parse::<Filter>().unwrap());
    single.prop_recursive(4, 16, 3, |part| {
        prop_oneof![
            part.clone().prop_map(|filter| !filter),
            (part.clone(), part.clone()).prop_map(|(a, b)| a.and(b)),
            (part.clone(), part).prop_map(|(a, b)| a.or(b)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_kernel_rejects_only_what_does_not_match(
        filter in prop_oneof![3 => near(), 1 => filters()],
        socket in sockets(),
        (marks, newer) in any::<(bool, bool)>(),
        size in prop_oneof![Just(4000_usize), 0..200_usize],
    ) {
        if holds(&filter, &socket) != Some(false) {
            prop_assert!(passes_kernel(&filter, &socket, Refused { marks, newer }, size), "{}", filter);
        }
    }

    /// If the kernel can decide the whole filter, it does.
    #[test]
    fn the_kernel_rejects_everything_that_it_can_decide(filter in near(), socket in sockets()) {
        let mut decides = entry(&socket).is_some();
        filter.conditions(&mut |condition| decides &= match condition {
            Condition::Port(End::Remote, ..) => !matches!(socket.kind, Kind::Raw | Kind::Raw6),
            Condition::Port(..) | Condition::Address(..) | Condition::Name(_) => true,
            Condition::Kinds(_) | Condition::Type(_) | Condition::Autobound => true,
            Condition::Interface(super::super::Interface::Index(_)) => true,
            _ => false,
        });
        if decides {
            let passed = passes_kernel(&filter, &socket, Refused::default(), 4000);
            prop_assert_eq!(Some(passed), holds(&filter, &socket), "{}", filter);
        }
    }
}

//! What is left of a filter, and that it decides as the whole filter does.

use proptest::prelude::*;

use super::{super::tests::filters, *};
use crate::{
    Kind,
    filter::{OfSocket, OwnersSeen, ResolvedNames, decide::tests::sockets},
};

fn simplified(text: &str, kinds: Kinds) -> String {
    let filter: Filter = text.parse().unwrap();
    match filter.simplified(kinds) {
        Simplified { filter: Some(filter), .. } => filter.to_string(),
        Simplified { kinds: Kinds::NONE, .. } => "nothing".to_owned(),
        Simplified { .. } => "everything".to_owned(),
    }
}

#[test]
fn conditions_that_do_not_matter_are_dropped() {
    for (typed, expected) in [
        ("state all", "everything"),
        ("state all and sport = :1", "sport = :1"),
        ("state all or sport = :1", "everything"),
        ("state all exclude all or sport = :1", "sport = :1"),
        ("not state all and sport = :1", "nothing"),
        ("not ( not sport = :1 )", "sport = :1"),
        (
            "sport = :1 and ( sport = :2 and ( sport = :3 ) )",
            "sport = :1 and sport = :2 and sport = :3",
        ),
        ("sport = :1 or ( sport = :2 or sport = :1 )", "sport = :1 or sport = :2"),
        ("not ( sport = :1 or sport = :2 )", "sport != :1 and sport != :2"),
        (
            "not ( sport = :1 and sport = :2 ) or sport = :3",
            "sport != :1 or sport != :2 or sport = :3",
        ),
        ("uid = 1 and uid = 1", "uid = 1"),
        ("sport >= :0 and dport <= :65535", "everything"),
        ("sport = :1 or sport != :1", "everything"),
        ("sport = :1 and sport != :1", "nothing"),
        // A mark may be unknown; then so is the filter.
        ("mark = 1 or mark != 1", "mark = 0x1 or mark != 0x1"),
        // Sets of states are combined.
        ("state established and uid = 1 and state connected", "state established and uid = 1"),
        ("state established and state listening", "nothing"),
        (
            "( state established or uid = 1 ) or state listening",
            "state established state listening or uid = 1",
        ),
        ("not state listening and not state time-wait", "exclude time-wait exclude listening"),
        ("listening and not state listening", "nothing"),
        ("listening", "state listening"),
    ] {
        assert_eq!(simplified(typed, Kinds::TCP), expected, "{typed}");
    }
}

#[test]
fn what_matters_depends_on_the_kinds() {
    for (typed, kinds, expected) in [
        ("src /run/* or sport = :1", Kinds::TCP, "sport = :1"),
        ("src /run/* or sport = :1", Kinds::UNIX, "src /run/*"),
        ("src /run/* or sport = :1", Kinds::DEFAULT, "src /run/* or sport = :1"),
        ("src 0.0.0.0/0", Kinds::TCP4, "everything"),
        ("src 0.0.0.0/0", Kinds::TCP6, "src 0.0.0.0/0"),
        ("src [::]/0", Kinds::TCP4, "nothing"),
        ("src [::]/0 and uid = 1", Kinds::TCP, "uid = 1"),
        ("src [::]/0 or uid = 1", Kinds::TCP, "src [::]/0 or uid = 1"),
        ("listening", Kinds::DEFAULT, "listening"),
        ("kind = tcp", Kinds::TCP6, "everything"),
        ("kind != unix or type = stream", Kinds::TCP, "everything"),
        ("kind != unix or type = stream", Kinds::DEFAULT, "kind != unix or type = stream"),
        ("src inet:* and type = dgram", Kinds::UDP4, "everything"),
        ("mark = 1 or dev = 1 or sport = :1", Kinds::UNIX, "nothing"),
    ] {
        assert_eq!(simplified(typed, kinds), expected, "{typed} of {kinds:?}");
    }
    let filter: Filter = "src [::]/0 and uid = 1".parse().unwrap();
    assert_eq!(filter.simplified(Kinds::DEFAULT).kinds, Kinds::INET6);
}

#[test]
fn a_filter_of_many_conditions_is_simplified_quickly() {
    let text = (0..50_000).map(|port| format!("sport = :{port}")).collect::<Vec<_>>().join(" or ");
    let filter: Filter = format!("{text} or {text}").parse().unwrap();
    let left = filter.simplified(Kinds::TCP).filter.unwrap();
    let Node::Any(parts) = &left.0 else { panic!("{left}") };
    assert_eq!(parts.len(), 50_000);
}

#[test]
fn a_query_that_is_repeated_is_simplified_once() {
    let mut last = LastSimplified::default();
    let query = |text: &str| Query::new().filter(text.parse().unwrap());
    let first = last.of(&query("sport = :1 and state all")).filter.unwrap();
    let again = last.of(&query("sport = :1 and state all")).filter.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let other = last.of(&query("sport = :1")).filter.unwrap();
    assert_eq!(first, other);
    assert!(last.of(&Query::new()).filter.is_none());
    let unix = last.of(&query("sport = :1").kinds(Kinds::UNIX));
    assert_eq!((unix.filter, unix.kinds), (None, Kinds::NONE));
}

/// Filters with constants, repetitions and negations.
fn redundant() -> impl Strategy<Value = Filter> {
    let texts = ["state all", "state all exclude all", "listening", "sport >= :0", "src 0.0.0.0/0"];
    let constants = proptest::sample::select(texts.to_vec());
    let constants = constants.prop_map(|text| text.parse::<Filter>().unwrap());
    prop_oneof![2 => filters(), 1 => constants].prop_recursive(4, 24, 3, |part| {
        prop_oneof![
            part.clone().prop_map(|it| !it),
            part.clone().prop_map(|it| it.clone().and(it)),
            part.clone().prop_map(|it| it.clone().or(!it)),
            (part.clone(), part.clone()).prop_map(|(a, b)| a.and(b)),
            (part.clone(), part).prop_map(|(a, b)| a.or(b)),
        ]
    })
}

/// Whether it has the form that simplified filters have.
fn is_simple(node: &Node, inside: Option<bool>) -> bool {
    let inner = |nodes: &[Node], is_any| {
        let states = nodes.iter().filter(|it| matches!(it, Node::Is(Condition::States(_))));
        nodes.len() > 1
            && inside != Some(is_any)
            && states.count() <= 1
            && nodes.iter().all(|node| is_simple(node, Some(is_any)))
    };
    match node {
        Node::Is(Condition::States(states)) => !states.is_empty() && *states != States::ALL,
        Node::Is(_) => true,
        Node::Not(negated) => {
            matches!(&**negated, Node::Is(condition) if !matches!(condition, Condition::States(_)))
        }
        Node::All(nodes) => inner(nodes, false),
        Node::Any(nodes) => inner(nodes, true),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// True, false or unknown: the same, for every socket of the tables.
    #[test]
    fn a_simplified_filter_decides_as_the_whole_one(
        filter in redundant(),
        socket in sockets(),
        also in any::<u32>(),
    ) {
        let also = Kind::ALL.into_iter().filter(|kind| also & (1 << kind.index()) != 0);
        let kinds: Kinds = also.chain([socket.kind]).collect();
        let simplified = filter.simplified(kinds);
        let names = ResolvedNames::default();
        for owners in [OwnersSeen::No, OwnersSeen::Some, OwnersSeen::All] {
            let of = OfSocket { socket: &socket, names: &names, owners };
            let whole = filter.decide(&of);
            let left = match &simplified.filter {
                _ if !simplified.kinds.contains(socket.kind) => Some(false),
                Some(left) => left.decide(&of),
                None => Some(true),
            };
            prop_assert_eq!(left, whole, "{} as {:?}", filter, simplified);
        }
        if let Some(left) = &simplified.filter {
            prop_assert!(is_simple(&left.0, None), "{} as {}", filter, left);
            let again = left.simplified(simplified.kinds);
            prop_assert_eq!(again.filter.as_ref(), Some(left));
        }
    }
}

//! Which values can be moved to another thread or shared with it.

use procnet::{
    Coverage, Error, Kind, Kinds, OwnedSocket, Owners, ProcRoot, Query, Scanner, Socket,
    counters::{ConntrackStats, IoCounters, ProtocolCounters},
    owners::OwnersIter,
    rates::{GroupRates, Rates},
    snapshot::{Change, Diff, Snapshot},
    summary::Summary,
    visit::Answer,
};

fn is_sent<T: Send>() {}
fn is_shared<T: Send + Sync>() {}

#[test]
fn answers_are_sync_and_scanners_are_send() {
    // A scanner is used by one thread at a time.
    is_sent::<Scanner>();

    is_shared::<Answer>();
    is_shared::<OwnedSocket>();
    is_shared::<Snapshot>();
    is_shared::<Diff<'_>>();
    is_shared::<Change<'_>>();
    is_shared::<Summary>();
    is_shared::<Coverage>();
    is_shared::<Query>();
    is_shared::<ProcRoot>();
    is_shared::<Error>();
    is_shared::<IoCounters>();
    is_shared::<ProtocolCounters>();
    is_shared::<ConntrackStats>();
    is_shared::<Rates<'_>>();
    is_shared::<GroupRates<'_>>();
    // Threads can share what is lent to a visitor.
    is_shared::<Socket<'_>>();
    is_shared::<Owners<'_>>();
    is_shared::<OwnersIter<'_>>();
}

#[test]
fn a_scanner_can_move_to_another_thread() {
    let mut scanner = Scanner::new().unwrap();
    let query = Query::new().kinds(Kinds::UNIX).owners(false);
    scanner.visit(&query, |_| ()).unwrap();
    let moved = std::thread::spawn(move || {
        let mut sockets = vec![];
        let coverage = scanner.collect_into(&query, &mut sockets).unwrap();
        assert_eq!(coverage.sockets, sockets.len() as u64);
        let (kinds, _) = scanner.collect_map(&query, |socket| Some(socket.kind)).unwrap();
        assert!(kinds.iter().all(|kind| *kind == Kind::Unix));
    });
    moved.join().unwrap();
}

//! The library, the scene and `ss` agree on each socket and each owner, and there are no others.

use procnet_corpus::live::{Entry, Scene, assert_agrees, private};

mod common;

#[test]
fn every_socket_and_owner_matches_the_scene_and_ss() {
    private(|_| {
        Scene::with(|scene| {
            let mut coverage = None;
            assert_agrees(scene, || {
                let answer = common::everything();
                let sockets = common::entries(&answer.sockets);
                coverage = Some(answer.coverage);
                sockets
            });
            covers(&coverage.unwrap(), scene.entries());
        });
    });
}

/// The coverage is correct.
fn covers(coverage: &procnet::Coverage, known: &[Entry]) {
    assert_eq!(coverage.sockets, known.len() as u64);
    assert_eq!(coverage.repeated, 0);
    let has_newline =
        |entry: &&Entry| entry.name.as_ref().is_some_and(|name| name.contains(&b'\n'));
    assert_eq!(coverage.undecodable.count, known.iter().filter(has_newline).count() as u64);
    let without_inode = known.iter().filter(|entry| entry.inode.is_none()).count();
    assert_eq!(coverage.without_inode, without_inode as u64);
    let unowned = |entry: &&Entry| entry.inode.is_some() && entry.owners.is_empty();
    assert_eq!(coverage.ownerless, known.iter().filter(unowned).count() as u64);
    assert_eq!(coverage.processes.as_ref().unwrap().unreadable(), 0);
    assert!(!coverage.truncated && coverage.unreadable.is_empty());
}

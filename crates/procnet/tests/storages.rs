//! What BPF maps keep with sockets is reported where the caller may know it.
#![cfg(feature = "bpf")]

use std::net::TcpListener;

use procnet::{
    ErrorKind, Inode, Kinds, OwnedSocket, Query, Scanner, Source, details::Details,
    events::EventOptions, visit::Answer,
};
use procnet_corpus::live::{private, skip};

fn collect(query: Query) -> Result<Answer, procnet::Error> {
    let query = query.kinds(Kinds::TCP).owners(false).source(Source::Auto);
    Scanner::new().unwrap().collect(&query.details(Details::STORAGES))
}

fn find(answer: &Answer, inode: Option<Inode>) -> &OwnedSocket {
    answer.sockets.iter().find(|socket| socket.inode == inode).expect("the socket")
}

/// The program of events keeps what it knows of a socket in such a map, of which it has one.
#[test]
fn the_values_of_a_map_are_reported_of_the_sockets_that_have_one() {
    private(|_| {
        let before = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::TCP);
        let events = scanner.socket_events(&query, EventOptions::new());
        let _events = events.unwrap_or_else(|error| skip(&format!("{error}")));
        let after = TcpListener::bind("127.0.0.1:0").unwrap();
        let [before, after] =
            [&before, &after].map(|socket| Some(procnet::lookup::inode_of(socket).unwrap()));

        let all = collect(Query::new()).unwrap();
        assert!(all.coverage.is_complete(), "{}", all.coverage);
        let kept = |answer: &Answer, inode| {
            let details = find(answer, inode).details.as_ref().expect("they were asked for");
            details.storages.clone().unwrap_or_default()
        };
        // Other programs on this host may watch all sockets.
        let others: Vec<u32> = kept(&all, before).iter().map(|storage| storage.map_id).collect();
        let mut storages = kept(&all, after);
        storages.retain(|storage| !others.contains(&storage.map_id));
        let [storage] = &storages[..] else { panic!("one map: {all:?}") };
        // `struct life` in bpf/events.bpf.c.
        assert_eq!(storage.value.len(), 40);
        assert!(storage.value.iter().any(|byte| *byte != 0), "{storage:?}");

        // The same of the map by its ID, of no other, and an error if there is no such map.
        let id = storage.map_id;
        let one = collect(Query::new().storage_maps([id, id])).unwrap();
        assert_eq!(kept(&one, after), storages);
        assert_eq!(kept(&one, before), []);
        let error = collect(Query::new().storage_maps([u32::MAX])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains("4294967295"), "{error}");
        let error = collect(Query::new().storage_maps(0..33)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{error}");

        #[cfg(feature = "serde")]
        {
            let json = serde_json::to_string(find(&all, after)).unwrap();
            let back: OwnedSocket = serde_json::from_str(&json).unwrap();
            assert_eq!(back.details, find(&all, after).details);
        }
    });
}

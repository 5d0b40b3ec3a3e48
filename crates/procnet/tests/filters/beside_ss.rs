//! `ss` selects the same sockets by the same expressions.

use std::{collections::BTreeSet, net::SocketAddr, process::Command};

use procnet::{Kinds, OwnedSocket, Query, Scanner, Source, State};
use procnet_corpus::live::{Scene, private, skip, ss};

use super::{SOURCES, filter, soon};

#[test]
fn ss_selects_the_same_sockets() {
    private(|_| Scene::with(beside_ss));
}

fn beside_ss(_scene: &Scene) {
    if Command::new("ss").arg("-V").output().is_err() {
        skip("ss is not there");
    }
    let mut scanner = Scanner::new().unwrap();
    let inet = Query::new().kinds(Kinds::INET).owners(false);
    let all = scanner.collect(&inet).unwrap().sockets;
    let listener = all.iter().find(|it| it.state == State::LISTEN).unwrap();
    let port = listener.local.unwrap().port();
    for text in [
        format!("sport = :{port}"),
        format!("sport = {port}"),
        format!("sport != :{port}"),
        format!("not dport = :{port}"),
        format!("dport > :{port}"),
        format!("sport < :{port} or dport le :{port}"),
        format!("sport = :{port} or src 127.0.0.0/8 and dport = :0"),
        format!("! ( sport = :{port} or src 127.0.0.0/8 )"),
        format!("src 127.0.0.1:{port}"),
        format!("src :{port}"),
        format!("dst 127.0.0.1 sport ge {port}"),
        "src [::1]".to_owned(),
        "src [::ffff:127.0.0.1]".to_owned(),
        "dst 0.0.0.0/0".to_owned(),
        "sport = :ssh or dport neq :https".to_owned(),
        "state connected".to_owned(),
        "exclude established".to_owned(),
        "state listening state closed".to_owned(),
        format!("state synchronized sport = :{port} or dport = :{port}"),
        "state big exclude listening dst 127.0.0.0/8".to_owned(),
        "dev = lo".to_owned(),
    ] {
        let mut words = vec!["-H", "-O", "-n", "-p", "-e", "-t", "-u", "-a"];
        words.extend(text.split(' '));
        for source in SOURCES {
            // procfs has no interface.
            if source == Source::Procfs && text.contains("dev") {
                continue;
            }
            let query = inet.clone().source(source).filter(filter(&text));
            soon(|| {
                let ran = Command::new("ss").args(&words).output().unwrap();
                assert!(ran.status.success(), "{text}: {}", String::from_utf8_lossy(&ran.stderr));
                let theirs = ss::parse(&ran.stdout).unwrap();
                let answer = scanner.collect(&query).unwrap().sockets;
                let end = |end: Option<SocketAddr>| end.map(|end| (end.ip(), end.port()));
                let theirs: BTreeSet<_> =
                    theirs.iter().map(|it| (it.inode, end(it.local), end(it.remote))).collect();
                let number = |it: &OwnedSocket| it.inode.map(procnet::Inode::get);
                let ours: BTreeSet<_> =
                    answer.iter().map(|it| (number(it), end(it.local), end(it.remote))).collect();
                let apart: Vec<_> = theirs.symmetric_difference(&ours).collect();
                if apart.is_empty() { String::new() } else { format!("{text}: {apart:?}") }
            });
        }
    }
}

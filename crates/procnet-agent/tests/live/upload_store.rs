//! Files that an agent writes and sends itself.

use std::{collections::BTreeSet, net::TcpListener};

use procnet_corpus::live::{LoadGenerator, Workload, private};

use crate::{
    agent::Agent,
    store::{assert_once, files::assert_whole},
    store_tables::{all_tables, assert_covered},
    upload::{arguments, files},
};

#[test]
fn what_an_agent_writes_arrives_whole_and_once_and_leaves_the_directory_empty() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 100);
        let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let url = format!("file://{}", to.path().display());
        // Less than what is written in total: what was sent takes no room, so nothing is refused.
        let more = [
            "--upload-url",
            &url,
            "--upload-interval",
            "50ms",
            "--interval",
            "300ms",
            "--store-max-bytes",
            "400kB",
        ];
        let more = [&more[..], &["--store-when-full", "refuse"]].concat();
        for _agent in 0..2 {
            let options = all_tables(dir.path());
            let options: Vec<&str> =
                options.iter().map(String::as_str).chain(more.iter().copied()).collect();
            let mut agent = Agent::start(&options);
            TcpListener::bind("127.0.0.1:0").unwrap();
            agent.page_when(|page| {
                page.sum("procnet_agent_store_written_bytes_total") > 600_000.0
                    && page.sum("procnet_agent_store_event_spans_total") >= 1.0
            });
            let page = agent.page();
            // A look that a busy host has no time for is not one that was refused.
            for name in [
                "store_errors",
                "store_lost_event_spans",
                "store_deleted_files",
                "upload_lost_files",
            ] {
                assert_eq!(page.sum(&format!("procnet_agent_{name}_total")), 0.0, "{name}");
            }
            agent.signal("TERM");
            assert!(agent.process.wait().unwrap().success());
        }
        // What the last one has not sent.
        let agent = Agent::launch(&[], &arguments(&url, dir.path()));
        let waiting = || {
            let mut waiting = files(dir.path());
            waiting.retain(|path, _| path.ends_with(".parquet"));
            waiting
        };
        agent.until("sent", || waiting().is_empty());
        agent.page_when(|page| page.value("procnet_agent_upload_queue_files", &[]) == Some(0.0));
        drop(agent);
        let (looks, spans) = (assert_once(to.path()), assert_covered(to.path()));
        assert_whole(to.path());
        let writers: BTreeSet<i64> = looks.iter().map(|look| look.writer).collect();
        assert_eq!(writers.len(), 2);
        for writer in writers {
            // No hole but those that are reported, from the first on.
            let of = || looks.iter().filter(|look| look.writer == writer);
            let lost: u64 = of().map(|look| look.lost).sum();
            let last = of().map(|look| look.sequence).max();
            assert_eq!(last, Some(of().count() as u64 + lost - 1));
        }
        assert!(spans.len() >= 2 && spans.iter().all(|span| span.lost == 0), "{spans:?}");
    });
}

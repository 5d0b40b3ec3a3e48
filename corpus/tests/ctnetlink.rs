//! Connection tracking, recorded from both sources at once: requests are those of the recorder, and
//! the records are the same but for the differences that `docs/sources.md` lists.

mod common;

use procnet_core::{
    ByteOrder,
    counter::conntrack,
    netlink::{
        Content, Envelope, Messages, Payload, TooSmall,
        ctnetlink::{Connection, CpuStatistics, Request, Statistics, Totals},
    },
    network::nf_conntrack,
};

fn recorded(path: &str) -> Vec<u8> {
    common::read(&common::folder("captures/linux-6.18-x86_64-ctnetlink").join(path))
}

/// Calls `look` with each payload of an answer.
fn payloads(answer: &[u8], mut look: impl FnMut(Payload<'_>)) {
    for message in Messages::new(answer, ByteOrder::Little) {
        if let Content::Data(payload) = message.expect("a message").content().expect("content") {
            look(payload);
        }
    }
}

#[test]
fn requests_are_those_of_the_recorder() {
    for (name, request) in [
        ("connections", Request::Connections),
        ("totals", Request::Totals),
        ("statistics", Request::Statistics),
        ("expectation-statistics", Request::ExpectationStatistics),
    ] {
        let expected = recorded(&format!("ctnetlink/{name}.request"));
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let mut buffer = vec![0xAA; expected.len()];
        assert_eq!(request.write(&mut buffer, envelope), Ok(&expected[..]), "{name}");
        buffer.pop();
        assert_eq!(request.write(&mut buffer, envelope), Err(TooSmall), "{name}");
    }
}

#[test]
fn connections_are_those_of_the_table() {
    let (answer, table) = (recorded("ctnetlink/connections"), recorded("net/nf_conntrack"));
    let rows: Vec<nf_conntrack::Row<'_>> =
        nf_conntrack::Table.rows(&table).map(|row| row.expect("a row")).collect();
    let mut count = 0;
    payloads(&answer, |payload| {
        let connection = Connection::decode(payload).expect("a connection");
        let row = connection.row;
        let text = rows
            .iter()
            .find(|text| {
                (text.transport, text.original, text.zone)
                    == (row.transport, row.original, row.zone)
            })
            .unwrap_or_else(|| panic!("{row:?} is not in the table"));
        // The countdown went on in between.
        let (sent, printed) = (row.timeout.expect("seconds"), text.timeout.expect("seconds"));
        assert!((0..=1).contains(&(sent - printed)), "{sent} and {printed}");
        assert_eq!(connection.started.is_some(), text.delta_time.is_some());
        // The reader of the table holds a reference, too.
        assert_eq!(row.uses + 1, text.uses);
        let text = nf_conntrack::Row {
            timeout: row.timeout,
            uses: row.uses,
            gre_timeouts: None,
            delta_time: None,
            ..*text
        };
        assert_eq!(row, text);
        count += 1;
    });
    assert_eq!((count, rows.len()), (14, 14));
}

#[test]
fn counters_are_those_of_the_table_and_the_others_are_0() {
    let table = recorded("net/stat/nf_conntrack");
    let mut sent = vec![Vec::new(); 2];
    for (name, statistics) in [
        ("ctnetlink/statistics", Statistics::Connections),
        ("ctnetlink/expectation-statistics", Statistics::Expectations),
    ] {
        payloads(&recorded(name), |payload| {
            let cpu = CpuStatistics::decode(payload, statistics).expect("a CPU");
            sent[usize::from(cpu.cpu)].extend(cpu.values().map(|value| value.expect("a counter")));
        });
    }
    let mut totals = None;
    payloads(&recorded("ctnetlink/totals"), |payload| totals = Totals::decode(payload).ok());
    let totals = totals.expect("totals");
    assert_eq!(totals.max_entries, Some(262_144));
    let mut cpus = 0;
    for (row, sent) in conntrack::Rows::new(&table).zip(&sent) {
        let mut known = 0;
        for column in row.columns() {
            let column = column.expect("a column");
            let counter = sent.iter().find(|value| value.name == column.name);
            known += usize::from(counter.is_some());
            let expected = match (column.name, counter) {
                (conntrack::ENTRIES, _) => totals.entries,
                (_, Some(counter)) => counter.value,
                (_, None) => 0,
            };
            assert_eq!(column.value, expected, "{}", String::from_utf8_lossy(column.name));
        }
        assert_eq!(known, sent.len(), "a counter that the table does not have");
        assert!(known >= 13);
        cpus += 1;
    }
    assert_eq!(cpus, 2);
}

//! Events in bytes, and back.

use proptest::prelude::*;

use super::*;

/// `struct event` with numbers that show where they are from.
fn record(family: u8) -> [u8; SocketEvent::LENGTH] {
    let mut bytes = vec![
        0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, // time
        0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, // when it began
        0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, // cookie
        0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, // sent
        0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, // received
        0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, // sent again
        0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, // start of the process
        0x81, 0x82, 0x83, 0x84, // pid
        0x91, 0x92, 0x93, 0xf4, // network namespace
        0xa1, 0xa2, 0xa3, 0xa4, // user
        0xb1, 0xb2, 0xb3, 0xb4, // segments sent again
    ];
    bytes.extend([family, 0, 0x90, 0x1f, 0x50, 0x00]); // ports 8080 and 80
    bytes.extend([2, 1, 4, 1]); // ended, connected, FIN_WAIT1, by connect
    bytes.extend([6, 1, 2, 0, 0, 0]); // TCP, with bytes, an interface
    bytes.extend([127, 0, 0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    bytes.extend([10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    bytes.extend(b"curl\0else\0\0\0\0\0\0\0");
    bytes.try_into().expect("the length of a record")
}

fn expected() -> SocketEvent {
    SocketEvent {
        change: Change::Ended,
        time: Duration::from_nanos(0x1817_1615_1413_1211),
        began: Some(Duration::from_nanos(0x2827_2625_2423_2221)),
        direction: Some(Direction::Connect),
        owner: Some(EventOwner {
            pid: Some(0x8483_8281),
            start_time: Duration::from_nanos(0x7877_7675_7473_7271),
            evidence: Evidence::Connect,
            comm: *b"curl\0else\0\0\0\0\0\0\0",
        }),
        cookie: 0x3837_3635_3433_3231,
        netns: 0xf493_9291,
        uid: 0xa4a3_a2a1,
        protocol: 6,
        state: State::FIN_WAIT1,
        local: "127.0.0.1:8080".parse().expect("an address"),
        remote: "10.1.2.3:80".parse().expect("an address"),
        interface: Some(2),
        traffic: Some(Traffic {
            bytes_sent: 0x4847_4645_4443_4241,
            bytes_received: 0x5857_5655_5453_5251,
            bytes_retransmitted: 0x6867_6665_6463_6261,
            retransmissions: 0xb4b3_b2b1,
        }),
    }
}

#[test]
fn a_record_has_the_members_of_the_program_s_struct() {
    let event = SocketEvent::decode(&record(2)).expect("an event");
    assert_eq!(event, expected());
    assert_eq!(event.owner.expect("an owner").comm(), b"curl");
    let event = SocketEvent::decode(&record(10)).expect("an event");
    let local = "[7f00:1:506:708:90a:b0c:d0e:f10]:8080".parse().expect("an address");
    let remote = "[a01:203::2]:80".parse().expect("an address");
    assert_eq!(event, SocketEvent { local, remote, ..expected() });
}

#[test]
fn what_is_unknown_is_none() {
    let mut record = record(2);
    record[8..16].fill(0); // when it began
    record[56..60].fill(0); // pid
    (record[79], record[83]) = (0, 0); // direction, bytes
    record[84..88].fill(0); // interface
    let event = SocketEvent::decode(&record).expect("an event");
    assert_eq!((event.began, event.direction, event.interface), (None, None, None));
    assert_eq!(event.traffic, None);
    let owner = event.owner.expect("a process of another PID namespace");
    assert_eq!((owner.pid, owner.comm()), (None, &b"curl"[..]));
    record[81] = 0;
    assert_eq!(SocketEvent::decode(&record).expect("an event").owner, None);
}

#[test]
fn numbers_that_the_program_never_writes_are_malformed() {
    for (at, allowed) in [(72, vec![2, 10]), (78, vec![1, 2]), (79, vec![0, 1, 2, 3])]
        .into_iter()
        .chain([(81, vec![0, 1, 2, 3, 4])])
    {
        for number in 0..=u8::MAX {
            let mut record = record(2);
            record[at] = number;
            let is_event = SocketEvent::decode(&record).is_ok();
            assert_eq!(is_event, allowed.contains(&number), "{number} at {at}");
        }
    }
}

proptest! {
    #[test]
    fn an_event_that_is_encoded_decodes_to_itself(
        mut record in prop::array::uniform32(any::<u8>()).prop_map(|bytes| bytes.repeat(5)),
        family in prop::sample::select(vec![2_u8, 10]),
        change in 1_u8..3,
        direction in 0_u8..4,
        evidence in 0_u8..5,
    ) {
        (record[72], record[73], record[78], record[79]) = (family, 0, change, direction);
        record[81] = evidence;
        let record = record.first_chunk().expect("a record");
        let event = SocketEvent::decode(record).expect("an event");
        prop_assert_eq!(SocketEvent::decode(&event.encode()), Ok(event));
    }
}

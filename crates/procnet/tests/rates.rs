//! Rates of the running kernel's counters: exactly the traffic between two readings.

use std::{net::UdpSocket, process::Command, time::Duration};

use procnet::{
    Scanner,
    counters::IoCounters,
    rates::{NoRate, Rate},
};
use procnet_corpus::live::{private, skip};

#[test]
fn rates_match_the_traffic() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (devices, protocols) =
            (scanner.io_counters().unwrap(), scanner.protocol_counters(&["udp", "tcp"]).unwrap());
        for _ in 0..20 {
            sender.send_to(b"hello", receiver.local_addr().unwrap()).unwrap();
        }
        // A fixed duration, so that rates are whole numbers.
        let over = Duration::from_secs(10);
        let now = scanner.io_counters().unwrap();
        let lo = now.rates(&devices, over).find(|group| group.name().0 == b"lo").unwrap();
        assert_eq!(lo.get("tx_packets"), Some(Rate::PerSecond(2.0)));
        // 5 bytes and the headers of IP and UDP; loopback counts no header of its own.
        assert_eq!(lo.get("tx_bytes"), Some(Rate::PerSecond(66.0)));
        assert_eq!(lo.get("rx_errs"), Some(Rate::PerSecond(0.0)));

        let now = scanner.protocol_counters(&["udp", "tcp"]).unwrap();
        let rate = |protocol: &[u8], name| {
            let mut groups = now.rates(&protocols, over);
            groups.find(|group| group.name().0 == protocol).and_then(|group| group.get(name))
        };
        assert_eq!(rate(b"Udp", "OutDatagrams"), Some(Rate::PerSecond(2.0)));
        assert_eq!(rate(b"Tcp", "OutSegs"), Some(Rate::PerSecond(0.0)));
        assert_eq!(rate(b"Tcp", "CurrEstab"), Some(Rate::Gauge(0)));
        assert_eq!(rate(b"Tcp", "MaxConn"), Some(Rate::Gauge(-1)));
    });
}

/// Runs `ip` with arguments separated by spaces.
fn ip(words: &str) -> bool {
    Command::new("ip").args(words.split(' ')).status().is_ok_and(|status| status.success())
}

/// An interface that was recreated has counted more than the former one: only its index is another.
#[test]
fn a_recreated_interface_has_no_rate_though_it_counted_more() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let mut made = |packets: usize, state: &str| {
            if !ip("link add eth0 type veth peer name peer0") {
                skip("no veth interfaces");
            }
            assert!(ip("addr add 192.0.2.2/24 dev eth0"));
            assert!(ip("link set peer0 up") && ip("link set eth0 up"));
            assert!(ip("neigh replace 192.0.2.9 lladdr 02:00:00:00:00:01 dev eth0"));
            let sender = UdpSocket::bind("192.0.2.2:0").unwrap();
            for _ in 0..packets {
                sender.send_to(&[0; 1000], "192.0.2.9:9").unwrap();
            }
            assert!(ip(&format!("link set eth0 {state}")));
            scanner.io_counters().unwrap()
        };
        let group = |before: &IoCounters, after: &IoCounters| {
            let mut groups = after.rates(before, Duration::from_secs(1));
            let eth0 = groups.find(|group| group.name().0 == b"eth0").unwrap();
            (eth0.get("tx_packets").unwrap(), eth0.unknown())
        };
        // net/igmp has interfaces that are up, net/dev_snmp6 the others.
        for state in ["up", "down"] {
            let before = made(5, state);
            assert!(ip("link del eth0"));
            let after = made(500, state);
            assert!(ip("link del eth0"));
            let sent = |reading: &IoCounters| {
                let mut interfaces = reading.interfaces.iter();
                let eth0 = interfaces.find(|it| it.name.as_bytes() == b"eth0").unwrap();
                assert!(eth0.index.is_some(), "{state}");
                eth0.counters.transmit.packets
            };
            assert!(sent(&before) < sent(&after));
            let reset = (Rate::Unknown(NoRate::Reset), Some(NoRate::Reset));
            assert_eq!(group(&before, &after), reset, "{state}");
            assert_eq!(group(&after, &after).1, None);
        }
    });
}

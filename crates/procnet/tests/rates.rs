//! Rates of the running kernel's counters: exactly the traffic between two readings.

use std::{net::UdpSocket, time::Duration};

use procnet::{Scanner, rates::Rate};
use procnet_corpus::live::private;

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

//! A network configured with `ip`, compared with the output of `ip`.

use std::{
    collections::BTreeSet,
    net::{IpAddr, UdpSocket},
    process::Command,
};

use procnet::{Name, Scanner};
use procnet_corpus::live::{private, skip};
use serde_json::Value;

/// Runs `ip` with arguments separated by spaces.
fn ip(words: &str) {
    let ran = Command::new("ip").args(words.split(' ')).output().expect("ip runs");
    assert!(ran.status.success(), "ip {words}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// The output of `ip`, as objects.
fn ip_json(words: &str) -> Vec<Value> {
    let ran = Command::new("ip").arg("-json").args(words.split(' ')).output().expect("ip runs");
    serde_json::from_slice(&ran.stdout).expect("an array")
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_default()
}

fn shown(name: Option<&Name>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}

/// Waits until interfaces have link-local addresses, which the kernel assigns with a delay.
fn settle() {
    let own = |link: &Value| {
        let addresses = link["addr_info"].as_array().into_iter().flatten();
        addresses.filter(|address| text(address, "scope") == "link").count()
    };
    for _ in 0..500 {
        let tentative = ip_json("-6 addr show tentative").iter().any(|link| own(link) > 0);
        if !tentative && ip_json("-6 addr show").iter().map(own).sum::<usize>() == 3 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("interfaces have no addresses of their own");
}

/// A device with a peer, one that is called `*`, and routes, neighbours and addresses.
fn scene() {
    if !Command::new("ip").arg("-V").output().is_ok_and(|ran| ran.status.success()) {
        skip("ip is not installed");
    }
    ip("link set lo up");
    ip("link add eth0 type veth peer name peer0");
    ip("link add name * type bridge");
    for name in ["eth0", "peer0", "*"] {
        ip(&format!("link set {name} up"));
    }
    ip("addr add 192.0.2.2/24 dev eth0");
    ip("addr add 198.18.0.1/15 dev *");
    ip("-6 addr add 2001:db8::2/64 dev eth0 nodad");
    ip("neigh add 192.0.2.1 lladdr 02:fc:00:00:00:05 nud permanent dev eth0");
    ip("neigh add 198.18.0.9 lladdr 02:fc:00:00:00:07 nud permanent dev *");
    ip("route add default via 192.0.2.1 metric 100");
    ip("route add unreachable 203.0.113.0/24");
    ip("route add 198.51.100.7 via 192.0.2.1");
    ip("route add 198.51.102.0/24 nexthop via 192.0.2.1 nexthop via 192.0.2.3");
    ip("-6 route add default via fe80::1 dev eth0");
    ip("-6 route add unreachable 2001:db8:1::/48");
}

#[test]
fn routes_match_ip() {
    private(|_| {
        scene();
        settle();
        let routes = Scanner::new().unwrap().routes().unwrap();
        assert!(routes.coverage.is_complete(), "{}", routes.coverage);
        let ours = |v4: bool| -> BTreeSet<(String, String, u32)> {
            let routes = routes.rows.iter().filter(|route| route.destination.is_ipv4() == v4);
            // Like `ip`, only the main table, without routes to multicast groups.
            let local = procnet::decode::network::route::Flags::LOCAL;
            let routes = routes
                .filter(|route| !route.flags.contains(local) && !route.destination.is_multicast());
            routes
                .map(|route| {
                    let gateway = route.gateway.map(|gateway| gateway.to_string());
                    (whole(route), gateway.unwrap_or_default(), route.metric)
                })
                .collect()
        };
        let theirs = |words: &str| -> BTreeSet<(String, String, u32)> {
            ip_json(words)
                .iter()
                .map(|route| {
                    let first = &route["nexthops"][0];
                    let gateway = text(route, "gateway");
                    let gateway = if gateway.is_empty() { text(first, "gateway") } else { gateway };
                    let metric = route["metric"].as_u64().unwrap_or(0) as u32;
                    (text(route, "dst").to_owned(), gateway.to_owned(), metric)
                })
                .collect()
        };
        assert_eq!(ours(true), theirs("-4 route show"));
        let default = ("default".to_owned(), "fe80::1".to_owned(), 1024);
        assert!(ours(false).contains(&default), "{:?}", ours(false));
        let six = theirs("-6 route show");
        assert!(six.is_subset(&ours(false)), "{six:?}, ours {:?}", ours(false));
        let refused = "203.0.113.0".parse::<IpAddr>().unwrap();
        let refused = routes.rows.iter().find(|route| route.destination == refused).unwrap();
        assert_eq!((refused.flags.to_string().as_str(), &refused.interface), ("UP|REJECT", &None));
    });
}

/// A destination as `ip` writes it.
fn whole(route: &procnet::network::Route) -> String {
    let (address, length) = (route.destination, route.prefix_length.expect("a length"));
    let most = if address.is_ipv4() { 32 } else { 128 };
    match length {
        0 => "default".to_owned(),
        length if length == most => address.to_string(),
        length => format!("{address}/{length}"),
    }
}

#[test]
fn addresses_and_neighbours_match_ip() {
    private(|_| {
        scene();
        settle();
        let mut scanner = Scanner::new().unwrap();
        let addresses = scanner.addresses().unwrap();
        assert!(addresses.coverage.is_complete(), "{}", addresses.coverage);
        let ours: BTreeSet<(String, String, u64, String)> = addresses
            .rows
            .iter()
            .map(|row| {
                let (interface, address) = (row.interface.to_string(), row.address.to_string());
                (interface, address, u64::from(row.prefix_length), row.scope.to_string())
            })
            .collect();
        let mut theirs = BTreeSet::new();
        for link in ip_json("-6 addr show") {
            for address in link["addr_info"].as_array().into_iter().flatten() {
                let length = address["prefixlen"].as_u64().unwrap_or(0);
                let name = text(&link, "ifname").to_owned();
                let (local, scope) = (text(address, "local"), text(address, "scope"));
                theirs.insert((name, local.to_owned(), length, scope.to_owned()));
            }
        }
        assert_eq!(ours, theirs);

        let neighbours = scanner.neighbours().unwrap();
        let ours: BTreeSet<(String, String, String)> = neighbours
            .rows
            .iter()
            .map(|row| {
                let hardware = shown(row.hardware_address.as_ref());
                (row.address.to_string(), hardware, shown(row.interface.as_ref()))
            })
            .collect();
        let theirs: BTreeSet<(String, String, String)> = ip_json("-4 neigh show nud permanent")
            .iter()
            .map(|row| {
                let (dst, dev) = (text(row, "dst").to_owned(), text(row, "dev").to_owned());
                (dst, text(row, "lladdr").to_owned(), dev)
            })
            .collect();
        assert_eq!(ours, theirs);
    });
}

#[test]
fn multicast_groups_appear_when_joined_and_vanish_when_left() {
    private(|_| {
        scene();
        let mut scanner = Scanner::new().unwrap();
        let mut joined = || {
            let groups = scanner.multicast_groups().unwrap();
            assert!(groups.coverage.is_complete(), "{}", groups.coverage);
            let group = "239.1.2.3".parse::<IpAddr>().unwrap();
            groups
                .rows
                .into_iter()
                .find(|row| row.group == group)
                .map(|row| (row.interface, row.users))
        };
        assert_eq!(joined(), None);
        let socket = UdpSocket::bind("192.0.2.2:0").unwrap();
        let group = "239.1.2.3".parse().unwrap();
        socket.join_multicast_v4(&group, &"192.0.2.2".parse().unwrap()).unwrap();
        assert_eq!(joined(), Some((Some(Name::from("eth0")), 1)));
        drop(socket);
        assert_eq!(joined(), None);
    });
}

use std::net::Ipv4Addr;

use super::*;

const INTERVAL: Duration = Duration::from_secs(10);

fn at(port: u16, comm: u32) -> Listener {
    let at = At::Address((Ipv4Addr::UNSPECIFIED, port).into());
    Listener { kind: Kind::Tcp, at, comm: Slot::Name(comm) }
}

/// A refresh with these listeners: the ports that have series, and the number of all others.
fn refresh(
    listeners: &mut Listeners,
    there: impl IntoIterator<Item = Listener>,
    most: usize,
) -> (Vec<u16>, u64) {
    let one = ListenerCounts { listeners: 1, ..ListenerCounts::default() };
    listeners.clear();
    there.into_iter().for_each(|listener| listeners.count(listener, one));
    listeners.choose(most, INTERVAL);
    let (chosen, other) = listeners.chosen();
    let port = |(listener, _): &(Listener, _)| match listener.at {
        At::Address(local) => local.port(),
        At::Name(_) => 0,
    };
    assert_eq!(listeners.is_cut(), other.listeners > 0);
    (chosen.iter().map(port).collect(), other.listeners)
}

fn ports(ports: impl IntoIterator<Item = u16>) -> impl Iterator<Item = Listener> {
    ports.into_iter().map(|port| at(port, 1))
}

#[test]
fn a_listener_keeps_its_series_however_many_others_come() {
    let mut listeners = Listeners::default();
    assert_eq!(refresh(&mut listeners, ports([443, 80, 8080]), 3), (vec![80, 443, 8080], 0));
    let anew = listeners.chosen_anew();
    assert_eq!(refresh(&mut listeners, ports(1..=8080), 3), (vec![80, 443, 8080], 8077));
    // Even if more are there than can be told apart, and it is the last that is read.
    let many = ports(1..=65_535).filter(|listener| *listener != at(8080, 1));
    let (chosen, _) = refresh(&mut listeners, many.chain([at(8080, 1)]), 3);
    assert_eq!((chosen, listeners.chosen_anew()), (vec![80, 443, 8080], anew));
}

#[test]
fn the_place_of_one_that_is_gone_is_kept_for_a_while() {
    let mut listeners = Listeners::default();
    refresh(&mut listeners, ports([80, 443]), 2);
    for _refresh in 0..90 {
        assert_eq!(refresh(&mut listeners, ports([22, 80]), 2), (vec![80], 1));
    }
    // It came back, with another name.
    let back = ports([22, 80]).chain([at(443, 2)]);
    assert_eq!(refresh(&mut listeners, back, 2), (vec![80, 443], 1));
    let gone = (0..=90).map(|_| refresh(&mut listeners, ports([22, 80]), 2)).last();
    assert_eq!(gone, Some((vec![22, 80], 0)));
}

#[test]
fn where_places_are_taken_away_they_are_chosen_anew() {
    let mut listeners = Listeners::default();
    refresh(&mut listeners, ports([80, 443, 8080]), 3);
    let anew = listeners.chosen_anew();
    assert_eq!(refresh(&mut listeners, ports([80, 443, 8080]), 2), (vec![80, 443], 1));
    assert!(listeners.chosen_anew() > anew);
    // One that is named by several processes counts for as many.
    let several = [at(80, 1), at(80, 2), at(443, 1)];
    assert_eq!(refresh(&mut listeners, several, 2), (vec![80, 80], 1));
    let anew = listeners.chosen_anew();
    assert_eq!(refresh(&mut listeners, several, 2), (vec![80, 80], 1));
    assert_eq!(listeners.chosen_anew(), anew);
    listeners.forget();
    assert!(listeners.chosen_anew() > anew);
}

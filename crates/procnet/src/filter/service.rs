//! Names of ports.

/// The names that users type for ports, from IANA's registry; the first name of a port is the usual
/// one. /etc/services is not read, so that a filter means the same on every host.
const SERVICES: &[(&str, u16)] = &[
    ("echo", 7),
    ("discard", 9),
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("time", 37),
    ("domain", 53),
    ("dns", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("http", 80),
    ("www", 80),
    ("kerberos", 88),
    ("pop3", 110),
    ("sunrpc", 111),
    ("nntp", 119),
    ("ntp", 123),
    ("netbios-ns", 137),
    ("netbios-dgm", 138),
    ("netbios-ssn", 139),
    ("imap2", 143),
    ("imap", 143),
    ("snmp", 161),
    ("snmp-trap", 162),
    ("bgp", 179),
    ("irc", 194),
    ("ldap", 389),
    ("https", 443),
    ("microsoft-ds", 445),
    ("submissions", 465),
    ("isakmp", 500),
    ("syslog", 514),
    ("printer", 515),
    ("submission", 587),
    ("ipp", 631),
    ("ldaps", 636),
    ("domain-s", 853),
    ("rsync", 873),
    ("imaps", 993),
    ("pop3s", 995),
    ("socks", 1080),
    ("openvpn", 1194),
    ("ms-sql-s", 1433),
    ("radius", 1812),
    ("mqtt", 1883),
    ("nfs", 2049),
    ("docker", 2375),
    ("etcd-client", 2379),
    ("etcd-server", 2380),
    ("mysql", 3306),
    ("ms-wbt-server", 3389),
    ("ipsec-nat-t", 4500),
    ("sip", 5060),
    ("xmpp-client", 5222),
    ("mdns", 5353),
    ("postgresql", 5432),
    ("amqp", 5672),
    ("redis", 6379),
    ("http-alt", 8080),
    ("secure-mqtt", 8883),
    ("mongodb", 27017),
];

/// The usual name of a port, from IANA's registry: of some sixty ports, those that a [`Filter`] knows
/// by name. /etc/services is not read.
///
/// ```
/// use procnet::filter::service_name;
///
/// assert_eq!((service_name(443), service_name(49152)), (Some("https"), None));
/// ```
///
/// [`Filter`]: crate::Filter
#[must_use]
pub fn service_name(port: u16) -> Option<&'static str> {
    SERVICES.iter().find(|(_, other)| *other == port).map(|(name, _)| *name)
}

/// The port with this name.
pub(super) fn port(name: &str) -> Option<u16> {
    SERVICES.iter().find(|(service, _)| *service == name).map(|(_, port)| *port)
}

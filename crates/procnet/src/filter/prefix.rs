//! Address prefixes.

use std::{fmt, net::IpAddr};

/// The first bits of an address; all others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    address: IpAddr,
    bits: u8,
}

impl Prefix {
    pub(super) fn new(address: IpAddr, bits: u8) -> Prefix {
        match address {
            IpAddr::V4(ip) => {
                let bits = bits.min(32);
                let mask = u32::MAX.checked_shl(u32::from(32 - bits)).unwrap_or(0);
                Prefix { address: IpAddr::V4((ip.to_bits() & mask).into()), bits }
            }
            IpAddr::V6(ip) => {
                let bits = bits.min(128);
                let mask = u128::MAX.checked_shl(u32::from(128 - bits)).unwrap_or(0);
                Prefix { address: IpAddr::V6((ip.to_bits() & mask).into()), bits }
            }
        }
    }

    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    pub(crate) fn bits(&self) -> u8 {
        self.bits
    }

    /// Whether an address begins with it. As in the kernel's filters and `ss`, an IPv4 prefix also
    /// matches addresses mapped into IPv6.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        let address = if self.address.is_ipv4() { address.to_canonical() } else { address };
        address.is_ipv4() == self.address.is_ipv4()
            && Prefix::new(address, self.bits).address == self.address
    }

    /// Whether it is a whole address.
    fn is_whole(&self) -> bool {
        self.bits == if self.address.is_ipv4() { 32 } else { 128 }
    }
}

/// As users type it: an IPv6 address in brackets.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(ip) => write!(f, "{ip}")?,
            IpAddr::V6(ip) => write!(f, "[{ip}]")?,
        }
        if self.is_whole() { Ok(()) } else { write!(f, "/{}", self.bits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_match_ipv4_addresses() {
        let ten = Prefix::new([10, 1, 2, 3].into(), 8);
        assert_eq!(ten.to_string(), "10.0.0.0/8");
        let holds = |text: &str| ten.holds(text.parse().unwrap());
        assert!(holds("10.255.0.1") && holds("::ffff:10.0.0.1"));
        assert!(!holds("11.0.0.0") && !holds("::") && !holds("a00::"));
        let all = Prefix::new("::1".parse().unwrap(), 0);
        assert_eq!(all.to_string(), "[::]/0");
        let holds = |text: &str| all.holds(text.parse().unwrap());
        assert!(holds("::ffff:10.0.0.1") && holds("fe80::1") && !holds("10.0.0.1"));
        assert_eq!(Prefix::new("::1".parse().unwrap(), 255).to_string(), "[::1]");
    }
}

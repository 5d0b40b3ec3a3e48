//! Sockets of the calling process: their inodes, and their two ends.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd,
};

use procnet_core::Inode;
use rustix::fs::FileType;

use super::Lookup;

/// The inode of a socket of this process, which identifies it in an answer: addresses need not be
/// unique.
///
/// ```
/// use procnet::{Kinds, Query, Scanner};
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let inode = procnet::lookup::inode_of(&listener)?;
/// let mut found = None;
/// Scanner::new()?.visit(&Query::new().kinds(Kinds::TCP).pid(std::process::id()), |socket| {
///     if socket.inode == Some(inode) {
///         found = socket.local();
///     }
/// })?;
/// assert_eq!(found, listener.local_addr().ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) if the descriptor is not a socket, or the error of
/// `fstat(2)`.
pub fn inode_of(socket: impl AsFd) -> io::Result<Inode> {
    let stat = rustix::fs::fstat(socket)?;
    let is_socket = FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
    #[allow(clippy::useless_conversion, reason = "not 64 bits wide on every architecture")]
    let inode = Inode::new(stat.st_ino.into()).filter(|_| is_socket);
    inode.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a socket"))
}

/// Looks up the stream's own socket. If its peer is on this host, `Lookup::tcp(stream.peer_addr()?,
/// stream.local_addr()?)` looks up the peer's.
///
/// ```
/// use procnet::{lookup::Lookup, Scanner};
/// use std::net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let stream = TcpStream::connect(listener.local_addr()?)?;
/// let found = Scanner::new()?.lookup(&Lookup::try_from(&stream)?)?.and_then(|socket| socket.inode);
/// assert_eq!(found, Some(procnet::lookup::inode_of(&stream)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<&TcpStream> for Lookup {
    type Error = io::Error;

    fn try_from(stream: &TcpStream) -> io::Result<Lookup> {
        Ok(Lookup::tcp(stream.local_addr()?, stream.peer_addr()?))
    }
}

impl TryFrom<&TcpListener> for Lookup {
    type Error = io::Error;

    fn try_from(listener: &TcpListener) -> io::Result<Lookup> {
        Ok(Lookup::listener(listener.local_addr()?))
    }
}

/// Looks up the socket, connected or not.
impl TryFrom<&UdpSocket> for Lookup {
    type Error = io::Error;

    fn try_from(socket: &UdpSocket) -> io::Result<Lookup> {
        let local = socket.local_addr()?;
        let unconnected: IpAddr = match local {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        match socket.peer_addr() {
            Ok(remote) => Ok(Lookup::udp(local, remote)),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                Ok(Lookup::udp(local, SocketAddr::new(unconnected, 0)))
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_socket_has_a_socket_inode() {
        let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_ne!(inode_of(&one).unwrap(), inode_of(&other).unwrap());
        let file = std::fs::File::open("/").unwrap();
        assert_eq!(inode_of(file).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn sockets_of_this_process_are_found() {
        let mut scanner = crate::Scanner::new().unwrap();
        let mut find = |lookup: io::Result<Lookup>| {
            scanner.lookup(&lookup.unwrap()).unwrap().and_then(|socket| socket.inode)
        };
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            assert_eq!(find(Lookup::try_from(&listener)), inode_of(&listener).ok());
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            assert_eq!(find(Lookup::try_from(&stream)), inode_of(&stream).ok());
            let udp = UdpSocket::bind(address).unwrap();
            assert_eq!(find(Lookup::try_from(&udp)), inode_of(&udp).ok());
            udp.connect(listener.local_addr().unwrap()).unwrap();
            assert_eq!(find(Lookup::try_from(&udp)), inode_of(&udp).ok());
        }
    }
}

//! Counters of interfaces, protocols, CPUs and connection tracking.
//!
//! Each function here is also a method of [`Scanner`]. The numbers are the kernel's, unchanged;
//! [`decode::counter::meaning`](crate::decode::counter::meaning) describes what each one counts, its
//! unit and where it wraps, and [`rates`](crate::rates) computes how fast they grow.

mod conntrack;
mod dev;
mod protocols;
mod snmp;
mod snmp6;
mod sockstat;
mod softnet;

pub use conntrack::{ConntrackCounts, ConntrackStats};
#[cfg(feature = "serde")]
pub(crate) use dev::COLUMNS as IO_COLUMNS;
pub use dev::{Interface, IoCounters};
pub use protocols::{Protocols, RegisteredProtocol};
pub use snmp::{Protocol, ProtocolCounters};
pub use snmp6::{InterfaceSnmp6, InterfacesSnmp6, Snmp6Counters};
pub use sockstat::SocketCounts;
pub use softnet::{SoftnetCpu, SoftnetStats};

use procnet_core::{
    Error as DecodeError,
    capture::{self, Layout, Remarks},
};
use rustix::io::Errno;

use crate::{Error, Scanner, capture::Opened, file, netns::NetnsHandle, tables::tables};

tables! {
    /// The counters of every interface.
    ///
    /// # Errors
    ///
    /// If `net/dev` cannot be read.
    io_counters() -> IoCounters = read_io_counters() from "dev";

    /// The counters of the named protocols, in any case; of all protocols if none is named.
    ///
    /// # Errors
    ///
    /// If `net/snmp` cannot be read, or if a requested protocol has no line of values or a number
    /// of values other than its number of names: [`Error::line`] is that line.
    protocol_counters(protocols: &[&str]) -> ProtocolCounters
        = read_strict("snmp", |bytes| ProtocolCounters::decode(bytes, protocols)) from "snmp";

    /// The extended counters of the named protocols (`TcpExt`, `IpExt`, `MPTcpExt`).
    ///
    /// Names match in any case; if none is named, the answer has all protocols. The counters differ
    /// between kernel versions, and a kernel without multipath TCP has no `MPTcpExt`.
    ///
    /// ```
    /// let counters = procnet::counters::netstat_counters(&["TcpExt"])?;
    /// let overflows = counters.get("TcpExt").and_then(|tcp| tcp.get("ListenOverflows"));
    /// println!("connections dropped by full accept queues: {}", overflows.unwrap_or(0));
    /// # Ok::<(), procnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`protocol_counters`](Scanner::protocol_counters), of `net/netstat`.
    netstat_counters(protocols: &[&str]) -> ProtocolCounters
        = read_strict("netstat", |bytes| ProtocolCounters::decode(bytes, protocols)) from "netstat";

    /// The counters of IPv6.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) if the kernel has no IPv6, or that
    /// `net/snmp6` cannot be read.
    snmp6_counters() -> Snmp6Counters = read_lenient("snmp6", Snmp6Counters::decode) from "snmp6";

    /// The IPv6 counters of one interface.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) if there is no such interface or it has no
    /// IPv6, or that its file in `net/dev_snmp6` cannot be read.
    interface_snmp6(name: impl AsRef<[u8]>) -> InterfaceSnmp6 = read_interface_snmp6(name.as_ref());

    /// The IPv6 counters of every interface.
    ///
    /// An interface that is removed while the files are read is left out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) if the kernel has no IPv6, or that
    /// `net/dev_snmp6` cannot be listed.
    interfaces_snmp6() -> InterfacesSnmp6 = read_interfaces_snmp6();

    /// The number of sockets of each IPv4 protocol, and of all sockets.
    ///
    /// # Errors
    ///
    /// If `net/sockstat` cannot be read.
    socket_counts() -> SocketCounts
        = read_lenient("sockstat", SocketCounts::decode) from "sockstat";

    /// The number of sockets of each IPv6 protocol.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) if the kernel has no IPv6, or that
    /// `net/sockstat6` cannot be read.
    socket_counts6() -> SocketCounts
        = read_lenient("sockstat6", SocketCounts::decode) from "sockstat6";

    /// What each CPU did with received packets, on the whole host.
    ///
    /// # Errors
    ///
    /// If `net/softnet_stat` cannot be read.
    softnet_stats() -> SoftnetStats
        = read_lenient("softnet_stat", SoftnetStats::decode) from "softnet_stat";

    /// The protocols registered with the kernel, and the memory their sockets use.
    ///
    /// # Errors
    ///
    /// If `net/protocols` cannot be read.
    protocols() -> Protocols = read_lenient("protocols", Protocols::decode) from "protocols";

    /// The number of tracked connections, and its limit.
    ///
    /// They come from ctnetlink, or where that does not answer, from `/proc/sys/net`, which shows the
    /// reader's own network namespace whichever /proc it is under (net/sysctl_net.c
    /// `net_ctl_header_lookup`): there, the count under another /proc is the `entries` column of
    /// `net/stat/nf_conntrack`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ConntrackNotLoaded`](crate::ErrorKind::ConntrackNotLoaded), or that a file
    /// cannot be read.
    conntrack_counts() -> ConntrackCounts = read_conntrack_counts();

    /// What connection tracking did on each CPU.
    ///
    /// The counters come from ctnetlink, or where that does not answer, from `net/stat/nf_conntrack`,
    /// which many distributions build their kernel without.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ConntrackNotLoaded`](crate::ErrorKind::ConntrackNotLoaded), or that the file
    /// cannot be read or is malformed: [`Error::line`] is the line.
    /// [`ErrorKind::PermissionDenied`](crate::ErrorKind::PermissionDenied) or
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) if there is no file, and [`Error::refusal`] is
    /// why ctnetlink did not answer.
    conntrack_stats() -> ConntrackStats = read_conntrack_stats() from "stat/nf_conntrack";
}

/// A line of a file, counted from 1, and why it does not decode.
type BadLine = (usize, DecodeError);

/// How the tables above are read.
impl Scanner {
    /// Decodes a file of the host's `net`. The answer itself counts the lines that do not decode.
    fn read_lenient<T: Remarked>(
        &mut self,
        name: &str,
        decode: fn(&[u8]) -> T,
    ) -> Result<T, Error> {
        self.read_strict(name, |bytes| Ok(decode(bytes)))
    }

    /// Decodes a file of the host's `net`. A line that does not decode is an error.
    fn read_strict<T: Remarked>(
        &mut self,
        name: &str,
        decode: impl FnOnce(&[u8]) -> Result<T, BadLine>,
    ) -> Result<T, Error> {
        let path = self.net_path(name)?;
        let (bytes, remarks) = self.read_table(name, &path).map_err(Error::absent_if_not_found)?;
        match decode(bytes) {
            Ok(mut decoded) => {
                *decoded.remarks() = remarks;
                Ok(decoded)
            }
            Err((line, error)) => Err(Error::decode(self.root().path_of(&path), line, error)),
        }
    }

    /// Reads a file of the host's `net`, and repairs that of a capture.
    fn read_table(&mut self, name: &str, path: &[u8]) -> Result<(&[u8], Remarks), Error> {
        let compressed = self.read_text(path)?;
        Ok(self.repaired(name, compressed))
    }

    /// Reads a file of a network namespace's `net`, and repairs that of a capture.
    fn read_table_in(
        &mut self,
        netns: &NetnsHandle,
        name: &str,
    ) -> Result<(&[u8], Remarks), Error> {
        let opened = netns.open(self.root(), name);
        let read = self.read_opened(opened);
        let compressed = read.map_err(|errno| netns.error(self.root(), name, errno))?;
        Ok(self.repaired(name, compressed))
    }

    /// The text that was read, and what was remarkable about it.
    fn repaired(&mut self, name: &str, compressed: bool) -> (&[u8], Remarks) {
        let mut remarks = Remarks::default();
        let Some(layout) = Layout::of(name) else { return (&self.text, remarks) };
        if !self.root().is_capture() {
            remarks.empty = self.text.is_empty() && !layout.may_be_empty();
            return (&self.text, remarks);
        }
        let (bytes, mut remarks) = capture::in_place(&mut self.text, layout);
        remarks.compressed = compressed;
        (bytes, remarks)
    }

    /// The path of a file of the host's `net`.
    fn net_path(&self, name: &str) -> Result<file::RelativePath, Error> {
        let net = self.root().host_net()?;
        Ok(file::path(format_args!("{}/{name}", String::from_utf8_lossy(&net))))
    }

    /// Reads a small file below the root.
    fn read(&mut self, path: &[u8]) -> Result<&[u8], Error> {
        self.read_text(path).map(|_| &*self.text)
    }

    /// Reads a small file below the root into `text`. Returns whether it was compressed.
    fn read_text(&mut self, path: &[u8]) -> Result<bool, Error> {
        let opened = self.root().open(path);
        self.read_opened(opened).map_err(|errno| self.root().error(path, errno))
    }

    fn read_opened(&mut self, opened: Result<Opened, Errno>) -> Result<bool, Errno> {
        let opened = opened?;
        file::read_whole(&opened.file, &mut self.text)?;
        Ok(opened.compressed)
    }
}

/// An answer that says what is remarkable about the text that it was decoded from.
trait Remarked {
    fn remarks(&mut self) -> &mut Remarks;
}

/// Implements [`Remarked`] for types with a field `remarks`.
macro_rules! remarked {
    ($($name:ident),*) => {
        $(impl Remarked for $name {
            fn remarks(&mut self) -> &mut Remarks {
                &mut self.remarks
            }
        })*
    };
}

remarked!(
    ConntrackStats,
    IoCounters,
    ProtocolCounters,
    Protocols,
    Snmp6Counters,
    SocketCounts,
    SoftnetStats
);

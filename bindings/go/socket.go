package procnet

/*
#include "shim.h"
*/
import "C"

import (
	"net/netip"
	"strconv"
	"unsafe"
)

// Kind is a kind of socket: a table of the kernel.
type Kind uint32

// The kinds of sockets.
const (
	TCP      Kind = C.PROCNET_KIND_TCP
	TCP6     Kind = C.PROCNET_KIND_TCP6
	UDP      Kind = C.PROCNET_KIND_UDP
	UDP6     Kind = C.PROCNET_KIND_UDP6
	Unix     Kind = C.PROCNET_KIND_UNIX
	UDPLite  Kind = C.PROCNET_KIND_UDPLITE
	UDPLite6 Kind = C.PROCNET_KIND_UDPLITE6
	Raw      Kind = C.PROCNET_KIND_RAW
	Raw6     Kind = C.PROCNET_KIND_RAW6
	ICMP     Kind = C.PROCNET_KIND_ICMP
	ICMP6    Kind = C.PROCNET_KIND_ICMP6
	Packet   Kind = C.PROCNET_KIND_PACKET
	Netlink  Kind = C.PROCNET_KIND_NETLINK
	MPTCP    Kind = C.PROCNET_KIND_MPTCP
	MPTCP6   Kind = C.PROCNET_KIND_MPTCP6
	SCTP     Kind = C.PROCNET_KIND_SCTP
	SCTP6    Kind = C.PROCNET_KIND_SCTP6
	DCCP     Kind = C.PROCNET_KIND_DCCP
	DCCP6    Kind = C.PROCNET_KIND_DCCP6
	SMC      Kind = C.PROCNET_KIND_SMC
	Vsock    Kind = C.PROCNET_KIND_VSOCK
	TIPC     Kind = C.PROCNET_KIND_TIPC
	XDP      Kind = C.PROCNET_KIND_XDP
)

var kindNames = named(func(kind uint32) *C.char { return C.procnet_kind_name(C.uint32_t(kind)) }, 0)

// String returns the name of its table in /proc/net.
func (kind Kind) String() string {
	return nameOf(kindNames, uint32(kind))
}

// State is the state of a socket, by the kernel's number: all kinds share these numbers.
type State uint32

// The states of sockets.
const (
	Established   State = C.PROCNET_STATE_ESTABLISHED
	SynSent       State = C.PROCNET_STATE_SYN_SENT
	SynRecv       State = C.PROCNET_STATE_SYN_RECV
	FinWait1      State = C.PROCNET_STATE_FIN_WAIT1
	FinWait2      State = C.PROCNET_STATE_FIN_WAIT2
	TimeWait      State = C.PROCNET_STATE_TIME_WAIT
	Unconn        State = C.PROCNET_STATE_CLOSE
	CloseWait     State = C.PROCNET_STATE_CLOSE_WAIT
	LastAck       State = C.PROCNET_STATE_LAST_ACK
	Listen        State = C.PROCNET_STATE_LISTEN
	Closing       State = C.PROCNET_STATE_CLOSING
	NewSynRecv    State = C.PROCNET_STATE_NEW_SYN_RECV
	BoundInactive State = C.PROCNET_STATE_BOUND_INACTIVE
)

var stateNames = named(func(state uint32) *C.char { return C.procnet_state_name(C.uint32_t(state)) }, 1)

// String returns its name as the kernel spells it, but UNCONN as ss does.
func (state State) String() string {
	return nameOf(stateNames, uint32(state))
}

// named returns the names of numbers from the first one on.
func named(name func(uint32) *C.char, first uint32) []string {
	names := make([]string, first)
	for number := first; ; number++ {
		text := name(number)
		if text == nil {
			return names
		}
		names = append(names, C.GoString(text))
	}
}

func nameOf(names []string, number uint32) string {
	if int(number) < len(names) && names[number] != "" {
		return names[number]
	}
	return strconv.FormatUint(uint64(number), 10)
}

// Owner is a process, and the descriptor through which it holds a socket.
type Owner struct {
	PID uint32
	FD  uint32
	// Comm is the name of the process. It may hold any bytes.
	Comm string
	// StartTime is in ticks of 1/USER_HZ seconds after boot; 0 if unknown. With the pid it identifies
	// the process.
	StartTime uint64
	// UIDs are the real, effective, saved and filesystem user ids; nil unless [Query.ProcessUIDs].
	UIDs *[4]uint32
}

// Socket is a socket and its owners.
type Socket struct {
	Kind  Kind
	State State
	// Type is SOCK_STREAM, SOCK_DGRAM, and so on.
	Type uint32
	// Protocol is that of IP, of a packet socket that of Ethernet, of a netlink socket its family.
	Protocol uint32
	// Local and Remote are not valid for sockets without addresses. Those of an end that is not bound or
	// not connected are all zeros. IPv4 in a socket of IPv6 is mapped.
	Local, Remote netip.AddrPort
	// Name is that of a unix socket, with "@" for the leading NUL of an abstract name. It may hold any
	// bytes.
	Name string
	// Inode is 0 if no file belongs to the socket, so that nobody can own it.
	Inode uint64
	// Cookie identifies the socket among all of this boot; 0 if the source does not report it.
	Cookie uint64
	// Netns is the inode of the network namespace; 0 unless [Query.Netns] is set.
	Netns uint64
	// Peer is the inode of the other end of a unix socket; 0 if unknown.
	Peer uint64
	// Interface is the index of the one it is bound to; 0 if none, or unknown.
	Interface uint32
	// Suspect reports that the row may be forged by the name of a unix socket.
	Suspect bool
	// Owners are all of them, by pid, then descriptor. In [Scanner.Visit] they are valid until the
	// function returns.
	Owners []Owner

	known                               uint32
	uid, rxQueue, txQueue, backlogLimit uint32
}

// UID returns the user the socket belongs to, if the source reports it.
func (socket *Socket) UID() (uid uint32, known bool) {
	return socket.uid, socket.known&C.PROCNET_KNOWN_UID != 0
}

// RxQueue returns the bytes to be read; of a TCP listener the connections that wait to be accepted.
func (socket *Socket) RxQueue() (bytes uint32, known bool) {
	return socket.rxQueue, socket.known&C.PROCNET_KNOWN_RX_QUEUE != 0
}

// TxQueue returns the bytes to be sent or acknowledged.
func (socket *Socket) TxQueue() (bytes uint32, known bool) {
	return socket.txQueue, socket.known&C.PROCNET_KNOWN_TX_QUEUE != 0
}

// Backlog returns how many connections may wait at a TCP listener; only sock_diag reports it.
func (socket *Socket) Backlog() (connections uint32, known bool) {
	return socket.backlogLimit, socket.known&C.PROCNET_KNOWN_BACKLOG != 0
}

// HasName reports whether it is a unix socket that is bound.
func (socket *Socket) HasName() bool {
	return socket.known&C.PROCNET_KNOWN_NAME != 0
}

// batch is what the shim has collected.
type batch struct {
	c     *C.shim_batch
	comms map[string]string
	// Of the socket that is passed on.
	owners []Owner
}

func items[T any](array C.shim_array) []T {
	if array.count == 0 {
		return nil
	}
	return unsafe.Slice((*T)(array.items), int(array.count))
}

func (batch *batch) bytes(at, length C.uint64_t) []byte {
	return items[byte](batch.c.bytes)[at : at+length]
}

// comm returns the name of a process, which is mostly known already.
func (batch *batch) comm(owner *C.shim_owner) string {
	bytes := batch.bytes(owner.comm, C.uint64_t(owner.comm_len))
	if known, ok := batch.comms[string(bytes)]; ok {
		return known
	}
	// Others choose the names.
	if len(batch.comms) >= 4096 {
		for name := range batch.comms {
			delete(batch.comms, name)
		}
	}
	name := string(bytes)
	batch.comms[name] = name
	return name
}

func (batch *batch) owner(row *C.shim_owner) Owner {
	owner := Owner{PID: uint32(row.pid), FD: uint32(row.fd), Comm: batch.comm(row)}
	if row.known&C.PROCNET_OWNER_START_TIME != 0 {
		owner.StartTime = uint64(row.start_time)
	}
	if row.known&C.PROCNET_OWNER_UIDS != 0 {
		owner.UIDs = (*[4]uint32)(&[4]uint32{
			uint32(row.uids[0]), uint32(row.uids[1]), uint32(row.uids[2]), uint32(row.uids[3]),
		})
	}
	return owner
}

// fill sets a socket. Its owners are appended to owners.
func (batch *batch) fill(socket *Socket, row *C.shim_row, owners []Owner) []Owner {
	first := len(owners)
	if row.owners_len > 0 {
		all := items[C.shim_owner](batch.c.owners)[row.owners : row.owners+row.owners_len]
		for at := range all {
			owners = append(owners, batch.owner(&all[at]))
		}
	}
	*socket = Socket{
		Kind:         Kind(row.kind),
		State:        State(row.state),
		Type:         uint32(row._type),
		Protocol:     uint32(row.protocol),
		Local:        addrPort(&row.local),
		Remote:       addrPort(&row.remote),
		Inode:        uint64(row.inode),
		Cookie:       uint64(row.cookie),
		Netns:        uint64(row.netns),
		Peer:         uint64(row.peer),
		Interface:    uint32(row._interface),
		Suspect:      row.flags&C.PROCNET_FLAG_SUSPECT != 0,
		known:        uint32(row.known),
		uid:          uint32(row.uid),
		rxQueue:      uint32(row.rx_queue),
		txQueue:      uint32(row.tx_queue),
		backlogLimit: uint32(row.backlog),
	}
	if row.name_len > 0 {
		socket.Name = string(batch.bytes(row.name, C.uint64_t(row.name_len)))
	}
	if len(owners) > first {
		socket.Owners = owners[first:len(owners):len(owners)]
	}
	return owners
}

const (
	afInet  = 2
	afInet6 = 10
)

func addrPort(address *C.procnet_address) netip.AddrPort {
	bytes := (*[16]byte)(unsafe.Pointer(&address.bytes))
	switch address.family {
	case afInet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{bytes[0], bytes[1], bytes[2], bytes[3]}),
			uint16(address.port))
	case afInet6:
		ip := netip.AddrFrom16(*bytes)
		if address.scope_id != 0 {
			ip = ip.WithZone(strconv.FormatUint(uint64(address.scope_id), 10))
		}
		return netip.AddrPortFrom(ip, uint16(address.port))
	}
	return netip.AddrPort{}
}

func cAddress(end netip.AddrPort) (address C.procnet_address) {
	if end.Addr().Is4() {
		address.family = afInet
		bytes := end.Addr().As4()
		copy((*[16]byte)(unsafe.Pointer(&address.bytes))[:], bytes[:])
	} else if end.Addr().Is6() {
		address.family = afInet6
		*(*[16]byte)(unsafe.Pointer(&address.bytes)) = end.Addr().As16()
		if scope, err := strconv.ParseUint(end.Addr().Zone(), 10, 32); err == nil {
			address.scope_id = C.uint32_t(scope)
		}
	}
	address.port = C.uint16_t(end.Port())
	return address
}

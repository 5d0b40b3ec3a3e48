package net

import "encoding/json"

// IOCountersStat has the counters of an interface.
type IOCountersStat struct {
	Name        string `json:"name"`        // interface name
	BytesSent   uint64 `json:"bytesSent"`   // number of bytes sent
	BytesRecv   uint64 `json:"bytesRecv"`   // number of bytes received
	PacketsSent uint64 `json:"packetsSent"` // number of packets sent
	PacketsRecv uint64 `json:"packetsRecv"` // number of packets received
	Errin       uint64 `json:"errin"`       // errors while receiving
	Errout      uint64 `json:"errout"`      // errors while sending
	Dropin      uint64 `json:"dropin"`      // incoming packets dropped
	Dropout     uint64 `json:"dropout"`     // outgoing packets dropped
	Fifoin      uint64 `json:"fifoin"`      // FIFO overruns while receiving
	Fifoout     uint64 `json:"fifoout"`     // FIFO overruns while sending
}

// Addr is an end of a connection: an IP address and a port, or the name of a unix socket as IP.
type Addr struct {
	IP   string `json:"ip"`
	Port uint32 `json:"port"`
}

// ConnectionStat is a socket with one of its owners.
type ConnectionStat struct {
	Fd     uint32  `json:"fd"`
	Family uint32  `json:"family"`
	Type   uint32  `json:"type"`
	Laddr  Addr    `json:"localaddr"`
	Raddr  Addr    `json:"remoteaddr"`
	Status string  `json:"status"`
	Uids   []int32 `json:"uids"`
	Pid    int32   `json:"pid"`
}

// ProtoCountersStat has the counters of a protocol.
type ProtoCountersStat struct {
	Protocol string           `json:"protocol"`
	Stats    map[string]int64 `json:"stats"`
}

// InterfaceAddr is an address of an interface.
type InterfaceAddr struct {
	Addr string `json:"addr"`
}

// InterfaceAddrList is a list of addresses.
type InterfaceAddrList []InterfaceAddr

// InterfaceStat is an interface.
type InterfaceStat struct {
	Index        int               `json:"index"`
	MTU          int               `json:"mtu"`          // maximum transmission unit
	Name         string            `json:"name"`         // such as "en0", "lo0", "eth0.100"
	HardwareAddr string            `json:"hardwareAddr"` // IEEE MAC-48, EUI-48 and EUI-64 form
	Flags        []string          `json:"flags"`        // such as "up", "loopback"
	Addrs        InterfaceAddrList `json:"addrs"`
}

// InterfaceStatList is a list of interfaces.
type InterfaceStatList []InterfaceStat

// FilterStat has the number of tracked connections, and its limit.
type FilterStat struct {
	ConnTrackCount int64 `json:"connTrackCount"`
	ConnTrackMax   int64 `json:"connTrackMax"`
}

// ConntrackStat says what connection tracking did. A column that the kernel does not have is 0.
type ConntrackStat struct {
	Entries       uint32 `json:"entries"`       // tracked connections
	Searched      uint32 `json:"searched"`      // lookups
	Found         uint32 `json:"found"`         // lookups that succeeded
	New           uint32 `json:"new"`           // entries added that were not expected
	Invalid       uint32 `json:"invalid"`       // packets that cannot be tracked
	Ignore        uint32 `json:"ignore"`        // packets already connected to an entry
	Delete        uint32 `json:"delete"`        // entries removed
	DeleteList    uint32 `json:"deleteList"`    // entries put to the dying list
	Insert        uint32 `json:"insert"`        // entries inserted
	InsertFailed  uint32 `json:"insertFailed"`  // insertions that failed, as the entry existed
	Drop          uint32 `json:"drop"`          // packets dropped
	EarlyDrop     uint32 `json:"earlyDrop"`     // entries dropped for new ones at the limit
	IcmpError     uint32 `json:"icmpError"`     // packets of ICMP that cannot be tracked
	ExpectNew     uint32 `json:"expectNew"`     // entries added that were expected
	ExpectCreate  uint32 `json:"expectCreate"`  // expectations added
	ExpectDelete  uint32 `json:"expectDelete"`  // expectations deleted
	SearchRestart uint32 `json:"searchRestart"` // lookups restarted, as the table was resized
}

// NewConntrackStat returns one with these values, in the order of the fields.
func NewConntrackStat(e, s, f, n, inv, ign, del, dlst, ins, insfail, drop, edrop, ie, en, ec, ed, sr uint32) *ConntrackStat {
	return &ConntrackStat{
		Entries: e, Searched: s, Found: f, New: n, Invalid: inv, Ignore: ign, Delete: del, DeleteList: dlst,
		Insert: ins, InsertFailed: insfail, Drop: drop, EarlyDrop: edrop, IcmpError: ie, ExpectNew: en,
		ExpectCreate: ec, ExpectDelete: ed, SearchRestart: sr,
	}
}

// column returns the field of a column of net/stat/nf_conntrack; nil if there is none.
func (stat *ConntrackStat) column(name string) *uint32 {
	switch name {
	case "entries":
		return &stat.Entries
	case "searched":
		return &stat.Searched
	case "found":
		return &stat.Found
	case "new":
		return &stat.New
	case "invalid":
		return &stat.Invalid
	case "ignore":
		return &stat.Ignore
	case "delete":
		return &stat.Delete
	case "delete_list":
		return &stat.DeleteList
	case "insert":
		return &stat.Insert
	case "insert_failed":
		return &stat.InsertFailed
	case "drop":
		return &stat.Drop
	case "early_drop":
		return &stat.EarlyDrop
	case "icmp_error":
		return &stat.IcmpError
	case "expect_new":
		return &stat.ExpectNew
	case "expect_create":
		return &stat.ExpectCreate
	case "expect_delete":
		return &stat.ExpectDelete
	case "search_restart":
		return &stat.SearchRestart
	}
	return nil
}

var conntrackColumns = []string{
	"entries", "searched", "found", "new", "invalid", "ignore", "delete", "delete_list", "insert",
	"insert_failed", "drop", "early_drop", "icmp_error", "expect_new", "expect_create", "expect_delete",
	"search_restart",
}

// ConntrackStatList is a list of what connection tracking did on each CPU.
type ConntrackStatList struct {
	items []*ConntrackStat
}

// NewConntrackStatList returns an empty list.
func NewConntrackStatList() *ConntrackStatList {
	return &ConntrackStatList{items: []*ConntrackStat{}}
}

// Append adds a CPU.
func (list *ConntrackStatList) Append(stat *ConntrackStat) {
	list.items = append(list.items, stat)
}

// Items returns the CPUs.
func (list *ConntrackStatList) Items() []ConntrackStat {
	items := make([]ConntrackStat, len(list.items))
	for at, item := range list.items {
		items[at] = *item
	}
	return items
}

// Summary returns a list of one element, the sum of all. Entries is the same on each CPU, and taken once.
func (list *ConntrackStatList) Summary() []ConntrackStat {
	var sum ConntrackStat
	for _, item := range list.items {
		for _, name := range conntrackColumns {
			*sum.column(name) += *item.column(name)
		}
	}
	if len(list.items) > 0 {
		sum.Entries = list.items[0].Entries
	}
	return []ConntrackStat{sum}
}

func text(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// String returns it as JSON.
func (n IOCountersStat) String() string { return text(n) }

// String returns it as JSON.
func (n ConnectionStat) String() string { return text(n) }

// String returns it as JSON.
func (n ProtoCountersStat) String() string { return text(n) }

// String returns it as JSON.
func (a Addr) String() string { return text(a) }

// String returns it as JSON.
func (n InterfaceStat) String() string { return text(n) }

// String returns it as JSON.
func (l InterfaceStatList) String() string { return text(l) }

// String returns it as JSON.
func (n InterfaceAddr) String() string { return text(n) }

// String returns it as JSON.
func (n ConntrackStat) String() string { return text(n) }

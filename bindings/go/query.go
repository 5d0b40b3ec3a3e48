package procnet

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"math"
	"time"
	"unsafe"
)

// Kinds is a set of kinds; the zero value stands for [KindsDefault].
type Kinds uint32

// Sets of kinds.
const (
	KindsTCP     Kinds = C.PROCNET_KINDS_TCP
	KindsUDP     Kinds = C.PROCNET_KINDS_UDP
	KindsInet    Kinds = C.PROCNET_KINDS_INET
	KindsUnix    Kinds = C.PROCNET_KINDS_UNIX
	KindsDefault Kinds = C.PROCNET_KINDS_DEFAULT // TCP, UDP and unix sockets
	KindsAll     Kinds = C.PROCNET_KINDS_ALL
)

// KindsOf returns the set of some kinds.
func KindsOf(kinds ...Kind) (set Kinds) {
	for _, kind := range kinds {
		set |= 1 << kind
	}
	return set
}

// ParseKinds returns the set with a name: all, tcp, tcp4, tcp6, udp, udp4, udp6, unix, inet, inet4,
// inet6, udplite, raw, icmp, packet, netlink, every. The error lists the names.
func ParseKinds(name string) (Kinds, error) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	var kinds C.uint32_t
	var err *C.procnet_error
	if err := taken(C.procnet_kinds_parse(text, &kinds, &err), err); err != nil {
		return 0, err
	}
	return Kinds(kinds), nil
}

// Source says where sockets come from.
type Source uint32

// The sources of sockets.
const (
	SourceAuto    Source = C.PROCNET_SOURCE_AUTO    // for each table sock_diag where it works, else /proc/net
	SourceProcfs  Source = C.PROCNET_SOURCE_PROCFS  // only /proc/net
	SourceNetlink Source = C.PROCNET_SOURCE_NETLINK // only sock_diag
	SourceBPF     Source = C.PROCNET_SOURCE_BPF     // only a BPF iterator, which sees what a descriptor holds
)

// OwnerSource says how owners are found.
type OwnerSource uint32

// The sources of owners.
const (
	OwnersAuto OwnerSource = C.PROCNET_OWNER_SOURCE_AUTO // by BPF where it may be loaded and pays, else by a walk
	OwnersWalk OwnerSource = C.PROCNET_OWNER_SOURCE_WALK // by a walk over /proc/PID/fd
	OwnersBPF  OwnerSource = C.PROCNET_OWNER_SOURCE_BPF  // only by a BPF iterator
)

// Netns selects network namespaces. The zero value is that of the root or of [Query.PID], and sockets
// then do not have [Socket.Netns].
type Netns struct {
	selected C.uint32_t
	pid      uint32
	path     string
}

// NetnsOwn selects the namespace of the root, and NetnsAll every one that can be found.
var (
	NetnsOwn = Netns{selected: C.PROCNET_NETNS_OWN}
	NetnsAll = Netns{selected: C.PROCNET_NETNS_ALL}
)

// NetnsOf selects the namespace of a process.
func NetnsOf(pid uint32) Netns {
	return Netns{pid: pid}
}

// NetnsAt selects the namespace with this file, such as /run/netns/NAME.
func NetnsAt(path string) Netns {
	return Netns{path: path}
}

// Budget limits the search for owners of an incremental query. Its zero value is no limit.
type Budget struct {
	Time  time.Duration // about as long as this; 0 for no limit
	Calls uint64        // system calls; 0 for no limit
}

// Query says which sockets to visit and what to report about them. Its zero value selects TCP, UDP and
// unix sockets with their owners. All conditions have to hold.
type Query struct {
	Kinds     Kinds
	States    []State // any if empty
	Listening bool    // only sockets that wait for others, as `ss -l` lists them
	Filter    string  // an expression of ss, such as "dport = :443 and not comm = curl"
	PID       uint32  // only sockets of this process, in its namespace; any if 0
	Limit     uint64  // at most as many sockets; 0 for no limit
	// WithoutOwners leaves out the search for owners, which is most of the cost.
	WithoutOwners bool
	ProcessUIDs   bool // read the user ids of owning processes
	// Incremental keeps owners from one visit of the scanner to the next, and looks for new ones only.
	Incremental *Budget
	Source      Source
	OwnerSource OwnerSource
	Netns       Netns
}

// make returns the query for C, to be freed.
func (query *Query) make() (*C.procnet_query, error) {
	made := C.procnet_query_new()
	var err *C.procnet_error
	set := func(call func() C.procnet_result) bool {
		return call() == C.PROCNET_OK
	}
	states := C.uint32_t(0)
	for _, state := range query.States {
		if state < 32 {
			states |= 1 << state
		} else {
			states |= 1 // none has this number
		}
	}
	ok := set(func() C.procnet_result {
		if query.Kinds == 0 {
			return C.PROCNET_OK
		}
		return C.procnet_query_set_kinds(made, C.uint32_t(query.Kinds), &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_states(made, states, &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_listening(made, C.bool(query.Listening), &err)
	}) && set(func() C.procnet_result {
		if query.Filter == "" {
			return C.PROCNET_OK
		}
		text := C.CString(query.Filter)
		defer C.free(unsafe.Pointer(text))
		return C.procnet_query_set_filter(made, text, &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_pid(made, C.uint32_t(query.PID), &err)
	}) && set(func() C.procnet_result {
		if query.Limit == 0 {
			return C.PROCNET_OK
		}
		return C.procnet_query_set_limit(made, C.uint64_t(query.Limit), &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_owners(made, C.bool(!query.WithoutOwners), &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_process_uids(made, C.bool(query.ProcessUIDs), &err)
	}) && set(func() C.procnet_result {
		if query.Incremental == nil {
			return C.PROCNET_OK
		}
		time, calls := C.uint64_t(math.MaxUint64), C.uint64_t(math.MaxUint64)
		if query.Incremental.Time > 0 {
			time = C.uint64_t(query.Incremental.Time.Nanoseconds())
		}
		if query.Incremental.Calls > 0 {
			calls = C.uint64_t(query.Incremental.Calls)
		}
		return C.procnet_query_set_incremental(made, true, time, calls, &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_source(made, C.uint32_t(query.Source), &err)
	}) && set(func() C.procnet_result {
		return C.procnet_query_set_owner_source(made, C.uint32_t(query.OwnerSource), &err)
	}) && set(func() C.procnet_result {
		switch {
		case query.Netns.path != "":
			path := C.CString(query.Netns.path)
			defer C.free(unsafe.Pointer(path))
			return C.procnet_query_set_netns_path(made, path, &err)
		case query.Netns.pid != 0:
			return C.procnet_query_set_netns_pid(made, C.uint32_t(query.Netns.pid), &err)
		}
		return C.procnet_query_set_netns(made, query.Netns.selected, &err)
	})
	if !ok {
		C.procnet_query_free(made)
		return nil, taken(C.procnet_error_code(err), err)
	}
	return made, nil
}

package procnet

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"math"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// Snapshot keeps the sockets of a visit, to be compared with those of a later one.
type Snapshot struct {
	lock sync.Mutex
	c    *C.procnet_snapshot
}

// NewSnapshot returns an empty snapshot.
func NewSnapshot() *Snapshot {
	snapshot := &Snapshot{c: C.procnet_snapshot_new()}
	runtime.SetFinalizer(snapshot, (*Snapshot).Close)
	return snapshot
}

// Close frees the sockets.
func (snapshot *Snapshot) Close() error {
	snapshot.lock.Lock()
	defer snapshot.lock.Unlock()
	C.procnet_snapshot_free(snapshot.c)
	snapshot.c = nil
	runtime.SetFinalizer(snapshot, nil)
	return nil
}

// Len returns the number of sockets.
func (snapshot *Snapshot) Len() int {
	snapshot.lock.Lock()
	defer snapshot.lock.Unlock()
	return int(C.procnet_snapshot_size(snapshot.c))
}

// Snapshot visits the sockets that match a query and keeps them in place of what the snapshot held,
// whose memory it reuses. It does not end before the visit does.
func (scanner *Scanner) Snapshot(query Query, snapshot *Snapshot) (Coverage, error) {
	made, err := query.make()
	if err != nil {
		return Coverage{}, err
	}
	defer C.procnet_query_free(made)
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	snapshot.lock.Lock()
	defer snapshot.lock.Unlock()
	var coverage *C.procnet_coverage
	var cErr *C.procnet_error
	result := C.procnet_scanner_snapshot(scanner.c, made, snapshot.c, &coverage, &cErr)
	if err := taken(result, cErr); err != nil {
		return Coverage{}, err
	}
	return coverageOf(coverage), nil
}

// Aspects say how a socket has changed.
type Aspects uint32

// The aspects of a socket that may change.
const (
	ChangedState     Aspects = C.PROCNET_CHANGED_STATE
	ChangedOwners    Aspects = C.PROCNET_CHANGED_OWNERS
	ChangedAddresses Aspects = C.PROCNET_CHANGED_ADDRESSES
	ChangedName      Aspects = C.PROCNET_CHANGED_NAME
	ChangedUser      Aspects = C.PROCNET_CHANGED_USER
	ChangedQueues    Aspects = C.PROCNET_CHANGED_QUEUES
)

var aspectNames = []string{"state", "owners", "addresses", "name", "user", "queues"}

// String lists the aspects.
func (aspects Aspects) String() string {
	var names []string
	for bit, name := range aspectNames {
		if aspects&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Change is how a socket differs between two snapshots.
type Change struct {
	Before *Socket // nil if it appeared
	After  *Socket // nil if it vanished
	What   Aspects // if it is in both
}

// Diff returns what differs from a newer snapshot of the same query. A socket that one of the two could
// not see is left out.
func (snapshot *Snapshot) Diff(newer *Snapshot) ([]Change, error) {
	if snapshot == newer {
		return nil, nil
	}
	// Always in the same order, so that two comparisons of the same snapshots do not wait for each other.
	first, second := snapshot, newer
	if uintptr(unsafe.Pointer(first)) > uintptr(unsafe.Pointer(second)) {
		first, second = second, first
	}
	first.lock.Lock()
	defer first.lock.Unlock()
	second.lock.Lock()
	defer second.lock.Unlock()
	c := C.shim_new(0, 0)
	if c == nil {
		return nil, syscall.ENOMEM
	}
	batch := batch{c: c, comms: make(map[string]string)}
	defer C.shim_free(batch.c)
	var cErr *C.procnet_error
	if err := taken(C.shim_diff(snapshot.c, newer.c, batch.c, &cErr), cErr); err != nil {
		return nil, err
	}
	if batch.c.failed != 0 {
		return nil, syscall.ENOMEM
	}
	sockets := batch.sockets()
	at := func(index C.uint64_t) *Socket {
		if index == math.MaxUint64 {
			return nil
		}
		return &sockets[index]
	}
	rows := items[C.shim_change](batch.c.changes)
	changes := make([]Change, len(rows))
	for index, row := range rows {
		changes[index] = Change{Before: at(row.before), After: at(row.after), What: Aspects(row.what)}
	}
	return changes, nil
}

// Sockets returns a copy of the sockets.
func (snapshot *Snapshot) Sockets(ctx context.Context) ([]Socket, error) {
	snapshot.lock.Lock()
	defer snapshot.lock.Unlock()
	c := C.shim_new(0, 0)
	if c == nil {
		return nil, syscall.ENOMEM
	}
	batch := batch{c: c, comms: make(map[string]string)}
	defer C.shim_free(batch.c)
	var cErr *C.procnet_error
	done := batch.watch(ctx)
	result := C.shim_snapshot_visit(snapshot.c, batch.c, &cErr)
	done()
	if err := taken(result, cErr); err != nil {
		return nil, err
	}
	if batch.c.failed != 0 {
		return nil, syscall.ENOMEM
	}
	if batch.c.stop != 0 {
		return nil, ctx.Err()
	}
	return batch.sockets(), nil
}

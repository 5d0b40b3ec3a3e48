package procnet

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"net/netip"
	"runtime/cgo"
	"syscall"
)

// Coverage says what an answer covers, and what it could not see.
type Coverage struct {
	// Complete reports whether everything that was asked for was seen, up to the limit of the query.
	Complete bool
	// Missing has a line for each thing that could not be seen.
	Missing string
	// Truncated reports whether the limit was reached, so that there may be more.
	Truncated bool

	Sockets     uint64 // reported
	Rows        uint64 // returned by the kernel, before any filter
	Repeated    uint64 // rows that the kernel returned again; each was reported once
	Undecodable uint64 // rows
	Suspect     uint64 // sockets whose row may be forged
	Undecided   uint64 // sockets left out because a value that the filter needs is unknown
	Ownerless   uint64 // sockets with an inode, but no visible owner
	Processes   uint64 // listed
	Unreadable  uint64 // processes of these
	Namespaces  uint64 // visited
	ByBPF       bool   // whether BPF found the owners
}

// coverageOf returns the coverage of C, and frees it.
func coverageOf(c *C.procnet_coverage) Coverage {
	defer C.procnet_coverage_free(c)
	count := func(which C.uint32_t) uint64 {
		return uint64(C.procnet_coverage_count(c, which))
	}
	return Coverage{
		Complete:    bool(C.procnet_coverage_is_complete(c)),
		Missing:     C.GoString(C.procnet_coverage_text(c)),
		Truncated:   count(C.PROCNET_COUNT_TRUNCATED) != 0,
		Sockets:     count(C.PROCNET_COUNT_SOCKETS),
		Rows:        count(C.PROCNET_COUNT_ROWS),
		Repeated:    count(C.PROCNET_COUNT_REPEATED),
		Undecodable: count(C.PROCNET_COUNT_UNDECODABLE),
		Suspect:     count(C.PROCNET_COUNT_SUSPECT),
		Undecided:   count(C.PROCNET_COUNT_UNDECIDED),
		Ownerless:   count(C.PROCNET_COUNT_OWNERLESS),
		Processes:   count(C.PROCNET_COUNT_PROCESSES),
		Unreadable:  count(C.PROCNET_COUNT_PROCESSES_UNREADABLE),
		Namespaces:  count(C.PROCNET_COUNT_NAMESPACES),
		ByBPF:       count(C.PROCNET_COUNT_BY_BPF) != 0,
	}
}

// ErrStop is returned by the function of a visit to end it without an error.
var ErrStop = errors.New("procnet: stop")

// visitor is a visit as its batches see it.
type visitor struct {
	batch batch
	visit func(*Socket) error
	err   error
	// What the function has thrown.
	panicked any
}

// The number of sockets of a batch.
const batchSize = 1024

//export procnetGoBatch
func procnetGoBatch(handle C.uintptr_t) (stop C.int) {
	visitor := cgo.Handle(handle).Value().(*visitor)
	// A panic must not pass through C.
	defer func() {
		if thrown := recover(); thrown != nil {
			visitor.panicked, stop = thrown, 1
		}
	}()
	if visitor.pass() != nil {
		return 1
	}
	return 0
}

// pass passes the sockets of the batch on.
func (visitor *visitor) pass() error {
	var socket Socket
	rows := items[C.shim_row](visitor.batch.c.rows)
	for at := range rows {
		visitor.batch.owners = visitor.batch.fill(&socket, &rows[at], visitor.batch.owners[:0])
		if visitor.err = visitor.visit(&socket); visitor.err != nil {
			return visitor.err
		}
	}
	return nil
}

// newBatch returns an empty batch, to be freed.
func (scanner *Scanner) newBatch(flush int, handle cgo.Handle) (batch, error) {
	c := C.shim_new(C.size_t(flush), C.uintptr_t(handle))
	if c == nil {
		return batch{}, syscall.ENOMEM
	}
	return batch{c: c, comms: scanner.comms}, nil
}

// watch sets the batch's stop when the context ends. The result ends that.
func (batch *batch) watch(ctx context.Context) (done func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	ended, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-ctx.Done():
			C.shim_stop(batch.c)
		case <-ended:
		}
	}()
	return func() {
		close(ended)
		<-left
	}
}

// Visit passes every socket that matches the query to a function, each once. The socket and its owners
// are valid until the function returns. The function must not use the scanner: the call would wait for
// itself. An error of the function ends the visit and is returned, except [ErrStop]. When the context ends, so does the visit at the next socket, with the error of the context.
func (scanner *Scanner) Visit(ctx context.Context, query Query, visit func(*Socket) error) (Coverage, error) {
	return scanner.run(ctx, query, batchSize, func(visitor *visitor) error {
		visitor.visit = visit
		return nil
	}, (*visitor).pass)
}

// Collect returns every socket that matches the query.
func (scanner *Scanner) Collect(ctx context.Context, query Query) ([]Socket, Coverage, error) {
	var sockets []Socket
	coverage, err := scanner.run(ctx, query, 0, nil, func(visitor *visitor) error {
		sockets = visitor.batch.sockets()
		return nil
	})
	if err != nil {
		return nil, Coverage{}, err
	}
	return sockets, coverage, nil
}

// sockets returns all sockets of a batch.
func (batch *batch) sockets() []Socket {
	rows := items[C.shim_row](batch.c.rows)
	sockets := make([]Socket, len(rows))
	// All owners in one array, which does not grow.
	owners := make([]Owner, 0, int(batch.c.owners.count))
	for at := range rows {
		owners = batch.fill(&sockets[at], &rows[at], owners)
	}
	return sockets
}

// run visits the sockets of a query, in batches of so many, and finishes with what is left.
func (scanner *Scanner) run(
	ctx context.Context, query Query, flush int, begin, finish func(*visitor) error,
) (Coverage, error) {
	if err := ctx.Err(); err != nil {
		return Coverage{}, err
	}
	made, err := query.make()
	if err != nil {
		return Coverage{}, err
	}
	defer C.procnet_query_free(made)

	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	var visitor visitor
	handle := cgo.NewHandle(&visitor)
	defer handle.Delete()
	if visitor.batch, err = scanner.newBatch(flush, handle); err != nil {
		return Coverage{}, err
	}
	defer C.shim_free(visitor.batch.c)
	if begin != nil {
		if err := begin(&visitor); err != nil {
			return Coverage{}, err
		}
	}
	var cCoverage *C.procnet_coverage
	var cErr *C.procnet_error
	done := visitor.batch.watch(ctx)
	result := C.shim_visit(scanner.c, made, visitor.batch.c, &cCoverage, &cErr)
	done()
	if err := taken(result, cErr); err != nil {
		return Coverage{}, err
	}
	coverage := coverageOf(cCoverage)
	switch {
	case visitor.panicked != nil:
		panic(visitor.panicked)
	case visitor.batch.c.failed != 0:
		return coverage, syscall.ENOMEM
	case visitor.err == nil && visitor.batch.c.stop != 0:
		return coverage, ctx.Err()
	case visitor.err == nil:
		visitor.err = finish(&visitor)
	}
	if visitor.err == ErrStop {
		visitor.err = nil
	}
	return coverage, visitor.err
}

// Transport is a protocol of [Scanner.Lookup].
type Transport uint32

// The transports.
const (
	TransportTCP     Transport = syscall.IPPROTO_TCP
	TransportUDP     Transport = syscall.IPPROTO_UDP
	TransportUDPLite Transport = syscall.IPPROTO_UDPLITE
)

// Lookup returns the socket with exactly these ends, without owners. The remote end of a listener or an
// unconnected socket is the zero value. It takes some microseconds, however many sockets there are. If
// there is none, errors.Is(err, [fs.ErrNotExist]).
func (scanner *Scanner) Lookup(transport Transport, local, remote netip.AddrPort) (*Socket, error) {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	batch, err := scanner.newBatch(0, 0)
	if err != nil {
		return nil, err
	}
	defer C.shim_free(batch.c)
	ends := [2]C.procnet_address{cAddress(local), cAddress(remote)}
	end := &ends[1]
	if !remote.IsValid() {
		end = nil
	}
	var cErr *C.procnet_error
	result := C.shim_lookup(scanner.c, C.uint32_t(transport), &ends[0], end, batch.c, &cErr)
	if err := taken(result, cErr); err != nil {
		return nil, err
	}
	sockets := batch.sockets()
	if len(sockets) == 0 {
		return nil, syscall.ENOMEM
	}
	return &sockets[0], nil
}

// OwnersOf returns every owner of the socket with this inode. It examines every process: for many
// sockets, a visit is better.
func (scanner *Scanner) OwnersOf(inode uint64) ([]Owner, Coverage, error) {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	batch, err := scanner.newBatch(0, 0)
	if err != nil {
		return nil, Coverage{}, err
	}
	defer C.shim_free(batch.c)
	var cCoverage *C.procnet_coverage
	var cErr *C.procnet_error
	result := C.shim_owners_of(scanner.c, C.uint64_t(inode), batch.c, &cCoverage, &cErr)
	if err := taken(result, cErr); err != nil {
		return nil, Coverage{}, err
	}
	rows := items[C.shim_owner](batch.c.owners)
	owners := make([]Owner, len(rows))
	for at := range rows {
		owners[at] = batch.owner(&rows[at])
	}
	return owners, coverageOf(cCoverage), nil
}

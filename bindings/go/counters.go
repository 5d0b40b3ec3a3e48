package procnet

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"math"
	"syscall"
	"unsafe"
)

// Interface has the 16 counters of an interface.
type Interface struct {
	Name  string
	Index uint32 // 0 if unknown

	RxBytes, RxPackets, RxErrs, RxDrop, RxFifo, RxFrame, RxCompressed, RxMulticast uint64
	TxBytes, TxPackets, TxErrs, TxDrop, TxFifo, TxColls, TxCarrier, TxCompressed   uint64
}

// read passes what a call has collected to a function.
func (scanner *Scanner) read(
	call func(*C.procnet_scanner, *C.shim_batch, **C.procnet_error) C.procnet_result, take func(*batch),
) error {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	batch, err := scanner.newBatch(0, 0)
	if err != nil {
		return err
	}
	defer C.shim_free(batch.c)
	var cErr *C.procnet_error
	if err := taken(call(scanner.c, batch.c, &cErr), cErr); err != nil {
		return err
	}
	if batch.c.failed != 0 {
		return syscall.ENOMEM
	}
	take(&batch)
	return nil
}

func (batch *batch) interfaces() []Interface {
	rows := items[C.shim_interface](batch.c.interfaces)
	interfaces := make([]Interface, len(rows))
	for at := range rows {
		row := &rows[at]
		n := (*[16]uint64)(unsafe.Pointer(&row.counters))
		interfaces[at] = Interface{
			Name:    string(batch.bytes(row.name, row.name_len)),
			Index:   uint32(row.index),
			RxBytes: n[0], RxPackets: n[1], RxErrs: n[2], RxDrop: n[3],
			RxFifo: n[4], RxFrame: n[5], RxCompressed: n[6], RxMulticast: n[7],
			TxBytes: n[8], TxPackets: n[9], TxErrs: n[10], TxDrop: n[11],
			TxFifo: n[12], TxColls: n[13], TxCarrier: n[14], TxCompressed: n[15],
		}
	}
	return interfaces
}

// Interfaces returns the counters of every interface (net/dev).
func (scanner *Scanner) Interfaces() (interfaces []Interface, err error) {
	err = scanner.read(
		func(c *C.procnet_scanner, batch *C.shim_batch, err **C.procnet_error) C.procnet_result {
			return C.shim_interfaces(c, nil, batch, err)
		},
		func(batch *batch) { interfaces = batch.interfaces() },
	)
	return interfaces, err
}

// InterfacesOfFile returns the counters in a file with the format of net/dev.
func InterfacesOfFile(path string) ([]Interface, error) {
	c := C.shim_new(0, 0)
	if c == nil {
		return nil, syscall.ENOMEM
	}
	defer C.shim_free(c)
	text := C.CString(path)
	defer C.free(unsafe.Pointer(text))
	var cErr *C.procnet_error
	if err := taken(C.shim_interfaces(nil, text, c, &cErr), cErr); err != nil {
		return nil, err
	}
	if c.failed != 0 {
		return nil, syscall.ENOMEM
	}
	return (&batch{c: c}).interfaces(), nil
}

// Counter is a number with its names.
type Counter struct {
	Group string // the protocol; "" of connection tracking
	Name  string
	Value int64 // math.MaxInt64 if it is greater
	CPU   uint32
}

func (batch *batch) counters() []Counter {
	rows := items[C.shim_counter](batch.c.counters)
	counters := make([]Counter, len(rows))
	for at := range rows {
		row := &rows[at]
		value := int64(math.MaxInt64)
		if row.value <= math.MaxInt64 {
			value = int64(row.value)
		}
		if row.negative != 0 {
			value = -value
		}
		counters[at] = Counter{
			Group: string(batch.bytes(row.group, row.group_len)),
			Name:  string(batch.bytes(row.name, row.name_len)),
			Value: value,
			CPU:   uint32(row.row),
		}
	}
	return counters
}

func (scanner *Scanner) counters(table C.uint32_t) (counters []Counter, err error) {
	err = scanner.read(
		func(c *C.procnet_scanner, batch *C.shim_batch, err **C.procnet_error) C.procnet_result {
			return C.shim_counters(c, table, batch, err)
		},
		func(batch *batch) { counters = batch.counters() },
	)
	return counters, err
}

// Snmp returns the counters of protocols in net/snmp: Ip, Icmp, IcmpMsg, Tcp, Udp, UdpLite.
func (scanner *Scanner) Snmp() ([]Counter, error) {
	return scanner.counters(C.PROCNET_COUNTERS_SNMP)
}

// Netstat returns the extended counters in net/netstat: TcpExt, IpExt, MPTcpExt.
func (scanner *Scanner) Netstat() ([]Counter, error) {
	return scanner.counters(C.PROCNET_COUNTERS_NETSTAT)
}

// Sockstat returns the numbers of sockets in net/sockstat.
func (scanner *Scanner) Sockstat() ([]Counter, error) {
	return scanner.counters(C.PROCNET_COUNTERS_SOCKSTAT)
}

// Sockstat6 returns the numbers of IPv6 sockets in net/sockstat6.
func (scanner *Scanner) Sockstat6() ([]Counter, error) {
	return scanner.counters(C.PROCNET_COUNTERS_SOCKSTAT6)
}

// ConntrackStats returns what connection tracking did, on each CPU or in all. The error has
// [CodeNotLoaded] if connection tracking is not loaded.
func (scanner *Scanner) ConntrackStats(perCPU bool) (counters []Counter, err error) {
	err = scanner.read(
		func(c *C.procnet_scanner, batch *C.shim_batch, err **C.procnet_error) C.procnet_result {
			return C.shim_conntrack(c, C.bool(perCPU), batch, err)
		},
		func(batch *batch) { counters = batch.counters() },
	)
	return counters, err
}

// ConntrackCounts returns the number of tracked connections, and its limit.
func (scanner *Scanner) ConntrackCounts() (count, limit uint64, err error) {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	var cCount, cLimit C.uint64_t
	var cErr *C.procnet_error
	result := C.procnet_scanner_conntrack_counts(scanner.c, &cCount, &cLimit, &cErr)
	if err := taken(result, cErr); err != nil {
		return 0, 0, err
	}
	return uint64(cCount), uint64(cLimit), nil
}

// PIDs returns the pids of all visible processes.
func (scanner *Scanner) PIDs() ([]uint32, error) {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	pids := make([]uint32, 1024)
	for {
		var count C.size_t
		var cErr *C.procnet_error
		result := C.procnet_scanner_pids(scanner.c, (*C.uint32_t)(unsafe.Pointer(&pids[0])),
			C.size_t(len(pids)), &count, &cErr)
		if err := taken(result, cErr); err != nil {
			return nil, err
		}
		if int(count) <= len(pids) {
			return pids[:count], nil
		}
		pids = make([]uint32, int(count)+64)
	}
}

// ProcessUIDs returns the real, effective, saved and filesystem user id of a process.
func (scanner *Scanner) ProcessUIDs(pid uint32) (uids [4]uint32, err error) {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	var cErr *C.procnet_error
	result := C.procnet_scanner_process_uids(scanner.c, C.uint32_t(pid),
		(*C.uint32_t)(unsafe.Pointer(&uids)), &cErr)
	return uids, taken(result, cErr)
}

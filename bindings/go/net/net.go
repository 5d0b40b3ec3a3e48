// Package net has the functions and types of gopsutil's package net for Linux, on top of procnet: a
// program changes its import and nothing else. The README lists the differences.
//
// $HOST_PROC names another /proc, as for gopsutil. With functions that end in WithContext, the call
// returns when the context ends.
package net

import (
	"context"
	"errors"
	"fmt"
	stdnet "net"
	"os"
	"strings"
	"sync"

	"procnet"
)

// The scanners that are not in use, by root.
var (
	freeLock sync.Mutex
	free     = map[string][]*procnet.Scanner{}
)

// The most that are kept for a root: as many as have been in use at the same time.
const maxFree = 4

// with passes a scanner to a function. If the context ends first, its error is returned at once, and
// the function ends in the background.
func with[T any](ctx context.Context, ask func(context.Context, *procnet.Scanner) (T, error)) (T, error) {
	var nothing T
	if err := ctx.Err(); err != nil {
		return nothing, err
	}
	root := os.Getenv("HOST_PROC")
	if root == "" {
		root = "/proc"
	}
	run := func() (T, error) {
		scanner, err := take(root)
		if err != nil {
			return nothing, err
		}
		value, err := ask(ctx, scanner)
		var failed *procnet.Error
		if errors.As(err, &failed) && failed.Code == procnet.CodePanic {
			// It cannot be used again.
			scanner.Close()
		} else {
			give(root, scanner)
		}
		return value, err
	}
	if ctx.Done() == nil {
		return run()
	}
	answers := make(chan answer[T], 1)
	go func() {
		value, err := run()
		answers <- answer[T]{value, err}
	}()
	select {
	case answer := <-answers:
		return answer.value, answer.err
	case <-ctx.Done():
		return nothing, ctx.Err()
	}
}

type answer[T any] struct {
	value T
	err   error
}

func take(root string) (*procnet.Scanner, error) {
	freeLock.Lock()
	defer freeLock.Unlock()
	if kept := free[root]; len(kept) > 0 {
		free[root] = kept[:len(kept)-1]
		return kept[len(kept)-1], nil
	}
	return procnet.NewScanner(root)
}

func give(root string, scanner *procnet.Scanner) {
	freeLock.Lock()
	defer freeLock.Unlock()
	if len(free[root]) < maxFree {
		free[root] = append(free[root], scanner)
	} else {
		scanner.Close()
	}
}

// IOCounters returns the counters of each interface, or if pernic is false their sum, named "all".
func IOCounters(pernic bool) ([]IOCountersStat, error) {
	return IOCountersWithContext(context.Background(), pernic)
}

// IOCountersWithContext is as [IOCounters].
func IOCountersWithContext(ctx context.Context, pernic bool) ([]IOCountersStat, error) {
	interfaces, err := with(ctx, func(_ context.Context, scanner *procnet.Scanner) ([]procnet.Interface, error) {
		return scanner.Interfaces()
	})
	return ioCounters(interfaces, pernic, err)
}

// IOCountersByFile is as [IOCounters], from a file with the format of /proc/net/dev.
func IOCountersByFile(pernic bool, filename string) ([]IOCountersStat, error) {
	return IOCountersByFileWithContext(context.Background(), pernic, filename)
}

// IOCountersByFileWithContext is as [IOCountersByFile].
func IOCountersByFileWithContext(ctx context.Context, pernic bool, filename string) ([]IOCountersStat, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	interfaces, err := procnet.InterfacesOfFile(filename)
	return ioCounters(interfaces, pernic, err)
}

func ioCounters(interfaces []procnet.Interface, pernic bool, err error) ([]IOCountersStat, error) {
	if err != nil {
		return nil, err
	}
	stats := make([]IOCountersStat, 0, len(interfaces))
	sum := IOCountersStat{Name: "all"}
	for _, each := range interfaces {
		stats = append(stats, IOCountersStat{
			Name:        each.Name,
			BytesSent:   each.TxBytes,
			BytesRecv:   each.RxBytes,
			PacketsSent: each.TxPackets,
			PacketsRecv: each.RxPackets,
			Errin:       each.RxErrs,
			Errout:      each.TxErrs,
			Dropin:      each.RxDrop,
			Dropout:     each.TxDrop,
			Fifoin:      each.RxFifo,
			Fifoout:     each.TxFifo,
		})
		sum.BytesSent += each.TxBytes
		sum.BytesRecv += each.RxBytes
		sum.PacketsSent += each.TxPackets
		sum.PacketsRecv += each.RxPackets
		sum.Errin += each.RxErrs
		sum.Errout += each.TxErrs
		sum.Dropin += each.RxDrop
		sum.Dropout += each.TxDrop
		sum.Fifoin += each.RxFifo
		sum.Fifoout += each.TxFifo
	}
	if !pernic {
		return []IOCountersStat{sum}, nil
	}
	return stats, nil
}

// ProtoCounters returns the counters of the named protocols: ip, icmp, icmpmsg, tcp, udp, udplite; of
// all if none is named.
func ProtoCounters(protocols []string) ([]ProtoCountersStat, error) {
	return ProtoCountersWithContext(context.Background(), protocols)
}

// ProtoCountersWithContext is as [ProtoCounters].
func ProtoCountersWithContext(ctx context.Context, protocols []string) ([]ProtoCountersStat, error) {
	counters, err := with(ctx, func(_ context.Context, scanner *procnet.Scanner) ([]procnet.Counter, error) {
		return scanner.Snmp()
	})
	if err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(protocols))
	for _, protocol := range protocols {
		wanted[protocol] = true
	}
	stats := make([]ProtoCountersStat, 0, 6)
	for _, counter := range counters {
		protocol := strings.ToLower(counter.Group)
		if len(protocols) > 0 && !wanted[protocol] {
			continue
		}
		if len(stats) == 0 || stats[len(stats)-1].Protocol != protocol {
			stats = append(stats, ProtoCountersStat{Protocol: protocol, Stats: map[string]int64{}})
		}
		stats[len(stats)-1].Stats[counter.Name] = counter.Value
	}
	return stats, nil
}

// FilterCounters returns the number of tracked connections, and its limit.
func FilterCounters() ([]FilterStat, error) {
	return FilterCountersWithContext(context.Background())
}

// FilterCountersWithContext is as [FilterCounters].
func FilterCountersWithContext(ctx context.Context) ([]FilterStat, error) {
	return with(ctx, func(_ context.Context, scanner *procnet.Scanner) ([]FilterStat, error) {
		count, limit, err := scanner.ConntrackCounts()
		if err != nil {
			return nil, err
		}
		return []FilterStat{{ConnTrackCount: int64(count), ConnTrackMax: int64(limit)}}, nil
	})
}

// ConntrackStats returns what connection tracking did on each CPU, or if percpu is false the sum.
func ConntrackStats(percpu bool) ([]ConntrackStat, error) {
	return ConntrackStatsWithContext(context.Background(), percpu)
}

// ConntrackStatsWithContext is as [ConntrackStats].
func ConntrackStatsWithContext(ctx context.Context, percpu bool) ([]ConntrackStat, error) {
	counters, err := with(ctx, func(_ context.Context, scanner *procnet.Scanner) ([]procnet.Counter, error) {
		return scanner.ConntrackStats(true)
	})
	if err != nil {
		return nil, err
	}
	list := NewConntrackStatList()
	for _, counter := range counters {
		for int(counter.CPU) >= len(list.items) {
			list.Append(&ConntrackStat{})
		}
		if column := list.items[counter.CPU].column(counter.Name); column != nil {
			*column = uint32(counter.Value)
		}
	}
	if percpu {
		return list.Items(), nil
	}
	return list.Summary(), nil
}

// Pids returns the pids of all visible processes.
func Pids() ([]int32, error) {
	return PidsWithContext(context.Background())
}

// PidsWithContext is as [Pids].
func PidsWithContext(ctx context.Context) ([]int32, error) {
	pids, err := with(ctx, func(_ context.Context, scanner *procnet.Scanner) ([]uint32, error) {
		return scanner.PIDs()
	})
	signed := make([]int32, len(pids))
	for at, pid := range pids {
		signed[at] = int32(pid)
	}
	return signed, err
}

// Interfaces returns every interface with its addresses, as the standard library lists them.
func Interfaces() (InterfaceStatList, error) {
	return InterfacesWithContext(context.Background())
}

// InterfacesWithContext is as [Interfaces].
func InterfacesWithContext(ctx context.Context) (InterfaceStatList, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	interfaces, err := stdnet.Interfaces()
	if err != nil {
		return nil, err
	}
	list := make(InterfaceStatList, 0, len(interfaces))
	for _, each := range interfaces {
		stat := InterfaceStat{
			Index: each.Index, MTU: each.MTU, Name: each.Name, HardwareAddr: each.HardwareAddr.String(),
		}
		for _, flag := range []struct {
			flag stdnet.Flags
			name string
		}{
			{stdnet.FlagUp, "up"},
			{stdnet.FlagBroadcast, "broadcast"},
			{stdnet.FlagLoopback, "loopback"},
			{stdnet.FlagPointToPoint, "pointtopoint"},
			{stdnet.FlagMulticast, "multicast"},
		} {
			if each.Flags&flag.flag != 0 {
				stat.Flags = append(stat.Flags, flag.name)
			}
		}
		if addresses, err := each.Addrs(); err == nil {
			stat.Addrs = make(InterfaceAddrList, 0, len(addresses))
			for _, address := range addresses {
				stat.Addrs = append(stat.Addrs, InterfaceAddr{Addr: address.String()})
			}
		}
		list = append(list, stat)
	}
	return list, nil
}

// Reverse reverses bytes in place.
func Reverse(s []byte) []byte {
	return ReverseWithContext(context.Background(), s)
}

// ReverseWithContext is as [Reverse].
func ReverseWithContext(_ context.Context, s []byte) []byte {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
	return s
}

// kindsOf returns the kinds that gopsutil names.
func kindsOf(kind string) (procnet.Kinds, error) {
	switch kind {
	case "all", "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix", "inet", "inet4", "inet6":
		return procnet.ParseKinds(kind)
	}
	return 0, fmt.Errorf("invalid kind, %s: the kinds are all, tcp, tcp4, tcp6, udp, udp4, udp6, unix, "+
		"inet, inet4, inet6", kind)
}

package net

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"

	"procnet"
)

// Connections returns the sockets of a kind: all, tcp, tcp4, tcp6, udp, udp4, udp6, unix, inet, inet4 or
// inet6. An inet socket has one row, with its first owner; a unix socket has one for each owner. Pid is 0
// where no owner is visible.
func Connections(kind string) ([]ConnectionStat, error) {
	return ConnectionsWithContext(context.Background(), kind)
}

// ConnectionsWithContext is as [Connections].
func ConnectionsWithContext(ctx context.Context, kind string) ([]ConnectionStat, error) {
	return ConnectionsPidWithContext(ctx, kind, 0)
}

// ConnectionsMax is as [Connections], with at most max sockets; any number if it is 0.
func ConnectionsMax(kind string, max int) ([]ConnectionStat, error) {
	return ConnectionsMaxWithContext(context.Background(), kind, max)
}

// ConnectionsMaxWithContext is as [ConnectionsMax].
func ConnectionsMaxWithContext(ctx context.Context, kind string, max int) ([]ConnectionStat, error) {
	return ConnectionsPidMaxWithContext(ctx, kind, 0, max)
}

// ConnectionsWithoutUids is as [Connections], without Uids.
func ConnectionsWithoutUids(kind string) ([]ConnectionStat, error) {
	return ConnectionsWithoutUidsWithContext(context.Background(), kind)
}

// ConnectionsWithoutUidsWithContext is as [ConnectionsWithoutUids].
func ConnectionsWithoutUidsWithContext(ctx context.Context, kind string) ([]ConnectionStat, error) {
	return ConnectionsMaxWithoutUidsWithContext(ctx, kind, 0)
}

// ConnectionsMaxWithoutUids is as [ConnectionsMax], without Uids.
func ConnectionsMaxWithoutUids(kind string, max int) ([]ConnectionStat, error) {
	return ConnectionsMaxWithoutUidsWithContext(context.Background(), kind, max)
}

// ConnectionsMaxWithoutUidsWithContext is as [ConnectionsMaxWithoutUids].
func ConnectionsMaxWithoutUidsWithContext(ctx context.Context, kind string, max int) ([]ConnectionStat, error) {
	return ConnectionsPidMaxWithoutUidsWithContext(ctx, kind, 0, max)
}

// ConnectionsPid returns the sockets of a process, in its network namespace; of all if pid is 0.
func ConnectionsPid(kind string, pid int32) ([]ConnectionStat, error) {
	return ConnectionsPidWithContext(context.Background(), kind, pid)
}

// ConnectionsPidWithoutUids is as [ConnectionsPid], without Uids.
func ConnectionsPidWithoutUids(kind string, pid int32) ([]ConnectionStat, error) {
	return ConnectionsPidWithoutUidsWithContext(context.Background(), kind, pid)
}

// ConnectionsPidWithContext is as [ConnectionsPid].
func ConnectionsPidWithContext(ctx context.Context, kind string, pid int32) ([]ConnectionStat, error) {
	return ConnectionsPidMaxWithContext(ctx, kind, pid, 0)
}

// ConnectionsPidWithoutUidsWithContext is as [ConnectionsPidWithoutUids].
func ConnectionsPidWithoutUidsWithContext(ctx context.Context, kind string, pid int32) ([]ConnectionStat, error) {
	return ConnectionsPidMaxWithoutUidsWithContext(ctx, kind, pid, 0)
}

// ConnectionsPidMax is as [ConnectionsPid], with at most max sockets.
func ConnectionsPidMax(kind string, pid int32, max int) ([]ConnectionStat, error) {
	return ConnectionsPidMaxWithContext(context.Background(), kind, pid, max)
}

// ConnectionsPidMaxWithoutUids is as [ConnectionsPidMax], without Uids.
func ConnectionsPidMaxWithoutUids(kind string, pid int32, max int) ([]ConnectionStat, error) {
	return ConnectionsPidMaxWithoutUidsWithContext(context.Background(), kind, pid, max)
}

// ConnectionsPidMaxWithContext is as [ConnectionsPidMax].
func ConnectionsPidMaxWithContext(ctx context.Context, kind string, pid int32, max int) ([]ConnectionStat, error) {
	return connections(ctx, kind, pid, max, true)
}

// ConnectionsPidMaxWithoutUidsWithContext is as [ConnectionsPidMaxWithoutUids].
func ConnectionsPidMaxWithoutUidsWithContext(ctx context.Context, kind string, pid int32, max int) ([]ConnectionStat, error) {
	return connections(ctx, kind, pid, max, false)
}

// The names that gopsutil has for the states of TCP.
var statuses = [...]string{
	procnet.Established: "ESTABLISHED",
	procnet.SynSent:     "SYN_SENT",
	procnet.SynRecv:     "SYN_RECV",
	procnet.FinWait1:    "FIN_WAIT1",
	procnet.FinWait2:    "FIN_WAIT2",
	procnet.TimeWait:    "TIME_WAIT",
	procnet.Unconn:      "CLOSE",
	procnet.CloseWait:   "CLOSE_WAIT",
	procnet.LastAck:     "LAST_ACK",
	procnet.Listen:      "LISTEN",
	procnet.Closing:     "CLOSING",
	procnet.NewSynRecv:  "SYN_RECV",
}

func connections(ctx context.Context, kind string, pid int32, max int, uids bool) ([]ConnectionStat, error) {
	kinds, err := kindsOf(kind)
	if err != nil {
		return nil, err
	}
	if pid < 0 || max < 0 {
		return nil, fmt.Errorf("pid %d and max %d must not be negative", pid, max)
	}
	query := procnet.Query{Kinds: kinds, PID: uint32(pid), Limit: uint64(max), ProcessUIDs: uids}
	return with(ctx, func(ctx context.Context, scanner *procnet.Scanner) ([]ConnectionStat, error) {
		rows := rows{uids: uids}
		_, err := scanner.Visit(ctx, query, func(socket *procnet.Socket) error {
			rows.add(socket)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if rows.all == nil {
			rows.all = []ConnectionStat{}
		}
		return rows.all, nil
	})
}

// rows makes the rows of sockets. Addresses and processes repeat, so their texts and ids are made once.
type rows struct {
	uids      bool
	all       []ConnectionStat
	addresses map[netip.Addr]string
	processes map[uint32][]int32
}

func (rows *rows) add(socket *procnet.Socket) {
	row := ConnectionStat{Type: socket.Type, Status: "NONE"}
	if socket.Kind == procnet.Unix {
		row.Family = syscall.AF_UNIX
		row.Laddr.IP = socket.Name
		for at := range socket.Owners {
			rows.append(row, &socket.Owners[at])
		}
		if len(socket.Owners) == 0 {
			rows.append(row, nil)
		}
		return
	}
	row.Family = syscall.AF_INET
	switch socket.Kind {
	case procnet.TCP6:
		row.Family = syscall.AF_INET6
		row.Status = status(socket.State)
	case procnet.UDP6:
		row.Family = syscall.AF_INET6
	case procnet.TCP:
		row.Status = status(socket.State)
	}
	row.Laddr, row.Raddr = rows.address(socket.Local), rows.address(socket.Remote)
	if len(socket.Owners) > 0 {
		rows.append(row, &socket.Owners[0])
	} else {
		rows.append(row, nil)
	}
}

func status(state procnet.State) string {
	if int(state) < len(statuses) {
		return statuses[state]
	}
	return ""
}

func (rows *rows) append(row ConnectionStat, owner *procnet.Owner) {
	if owner != nil {
		row.Fd, row.Pid = owner.FD, int32(owner.PID)
	}
	if rows.uids {
		row.Uids = rows.uidsOf(owner)
	}
	rows.all = append(rows.all, row)
}

// The rows of a process share its ids; appending to them makes a copy.
func (rows *rows) uidsOf(owner *procnet.Owner) []int32 {
	if owner == nil || owner.UIDs == nil {
		return []int32{}
	}
	if known, ok := rows.processes[owner.PID]; ok {
		return known
	}
	ids := make([]int32, 0, 4)
	for _, id := range owner.UIDs {
		ids = append(ids, int32(id))
	}
	if rows.processes == nil {
		rows.processes = make(map[uint32][]int32)
	}
	rows.processes[owner.PID] = ids
	return ids
}

// address prints IPv4 in a socket of IPv6 as IPv4.
func (rows *rows) address(end netip.AddrPort) Addr {
	ip := end.Addr().WithZone("").Unmap()
	text, ok := rows.addresses[ip]
	if !ok {
		text = ip.String()
		if rows.addresses == nil {
			rows.addresses = make(map[netip.Addr]string)
		}
		rows.addresses[ip] = text
	}
	return Addr{IP: text, Port: uint32(end.Port())}
}

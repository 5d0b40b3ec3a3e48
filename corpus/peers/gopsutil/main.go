// Prints gopsutil's view of this host's network as JSON, with which tests compare procnet's.
//
// A socket is an object; `local` and `remote` are an array of address and port, or the bytes
// of a name in hexadecimal. A call that fails is a string with the error.
package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"syscall"

	"github.com/shirou/gopsutil/net"
	"github.com/shirou/gopsutil/process"
)

type object = map[string]interface{}

// The result of a call, or its error.
func answer(value interface{}, err error) interface{} {
	if err != nil {
		return err.Error()
	}
	return value
}

func end(family uint32, address net.Addr) interface{} {
	if family == syscall.AF_UNIX {
		return hex.EncodeToString([]byte(address.IP))
	}
	return []interface{}{address.IP, address.Port}
}

func sockets(kind string) interface{} {
	found, err := net.Connections(kind)
	if err != nil {
		return err.Error()
	}
	families := map[uint32]string{
		syscall.AF_INET: "inet", syscall.AF_INET6: "inet6", syscall.AF_UNIX: "unix",
	}
	rows := []object{}
	for _, c := range found {
		rows = append(rows, object{
			"family": families[c.Family],
			"type":   c.Type,
			"local":  end(c.Family, c.Laddr),
			"remote": end(c.Family, c.Raddr),
			"status": c.Status,
			"pid":    c.Pid,
			"fd":     c.Fd,
			"uids":   c.Uids,
		})
	}
	return rows
}

func uids() object {
	users := object{}
	pids, err := net.Pids()
	if err != nil {
		return users
	}
	for _, pid := range pids {
		if p, err := process.NewProcess(pid); err == nil {
			if of, err := p.Uids(); err == nil {
				text, _ := json.Marshal(pid)
				users[string(text)] = of
			}
		}
	}
	return users
}

func main() {
	all := object{}
	for _, kind := range strings.Fields("all tcp tcp4 tcp6 udp udp4 udp6 unix inet inet4 inet6") {
		all[kind] = sockets(kind)
	}
	report := object{
		"own_pid":         os.Getpid(),
		"sockets":         all,
		"uids":            uids(),
		"interfaces":      answer(net.IOCounters(true)),
		"total":           answer(net.IOCounters(false)),
		"protocols":       answer(net.ProtoCounters(nil)),
		"filter":          answer(net.FilterCounters()),
		"conntrack":       answer(net.ConntrackStats(true)),
		"conntrack_total": answer(net.ConntrackStats(false)),
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		panic(err)
	}
}

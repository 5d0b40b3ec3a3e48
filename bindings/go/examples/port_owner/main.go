// Prints every process that holds a socket bound to a port.
//
//	port_owner PORT
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"procnet"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: port_owner PORT")
		os.Exit(2)
	}
	port, err := strconv.ParseUint(os.Args[1], 10, 16)
	found := false
	if err == nil {
		found, err = owners(port)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "port_owner:", err)
		os.Exit(2)
	}
	if !found {
		fmt.Println("no socket is bound to port", port, "in this network namespace")
		os.Exit(1)
	}
}

func owners(port uint64) (found bool, err error) {
	scanner, err := procnet.NewScanner("")
	if err != nil {
		return false, err
	}
	defer scanner.Close()
	// TCP listeners and unconnected UDP sockets, without the connections of the same port.
	query := procnet.Query{
		Kinds:     procnet.KindsInet,
		Listening: true,
		Filter:    fmt.Sprintf("sport = :%d", port),
	}
	coverage, err := scanner.Visit(context.Background(), query, func(socket *procnet.Socket) error {
		found = true
		if len(socket.Owners) == 0 {
			uid, _ := socket.UID()
			fmt.Printf("%v %v: a process of user %d that is not visible\n", socket.Kind, socket.Local, uid)
		}
		for _, owner := range socket.Owners {
			fmt.Printf("%v %v: %s(%d), descriptor %d\n",
				socket.Kind, socket.Local, procnet.Escape(owner.Comm), owner.PID, owner.FD)
		}
		return nil
	})
	fmt.Fprint(os.Stderr, coverage.Missing)
	return found, err
}

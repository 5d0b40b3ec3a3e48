// Lists the sockets of the host and their owners.
package main

import (
	"context"
	"fmt"
	"os"

	"procnet"
)

func main() {
	if err := list(); err != nil {
		fmt.Fprintln(os.Stderr, "first_list:", err)
		os.Exit(1)
	}
}

func list() error {
	scanner, err := procnet.NewScanner("")
	if err != nil {
		return err
	}
	defer scanner.Close()
	coverage, err := scanner.Visit(context.Background(), procnet.Query{}, func(socket *procnet.Socket) error {
		fmt.Print(socket.Kind, " ", socket.State)
		if socket.Local.IsValid() {
			fmt.Print(" ", socket.Local, " ", socket.Remote)
		} else if socket.HasName() {
			fmt.Print(" ", procnet.Escape(socket.Name))
		}
		for _, owner := range socket.Owners {
			fmt.Printf(" %s(%d)/%d", procnet.Escape(owner.Comm), owner.PID, owner.FD)
		}
		fmt.Println()
		return nil
	})
	// A line for each thing that could not be read.
	fmt.Fprint(os.Stderr, coverage.Missing)
	return err
}

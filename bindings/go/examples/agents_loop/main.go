// Prints which TCP sockets appeared, vanished or changed.
//
//	agents_loop [ROUNDS [PAUSE]]
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"procnet"
)

func main() {
	rounds, pause := 10, time.Second
	if len(os.Args) > 1 {
		rounds, _ = strconv.Atoi(os.Args[1])
	}
	if len(os.Args) > 2 {
		pause, _ = time.ParseDuration(os.Args[2])
	}
	if err := watch(rounds, pause); err != nil {
		fmt.Fprintln(os.Stderr, "agents_loop:", err)
		os.Exit(1)
	}
}

func watch(rounds int, pause time.Duration) error {
	scanner, err := procnet.NewScanner("")
	if err != nil {
		return err
	}
	defer scanner.Close()
	// Owners are kept between rounds; only those of what is new are looked for.
	query := procnet.Query{Kinds: procnet.KindsTCP, Incremental: &procnet.Budget{}}
	// Two snapshots, filled alternately, so that both keep their memory.
	before, after := procnet.NewSnapshot(), procnet.NewSnapshot()
	if _, err := scanner.Snapshot(query, before); err != nil {
		return err
	}
	fmt.Println(before.Len(), "sockets at the start")
	for ; rounds > 0; rounds-- {
		time.Sleep(pause)
		if _, err := scanner.Snapshot(query, after); err != nil {
			return err
		}
		changes, err := before.Diff(after)
		if err != nil {
			return err
		}
		for _, change := range changes {
			switch {
			case change.Before == nil:
				fmt.Println("+", shown(change.After))
			case change.After == nil:
				fmt.Println("-", shown(change.Before))
			default:
				fmt.Printf("~ %s: %v\n", shown(change.After), change.What)
			}
		}
		before, after = after, before
	}
	return nil
}

func shown(socket *procnet.Socket) string {
	var text strings.Builder
	fmt.Fprint(&text, socket.State, " ", socket.Local, " ", socket.Remote)
	for _, owner := range socket.Owners {
		fmt.Fprintf(&text, " %s(%d)", procnet.Escape(owner.Comm), owner.PID)
	}
	return text.String()
}

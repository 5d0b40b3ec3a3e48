// gopsutil as a worker process, see the module `protocol` of the benches: `gopsutil default KIND`,
// or `gopsutil without-uids KIND`, which does not read the uids of the owners.
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/shirou/gopsutil/net"
)

// Set by peers.sh from the package manager.
var version = ""

func main() {
	list := net.Connections
	if os.Args[1] == "without-uids" {
		list = net.ConnectionsWithoutUids
	}
	kind := os.Args[2]
	fmt.Println("ready", version)
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		begin := time.Now()
		found, err := list(kind)
		duration := time.Since(begin)
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		owned := 0
		for _, connection := range found {
			if connection.Pid != 0 {
				owned++
			}
		}
		fmt.Println(len(found), owned, duration.Nanoseconds())
	}
}

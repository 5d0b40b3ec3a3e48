// gopsutil, asked as the module `protocol` of the benches says: `gopsutil default KIND`, or
// `gopsutil without-uids KIND`, which does not read the users of the owners.
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/shirou/gopsutil/net"
)

// Set by peers.sh, which asks the package's manager.
var version = ""

func main() {
	ask := net.Connections
	if os.Args[1] == "without-uids" {
		ask = net.ConnectionsWithoutUids
	}
	kind := os.Args[2]
	fmt.Println("ready", version)
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		begin := time.Now()
		found, err := ask(kind)
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

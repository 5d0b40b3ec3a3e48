package compare

import (
	"os"
	"sort"
	"strconv"
	"testing"
	"time"

	theirs "github.com/shirou/gopsutil/net"

	ours "procnet/net"
)

// A measurement, with $PROCNET_SOCKETS sockets in 100 processes.
func TestSpeedBesideGopsutil(t *testing.T) {
	inSandbox(t)
	sockets, err := strconv.Atoi(os.Getenv("PROCNET_SOCKETS"))
	if err != nil {
		t.Skip("a measurement: set PROCNET_SOCKETS")
	}
	defer holders(100, sockets/100)()
	median := func(rounds int, list func() int) (time.Duration, int) {
		var times []time.Duration
		count := 0
		for ; rounds > 0; rounds-- {
			begin := time.Now()
			count = list()
			times = append(times, time.Since(begin))
		}
		sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
		return times[len(times)/2], count
	}
	// The first visits of a scanner load and grow what later ones use.
	for round := 0; round < 3; round++ {
		must(ours.Connections("tcp"))
	}
	for name, pair := range map[string][2]func() int{
		"Connections": {
			func() int { return len(must(ours.Connections("tcp"))) },
			func() int { return len(must(theirs.Connections("tcp"))) },
		},
		"ConnectionsWithoutUids": {
			func() int { return len(must(ours.ConnectionsWithoutUids("tcp"))) },
			func() int { return len(must(theirs.ConnectionsWithoutUids("tcp"))) },
		},
	} {
		mine, count := median(9, pair[0])
		others, theirCount := median(3, pair[1])
		load, _ := os.ReadFile("/proc/loadavg")
		t.Logf("MEASURED %s: procnet %v (%d rows), gopsutil %v (%d rows), ratio %.1f, load %s",
			name, mine, count, others, theirCount, float64(others)/float64(mine), load)
	}
}

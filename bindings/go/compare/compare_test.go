// Package compare holds procnet/net against gopsutil: the same calls on the same sockets, field by field.
// Each difference is listed in the README, and here it is what makes gopsutil's answer of ours.
package compare

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"testing"

	theirs "github.com/shirou/gopsutil/net"

	ours "procnet/net"
)

var kinds = []string{
	"all", "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix", "inet", "inet4", "inet6",
}

// converted returns rows of gopsutil in our type, which has the same fields.
func converted(rows []theirs.ConnectionStat) []ours.ConnectionStat {
	same := make([]ours.ConnectionStat, len(rows))
	for at, row := range rows {
		same[at] = ours.ConnectionStat{
			Fd: row.Fd, Family: row.Family, Type: row.Type, Laddr: ours.Addr(row.Laddr),
			Raddr: ours.Addr(row.Raddr), Status: row.Status, Uids: row.Uids, Pid: row.Pid,
		}
	}
	return same
}

// asTheirs applies the differences.
func asTheirs(rows []ours.ConnectionStat) []ours.ConnectionStat {
	var all []ours.ConnectionStat
	seen := map[string]bool{}
	for _, row := range rows {
		// A name with a blank is lost.
		if strings.Contains(row.Laddr.IP, " ") {
			row.Laddr.IP = ""
		}
		// Rows with the same type, ends and status are one, and the first is it.
		key := fmt.Sprintf("%d-%v-%v-%s", row.Type, row.Laddr, row.Raddr, row.Status)
		if !seen[key] {
			seen[key] = true
			all = append(all, row)
		}
	}
	return all
}

// distinct leaves out rows of which gopsutil keeps the first one that it sees: the order differs.
func distinct(rows []ours.ConnectionStat, all []ours.ConnectionStat) []string {
	count := map[string]int{}
	key := func(row ours.ConnectionStat) string {
		if strings.Contains(row.Laddr.IP, " ") {
			row.Laddr.IP = ""
		}
		return fmt.Sprintf("%d-%v-%v-%s", row.Type, row.Laddr, row.Raddr, row.Status)
	}
	for _, row := range all {
		count[key(row)]++
	}
	var texts []string
	for _, row := range rows {
		if count[key(row)] > 1 {
			row.Fd, row.Pid, row.Uids = 0, 0, nil
		}
		if row.Uids != nil && len(row.Uids) == 0 {
			row.Uids = nil
		}
		texts = append(texts, fmt.Sprintf("%+v", row))
	}
	sort.Strings(texts)
	return texts
}

func equal(t *testing.T, what string, ours []ours.ConnectionStat, theirs []theirs.ConnectionStat) {
	t.Helper()
	mine, others := distinct(asTheirs(ours), ours), distinct(converted(theirs), ours)
	if !reflect.DeepEqual(mine, others) {
		t.Errorf("%s\nprocnet:\n%s\ngopsutil:\n%s", what, strings.Join(mine, "\n"), strings.Join(others, "\n"))
	}
}

func TestConnectionsAreThoseOfGopsutil(t *testing.T) {
	inSandbox(t)
	scene(t)
	for _, kind := range kinds {
		mine := must(ours.Connections(kind))
		equal(t, kind, mine, must(theirs.Connections(kind)))
		if len(mine) == 0 {
			t.Error(kind, mine)
		}
		equal(t, kind, must(ours.ConnectionsWithoutUids(kind)), must(theirs.ConnectionsWithoutUids(kind)))
		pid := int32(os.Getpid())
		equal(t, kind, must(ours.ConnectionsPid(kind, pid)), must(theirs.ConnectionsPid(kind, pid)))
		equal(t, kind, must(ours.ConnectionsPidWithoutUids(kind, pid)),
			must(theirs.ConnectionsPidWithoutUids(kind, pid)))
		equal(t, kind, must(ours.ConnectionsMax(kind, 0)), must(theirs.ConnectionsMax(kind, 0)))
		// No limit, and one that is not reached.
		for _, max := range []int{0, 1000} {
			equal(t, kind, must(ours.ConnectionsPidMax(kind, pid, max)), must(theirs.ConnectionsPidMax(kind, pid, max)))
			equal(t, kind, must(ours.ConnectionsPidMaxWithoutUids(kind, pid, max)),
				must(theirs.ConnectionsPidMaxWithoutUids(kind, pid, max)))
			ctx := context.Background()
			equal(t, kind, must(ours.ConnectionsPidMaxWithContext(ctx, kind, pid, max)),
				must(theirs.ConnectionsPidMaxWithContext(ctx, kind, pid, max)))
			equal(t, kind, must(ours.ConnectionsPidMaxWithoutUidsWithContext(ctx, kind, pid, max)),
				must(theirs.ConnectionsPidMaxWithoutUidsWithContext(ctx, kind, pid, max)))
		}
	}
}

func TestEverySocketOfAGroupIsListed(t *testing.T) {
	inSandbox(t)
	scene(t)
	count := func(rows []ours.ConnectionStat) (count int) {
		for _, row := range rows {
			if row.Laddr.IP == "127.0.0.2" && row.Status == "LISTEN" {
				count++
			}
		}
		return count
	}
	mine, others := count(must(ours.Connections("tcp"))), count(converted(must(theirs.Connections("tcp"))))
	if mine != 4 || others != 1 {
		t.Error(mine, others)
	}
}

func TestErrorsAreErrors(t *testing.T) {
	if _, err := ours.Connections("sctp"); err == nil || !strings.Contains(err.Error(), "udp6") {
		t.Error(err)
	}
	if _, err := theirs.Connections("sctp"); err == nil {
		t.Error("no error")
	}
	// Pids end at 4,194,304.
	if _, err := ours.ConnectionsPid("tcp", 4200000); err == nil {
		t.Error("no error")
	}
	if rows, err := theirs.ConnectionsPid("tcp", 4200000); err != nil || len(rows) != 0 {
		t.Error(rows, err)
	}
}

func TestALimitIsOneOfRows(t *testing.T) {
	inSandbox(t)
	scene(t)
	rows := must(ours.ConnectionsMax("inet", 5))
	if len(rows) != 5 {
		t.Error(rows)
	}
	// gopsutil limits the descriptors it looks at, and sockets lose their owners.
	all, limited := must(theirs.Connections("inet")), must(theirs.ConnectionsMax("inet", 5))
	if len(limited) != len(all) {
		t.Error(limited)
	}
}

func TestCountersAreThoseOfGopsutil(t *testing.T) {
	inSandbox(t)
	for _, pernic := range []bool{false, true} {
		mine, others := must(ours.IOCounters(pernic)), must(theirs.IOCounters(pernic))
		byFile := must(ours.IOCountersByFile(pernic, "/proc/net/dev"))
		if len(mine) != len(others) || !reflect.DeepEqual(mine, byFile) {
			t.Fatal(mine, others, byFile)
		}
		for at := range mine {
			if !pernic {
				// Their sum leaves them out.
				mine[at].Fifoin, mine[at].Fifoout = 0, 0
			}
			if mine[at] != ours.IOCountersStat(others[at]) {
				t.Error(mine[at], others[at])
			}
		}
	}
	for _, protocols := range [][]string{nil, {"tcp"}, {"udp", "ip"}, {"none"}} {
		mine, others := must(ours.ProtoCounters(protocols)), must(theirs.ProtoCounters(protocols))
		if len(mine) != len(others) {
			t.Fatal(mine, others)
		}
		for at := range mine {
			if !reflect.DeepEqual(mine[at], ours.ProtoCountersStat(others[at])) {
				t.Error(mine[at], others[at])
			}
		}
	}
}

func TestConntrackIsThatOfGopsutil(t *testing.T) {
	inSandbox(t)
	others, err := theirs.FilterCounters()
	if err != nil {
		t.Skip("SKIPPED: no connection tracking here: ", err)
	}
	mine := must(ours.FilterCounters())
	if len(mine) != 1 || mine[0] != ours.FilterStat(others[0]) {
		t.Error(mine, others)
	}
	perCPU, err := theirs.ConntrackStats(true)
	if err != nil {
		t.Skip("SKIPPED: no statistics of connection tracking in /proc: ", err)
	}
	if all := must(ours.ConntrackStats(true)); len(all) != len(perCPU) {
		t.Error(all, perCPU)
	}
}

// conntrackFile makes a /proc with a table of two CPUs, in which no two counters are equal, for both packages.
func conntrackFile(t *testing.T, heading string) {
	t.Helper()
	columns := len(strings.Fields(heading))
	text := heading + "\n"
	for cpu := 0; cpu < 2; cpu++ {
		// Of the whole table, so the same for each CPU.
		text += fmt.Sprintf("%08x", 0xabcdef01)
		for at := 1; at < columns; at++ {
			// Above 2^31: counters have no sign.
			text += fmt.Sprintf(" %08x", 0x80000000+cpu*0x1000+at*0x11)
		}
		text += "\n"
	}
	root := t.TempDir()
	must(0, os.MkdirAll(root+"/net/stat", 0o755))
	must(0, os.WriteFile(root+"/net/stat/nf_conntrack", []byte(text), 0o644))
	t.Setenv("HOST_PROC", root)
}

func TestEachColumnOfConntrackIsThatOfGopsutil(t *testing.T) {
	conntrackFile(t, "entries  searched found new invalid ignore delete delete_list insert insert_failed drop"+
		" early_drop icmp_error  expect_new expect_create expect_delete search_restart")
	mine, others := must(ours.ConntrackStats(true)), must(theirs.ConntrackStats(true))
	if len(mine) != 2 || len(others) != 2 {
		t.Fatal(mine, others)
	}
	seen := map[uint32]bool{}
	for at := range mine {
		if mine[at] != ours.ConntrackStat(others[at]) {
			t.Error(mine[at], others[at])
		}
		for values, column := reflect.ValueOf(mine[at]), 0; column < values.NumField(); column++ {
			seen[uint32(values.Field(column).Uint())] = true
		}
	}
	// 16 of each CPU, and the number of entries.
	if len(seen) != 33 {
		t.Error(len(seen), mine)
	}
	sum, theirSum := must(ours.ConntrackStats(false)), must(theirs.ConntrackStats(false))
	if sum[0].Entries != 0xabcdef01 || theirSum[0].Entries == sum[0].Entries {
		t.Error(sum, theirSum)
	}
	theirSum[0].Entries = sum[0].Entries
	if len(sum) != 1 || sum[0] != ours.ConntrackStat(theirSum[0]) {
		t.Error(sum, theirSum)
	}
}

// Linux 6.1 has as many columns, two of them with other names and meanings.
func TestColumnsOfConntrackAreKnownByName(t *testing.T) {
	conntrackFile(t, "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop"+
		" early_drop icmp_error  expect_new expect_create expect_delete search_restart")
	mine, others := must(ours.ConntrackStats(true)), must(theirs.ConntrackStats(true))
	if len(mine) != 2 || len(others) != 2 {
		t.Fatal(mine, others)
	}
	for at := range mine {
		if mine[at].Searched != 0 || mine[at].DeleteList != 0 {
			t.Error(mine[at])
		}
		// By position.
		if others[at].Searched == 0 || others[at].DeleteList == 0 {
			t.Error(others[at])
		}
		others[at].Searched, others[at].DeleteList = 0, 0
		if mine[at] != ours.ConntrackStat(others[at]) {
			t.Error(mine[at], others[at])
		}
	}
}

func TestProcessesAndInterfacesAreThoseOfGopsutil(t *testing.T) {
	inSandbox(t)
	if mine, others := must(ours.Pids()), must(theirs.Pids()); !reflect.DeepEqual(mine, others) {
		t.Error(mine, others)
	}
	mine, others := must(ours.Interfaces()), must(theirs.Interfaces())
	if fmt.Sprint(mine) != fmt.Sprint(others) {
		t.Error(mine, others)
	}
}

// The fields, their order, their types and their JSON names.
func TestTypesAreThoseOfGopsutil(t *testing.T) {
	for _, pair := range [][2]any{
		{ours.IOCountersStat{}, theirs.IOCountersStat{}}, {ours.Addr{}, theirs.Addr{}},
		{ours.ConnectionStat{}, theirs.ConnectionStat{}}, {ours.ProtoCountersStat{}, theirs.ProtoCountersStat{}},
		{ours.InterfaceAddr{}, theirs.InterfaceAddr{}}, {ours.InterfaceStat{}, theirs.InterfaceStat{}},
		{ours.FilterStat{}, theirs.FilterStat{}}, {ours.ConntrackStat{}, theirs.ConntrackStat{}},
	} {
		mine, others := reflect.TypeOf(pair[0]), reflect.TypeOf(pair[1])
		if mine.NumField() != others.NumField() {
			t.Error(mine, others)
			continue
		}
		for at := 0; at < mine.NumField(); at++ {
			a, b := mine.Field(at), others.Field(at)
			type_ := strings.ReplaceAll(fmt.Sprint(a.Type), "procnet/", "")
			if a.Name != b.Name || a.Tag != b.Tag || type_ != fmt.Sprint(b.Type) {
				t.Error(mine, a, b)
			}
		}
		if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
			t.Error(pair)
		}
	}
	list, other := ours.NewConntrackStatList(), theirs.NewConntrackStatList()
	for at := uint32(1); at < 3; at++ {
		list.Append(ours.NewConntrackStat(7, at, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17))
		other.Append(theirs.NewConntrackStat(7, at, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17))
	}
	sum, theirSum := list.Summary()[0], other.Summary()[0]
	if sum.Entries != 7 || theirSum.Entries != 14 {
		t.Error(sum, theirSum)
	}
	theirSum.Entries = 7
	if sum != ours.ConntrackStat(theirSum) || fmt.Sprint(list.Items()) != fmt.Sprint(other.Items()) {
		t.Error(sum, theirSum)
	}
	if bytes := ours.Reverse([]byte{1, 2, 3}); !reflect.DeepEqual(bytes, theirs.Reverse([]byte{1, 2, 3})) {
		t.Error(bytes)
	}
}

package procnet

import (
	"context"
	"errors"
	"io/fs"
	"math/rand"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func scanner(t testing.TB) *Scanner {
	t.Helper()
	scanner, err := NewScanner("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { scanner.Close() })
	return scanner
}

// listener returns a TCP listener of the loopback address, and its inode.
func listener(t testing.TB) (net.Listener, netip.AddrPort, uint64) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener, listener.Addr().(*net.TCPAddr).AddrPort(), inode(t, listener.(syscall.Conn))
}

func inode(t testing.TB, conn syscall.Conn) (inode uint64) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		var stat syscall.Stat_t
		if err := syscall.Fstat(int(fd), &stat); err != nil {
			t.Error(err)
		}
		inode = stat.Ino
	}); err != nil {
		t.Fatal(err)
	}
	return inode
}

func TestAVisitReportsAListenerWithItsOwner(t *testing.T) {
	_, local, inode := listener(t)
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []Source{SourceAuto, SourceProcfs} {
		found := 0
		query := Query{Kinds: KindsTCP, ProcessUIDs: true, Source: source}
		coverage, err := scanner(t).Visit(context.Background(), query, func(socket *Socket) error {
			if socket.Inode != inode {
				return nil
			}
			found++
			if socket.Kind != TCP || socket.State != Listen || socket.Local != local {
				t.Errorf("%+v", socket)
			}
			if uid, known := socket.UID(); !known || uid != uint32(os.Getuid()) {
				t.Error(uid, known)
			}
			if len(socket.Owners) != 1 {
				t.Fatal(socket.Owners)
			}
			owner := socket.Owners[0]
			if owner.PID != uint32(os.Getpid()) || owner.Comm != strings.TrimSuffix(string(comm), "\n") {
				t.Error(owner)
			}
			if owner.UIDs == nil || owner.UIDs[1] != uint32(os.Geteuid()) || owner.StartTime == 0 {
				t.Error(owner)
			}
			return nil
		})
		if err != nil || found != 1 || coverage.Sockets == 0 {
			t.Error(err, found, coverage)
		}
		if coverage.Complete != (coverage.Missing == "") {
			t.Error(coverage)
		}
	}
}

func TestCollectedSocketsStayAsTheyWere(t *testing.T) {
	_, local, inode := listener(t)
	scanner := scanner(t)
	query := Query{Kinds: KindsTCP, Listening: true, States: []State{Listen}}
	sockets, _, err := scanner.Collect(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := scanner.Collect(context.Background(), Query{Kinds: KindsAll}); err != nil {
		t.Fatal(err)
	}
	for _, socket := range sockets {
		if socket.State != Listen {
			t.Error(socket)
		}
		if socket.Inode == inode {
			if socket.Local == local && len(socket.Owners) == 1 && socket.Owners[0].PID == uint32(os.Getpid()) {
				return
			}
			t.Error(socket)
		}
	}
	t.Error(inode, "is missing")
}

func TestMoreSocketsThanABatchAreEachPassedOnce(t *testing.T) {
	const count = 3000
	inodes := make(map[uint64]int, count)
	for at := 0; at < count; at++ {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if errors.Is(err, syscall.EMFILE) {
			t.Skip("SKIPPED: too few descriptors are permitted")
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range pair {
			fd := fd
			t.Cleanup(func() { syscall.Close(fd) })
			var stat syscall.Stat_t
			if err := syscall.Fstat(fd, &stat); err != nil {
				t.Fatal(err)
			}
			inodes[stat.Ino] = fd
		}
	}
	query := Query{Kinds: KindsUnix}
	_, err := scanner(t).Visit(context.Background(), query, func(socket *Socket) error {
		if fd, ours := inodes[socket.Inode]; ours {
			if len(socket.Owners) != 1 || socket.Owners[0].FD != uint32(fd) {
				t.Error(socket.Owners)
			}
			delete(inodes, socket.Inode)
		}
		return nil
	})
	if err != nil || len(inodes) != 0 {
		t.Error(err, len(inodes), "are missing")
	}
}

func TestAVisitEndsAsItsFunctionSays(t *testing.T) {
	listener(t)
	listener(t)
	scanner := scanner(t)
	wrong := errors.New("wrong")
	for _, want := range []error{nil, wrong} {
		calls := 0
		_, err := scanner.Visit(context.Background(), Query{}, func(*Socket) error {
			calls++
			if want == nil {
				return ErrStop
			}
			return want
		})
		if err != want || calls != 1 {
			t.Error(err, calls)
		}
	}
	thrown := func() (thrown any) {
		defer func() { thrown = recover() }()
		scanner.Visit(context.Background(), Query{}, func(*Socket) error { panic("thrown") })
		return nil
	}()
	if thrown != "thrown" {
		t.Error(thrown)
	}
	// It has not been in the way of the library.
	if _, err := scanner.Visit(context.Background(), Query{}, func(*Socket) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestAContextEndsAVisit(t *testing.T) {
	scanner := scanner(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := scanner.Visit(ctx, Query{}, func(*Socket) error { return nil }); err != context.Canceled {
		t.Error(err)
	}
	// During the visit: more sockets than a batch are left.
	for at := 0; at < 2*batchSize; at++ {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Skip("SKIPPED: too few descriptors are permitted")
		}
		defer syscall.Close(pair[0])
		defer syscall.Close(pair[1])
	}
	ctx, cancel = context.WithCancel(context.Background())
	calls := 0
	_, err := scanner.Visit(ctx, Query{Kinds: KindsUnix}, func(*Socket) error {
		if calls++; calls == 1 {
			cancel()
			time.Sleep(200 * time.Millisecond)
		}
		return nil
	})
	if err != context.Canceled || calls > batchSize {
		t.Error(err, calls)
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	if _, err := NewScanner("/nowhere"); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) {
		t.Error(err)
	}
	var wrong *Error
	_, _, err := scanner(t).Collect(context.Background(), Query{Filter: "sport = :htttps"})
	if !errors.As(err, &wrong) || wrong.Code != CodeInvalid || wrong.Column != 9 {
		t.Errorf("%+v", err)
	}
	if !strings.Contains(err.Error(), "the filter is invalid: column 9") {
		t.Error(err)
	}
	// Pids end at 4,194,304.
	if _, _, err := scanner(t).Collect(context.Background(), Query{PID: 4200000}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := ParseKinds("ipx"); err == nil || !strings.Contains(err.Error(), "udp6") {
		t.Error(err)
	}
	for _, query := range []Query{{Kinds: 1 << 30}, {States: []State{77}}, {Source: 9}, {OwnerSource: 9}} {
		if _, _, err := scanner(t).Collect(context.Background(), query); !errors.As(err, &wrong) || wrong.Code != CodeInvalid {
			t.Error(query, err)
		}
	}
	closed := scanner(t)
	closed.Close()
	closed.Close()
	if _, err := closed.PIDs(); !errors.As(err, &wrong) || wrong.Code != CodeNull {
		t.Error(err)
	}
}

func TestASocketIsFoundByItsEnds(t *testing.T) {
	_, local, inode := listener(t)
	scanner := scanner(t)
	socket, err := scanner.Lookup(TransportTCP, local, netip.AddrPort{})
	if err != nil || socket.Inode != inode || socket.State != Listen {
		t.Error(socket, err)
	}
	if _, err := scanner.Lookup(TransportUDP, local, netip.AddrPort{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	owners, coverage, err := scanner.OwnersOf(inode)
	if err != nil || len(owners) != 1 || owners[0].PID != uint32(os.Getpid()) || coverage.Processes == 0 {
		t.Error(owners, coverage, err)
	}
}

func TestSnapshotsAreCompared(t *testing.T) {
	ends, _, ended := listener(t)
	scanner, before, after := scanner(t), NewSnapshot(), NewSnapshot()
	query := Query{Kinds: KindsTCP, Filter: "src 127.0.0.1"}
	if _, err := scanner.Snapshot(query, before); err != nil {
		t.Fatal(err)
	}
	ends.Close()
	_, local, begun := listener(t)
	if _, err := scanner.Snapshot(query, after); err != nil {
		t.Fatal(err)
	}
	changes, err := before.Diff(after)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, change := range changes {
		if change.Before == nil && change.After.Inode == begun && change.After.Local == local {
			found |= 1
		}
		if change.After == nil && change.Before.Inode == ended {
			found |= 2
		}
	}
	sockets, err := after.Sockets(context.Background())
	if found != 3 || err != nil || len(sockets) != after.Len() || len(sockets) == 0 {
		t.Error(changes, err, len(sockets), after.Len())
	}
	if what := (ChangedState | ChangedOwners).String(); what != "state, owners" {
		t.Error(what)
	}
}

func TestUnixNamesKeepTheirBytes(t *testing.T) {
	name := "\x00new\nline and \xff"
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: "@" + name[1:]}); err != nil {
		t.Fatal(err)
	}
	sockets, _, err := scanner(t).Collect(context.Background(), Query{Kinds: KindsUnix, Source: SourceNetlink})
	if err != nil {
		t.Skip("SKIPPED: no unix_diag: ", err)
	}
	for _, socket := range sockets {
		if socket.Name == "@"+name[1:] && socket.HasName() {
			if Escape(socket.Name) != `@new\x0Aline and \xFF` {
				t.Error(Escape(socket.Name))
			}
			return
		}
	}
	t.Error("the name is missing")
}

func TestScannersOfSeveralGoroutinesDoNotDisturbEachOther(t *testing.T) {
	_, _, inode := listener(t)
	shared := scanner(t)
	var group sync.WaitGroup
	for at := 0; at < 8; at++ {
		own := shared
		if at%2 == 0 {
			own = scanner(t)
		}
		group.Add(1)
		go func() {
			defer group.Done()
			for round := 0; round < 10; round++ {
				time.Sleep(time.Duration(rand.Intn(1000)) * time.Microsecond)
				found := 0
				_, err := own.Visit(context.Background(), Query{Kinds: KindsTCP}, func(socket *Socket) error {
					if socket.Inode == inode && len(socket.Owners) == 1 {
						found++
					}
					return nil
				})
				if err != nil || found != 1 {
					t.Error(err, found)
				}
			}
		}()
	}
	group.Wait()
}

func TestCountersAndProcessesAreRead(t *testing.T) {
	scanner := scanner(t)
	interfaces, err := scanner.Interfaces()
	if err != nil || len(interfaces) == 0 {
		t.Fatal(interfaces, err)
	}
	counters, err := scanner.Snmp()
	found := false
	for _, counter := range counters {
		found = found || counter.Group == "Tcp" && counter.Name == "MaxConn" && counter.Value == -1
	}
	if err != nil || !found {
		t.Error(err, counters)
	}
	for name, read := range map[string]func() ([]Counter, error){
		"netstat": scanner.Netstat, "sockstat": scanner.Sockstat,
	} {
		if counters, err := read(); err != nil || len(counters) < 5 {
			t.Error(name, counters, err)
		}
	}
	uids, err := scanner.ProcessUIDs(uint32(os.Getpid()))
	if err != nil || uids[0] != uint32(os.Getuid()) {
		t.Error(uids, err)
	}
	pids, err := scanner.PIDs()
	self := 0
	for _, pid := range pids {
		if pid == uint32(os.Getpid()) {
			self++
		}
	}
	if err != nil || self != 1 {
		t.Error(pids, err)
	}
	file := filepath.Join(t.TempDir(), "dev")
	text := "Inter-|\n face |\neth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	interfaces, err = InterfacesOfFile(file)
	want := Interface{
		Name: "eth0:1", RxBytes: 1, RxPackets: 2, RxErrs: 3, RxDrop: 4, RxFifo: 5, RxFrame: 6, RxCompressed: 7,
		RxMulticast: 8, TxBytes: 9, TxPackets: 10, TxErrs: 11, TxDrop: 12, TxFifo: 13, TxColls: 14,
		TxCarrier: 15, TxCompressed: 16,
	}
	if err != nil || len(interfaces) != 1 || interfaces[0] != want {
		t.Error(interfaces, err)
	}
}

func TestTheReadmeShowsTheExamplesAsTheyAre(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range []string{"first_list", "agents_loop", "port_owner"} {
		code, err := os.ReadFile("examples/" + example + "/main.go")
		if err != nil {
			t.Fatal(err)
		}
		_, code2, _ := strings.Cut(string(code), "package main\n")
		if !strings.Contains(string(readme), "```go\npackage main\n"+code2+"```") {
			t.Error(example, "in README.md")
		}
	}
}

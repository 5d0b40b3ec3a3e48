package net

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestACallReturnsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range map[string]func() error{
		"Connections":    func() error { _, err := ConnectionsWithContext(ctx, "all"); return err },
		"ConnectionsPid": func() error { _, err := ConnectionsPidWithContext(ctx, "all", 1); return err },
		"IOCounters":     func() error { _, err := IOCountersWithContext(ctx, true); return err },
		"ByFile":         func() error { _, err := IOCountersByFileWithContext(ctx, true, "/proc/net/dev"); return err },
		"ProtoCounters":  func() error { _, err := ProtoCountersWithContext(ctx, nil); return err },
		"FilterCounters": func() error { _, err := FilterCountersWithContext(ctx); return err },
		"ConntrackStats": func() error { _, err := ConntrackStatsWithContext(ctx, true); return err },
		"Pids":           func() error { _, err := PidsWithContext(ctx); return err },
		"Interfaces":     func() error { _, err := InterfacesWithContext(ctx); return err },
	} {
		if err := call(); err != context.Canceled {
			t.Error(name, err)
		}
	}
	ctx, cancel = context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if rows, err := ConnectionsWithContext(ctx, "all"); err != nil || rows == nil {
		t.Error(rows, err)
	}
}

func TestAnotherProcIsReadWhereTheEnvironmentSaysSo(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"net/dev": "Inter-|   Receive\n face |bytes\nlo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n" +
			"eth0: 10 20 30 40 50 60 70 80 90 100 110 120 130 140 150 160\n",
		"net/snmp": "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: MaxConn InSegs\nTcp: -1 7\n",
		"net/tcp": "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
			"   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 17 1 0000000000000000 100 0 0 10 0\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOST_PROC", root)
	total, err := IOCounters(false)
	want := IOCountersStat{
		Name: "all", BytesRecv: 11, PacketsRecv: 22, Errin: 33, Dropin: 44, Fifoin: 55,
		BytesSent: 99, PacketsSent: 110, Errout: 121, Dropout: 132, Fifoout: 143,
	}
	if err != nil || len(total) != 1 || total[0] != want {
		t.Error(total, err)
	}
	protocols, err := ProtoCounters([]string{"tcp"})
	if err != nil || len(protocols) != 1 || protocols[0].Stats["MaxConn"] != -1 || protocols[0].Stats["InSegs"] != 7 {
		t.Error(protocols, err)
	}
	rows, err := ConnectionsWithoutUids("tcp4")
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	text := `{"fd":0,"family":2,"type":1,"localaddr":{"ip":"127.0.0.1","port":22},` +
		`"remoteaddr":{"ip":"0.0.0.0","port":0},"status":"LISTEN","uids":null,"pid":0}`
	if rows[0].String() != text {
		t.Error(rows[0])
	}
	if err := os.WriteFile(filepath.Join(root, "net/snmp"), []byte("Ip: Forwarding\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// Cut off: gopsutil panics.
	if _, err := ProtoCounters(nil); err == nil {
		t.Error("no error")
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	for _, kind := range []string{"", "sctp", "every", "TCP"} {
		if _, err := Connections(kind); err == nil {
			t.Error(kind)
		}
	}
	if _, err := ConnectionsPid("tcp", -1); err == nil {
		t.Error("no error")
	}
	if _, err := ConnectionsMax("tcp", -1); err == nil {
		t.Error("no error")
	}
	if rows, err := ConnectionsMax("all", 1); err != nil || len(rows) > 1 {
		t.Error(rows, err)
	}
}

package compare

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// The environment variable with which the test program holds sockets for another one.
const holdVariable = "PROCNET_HOLD"

func TestMain(m *testing.M) {
	if text := os.Getenv(holdVariable); text != "" {
		count, _ := strconv.Atoi(text)
		hold(count)
	}
	os.Exit(m.Run())
}

// must ends the test program: a scene that cannot be made is no scene.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// inSandbox skips the test unless it runs in namespaces of its own, where sockets do not change.
func inSandbox(t testing.TB) {
	if os.Getenv("PROCNET_SANDBOX") == "" {
		t.Skip("SKIPPED: not in namespaces of its own: run test.sh")
	}
}

// hold connects count sockets of this process to each other, says so, and waits for the end of input.
func hold(count int) {
	limit := syscall.Rlimit{Cur: uint64(count) + 64, Max: uint64(count) + 64}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	pid := os.Getpid()
	address := &syscall.SockaddrInet4{Addr: [4]byte{127, byte(pid >> 16), byte(pid >> 8), byte(pid)}}
	listener := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0))
	must(0, syscall.Bind(listener, address))
	must(0, syscall.Listen(listener, 128))
	server := must(syscall.Getsockname(listener))
	for made := 1; made+2 <= count; made += 2 {
		client := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0))
		must(0, syscall.Connect(client, server))
		_, _, err := syscall.Accept4(listener, syscall.SOCK_CLOEXEC)
		must(0, err)
	}
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadByte()
	os.Exit(0)
}

// holders starts processes with count sockets each; the result ends them.
func holders(processes, count int) (end func()) {
	var ends []func()
	for ; processes > 0; processes-- {
		child := exec.Command(must(os.Executable()))
		child.Env = append(os.Environ(), holdVariable+"="+strconv.Itoa(count))
		child.Stderr = os.Stderr
		input, output := must(child.StdinPipe()), must(child.StdoutPipe())
		must(0, child.Start())
		line := must(bufio.NewReader(output).ReadString('\n'))
		if line != "ready\n" {
			panic(line)
		}
		ends = append(ends, func() {
			input.Close()
			child.Wait()
		})
	}
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// scene makes sockets of all kinds: in all states that last, in groups, with odd names. They stay as
// they are until the test ends.
func scene(t *testing.T) {
	keep := func(fds ...int) {
		t.Cleanup(func() {
			for _, fd := range fds {
				syscall.Close(fd)
			}
		})
	}
	for _, network := range []string{"tcp4", "tcp6"} {
		host := map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"}[network]
		listener := must(net.Listen(network, host))
		client := must(net.Dial(network, listener.Addr().String())).(*net.TCPConn)
		server := must(listener.Accept()).(*net.TCPConn)
		// FIN_WAIT2 and CLOSE_WAIT.
		half := must(net.Dial(network, listener.Addr().String())).(*net.TCPConn)
		other := must(listener.Accept()).(*net.TCPConn)
		must(0, half.CloseWrite())
		t.Cleanup(func() {
			for _, conn := range []interface{ Close() error }{listener, client, server, half, other} {
				conn.Close()
			}
		})
	}
	// Both IP versions at once: mapped addresses.
	dual := must(net.Listen("tcp", "[::]:0"))
	_, port, _ := net.SplitHostPort(dual.Addr().String())
	mapped := must(net.Dial("tcp4", "127.0.0.1:"+port))
	accepted := must(dual.Accept())
	// UDP, connected and not.
	udp := must(net.ListenPacket("udp4", "127.0.0.1:0"))
	udp6 := must(net.ListenPacket("udp6", "[::1]:0"))
	connected := must(net.Dial("udp4", udp.LocalAddr().String()))
	t.Cleanup(func() {
		for _, conn := range []interface{ Close() error }{dual, mapped, accepted, udp, udp6, connected} {
			conn.Close()
		}
	})
	// A group with one address, and a socket with two descriptors.
	var group *syscall.SockaddrInet4
	for at := 0; at < 4; at++ {
		fd := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0))
		const soReusePort = 15
		must(0, syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soReusePort, 1))
		if group == nil {
			group = &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 2}}
		}
		must(0, syscall.Bind(fd, group))
		must(0, syscall.Listen(fd, 1))
		group = must(syscall.Getsockname(fd)).(*syscall.SockaddrInet4)
		keep(fd, must(syscall.Dup(fd)))
	}
	// Unix sockets: paths, abstract names, none.
	dir := t.TempDir()
	for _, name := range []string{dir + "/path", dir + "/a path", "@abstract", "@with a space"} {
		for _, kind := range []int{syscall.SOCK_STREAM, syscall.SOCK_DGRAM, syscall.SOCK_SEQPACKET} {
			fd := must(syscall.Socket(syscall.AF_UNIX, kind|syscall.SOCK_CLOEXEC, 0))
			must(0, syscall.Bind(fd, &syscall.SockaddrUnix{Name: fmt.Sprint(name, kind)}))
			keep(fd)
		}
	}
	pair := must(syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0))
	keep(pair[0], pair[1], must(syscall.Dup(pair[0])))
	// Of another process.
	t.Cleanup(holders(2, 8))
	// Until acknowledgements have arrived.
	time.Sleep(300 * time.Millisecond)
}

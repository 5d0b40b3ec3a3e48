/* TCP connections and listeners that begin and end, and the first use of UDP sockets: a record for
 * each, in a ring buffer.
 *
 * What is to be known at the end is kept in the storage of the socket, which the kernel frees with it.
 * Of its owner nothing is guessed: most transitions run in a softirq, where the current task is any. */
#include "kernel.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_CLOSE 7
#define TCP_LAST_ACK 9
#define TCP_LISTEN 10
/* include/net/sock.h: SHUTDOWN_MASK; enum sock_flags */
#define SHUTDOWN_MASK 3
#define SOCK_DONE 1
/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

#define CREATE 1 /* BPF_SK_STORAGE_GET_F_CREATE */
#define NO_WAKEUP 1
#define FORCE_WAKEUP 2
#define AVAIL_DATA 0
#define RING_SIZE 1
/* The reader is woken at most so often, in nanoseconds, unless a quarter of the ring is full. */
#define WAKEUP_INTERVAL 20000000

static void *(*const bpf_sk_storage_get)(void *map, struct sock *sk, void *value, u64 flags) = (void *)107;
static long (*const bpf_sk_storage_delete)(void *map, struct sock *sk) = (void *)108;
static u64 (*const bpf_ktime_get_boot_ns)(void) = (void *)125;
static u64 (*const bpf_get_socket_cookie)(struct sock *sk) = (void *)46;
static void *(*const bpf_ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *data, u64 flags) = (void *)132;
static u64 (*const bpf_ringbuf_query)(void *ring, u64 flags) = (void *)134;

#define STORAGE MAP(000)
#define RING MAP(001)
#define COUNTS ((struct counts *)MAP(002))

enum direction { CONNECT = 1, ACCEPT, LISTEN };
/* How the owner is known. */
enum evidence { BY_CONNECT = 1, BY_LISTEN, BY_USE, BY_CLOSE };
enum kind { BEGAN = 1, ENDED };

/* What is kept of a socket until it ends; of those from before, only the owner. */
struct life {
	u64 began;
	u64 start_time;
	u32 pid;
	u8 direction;
	u8 evidence;
	u16 unused;
	char comm[16];
};

/* `Counts` in events/maps.rs. */
struct counts {
	u64 lost_births;
	u64 lost_ends;
	u64 woken; /* when the reader was last */
};

/* `SocketEvent` in record/event.rs. */
struct event {
	u64 time;
	u64 began;
	u64 cookie;
	u64 bytes_sent;
	u64 bytes_received;
	u64 bytes_retransmitted;
	u64 start_time;
	u32 pid;
	u32 netns;
	u32 uid;
	u32 retransmissions;
	u16 family;
	u16 local_port;
	u16 remote_port;
	u8 kind;
	u8 direction;
	u8 state;
	u8 evidence;
	u8 protocol;
	u8 counted; /* whether there are numbers of bytes */
	u32 interface;
	u32 local[4];
	u32 remote[4];
	char comm[16];
};

static inline struct life *life_of(struct sock *sk, u64 flags)
{
	return bpf_sk_storage_get(STORAGE, sk, 0, flags);
}

static inline u32 netns_of(struct sock *sk)
{
	return field_exists(sk->__sk_common.skc_net.net) ? sk->__sk_common.skc_net.net->ns.inum : 0;
}

/* The protocol of a TCP or UDP socket that passes the filter; 0 of others. */
static inline u16 protocol_of(struct sock *sk)
{
	u64 netns = NETNS;
	u16 family = sk->__sk_common.skc_family, protocol = sk->sk_protocol;
	u32 is_tcp = protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM;
	u32 is_udp = protocol == IPPROTO_UDP && sk->sk_type == SOCK_DGRAM;

	if ((family != AF_INET && family != AF_INET6) || !(FAMILIES >> (family & 63) & 1))
		return 0;
	if (netns && netns != netns_of(sk))
		return 0;
	return is_tcp || is_udp ? protocol : 0;
}

/* The PID of the current process in the PID namespace of the reader; 0 if it is not in there. */
static inline u32 pid_of_current(struct task_struct *task)
{
	u64 level = PID_NAMESPACE_LEVEL, number = PID_NAMESPACE;
	struct signal_struct *signal = 0;
	struct pid_namespace *ns = 0;
	struct pid *pid = 0;
	const void *at;
	u32 depth = 0, pid_namespace = 0, pid_number = 0;

	if (level == 0)
		return bpf_get_current_pid_tgid() >> 32;
	probe(signal, task->signal);
	probe(pid, signal->pids[PIDTYPE_TGID]);
	probe(depth, pid->level);
	if (depth < level)
		return 0;
	at = (void *)pid + field_offset(pid->numbers) + level * type_size(struct upid);
	bpf_probe_read_kernel(&ns, sizeof ns, at + field_offset(((struct upid *)0)->ns));
	probe(pid_namespace, ns->ns.inum);
	if (pid_namespace != number)
		return 0;
	bpf_probe_read_kernel(&pid_number, sizeof pid_number, at + field_offset(((struct upid *)0)->nr));
	return pid_number;
}

/* Takes the current process as the owner. The kernel closes and uses sockets of others, too: the last
 * descriptor may have been in a message that nobody received. */
static inline void own(struct life *life, u8 evidence)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader = 0;
	u32 flags = 0;

	probe(flags, task->flags);
	if (flags & PF_KTHREAD && (evidence == BY_USE || evidence == BY_CLOSE))
		return;
	life->evidence = evidence;
	life->pid = pid_of_current(task);
	probe(leader, task->group_leader);
	probe(life->start_time, leader->start_boottime);
	probe(life->comm, leader->comm);
}

static inline void addresses(struct event *event, struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;

	if (event->family == AF_INET) {
		event->local[0] = common->skc_rcv_saddr;
		event->remote[0] = common->skc_daddr;
	} else if (field_exists(common->skc_v6_daddr)) {
		for (int i = 0; i < 4; i++) {
			event->local[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
			event->remote[i] = common->skc_v6_daddr.in6_u.u6_addr32[i];
		}
	}
}

/* A FIN that was received counts as a byte (`tcp_rcv_nxt_update` and `tcp_fin` in net/ipv4/tcp_input.c). */
static inline void bytes(struct event *event, struct tcp_sock *tcp, struct sock *sk)
{
	event->bytes_sent = tcp->bytes_sent;
	event->bytes_received = tcp->bytes_received;
	if (event->bytes_received && sk->__sk_common.skc_flags >> SOCK_DONE & 1)
		event->bytes_received--;
	event->bytes_retransmitted = tcp->bytes_retrans;
	event->retransmissions = tcp->total_retrans;
	event->counted = 1;
}

/* Whether to wake the reader, which otherwise looks by itself after the interval: see events/wakeup.rs. */
static inline u64 wakeup(u64 now)
{
	struct counts *counts = COUNTS;
	u64 waiting = bpf_ringbuf_query(RING, AVAIL_DATA);

	if (now - counts->woken < WAKEUP_INTERVAL && waiting < bpf_ringbuf_query(RING, RING_SIZE) / 4)
		return NO_WAKEUP;
	counts->woken = now;
	return FORCE_WAKEUP;
}

static inline void emit(struct sock *sk, const struct life *life, u64 now, u8 kind, u8 state, u8 protocol)
{
	struct counts *counts = COUNTS;
	/* Null of UDP. Closing has cleared the port of the socket itself (`__inet_put_port`). */
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	u16 local_port = tcp ? __builtin_bswap16(tcp->inet_conn.icsk_inet.inet_sport) : sk->__sk_common.skc_num;
	u16 remote_port = __builtin_bswap16(sk->__sk_common.skc_dport);
	u64 local = LOCAL_PORT, remote = REMOTE_PORT;
	struct event *event;

	if ((local && local != local_port) || (remote && remote != remote_port))
		return;
	event = bpf_ringbuf_reserve(RING, sizeof *event, 0);
	if (!event) {
		__sync_fetch_and_add(kind == BEGAN ? &counts->lost_births : &counts->lost_ends, 1);
		return;
	}
	__builtin_memset(event, 0, sizeof *event);
	event->time = now;
	event->cookie = bpf_get_socket_cookie(sk);
	event->netns = netns_of(sk);
	event->uid = sk->sk_uid.val;
	event->family = sk->__sk_common.skc_family;
	event->local_port = local_port;
	event->remote_port = remote_port;
	event->kind = kind;
	event->state = state;
	event->protocol = protocol;
	event->interface = sk->__sk_common.skc_bound_dev_if;
	addresses(event, sk);
	if (life) {
		event->began = life->began;
		event->start_time = life->start_time;
		event->pid = life->pid;
		event->direction = life->direction;
		event->evidence = life->evidence;
		__builtin_memcpy(event->comm, life->comm, sizeof event->comm);
	}
	if (kind == ENDED && tcp)
		bytes(event, tcp, sk);
	bpf_ringbuf_submit(event, wakeup(now));
}

/* `connect` and `listen` run in the process that calls them. */
static inline struct life *begin(struct sock *sk, u64 now, u8 direction, u8 evidence)
{
	struct life *life = life_of(sk, CREATE);

	if (life) {
		life->began = now;
		life->direction = direction;
		own(life, evidence);
	}
	return life;
}

/* In a softirq. That `connect` came first is known from the state, or from what is kept. */
static inline struct life *established(struct sock *sk, u64 now, u32 old)
{
	struct life *life = life_of(sk, CREATE);

	if (life && !life->direction) {
		life->direction = old == TCP_SYN_SENT ? CONNECT : ACCEPT;
		life->began = old == TCP_SYN_SENT ? 0 : now;
	}
	return life;
}

/* While a process has the socket locked, and not a softirq. */
static inline void closing(struct sock *sk)
{
	struct life *life;

	if (!sk->sk_lock.owned)
		return;
	life = life_of(sk, CREATE);
	if (life && !life->evidence)
		own(life, BY_CLOSE);
}

SEC("tp_btf/inet_sock_set_state") int set_state(u64 *context)
{
	struct sock *sk = (void *)context[0];
	u32 old = context[1], new = context[2];
	u64 now = bpf_ktime_get_boot_ns();
	struct life *life;

	if (protocol_of(sk) != IPPROTO_TCP)
		return 0;
	if (new == TCP_SYN_SENT) {
		begin(sk, now, CONNECT, BY_CONNECT);
	} else if (new == TCP_FIN_WAIT1 || new == TCP_LAST_ACK) {
		closing(sk);
	} else if (new == TCP_CLOSE && old != TCP_CLOSE) {
		/* Close discards what was not read, or does not linger. A process that destroys sockets of
		 * others (`SOCK_DESTROY`) has them locked as well, but not shut down. */
		if (sk->sk_shutdown == SHUTDOWN_MASK)
			closing(sk);
		life = life_of(sk, 0);
		emit(sk, life, now, ENDED, old, IPPROTO_TCP);
		if (life)
			bpf_sk_storage_delete(STORAGE, sk);
	} else if (new == TCP_LISTEN || (new == TCP_ESTABLISHED && (old == TCP_SYN_SENT || old == TCP_SYN_RECV))) {
		if (new == TCP_LISTEN)
			life = begin(sk, now, LISTEN, BY_LISTEN);
		else
			life = established(sk, now, old);
		if (BIRTHS)
			emit(sk, life, now, BEGAN, new, IPPROTO_TCP);
	}
	return 0;
}

/* In the process that sends or receives: whose an accepted connection is, and that there is a UDP socket. */
static inline int use(struct sock *sk)
{
	u16 protocol = protocol_of(sk);
	struct life *life;

	if (!protocol)
		return 0;
	life = life_of(sk, protocol == IPPROTO_UDP ? CREATE : 0);
	if (!life || life->evidence)
		return 0;
	own(life, BY_USE);
	if (protocol == IPPROTO_UDP && !life->began) {
		life->began = bpf_ktime_get_boot_ns();
		if (BIRTHS)
			emit(sk, life, life->began, BEGAN, sk->__sk_common.skc_state, IPPROTO_UDP);
	}
	return 0;
}

SEC("tp_btf/sock_send_length") int send_length(u64 *context)
{
	return use((void *)context[0]);
}

SEC("tp_btf/sock_recv_length") int recv_length(u64 *context)
{
	return use((void *)context[0]);
}

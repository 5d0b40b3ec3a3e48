/* A row for each descriptor of a socket, of all network namespaces: who holds it, and what sock_diag
 * reports of it; and one without a family for each descriptor behind which there may be more of them, as
 * in owners.bpf.c.
 *
 * Where a kernel has bpf_sock_from_file (Linux 5.11), members are read by plain loads through the
 * pointers that it begins with, which the verifier knows the types of; else everything is read by
 * probes. Members are read without locks: each is right, but two of them may be of different moments. */
#include "kernel.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define AF_UNSPEC 0 /* a descriptor that is no socket */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define SOCK_STREAM 1
#define IPPROTO_TCP 6
#define ANY_PROTOCOL 0x10000
/* include/net/tcp_states.h */
#define TCP_LISTEN 10
/* include/net/inet_connection_sock.h: the retransmission timer's uses */
#define ICSK_TIME_PROBE0 3
/* As sock_diag numbers them. */
#define TIMER_ON 1
#define TIMER_KEEPALIVE 2
#define TIMER_PROBE 4
/* Which members of a row are known. */
#define KNOWS_RX 1
#define KNOWS_TX 2

#define UNIX_PATH_MAX 108

/* `Row` in record/row.rs. */
struct row {
	u64 inode;
	u32 pid;
	u32 fd;
	u64 cookie;
	u32 netns;
	u32 uid;
	u16 length; /* of the whole record */
	u16 family;
	u16 type;
	u16 protocol;
	u8 state;
	u8 timer;
	u8 retransmits;
	u8 shutdown;
	u16 local_port;
	u16 remote_port;
	u32 interface;
	s32 expires; /* jiffies from now */
	u32 rx;
	u32 tx;
	u32 requests;
	u16 name_length;
	u16 known;
};

struct inet_row {
	struct row row;
	u32 local;
	u32 remote;
};
struct inet6_row {
	struct row row;
	u32 local[4];
	u32 remote[4];
};
struct unix_row {
	struct row row;
	u64 peer;
	char name[(UNIX_PATH_MAX + 7) / 8 * 8];
};
struct netlink_row {
	struct row row;
	u32 port;
	u32 remote_port;
};

/* The verifier knows this, and so leaves out one branch of each `read`. */
#define TYPED helper_exists(BPF_FUNC_sock_from_file)
/* Reads a member through a typed pointer. */
#define read(to, pointer, member)                  \
	do {                                       \
		if (TYPED)                         \
			(to) = (pointer)->member;  \
		else                               \
			probe(to, (pointer)->member); \
	} while (0)

static inline u32 passed(const struct row *row)
{
	u64 protocol = PROTOCOL, netns = NETNS;

	return FAMILIES >> (row->family & 63) & 1 && STATES >> (row->state & 31) & 1 &&
	       (protocol == ANY_PROTOCOL || protocol == row->protocol) && (netns == 0 || netns == row->netns);
}

/* What every socket has. */
static inline void common(struct row *row, struct sock *sk)
{
	struct net *net = 0;

	read(row->family, sk, __sk_common.skc_family);
	read(row->state, sk, __sk_common.skc_state);
	read(row->protocol, sk, sk_protocol);
	if (field_exists(sk->__sk_common.skc_net.net)) {
		read(net, sk, __sk_common.skc_net.net);
		read(row->netns, net, ns.inum);
	}
	read(row->cookie, sk, __sk_common.skc_cookie.counter);
	read(row->uid, sk, sk_uid.val);
	read(row->type, sk, sk_type);
	read(row->shutdown, sk, sk_shutdown);
	row->known = KNOWS_RX | KNOWS_TX;
}

/* The memory of what is queued. */
static inline void memory(struct row *row, struct sock *sk)
{
	u32 written = 0;

	read(row->rx, sk, sk_backlog.rmem_alloc.counter);
	/* One reference is the socket's own: sk_wmem_alloc_get. */
	read(written, sk, sk_wmem_alloc.refs.counter);
	row->tx = written ? written - 1 : 0;
}

static inline void ports(struct row *row, struct sock *sk)
{
	read(row->local_port, sk, __sk_common.skc_num);
	read(row->remote_port, sk, __sk_common.skc_dport);
	row->remote_port = __builtin_bswap16(row->remote_port);
	read(row->interface, sk, __sk_common.skc_bound_dev_if);
}

static inline void keepalive(struct row *row, struct inet_connection_sock *connection, struct sock *sk)
{
	void *pending = 0;
	unsigned long expires = 0;

	if (field_exists(connection->icsk_keepalive_timer)) {
		read(pending, connection, icsk_keepalive_timer.entry.pprev);
		read(expires, connection, icsk_keepalive_timer.expires);
	} else {
		read(pending, sk, sk_timer.entry.pprev);
		read(expires, sk, sk_timer.expires);
	}
	if (!pending)
		return;
	row->timer = TIMER_KEEPALIVE;
	read(row->retransmits, connection, icsk_probes_out);
	row->expires = (u32)expires - (u32)bpf_jiffies64();
}

/* Queues and timers as `tcp_diag_get_info` and `inet_sk_diag_fill` report them. */
static inline void tcp(struct row *row, struct tcp_sock *tcp, struct sock *sk)
{
	struct inet_connection_sock *connection = (void *)tcp;
	u32 received = 0, copied = 0, written = 0, acknowledged = 0;
	u8 pending = 0;
	unsigned long expires = 0;

	if (row->state == TCP_LISTEN) {
		read(row->rx, sk, sk_ack_backlog);
		read(row->tx, sk, sk_max_ack_backlog);
		read(row->requests, connection, icsk_accept_queue.qlen.counter);
		return;
	}
	read(received, tcp, rcv_nxt);
	read(copied, tcp, copied_seq);
	read(written, tcp, write_seq);
	read(acknowledged, tcp, snd_una);
	row->rx = (s32)(received - copied) > 0 ? received - copied : 0;
	row->tx = written - acknowledged;
	read(pending, connection, icsk_pending);
	if (!pending) {
		keepalive(row, connection, sk);
		return;
	}
	if (field_exists(connection->icsk_timeout))
		read(expires, connection, icsk_timeout);
	else if (field_exists(connection->icsk_retransmit_timer.expires))
		read(expires, connection, icsk_retransmit_timer.expires);
	else if (field_exists(sk->tcp_retransmit_timer.expires))
		read(expires, sk, tcp_retransmit_timer.expires);
	else
		return;
	if (pending == ICSK_TIME_PROBE0) {
		row->timer = TIMER_PROBE;
		read(row->retransmits, connection, icsk_probes_out);
	} else {
		row->timer = TIMER_ON;
		read(row->retransmits, connection, icsk_retransmits);
	}
	row->expires = (u32)expires - (u32)bpf_jiffies64();
}

static inline void inet(struct row *row, struct sock *sk)
{
	struct tcp_sock *of_tcp;

	ports(row, sk);
	if (row->type != SOCK_STREAM || row->protocol != IPPROTO_TCP) {
		memory(row, sk);
		return;
	}
	/* Each member that is read is a cache miss in a large table. */
	of_tcp = TYPED ? bpf_skc_to_tcp_sock(sk) : (void *)sk;
	if (of_tcp)
		tcp(row, of_tcp, sk);
}

/* The peer may be closed meanwhile, so it is followed by probes, which never fail badly. */
static inline u64 inode_of_peer(struct unix_sock *of_unix)
{
	struct sock *peer = 0;
	struct socket *socket = 0;
	unsigned long inode = 0;

	probe(peer, of_unix->peer);
	if (peer)
		probe(socket, peer->sk_socket);
	if (socket)
		probe(inode, ((struct socket_alloc *)socket)->vfs_inode.i_ino);
	return inode;
}

static inline void unix(struct unix_row *row, struct sock *sk)
{
	struct unix_sock *of_unix = (void *)sk;
	struct unix_address *address = 0;
	int length = 0;

	memory(&row->row, sk);
	/* What is not read is not reported by sock_diag either: its measure is the bytes. */
	row->row.known = KNOWS_TX;
	if (row->row.state == TCP_LISTEN) {
		read(row->row.rx, sk, sk_receive_queue.qlen);
		read(row->row.tx, sk, sk_max_ack_backlog);
		row->row.known = KNOWS_RX | KNOWS_TX;
	}
	if (!field_exists(of_unix->peer) || !field_exists(of_unix->addr) || !field_exists(address->name))
		return;
	row->peer = inode_of_peer(of_unix);
	probe(address, of_unix->addr);
	if (!address)
		return;
	probe(length, address->len);
	length -= sizeof(u16); /* sun_family */
	if (length <= 0 || length > UNIX_PATH_MAX)
		return;
	bpf_probe_read_kernel(row->name, length, (void *)address + field_offset(address->name) + sizeof(u16));
	row->row.name_length = length;
}

/* With a length that the verifier can follow. */
#define write(seq, record, size)                           \
	do {                                               \
		(record)->row.length = (size);             \
		bpf_seq_write((seq), (record), (size));    \
	} while (0)

SEC("iter/task_file") int rows(struct bpf_iter__task_file *context)
{
	struct file *file = context->file;
	struct task_struct *task = context->task;
	struct seq_file *seq = context->meta->seq;
	struct inode *inode;
	struct socket *socket = 0;
	struct sock *sk = 0;
	/* Of every family: the longest, and begun alike. */
	struct unix_row record = {};
	struct row *row = &record.row;
	u64 magic;

	if (!file || !task)
		return 0;
	inode = file->f_inode;
	magic = inode->i_sb->s_magic;
	if (magic == NSFS_MAGIC || magic == ANON_INODE_FS_MAGIC) {
		row->family = AF_UNSPEC;
		row->inode = magic;
		row->pid = pid_of(task);
		row->fd = context->fd;
		if (row->pid && passed(row))
			bpf_seq_write(seq, row, ((row->length = sizeof *row)));
		return 0;
	}
	if (magic != SOCKFS_MAGIC)
		return 0;
	if (TYPED)
		socket = bpf_sock_from_file(file);
	else
		socket = file->private_data;
	if (!socket)
		return 0;
	read(sk, socket, sk);
	if (!sk)
		return 0; /* being closed */
	common(row, sk);
	row->inode = inode->i_ino;
	row->pid = pid_of(task);
	row->fd = context->fd;
	if (!row->pid)
		return 0;
	if (row->family == AF_PACKET) {
		struct packet_sock *packet = (void *)sk;

		row->known = KNOWS_TX;
		if (field_exists(packet->num)) {
			probe(row->interface, packet->ifindex);
			probe(row->protocol, packet->num);
			row->protocol = __builtin_bswap16(row->protocol);
		}
	}
	if (!passed(row))
		return 0;
	if (row->family == AF_INET) {
		struct inet_row *of_inet = (void *)&record;

		inet(row, sk);
		read(of_inet->local, sk, __sk_common.skc_rcv_saddr);
		read(of_inet->remote, sk, __sk_common.skc_daddr);
		write(seq, of_inet, sizeof *of_inet);
	} else if (row->family == AF_INET6 && field_exists(sk->__sk_common.skc_v6_daddr)) {
		struct inet6_row *of_inet6 = (void *)&record;

		inet(row, sk);
		for (int i = 0; i < 4; i++) {
			read(of_inet6->local[i], sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i]);
			read(of_inet6->remote[i], sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[i]);
		}
		write(seq, of_inet6, sizeof *of_inet6);
	} else if (row->family == AF_UNIX) {
		u32 size;

		unix(&record, sk);
		size = sizeof(struct row) + sizeof(u64) + (((u32)row->name_length + 7) & 120);
		if (size > sizeof record)
			return 0;
		write(seq, &record, size);
	} else if (row->family == AF_NETLINK) {
		struct netlink_row *of_netlink = (void *)&record;
		struct netlink_sock *netlink = (void *)sk;

		memory(row, sk);
		if (field_exists(netlink->portid)) {
			probe(of_netlink->port, netlink->portid);
			probe(of_netlink->remote_port, netlink->dst_portid);
		}
		write(seq, of_netlink, sizeof *of_netlink);
	} else {
		memory(row, sk);
		bpf_seq_write(seq, row, ((row->length = sizeof *row)));
	}
	return 0;
}

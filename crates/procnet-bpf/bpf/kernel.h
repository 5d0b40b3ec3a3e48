/* The kernel's types as far as the programs read them, and the helpers that they call.
 *
 * Only names and scalar types count. Where a member is, and whether it is there at all, is found out
 * by the loader, in the type information of the running kernel; every access to a type between
 * `push` and `pop` leaves a relocation for it. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;

#define SEC(name) __attribute__((section(name), used))
#define inline inline __attribute__((always_inline))

/* Numbers of helpers are part of the kernel's interface: include/uapi/linux/bpf.h. */
static u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static u64 (*const bpf_get_current_task)(void) = (void *)35;
static u64 (*const bpf_jiffies64)(void) = (void *)118;
static long (*const bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
struct seq_file;
static long (*const bpf_seq_write)(struct seq_file *seq, const void *data, u32 size) = (void *)127;

/* A number that the loader writes into the instruction; `id` is that of `Constant` in program.rs.
 * The verifier knows it, and so leaves out the branches that it excludes. */
#define CONSTANT(id) ({ u64 value; asm("%0 = 0x70726f636e657" #id " ll" : "=r"(value)); value; })
#define PID_NAMESPACE_LEVEL CONSTANT(000)
#define FAMILIES CONSTANT(001)
#define STATES CONSTANT(002)
#define PROTOCOL CONSTANT(003)
#define NETNS CONSTANT(004)
#define LOCAL_PORT CONSTANT(005)
#define REMOTE_PORT CONSTANT(006)
#define PID_NAMESPACE CONSTANT(007)
#define BIRTHS CONSTANT(008)

/* A map, or the only value of one, whose descriptor the loader writes into the instruction; `id` is its
 * index in events/maps.rs. */
#define MAP(id) ({ void *map; asm("%0 = 0x70726f636d617" #id " ll" : "=r"(map)); map; })

#define field_offset(field) __builtin_preserve_field_info(field, 0)
#define field_exists(field) __builtin_preserve_field_info(field, 2)
#define type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
/* Reads a member through a pointer that may be anything: the result is zero if that is no memory. */
#define probe(to, from) bpf_probe_read_kernel(&(to), sizeof(to), &(from))

/* Numbers and enumerators of helpers that only some kernels have. */
struct file;
struct socket;
struct sock;
struct tcp_sock;
static struct tcp_sock *(*const bpf_skc_to_tcp_sock)(struct sock *sk) = (void *)137;
static struct socket *(*const bpf_sock_from_file)(struct file *file) = (void *)162;
enum bpf_func_id {
	BPF_FUNC_sock_from_file = 162,
};
#define helper_exists(id) __builtin_preserve_enum_value(*(enum bpf_func_id *)id, 0)

/* include/uapi/linux/magic.h */
#define SOCKFS_MAGIC 0x534F434B
#define NSFS_MAGIC 0x6e736673
#define ANON_INODE_FS_MAGIC 0x09041934
#define PIDTYPE_TGID 1 /* include/linux/pid_types.h */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
	unsigned long s_magic;
};
struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
};
struct file {
	struct inode *f_inode;
	void *private_data;
};
struct ns_common {
	u32 inum;
};
struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	u32 level;
	struct upid numbers[0];
};
struct signal_struct {
	struct pid *pids[4];
};
struct task_struct {
	int tgid;
	u32 flags;
	char comm[16];
	u64 start_boottime;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
};
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	long counter;
} atomic64_t;
typedef struct {
	atomic_t refs;
} refcount_t;
typedef struct {
	u32 val;
} kuid_t;
struct net {
	struct ns_common ns;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};
struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	unsigned long skc_flags;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
};
struct hlist_node {
	struct hlist_node **pprev;
};
struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
};
struct sk_buff_head {
	u32 qlen;
};
struct sock {
	struct sock_common __sk_common;
	struct {
		int owned;
	} sk_lock;
	struct sk_buff_head sk_receive_queue;
	struct {
		atomic_t rmem_alloc;
	} sk_backlog;
	refcount_t sk_wmem_alloc;
	/* In a union with the former since Linux 6.19. */
	struct timer_list sk_timer, tcp_retransmit_timer;
	u16 sk_type;
	u16 sk_protocol;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	kuid_t sk_uid;
	u8 sk_shutdown;
	struct socket *sk_socket;
};
struct socket {
	struct sock *sk;
};
struct socket_alloc {
	struct inode vfs_inode;
};
struct inet_sock {
	u16 inet_sport;
};
struct inet_connection_sock {
	struct inet_sock icsk_inet;
	/* Until Linux 6.17, 6.18, and since 6.19. */
	unsigned long icsk_timeout;
	struct timer_list icsk_retransmit_timer, icsk_keepalive_timer;
	u8 icsk_retransmits;
	u8 icsk_pending;
	u8 icsk_probes_out;
	struct {
		atomic_t qlen;
	} icsk_accept_queue;
};
struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 rcv_nxt;
	u32 copied_seq;
	u32 write_seq;
	u32 snd_una;
	u64 bytes_received;
	u64 bytes_sent;
	u64 bytes_retrans;
	u32 total_retrans;
};
struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};
struct unix_address {
	int len;
	struct sockaddr_un name[0];
};
struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};
struct netlink_sock {
	u32 portid;
	u32 dst_portid;
};
struct packet_sock {
	int ifindex;
	u16 num;
};

#pragma clang attribute pop

/* The PID of a task's process in the PID namespace of the reader; 0 if the process has just ended. */
static inline u32 pid_of(struct task_struct *task)
{
	u64 level = PID_NAMESPACE_LEVEL;
	struct pid *pid;
	const void *at;
	u32 number = 0;

	if (level == 0)
		return task->tgid;
	pid = task->signal->pids[PIDTYPE_TGID];
	at = (void *)pid + field_offset(pid->numbers) + level * type_size(struct upid) +
	     field_offset(((struct upid *)0)->nr);
	/* Before Linux 6.5 the array has one element, and a plain load cannot reach the others. */
	if (field_exists(pid->numbers[1].nr))
		return *(const u32 *)at;
	bpf_probe_read_kernel(&number, sizeof number, at);
	return number;
}

/*
 * procnet.h - lists the sockets of a Linux host and the processes that own them
 *
 * This file is the documentation of the C library, and procnet(3) is made from it: each comment with a
 * heading is a section of the manual page, with the declarations that follow.
 */
#ifndef PROCNET_H
#define PROCNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** NAME
 *
 * procnet - lists the sockets of a Linux host and the processes that own them
 */

/** SYNOPSIS
 *
 *     #include <procnet.h>
 *
 *     cc program.c $(pkg-config --cflags --libs procnet)
 *
 * A scanner is created once and asked many times. A query says which sockets to visit and what to
 * report about them. The visit passes each socket to a callback as it is decoded, and returns a
 * coverage, which says what could not be seen:
 *
 *     static int show(const procnet_socket *socket, void *userdata)
 *     {
 *         char local[PROCNET_ADDRESS_SIZE];
 *
 *         procnet_address_text(&socket->local, local, sizeof local);
 *         printf("%s %s\n", local, procnet_state_name(socket->state));
 *         return 0;
 *     }
 *
 *     procnet_scanner *scanner;
 *     procnet_query *query = procnet_query_new();
 *     procnet_coverage *coverage;
 *     procnet_error *error;
 *
 *     if (procnet_scanner_new(NULL, 0, &scanner, &error) ||
 *         procnet_query_set_kinds(query, PROCNET_KINDS_TCP, &error) ||
 *         procnet_scanner_visit(scanner, query, show, NULL, &coverage, &error)) {
 *         fprintf(stderr, "%s\n", procnet_error_text(error));
 *         return 2;
 *     }
 *     fputs(procnet_coverage_text(coverage), stderr);
 */

/** CONVENTIONS
 *
 * Results. Every function that can fail returns a procnet_result, PROCNET_OK (0) on success, and has
 * a last argument `procnet_error **error`, which may be NULL. On success it sets *error to NULL; on
 * failure to a new error, which the caller frees with procnet_error_free(). An error that *error
 * pointed to before is not freed. After a failure, results are not set, except that handles are set
 * to NULL.
 *
 * NULL. Each pointer may be NULL: where it must not be, the result is PROCNET_NULL, and functions
 * without a result return 0, false, NULL or "". Freeing NULL does nothing. Other than that, a pointer
 * has to be valid, and a handle must come from this library and not have been freed.
 *
 * Ownership. A handle is freed by its own function: procnet_scanner_free() frees what
 * procnet_scanner_new() created, and so on. No other memory is passed on. Strings of type
 * `const char *` without a length end with NUL, and live as long as the handle they were taken from,
 * or forever if they were taken from none.
 *
 * Borrowed data. Whatever a callback gets a pointer to, directly or through members, belongs to the
 * library and is valid until the callback returns. Strings with a length in another member are not
 * terminated.
 *
 * Callbacks return 0 to go on, and any other value to stop the visit, which then succeeds. They get
 * `userdata` as it was passed. A callback may call this library, but not with the scanner or the
 * snapshot whose visit it is: the result is PROCNET_BUSY. If it frees that handle, the handle lives
 * until the visit ends. It must not leave by longjmp(3), pthread_exit(3) or a C++ exception.
 *
 * Threads. There is no global state. A handle may be used by any thread, but a scanner, a snapshot
 * and a query that is changed only by one at a time: for several threads at once, create a scanner
 * each. A second thread on the same scanner or snapshot gets PROCNET_BUSY. Several visits may share a
 * query that nobody changes, and several threads may read a coverage or an error. A scanner starts
 * threads of its own to walk processes, at its first visit of a host with thousands of descriptors;
 * they inherit the signal mask of the visiting thread, and end with the scanner. A child of fork(2)
 * must not use a scanner of its parent.
 *
 * Names are hostile. Any local user chooses the names of sockets and processes, and they may hold any
 * bytes, among them those that control a terminal: print them with procnet_escape(). The texts of
 * errors and coverages are escaped already.
 *
 * Compatibility. Structures that the library passes to callbacks grow at the end only, and their size
 * is no part of the interface: do not copy them by their size, or embed them. Those that callers
 * allocate (procnet_address, procnet_timer, procnet_memory), and procnet_owner, of which there are
 * arrays, do not change within a version of the shared object, libprocnet.so.0.1. Numbers are added to
 * enumerations: treat an unknown one as such.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** VERSION
 *
 * The version of this header. procnet_version() returns that of the library, such as "0.1.0".
 */
#define PROCNET_VERSION_MAJOR 0
#define PROCNET_VERSION_MINOR 1
#define PROCNET_VERSION_PATCH 0
#define PROCNET_VERSION "0.1.0"

const char *procnet_version(void);

/** RESULTS
 *
 * PROCNET_PANIC is a fault in the library, which has printed a message to standard error; the
 * scanner in use can then only be freed. PROCNET_INVALID: procnet_error_column() is where a filter is
 * wrong. PROCNET_PERMISSION: more privilege would help. PROCNET_NOT_FOUND: no such process, socket or
 * file. PROCNET_UNSUPPORTED: the kernel is too old, built without it, or forbids the only source that
 * was allowed. PROCNET_MALFORMED: procnet_error_line() of a file is not as the kernel writes it.
 *
 * procnet_result_text() returns a short description, NULL for an unknown number.
 */
typedef int32_t procnet_result;

enum {
    PROCNET_OK = 0,
    PROCNET_PANIC = 1,
    PROCNET_NULL = 2,
    PROCNET_INVALID = 3,
    PROCNET_BUSY = 4,
    PROCNET_PERMISSION = 5,
    PROCNET_NOT_FOUND = 6,
    PROCNET_NOT_LOADED = 7,
    PROCNET_UNSUPPORTED = 8,
    PROCNET_MALFORMED = 9,
    PROCNET_IO = 10
};

const char *procnet_result_text(procnet_result result);

/** ERRORS
 *
 * procnet_error_text() is the message with all its causes, for one line of a log.
 * procnet_error_message() is the message alone, and procnet_error_cause() the cause with this index,
 * from 0, NULL after the last. procnet_error_path() is the file concerned, not escaped, NULL if there
 * is none; procnet_error_line() its line and procnet_error_column() the column there or in a filter,
 * in bytes, both from 1, 0 if unknown. procnet_error_errno() is the error number of the system call
 * that failed, 0 if none did.
 */
typedef struct procnet_error procnet_error;

procnet_result procnet_error_code(const procnet_error *error);
const char *procnet_error_text(const procnet_error *error);
const char *procnet_error_message(const procnet_error *error);
const char *procnet_error_cause(const procnet_error *error, size_t index);
const char *procnet_error_path(const procnet_error *error);
uint64_t procnet_error_line(const procnet_error *error);
uint64_t procnet_error_column(const procnet_error *error);
int32_t procnet_error_errno(const procnet_error *error);
void procnet_error_free(procnet_error *error);

/** SCANNERS
 *
 * procnet_scanner_new() creates a scanner of the /proc at `root`: of $HOST_PROC, by default /proc, if
 * it is NULL. Another root than /proc shows the network of its process 1. `threads` is the most that
 * walk the processes, including the caller's, at most 15; 0 stands for the number of processors, at
 * most four. A scanner keeps buffers and tables from one query to the next, so an agent keeps it.
 * It takes some microseconds to create, and the first use of it more than later ones.
 *
 * Errors: PROCNET_NOT_FOUND, PROCNET_PERMISSION or PROCNET_IO if `root` cannot be opened.
 */
typedef struct procnet_scanner procnet_scanner;

procnet_result procnet_scanner_new(const char *root, uint32_t threads, procnet_scanner **scanner,
                                   procnet_error **error);
void procnet_scanner_free(procnet_scanner *scanner);

/** KINDS
 *
 * A kind of socket is a table of the kernel. Sets of kinds are masks of `1u << kind`.
 * procnet_kind_name() returns the name of the table in /proc/net, NULL for an unknown number.
 * procnet_kinds_parse() parses the name of a set: all (the default of a query: tcp, udp and unix),
 * tcp, tcp4, tcp6, udp, udp4, udp6, unix, inet, inet4, inet6, udplite, raw, icmp, packet, netlink,
 * mptcp, sctp, dccp, smc, vsock, tipc, xdp, every. Errors: PROCNET_INVALID, with a message that lists
 * the names. The kinds from PROCNET_KIND_MPTCP on have no table in /proc/net; the last three and
 * netlink and packet sockets have no IP addresses.
 */
enum {
    PROCNET_KIND_TCP = 0,
    PROCNET_KIND_TCP6 = 1,
    PROCNET_KIND_UDP = 2,
    PROCNET_KIND_UDP6 = 3,
    PROCNET_KIND_UNIX = 4,
    PROCNET_KIND_UDPLITE = 5,
    PROCNET_KIND_UDPLITE6 = 6,
    PROCNET_KIND_RAW = 7,
    PROCNET_KIND_RAW6 = 8,
    PROCNET_KIND_ICMP = 9,
    PROCNET_KIND_ICMP6 = 10,
    PROCNET_KIND_PACKET = 11,
    PROCNET_KIND_NETLINK = 12,
    PROCNET_KIND_MPTCP = 13,
    PROCNET_KIND_MPTCP6 = 14,
    PROCNET_KIND_SCTP = 15,
    PROCNET_KIND_SCTP6 = 16,
    PROCNET_KIND_DCCP = 17,
    PROCNET_KIND_DCCP6 = 18,
    PROCNET_KIND_SMC = 19,
    PROCNET_KIND_VSOCK = 20,
    PROCNET_KIND_TIPC = 21,
    PROCNET_KIND_XDP = 22
};

#define PROCNET_KINDS_TCP UINT32_C(0x0003)
#define PROCNET_KINDS_UDP UINT32_C(0x000c)
#define PROCNET_KINDS_INET UINT32_C(0x000f)
#define PROCNET_KINDS_UNIX UINT32_C(0x0010)
#define PROCNET_KINDS_DEFAULT UINT32_C(0x001f)
#define PROCNET_KINDS_ALL UINT32_C(0x7fffff)

const char *procnet_kind_name(uint32_t kind);
procnet_result procnet_kinds_parse(const char *name, uint32_t *kinds, procnet_error **error);

/** STATES
 *
 * The kernel's numbers (include/net/tcp_states.h), shared by all protocols: a connected UDP socket
 * is established, an unconnected one is CLOSE, named UNCONN as by ss(8). Sets of states are masks of
 * `1u << state`. procnet_state_name() returns NULL for an unknown number.
 */
enum {
    PROCNET_STATE_ESTABLISHED = 1,
    PROCNET_STATE_SYN_SENT = 2,
    PROCNET_STATE_SYN_RECV = 3,
    PROCNET_STATE_FIN_WAIT1 = 4,
    PROCNET_STATE_FIN_WAIT2 = 5,
    PROCNET_STATE_TIME_WAIT = 6,
    PROCNET_STATE_CLOSE = 7,
    PROCNET_STATE_CLOSE_WAIT = 8,
    PROCNET_STATE_LAST_ACK = 9,
    PROCNET_STATE_LISTEN = 10,
    PROCNET_STATE_CLOSING = 11,
    PROCNET_STATE_NEW_SYN_RECV = 12,
    PROCNET_STATE_BOUND_INACTIVE = 13
};

const char *procnet_state_name(uint32_t state);

/** QUERIES
 *
 * A new query selects TCP, UDP and unix sockets of the scanner's own network namespace, with their
 * owners. Each setter replaces what it set before; conditions of different setters all have to hold.
 * A setter that fails changes nothing. procnet_query_new() returns NULL only after a fault.
 *
 * procnet_query_set_kinds() - a mask of kinds.
 *
 * procnet_query_set_states() - a mask of states; 0 for any state.
 *
 * procnet_query_set_listening() - only sockets that wait for others, as `ss -l` lists them: TCP and
 * unix sockets that listen, and sockets of all other kinds that are not connected.
 *
 * procnet_query_set_filter() - an expression of ss(8), such as "dport = :443 and not comm = curl";
 * NULL for none. Errors: PROCNET_INVALID, with the column.
 *
 * procnet_query_set_pid() - only sockets that this process owns, in its network namespace; 0 for any.
 * No other process is examined, so no other owner is reported. The visit fails with
 * PROCNET_NOT_FOUND or PROCNET_PERMISSION if there is no such process or it may not be read.
 *
 * procnet_query_set_limit() - at most this many sockets; UINT64_MAX for no limit. With
 * PROCNET_COUNT_TRUNCATED the coverage says whether there may be more.
 *
 * procnet_query_set_owners() - whether to find owners, which are most of the cost.
 *
 * procnet_query_set_process_uids() - whether to read the four user ids of each owning process.
 *
 * procnet_query_set_owner_source() - how owners are found: by a BPF iterator where it may be loaded
 * and pays, else by a walk over /proc/PID/fd; only by a walk; only by BPF.
 *
 * procnet_query_set_incremental() - whether to keep owners from one visit of the scanner to the next
 * and to look only for new ones, for at most about `nanoseconds` and as many system `calls`, each
 * UINT64_MAX for no limit. What that leaves out is in the coverage. It needs owners, and a walk.
 *
 * procnet_query_set_source() - where sockets come from: for each table sock_diag where it works, else
 * /proc/net; only one of them; only a BPF iterator, which sees what a descriptor holds; recorded
 * answers below the root.
 *
 * procnet_query_set_netns(), procnet_query_set_netns_pid(), procnet_query_set_netns_path() - the
 * network namespaces to visit: that of the root, all that can be found, that of a process, or the one
 * with this file (/run/netns/NAME). With any of them, sockets have their namespace; with
 * PROCNET_NETNS_DEFAULT it is that of the root, or of the process that the query names, and sockets do
 * not have it. The calling thread never changes its namespace.
 *
 * procnet_query_set_details() - a mask of details for the functions below that report them. Only
 * sock_diag has details, and each costs time and memory in the kernel.
 *
 * procnet_query_set_bound() - also TCP sockets that are bound, but neither listen nor are connected.
 * Only sock_diag of Linux 6.8 and later reports them.
 */
typedef struct procnet_query procnet_query;

enum {
    PROCNET_NETNS_DEFAULT = 0,
    PROCNET_NETNS_OWN = 1,
    PROCNET_NETNS_ALL = 2
};

enum {
    PROCNET_SOURCE_AUTO = 0,
    PROCNET_SOURCE_PROCFS = 1,
    PROCNET_SOURCE_NETLINK = 2,
    PROCNET_SOURCE_BPF = 3,
    PROCNET_SOURCE_RECORDED = 4
};

enum {
    PROCNET_OWNER_SOURCE_AUTO = 0,
    PROCNET_OWNER_SOURCE_WALK = 1,
    PROCNET_OWNER_SOURCE_BPF = 2
};

#define PROCNET_DETAIL_TCP_INFO UINT32_C(0x001)
#define PROCNET_DETAIL_MEMORY UINT32_C(0x002)
#define PROCNET_DETAIL_CONGESTION UINT32_C(0x004)
#define PROCNET_DETAIL_TYPE_OF_SERVICE UINT32_C(0x008)
#define PROCNET_DETAIL_CONTROL_GROUP UINT32_C(0x010)
#define PROCNET_DETAIL_MARK UINT32_C(0x020)
#define PROCNET_DETAIL_SHUTDOWN UINT32_C(0x040)
#define PROCNET_DETAIL_V6_ONLY UINT32_C(0x080)
#define PROCNET_DETAIL_UNIX_QUEUES UINT32_C(0x100)

procnet_query *procnet_query_new(void);
procnet_query *procnet_query_copy(const procnet_query *query);
void procnet_query_free(procnet_query *query);

procnet_result procnet_query_set_kinds(procnet_query *query, uint32_t kinds, procnet_error **error);
procnet_result procnet_query_set_states(procnet_query *query, uint32_t states,
                                        procnet_error **error);
procnet_result procnet_query_set_listening(procnet_query *query, bool wanted,
                                           procnet_error **error);
procnet_result procnet_query_set_filter(procnet_query *query, const char *filter,
                                        procnet_error **error);
procnet_result procnet_query_set_pid(procnet_query *query, uint32_t pid, procnet_error **error);
procnet_result procnet_query_set_limit(procnet_query *query, uint64_t sockets,
                                       procnet_error **error);
procnet_result procnet_query_set_owners(procnet_query *query, bool wanted, procnet_error **error);
procnet_result procnet_query_set_process_uids(procnet_query *query, bool wanted,
                                              procnet_error **error);
procnet_result procnet_query_set_owner_source(procnet_query *query, uint32_t source,
                                              procnet_error **error);
procnet_result procnet_query_set_incremental(procnet_query *query, bool wanted,
                                             uint64_t nanoseconds, uint64_t calls,
                                             procnet_error **error);
procnet_result procnet_query_set_source(procnet_query *query, uint32_t source,
                                        procnet_error **error);
procnet_result procnet_query_set_netns(procnet_query *query, uint32_t netns, procnet_error **error);
procnet_result procnet_query_set_netns_pid(procnet_query *query, uint32_t pid,
                                           procnet_error **error);
procnet_result procnet_query_set_netns_path(procnet_query *query, const char *path,
                                            procnet_error **error);
procnet_result procnet_query_set_details(procnet_query *query, uint32_t details,
                                         procnet_error **error);
procnet_result procnet_query_set_bound(procnet_query *query, bool wanted, procnet_error **error);

/** ADDRESSES
 *
 * `family` is AF_INET, AF_INET6, or 0 if there is no address; `port` is in host byte order; `bytes`
 * are in network byte order, so inet_ntop(3) takes them: the first 4 for AF_INET, all 16 for AF_INET6.
 * `scope_id` is the interface of a link-local address, 0 if unknown. An address that is not bound or
 * not connected is all zeros, with its family.
 *
 * procnet_address_text() writes "127.0.0.1:80" or "[::1]:80" as snprintf(3) would, and returns its
 * length; PROCNET_ADDRESS_SIZE is always enough. procnet_address_parse() parses it. Errors:
 * PROCNET_INVALID.
 */
typedef struct procnet_address {
    uint16_t family;
    uint16_t port;
    uint32_t scope_id;
    uint8_t bytes[16];
} procnet_address;

#define PROCNET_ADDRESS_SIZE 72

procnet_result procnet_address_parse(const char *text, procnet_address *address,
                                     procnet_error **error);
size_t procnet_address_text(const procnet_address *address, char *text, size_t capacity);

/** OWNERS
 *
 * A process, and the descriptor through which it holds a socket. `comm` is its name, mostly at most 15
 * bytes. `start_time` is in ticks of 1/USER_HZ seconds after boot: together with the pid it identifies
 * a process. `uids` are the real, effective, saved and filesystem user ids. `known` says which of these
 * two are there.
 */
#define PROCNET_OWNER_START_TIME UINT32_C(1)
#define PROCNET_OWNER_UIDS UINT32_C(2)

typedef struct procnet_owner {
    uint32_t pid;
    uint32_t fd;
    uint32_t known;
    uint32_t comm_len;
    const char *comm;
    uint64_t start_time;
    uint32_t uids[4];
} procnet_owner;

typedef int (*procnet_owner_callback)(const procnet_owner *owner, void *userdata);

/** SOCKETS
 *
 * kind, state - see above.
 *
 * family, type, protocol - as for socket(2): of a raw socket the IP protocol, of a packet socket the
 * Ethernet protocol, of a netlink socket the netlink family.
 *
 * known - which of uid, rx_queue, tx_queue, backlog and name the source reports.
 *
 * flags - PROCNET_FLAG_SUSPECT: the row may be forged by the name of a unix socket, which only /proc
 * permits. PROCNET_FLAG_NAME_EXACT: the name is as it was bound, byte for byte, and not as /proc prints
 * it. PROCNET_FLAG_NAME_ABSTRACT: it is abstract.
 *
 * uid - the user the socket belongs to.
 *
 * rx_queue, tx_queue - bytes to be read, and to be sent or acknowledged. Of a TCP listener, rx_queue is
 * the number of connections that wait to be accepted, and backlog how many may.
 *
 * interface - the index of the interface it is bound to, 0 if it is bound to none or that is unknown.
 *
 * inode - the number by which descriptors name it, 0 if no file belongs to it: TIME_WAIT, request
 * socks, connections that are not accepted yet, orphans.
 *
 * cookie - identifies the socket among all of this boot; 0 if the source does not report it.
 *
 * netns - the inode of its network namespace; 0 if the query names no namespaces, or if unknown.
 *
 * peer - of a unix socket the inode of the other end, 0 if unknown.
 *
 * local, remote - the two ends of an inet socket.
 *
 * name - of a unix socket, with `@` for the leading NUL of an abstract name; NULL if there is none.
 *
 * owners - every process and descriptor that holds it, by pid, then descriptor, as far as visible.
 *
 * more - for the functions that take a socket. Only in a callback.
 */
#define PROCNET_KNOWN_UID UINT32_C(0x01)
#define PROCNET_KNOWN_RX_QUEUE UINT32_C(0x02)
#define PROCNET_KNOWN_TX_QUEUE UINT32_C(0x04)
#define PROCNET_KNOWN_BACKLOG UINT32_C(0x08)
#define PROCNET_KNOWN_NAME UINT32_C(0x10)

#define PROCNET_FLAG_SUSPECT UINT32_C(0x1)
#define PROCNET_FLAG_NAME_EXACT UINT32_C(0x2)
#define PROCNET_FLAG_NAME_ABSTRACT UINT32_C(0x4)

typedef struct procnet_socket {
    uint32_t kind;
    uint32_t state;
    uint32_t family;
    uint32_t type;
    uint32_t protocol;
    uint32_t known;
    uint32_t flags;
    uint32_t uid;
    uint32_t rx_queue;
    uint32_t tx_queue;
    uint32_t backlog;
    uint32_t interface;
    uint64_t inode;
    uint64_t cookie;
    uint64_t netns;
    uint64_t peer;
    procnet_address local;
    procnet_address remote;
    const char *name;
    size_t name_len;
    const procnet_owner *owners;
    size_t owners_len;
    const void *more;
} procnet_socket;

typedef int (*procnet_socket_callback)(const procnet_socket *socket, void *userdata);

/** VISITS
 *
 * procnet_scanner_visit() passes every socket that matches the query to the callback, each once. If
 * owners are wanted, processes are walked first: a socket created after that has none yet. *coverage
 * is set to a new coverage, unless `coverage` is NULL.
 *
 * Errors, when there is no answer: PROCNET_INVALID if the query contradicts itself, if a namespace is
 * none or if the root has no network tables; PROCNET_NOT_FOUND, PROCNET_PERMISSION if the process of
 * the query does not exist or may not be read; PROCNET_UNSUPPORTED if only one source was allowed and
 * it does not answer; PROCNET_IO, PROCNET_PERMISSION if no table can be read. Anything else that could
 * not be seen is in the coverage. After an error the callback may have been called already.
 *
 * procnet_scanner_lookup() passes the one socket with exactly these ends, of IPPROTO_TCP, IPPROTO_UDP
 * or IPPROTO_UDPLITE, to the callback, without owners. `remote` is NULL for a listener or an unconnected
 * socket. `interface` is the one it is bound to, or 0. It takes some microseconds by sock_diag, however
 * many sockets there are. Errors: PROCNET_NOT_FOUND if there is none.
 *
 * procnet_scanner_owners_of() passes every owner of the socket with this inode. It examines every
 * process, so for many sockets a visit is better. Errors: PROCNET_INVALID for inode 0.
 */
typedef struct procnet_coverage procnet_coverage;

procnet_result procnet_scanner_visit(procnet_scanner *scanner, const procnet_query *query,
                                     procnet_socket_callback callback, void *userdata,
                                     procnet_coverage **coverage, procnet_error **error);
procnet_result procnet_scanner_lookup(procnet_scanner *scanner, uint32_t protocol,
                                      const procnet_address *local, const procnet_address *remote,
                                      uint32_t interface, procnet_socket_callback callback,
                                      void *userdata, procnet_error **error);
procnet_result procnet_scanner_owners_of(procnet_scanner *scanner, uint64_t inode,
                                         procnet_owner_callback callback, void *userdata,
                                         procnet_coverage **coverage, procnet_error **error);

/** DETAILS OF A SOCKET
 *
 * Only in a callback. They return PROCNET_OK, PROCNET_NOT_FOUND if the source does not report the value,
 * sockets of this kind do not have it, or a detail was not asked for, or PROCNET_NULL.
 *
 * procnet_socket_drops() - packets dropped since it was created, modulo 2^32.
 *
 * procnet_socket_timer() - its running TCP timer: 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 window
 * probe.
 *
 * procnet_socket_tcp_info() - struct tcp_info of <linux/tcp.h>, of which the kernel sends what it
 * knows: `size` bytes are written, with zeros beyond, and *length is what the kernel sent, 0 if nothing.
 *
 * procnet_socket_memory() - in bytes, the fields of SK_MEMINFO (include/uapi/linux/sock_diag.h).
 *
 * procnet_socket_congestion() - the name of its congestion control, terminated, cut to `size`.
 *
 * procnet_socket_type_of_service() - that of IPv4, or the traffic class of IPv6.
 *
 * procnet_socket_control_group() - the version 2 control group that created it, by inode.
 *
 * procnet_socket_mark() - SO_MARK; needs CAP_NET_ADMIN.
 *
 * procnet_socket_shutdown() - 1 receiving, 2 sending, 3 both.
 *
 * procnet_socket_v6_only() - IPV6_V6ONLY, of sockets that listen or are not connected.
 *
 * procnet_socket_unix_queues() - bytes not read and memory of data sent; of a listener the connections
 * that wait, and how many may.
 *
 * procnet_socket_netlink() - the port id of a netlink socket and the mask of its first 32 groups.
 *
 * procnet_socket_netns() - a process in its network namespace, or 0, and the file where the namespace
 * is mounted, or NULL, not terminated.
 *
 * procnet_socket_peer_owners() - passes each owner of the other end of a unix socket.
 *
 * procnet_socket_raw() - what it was decoded from: a line of a table, a message of sock_diag with its
 * attributes, or a record of the BPF program. Returns which, PROCNET_RAW_NONE for NULL.
 */
typedef struct procnet_timer {
    uint32_t kind;
    uint32_t retransmits;
    uint64_t expires_ms;
} procnet_timer;

typedef struct procnet_memory {
    uint32_t receive;
    uint32_t receive_limit;
    uint32_t transmit;
    uint32_t transmit_limit;
    uint32_t forward;
    uint32_t queued;
    uint32_t options;
    uint32_t backlog;
} procnet_memory;

enum {
    PROCNET_RAW_NONE = 0,
    PROCNET_RAW_LINE = 1,
    PROCNET_RAW_INET_DIAG = 2,
    PROCNET_RAW_UNIX_DIAG = 3,
    PROCNET_RAW_BPF = 4
};

procnet_result procnet_socket_drops(const procnet_socket *socket, uint32_t *drops);
procnet_result procnet_socket_timer(const procnet_socket *socket, procnet_timer *timer);
procnet_result procnet_socket_tcp_info(const procnet_socket *socket, void *info, size_t size,
                                       size_t *length);
procnet_result procnet_socket_memory(const procnet_socket *socket, procnet_memory *memory);
procnet_result procnet_socket_congestion(const procnet_socket *socket, void *name, size_t size);
procnet_result procnet_socket_type_of_service(const procnet_socket *socket, uint32_t *value);
procnet_result procnet_socket_control_group(const procnet_socket *socket, uint64_t *id);
procnet_result procnet_socket_mark(const procnet_socket *socket, uint32_t *mark);
procnet_result procnet_socket_shutdown(const procnet_socket *socket, uint32_t *directions);
procnet_result procnet_socket_v6_only(const procnet_socket *socket, bool *only);
procnet_result procnet_socket_unix_queues(const procnet_socket *socket, uint32_t *receive,
                                          uint32_t *transmit);
procnet_result procnet_socket_netlink(const procnet_socket *socket, uint32_t *port,
                                      uint32_t *groups);
procnet_result procnet_socket_netns(const procnet_socket *socket, uint32_t *pid, const char **path,
                                    size_t *length);
uint32_t procnet_socket_raw(const procnet_socket *socket, const void **bytes, size_t *length);
procnet_result procnet_socket_peer_owners(const procnet_socket *socket,
                                          procnet_owner_callback callback, void *userdata,
                                          procnet_error **error);

/** COVERAGE
 *
 * procnet_coverage_is_complete() - whether everything that was asked for was seen, up to the limit of
 * the query.
 *
 * procnet_coverage_text() - a line for each thing that could not be seen; "" if there is none.
 *
 * procnet_coverage_count() - one of the numbers below, 0 if the number is unknown. SOCKETS: passed to
 * the callback. ROWS: returned by the kernel, before any filter. TRUNCATED: 1 if the limit was reached.
 * REPEATED: rows that the kernel returned again; each was passed once. MAYBE_REPEATED: sockets that may
 * have been passed twice. RECOVERED: rows that only a repeated read returned. UNDECODABLE: rows.
 * SUSPECT: sockets with that flag. UNDECIDED: sockets left out because a value that the filter needs is
 * unknown. OWNERLESS: sockets with an inode, but no visible owner; KERNEL: those of them that are the
 * kernel's. WITHOUT_INODE: sockets that can have no owner. FOREIGN: datagrams of others than the kernel,
 * discarded. NAMESPACES: visited; NAMESPACES_HIDDEN: not. PROCESSES: listed; PROCESSES_VANISHED: ended
 * meanwhile; PROCESSES_UNREADABLE. DESCRIPTORS: resolved. BY_BPF: 1 if BPF found the owners.
 * LEFT_OUT_SOCKETS, LEFT_OUT_PROCESSES: by the budget of an incremental query.
 *
 * procnet_coverage_kinds_from() - the kinds that came from a source; procnet_coverage_kinds_absent() -
 * those this kernel does not have; procnet_coverage_kinds_unreadable() - those that could not be read to
 * their end. Masks of kinds.
 */
enum {
    PROCNET_COUNT_SOCKETS = 0,
    PROCNET_COUNT_ROWS = 1,
    PROCNET_COUNT_TRUNCATED = 2,
    PROCNET_COUNT_REPEATED = 3,
    PROCNET_COUNT_MAYBE_REPEATED = 4,
    PROCNET_COUNT_RECOVERED = 5,
    PROCNET_COUNT_UNDECODABLE = 6,
    PROCNET_COUNT_SUSPECT = 7,
    PROCNET_COUNT_UNDECIDED = 8,
    PROCNET_COUNT_OWNERLESS = 9,
    PROCNET_COUNT_KERNEL = 10,
    PROCNET_COUNT_WITHOUT_INODE = 11,
    PROCNET_COUNT_FOREIGN = 12,
    PROCNET_COUNT_NAMESPACES = 13,
    PROCNET_COUNT_NAMESPACES_HIDDEN = 14,
    PROCNET_COUNT_PROCESSES = 15,
    PROCNET_COUNT_PROCESSES_VANISHED = 16,
    PROCNET_COUNT_PROCESSES_UNREADABLE = 17,
    PROCNET_COUNT_DESCRIPTORS = 18,
    PROCNET_COUNT_BY_BPF = 19,
    PROCNET_COUNT_LEFT_OUT_SOCKETS = 20,
    PROCNET_COUNT_LEFT_OUT_PROCESSES = 21
};

bool procnet_coverage_is_complete(const procnet_coverage *coverage);
const char *procnet_coverage_text(const procnet_coverage *coverage);
uint64_t procnet_coverage_count(const procnet_coverage *coverage, uint32_t which);
uint32_t procnet_coverage_kinds_from(const procnet_coverage *coverage, uint32_t source);
uint32_t procnet_coverage_kinds_absent(const procnet_coverage *coverage);
uint32_t procnet_coverage_kinds_unreadable(const procnet_coverage *coverage);
void procnet_coverage_free(procnet_coverage *coverage);

/** SNAPSHOTS
 *
 * procnet_scanner_snapshot() keeps the sockets of a visit, replacing what the snapshot held and reusing
 * its memory; errors as for a visit. procnet_snapshot_diff() passes what differs between two snapshots
 * of the same query: `before` is NULL for a socket that appeared, `after` for one that vanished, and
 * for one that changed `what` says how. A socket that one of the two could not see is not passed.
 * procnet_snapshot_size() is the number of sockets.
 */
typedef struct procnet_snapshot procnet_snapshot;

#define PROCNET_CHANGED_STATE UINT32_C(0x01)
#define PROCNET_CHANGED_OWNERS UINT32_C(0x02)
#define PROCNET_CHANGED_ADDRESSES UINT32_C(0x04)
#define PROCNET_CHANGED_NAME UINT32_C(0x08)
#define PROCNET_CHANGED_USER UINT32_C(0x10)
#define PROCNET_CHANGED_QUEUES UINT32_C(0x20)

typedef int (*procnet_change_callback)(const procnet_socket *before, const procnet_socket *after,
                                       uint32_t what, void *userdata);

procnet_snapshot *procnet_snapshot_new(void);
void procnet_snapshot_free(procnet_snapshot *snapshot);
size_t procnet_snapshot_size(procnet_snapshot *snapshot);
procnet_result procnet_scanner_snapshot(procnet_scanner *scanner, const procnet_query *query,
                                        procnet_snapshot *snapshot, procnet_coverage **coverage,
                                        procnet_error **error);
procnet_result procnet_snapshot_visit(procnet_snapshot *snapshot, procnet_socket_callback callback,
                                      void *userdata, procnet_error **error);
procnet_result procnet_snapshot_diff(procnet_snapshot *before, procnet_snapshot *after,
                                     procnet_change_callback callback, void *userdata,
                                     procnet_error **error);

/** COUNTERS
 *
 * procnet_scanner_interfaces() passes the 16 counters of each interface (net/dev), and its index, 0 if
 * unknown. procnet_interfaces_of_file() reads a file of that format. Errors: PROCNET_MALFORMED after
 * all lines that are not, or that the file cannot be read.
 *
 * procnet_scanner_counters() passes the counters of one table: of protocols in net/snmp (groups Ip,
 * Icmp, IcmpMsg, Tcp, Udp, UdpLite) or net/netstat (TcpExt, IpExt, MPTcpExt), or the numbers of sockets
 * in net/sockstat and net/sockstat6. `groups` are the names of those wanted, in any case; all if `count`
 * is 0. `value` is the magnitude, and `negative` is 1 for a number below zero: MaxConn of Tcp is -1 if
 * there is no limit. Errors: PROCNET_INVALID for an unknown table, PROCNET_UNSUPPORTED,
 * PROCNET_MALFORMED with the line.
 *
 * procnet_scanner_conntrack_counts() reports the number of tracked connections and its limit;
 * procnet_scanner_conntrack_stats() passes what connection tracking did, for each CPU (`row`, from 0) or
 * in all, where `entries`, the same on each CPU, is taken once. The names are those of
 * net/stat/nf_conntrack. Errors: PROCNET_NOT_LOADED, PROCNET_PERMISSION.
 */
typedef struct procnet_interface {
    const char *name;
    size_t name_len;
    uint32_t index;
    uint32_t reserved;
    uint64_t rx_bytes;
    uint64_t rx_packets;
    uint64_t rx_errs;
    uint64_t rx_drop;
    uint64_t rx_fifo;
    uint64_t rx_frame;
    uint64_t rx_compressed;
    uint64_t rx_multicast;
    uint64_t tx_bytes;
    uint64_t tx_packets;
    uint64_t tx_errs;
    uint64_t tx_drop;
    uint64_t tx_fifo;
    uint64_t tx_colls;
    uint64_t tx_carrier;
    uint64_t tx_compressed;
} procnet_interface;

typedef struct procnet_counter {
    const char *group;
    size_t group_len;
    const char *name;
    size_t name_len;
    uint64_t value;
    uint32_t negative;
    uint32_t row;
} procnet_counter;

enum {
    PROCNET_COUNTERS_SNMP = 0,
    PROCNET_COUNTERS_NETSTAT = 1,
    PROCNET_COUNTERS_SOCKSTAT = 2,
    PROCNET_COUNTERS_SOCKSTAT6 = 3
};

typedef int (*procnet_interface_callback)(const procnet_interface *interface, void *userdata);
typedef int (*procnet_counter_callback)(const procnet_counter *counter, void *userdata);

procnet_result procnet_scanner_interfaces(procnet_scanner *scanner,
                                          procnet_interface_callback callback, void *userdata,
                                          procnet_error **error);
procnet_result procnet_interfaces_of_file(const char *path, procnet_interface_callback callback,
                                          void *userdata, procnet_error **error);
procnet_result procnet_scanner_counters(procnet_scanner *scanner, uint32_t table,
                                        const char *const *groups, size_t count,
                                        procnet_counter_callback callback, void *userdata,
                                        procnet_error **error);
procnet_result procnet_scanner_conntrack_counts(procnet_scanner *scanner, uint64_t *connections,
                                                uint64_t *limit, procnet_error **error);
procnet_result procnet_scanner_conntrack_stats(procnet_scanner *scanner, bool per_cpu,
                                               procnet_counter_callback callback, void *userdata,
                                               procnet_error **error);

/** PROCESSES
 *
 * procnet_scanner_pids() writes the pids of all visible processes, at most `capacity` of them, and sets
 * *count to how many there are, which may be more. `pids` may be NULL if `capacity` is 0.
 * procnet_scanner_process_uids() writes the real, effective, saved and filesystem user id of a process.
 * Errors: PROCNET_NOT_FOUND, PROCNET_PERMISSION.
 */
procnet_result procnet_scanner_pids(procnet_scanner *scanner, uint32_t *pids, size_t capacity,
                                    size_t *count, procnet_error **error);
procnet_result procnet_scanner_process_uids(procnet_scanner *scanner, uint32_t pid,
                                            uint32_t uids[4], procnet_error **error);

/** ESCAPING
 *
 * procnet_escape() writes bytes so that they can be printed, and different ones differently: `\x1B` for
 * what controls a terminal, cannot be seen or is not UTF-8, and `\\` for a backslash. It writes as
 * snprintf(3) does, at most `capacity` bytes with the NUL, and returns the length of the whole. Each byte
 * takes at most four. It cuts between characters, so the text may end a few bytes early.
 */
size_t procnet_escape(const void *bytes, size_t length, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif

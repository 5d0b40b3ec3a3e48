/* Sockets of this process and what is reported of them, from one thread and from several. */
#include "check.h"

struct wanted {
    uint64_t inode;
    uint32_t kind;
    uint32_t state;
    uint16_t port;
    size_t found;
};

static int find(const procnet_socket *socket, void *userdata)
{
    struct wanted *wanted = userdata;
    uint32_t drops;

    if (socket->inode != wanted->inode) {
        return 0;
    }
    ++wanted->found;
    CHECK(socket->kind == wanted->kind && socket->state == wanted->state);
    CHECK(socket->family == AF_INET && socket->local.family == AF_INET);
    CHECK(socket->local.port == wanted->port && socket->local.bytes[0] == 127);
    CHECK(socket->type == SOCK_STREAM && socket->protocol == IPPROTO_TCP);
    CHECK((socket->known & PROCNET_KNOWN_UID) && socket->uid == getuid());
    CHECK(socket->name == NULL && socket->peer == 0 && socket->flags == 0);
    CHECK(procnet_socket_drops(socket, &drops) == PROCNET_NOT_FOUND);
    CHECK(socket->owners_len == 2);
    for (size_t i = 0; i < socket->owners_len; i++) {
        const procnet_owner *owner = &socket->owners[i];
        CHECK(owner->pid == (uint32_t)getpid());
        CHECK(owner->comm_len > 0 && owner->comm_len < 16);
        CHECK(memcmp(owner->comm, program_invocation_short_name, owner->comm_len) == 0);
        CHECK(owner->known & PROCNET_OWNER_START_TIME);
        CHECK((owner->known & PROCNET_OWNER_UIDS) && owner->uids[1] == geteuid());
    }
    CHECK(socket->owners[0].fd < socket->owners[1].fd);
    return 0;
}

static int only_one(const procnet_socket *socket, void *userdata)
{
    (void)socket;
    ++*(size_t *)userdata;
    return 1;
}

static void a_listener_is_found_with_all_its_owners(void)
{
    struct sockaddr_in address;
    int fd = new_listener(&address), copy = dup(fd);
    struct wanted wanted = {inode_of(fd), PROCNET_KIND_TCP, PROCNET_STATE_LISTEN,
                            ntohs(address.sin_port), 0};
    static const uint32_t sources[] = {PROCNET_SOURCE_AUTO, PROCNET_SOURCE_PROCFS,
                                       PROCNET_SOURCE_NETLINK};
    procnet_scanner *scanner = new_scanner();
    procnet_query *query = procnet_query_new(), *second;
    procnet_coverage *coverage;
    size_t count = 0;
    char filter[64];

    DO(procnet_query_set_process_uids(query, true, error));
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        DO(procnet_query_set_source(query, sources[i], error));
        wanted.found = 0;
        DO(procnet_scanner_visit(scanner, query, find, &wanted, &coverage, error));
        CHECK(wanted.found == 1);
        CHECK(procnet_coverage_count(coverage, PROCNET_COUNT_SOCKETS) >= 1);
        CHECK(procnet_coverage_count(coverage, PROCNET_COUNT_PROCESSES) >= 1);
        CHECK(procnet_coverage_count(coverage, 9999) == 0);
        CHECK(procnet_coverage_is_complete(coverage) == (*procnet_coverage_text(coverage) == '\0'));
        if (sources[i] == PROCNET_SOURCE_PROCFS) {
            CHECK(procnet_coverage_kinds_from(coverage, PROCNET_SOURCE_PROCFS) &
                  1u << PROCNET_KIND_TCP);
            CHECK(procnet_coverage_kinds_from(coverage, PROCNET_SOURCE_NETLINK) == 0);
        }
        procnet_coverage_free(coverage);
    }
    DO(procnet_query_set_source(query, PROCNET_SOURCE_AUTO, error));

    /* Setters replace what they set before, and all conditions hold together. */
    DO(procnet_query_set_kinds(query, PROCNET_KINDS_TCP, error));
    DO(procnet_query_set_filter(query, "sport = :1", error));
    snprintf(filter, sizeof filter, "sport = :%u", wanted.port);
    DO(procnet_query_set_filter(query, filter, error));
    DO(procnet_query_set_states(query, 1u << PROCNET_STATE_LISTEN, error));
    DO(procnet_query_set_listening(query, true, error));
    DO(procnet_query_set_pid(query, (uint32_t)getpid(), error));
    DO(procnet_scanner_visit(scanner, query, count_sockets, &count, NULL, error));
    CHECK(count == 1);
    second = procnet_query_copy(query);
    DO(procnet_query_set_states(second, 1u << PROCNET_STATE_ESTABLISHED, error));
    DO(procnet_scanner_visit(scanner, second, count_sockets, &count, NULL, error));
    CHECK(count == 1);
    procnet_query_free(second);

    /* A limit, and a callback that wants no more. */
    close(new_listener(&address));
    procnet_query_free(query);
    query = procnet_query_new();
    count = 0;
    DO(procnet_query_set_limit(query, 0, error));
    DO(procnet_scanner_visit(scanner, query, count_sockets, &count, &coverage, error));
    CHECK(count == 0 && procnet_coverage_count(coverage, PROCNET_COUNT_TRUNCATED) == 1);
    procnet_coverage_free(coverage);
    DO(procnet_query_set_limit(query, UINT64_MAX, error));
    DO(procnet_scanner_visit(scanner, query, only_one, &count, NULL, error));
    CHECK(count == 1);

    /* A process that does not exist: pids end at 4,194,304. */
    DO(procnet_query_set_pid(query, 4200000, error));
    coverage = (procnet_coverage *)&coverage;
    FAILS(PROCNET_NOT_FOUND,
          procnet_scanner_visit(scanner, query, count_sockets, &count, &coverage, error));
    CHECK(coverage == NULL);

    procnet_query_free(query);
    procnet_scanner_free(scanner);
    close(copy);
    close(fd);
}

static int examine(const procnet_socket *socket, void *userdata)
{
    struct wanted *wanted = userdata;
    struct tcp_info info;
    procnet_memory memory;
    procnet_timer timer;
    char congestion[16];
    const void *bytes;
    size_t length;
    uint32_t tos;

    if (socket->inode != wanted->inode) {
        return 0;
    }
    ++wanted->found;
    CHECK(socket->remote.port == wanted->port && socket->state == PROCNET_STATE_ESTABLISHED);
    CHECK((socket->known & PROCNET_KNOWN_TX_QUEUE) && socket->cookie != 0);
    memset(&info, 0xff, sizeof info);
    CHECK(procnet_socket_tcp_info(socket, &info, sizeof info, &length) == PROCNET_OK);
    CHECK(length >= 104 && info.tcpi_state == TCP_ESTABLISHED && info.tcpi_snd_mss > 0);
    CHECK(procnet_socket_tcp_info(socket, NULL, 0, NULL) == PROCNET_OK);
    CHECK(procnet_socket_memory(socket, &memory) == PROCNET_OK && memory.receive_limit > 0);
    CHECK(procnet_socket_congestion(socket, congestion, sizeof congestion) == PROCNET_OK);
    CHECK(strlen(congestion) > 0);
    CHECK(procnet_socket_congestion(socket, congestion, 2) == PROCNET_OK && strlen(congestion) == 1);
    CHECK(procnet_socket_type_of_service(socket, &tos) == PROCNET_OK && tos == 0);
    CHECK(procnet_socket_timer(socket, &timer) == PROCNET_OK && timer.kind == 2);
    CHECK(timer.expires_ms > 1000 && timer.expires_ms <= 100 * 1000);
    CHECK(procnet_socket_raw(socket, &bytes, &length) == PROCNET_RAW_INET_DIAG && length >= 72);
    CHECK(procnet_socket_unix_queues(socket, NULL, NULL) == PROCNET_NOT_FOUND);
    CHECK(procnet_socket_netlink(socket, NULL, NULL) == PROCNET_NOT_FOUND);
    CHECK(procnet_socket_netns(socket, NULL, NULL, NULL) == PROCNET_OK && socket->netns != 0);
    return 0;
}

static int count_owners(const procnet_owner *owner, void *userdata)
{
    CHECK(owner->pid == (uint32_t)getpid());
    ++*(size_t *)userdata;
    return 0;
}

static int is_inode(const procnet_socket *socket, void *userdata)
{
    CHECK(socket->inode == *(uint64_t *)userdata && socket->owners_len == 0);
    *(uint64_t *)userdata = 0;
    return 0;
}

static procnet_address address_of(const struct sockaddr_in *in)
{
    procnet_address address = {AF_INET, ntohs(in->sin_port), 0, {0}};

    memcpy(address.bytes, &in->sin_addr, 4);
    return address;
}

static void a_connection_has_details_and_is_found_by_its_ends(void)
{
    struct sockaddr_in server, client;
    socklen_t length = sizeof client;
    int listener = new_listener(&server), one = 1, idle = 100;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted;
    struct wanted wanted = {0, 0, 0, ntohs(server.sin_port), 0};
    procnet_scanner *scanner = new_scanner();
    procnet_query *query = procnet_query_new();
    procnet_coverage *coverage;
    procnet_address local, remote;
    uint64_t inode;
    size_t owners = 0;

    CHECK(connect(fd, (struct sockaddr *)&server, sizeof server) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&client, &length) == 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted >= 0);
    wanted.inode = inode_of(fd);

    DO(procnet_query_set_kinds(query, PROCNET_KINDS_TCP, error));
    DO(procnet_query_set_source(query, PROCNET_SOURCE_NETLINK, error));
    DO(procnet_query_set_netns(query, PROCNET_NETNS_OWN, error));
    DO(procnet_query_set_details(query,
                                 PROCNET_DETAIL_TCP_INFO | PROCNET_DETAIL_MEMORY |
                                     PROCNET_DETAIL_CONGESTION | PROCNET_DETAIL_TYPE_OF_SERVICE,
                                 error));
    DO(procnet_scanner_visit(scanner, query, examine, &wanted, NULL, error));
    CHECK(wanted.found == 1);

    inode = wanted.inode;
    local = address_of(&client);
    remote = address_of(&server);
    DO(procnet_scanner_lookup(scanner, IPPROTO_TCP, &local, &remote, 0, is_inode, &inode, error));
    CHECK(inode == 0);
    inode = inode_of(listener);
    DO(procnet_scanner_lookup(scanner, IPPROTO_TCP, &remote, NULL, 0, is_inode, &inode, error));
    CHECK(inode == 0);
    local.port = 1;
    FAILS(PROCNET_NOT_FOUND, procnet_scanner_lookup(scanner, IPPROTO_TCP, &local, NULL, 0,
                                                    count_sockets, &owners, error));

    DO(procnet_scanner_owners_of(scanner, wanted.inode, count_owners, &owners, &coverage, error));
    CHECK(owners == 1 && procnet_coverage_count(coverage, PROCNET_COUNT_PROCESSES) > 0);
    procnet_coverage_free(coverage);

    close(accepted);
    close(fd);
    close(listener);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
}

struct named {
    const char *name;
    size_t length;
    uint64_t inode;
    uint64_t peer;
    size_t found;
};

static int examine_unix(const procnet_socket *socket, void *userdata)
{
    struct named *named = userdata;
    size_t owners = 0;

    if (socket->inode == named->inode) {
        CHECK(socket->family == AF_UNIX && socket->type == SOCK_STREAM);
        CHECK((socket->known & PROCNET_KNOWN_NAME) && socket->name_len == named->length);
        CHECK(memcmp(socket->name, named->name, named->length) == 0);
        CHECK(socket->flags == (PROCNET_FLAG_NAME_EXACT | PROCNET_FLAG_NAME_ABSTRACT));
        CHECK(socket->local.family == 0);
        ++named->found;
    } else if (socket->inode == named->peer) {
        CHECK(!(socket->known & PROCNET_KNOWN_NAME) && socket->name == NULL && socket->peer != 0);
        DO(procnet_socket_peer_owners(socket, count_owners, &owners, error));
        CHECK(owners == 1);
        ++named->found;
    }
    return 0;
}

static void a_unix_name_may_hold_any_bytes(void)
{
    static const char name[] = "\0new\nline\0 and \xff";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), pair[2];
    struct named named = {"@new\nline\0 and \xff", sizeof name - 1, 0, 0, 0};
    procnet_scanner *scanner = new_scanner();
    procnet_query *query = procnet_query_new();
    char shown[64];

    memcpy(address.sun_path, name, sizeof name - 1);
    CHECK(bind(fd, (struct sockaddr *)&address,
               offsetof(struct sockaddr_un, sun_path) + sizeof name - 1) == 0);
    CHECK(listen(fd, 1) == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    named.inode = inode_of(fd);
    named.peer = inode_of(pair[0]);
    DO(procnet_query_set_kinds(query, PROCNET_KINDS_UNIX, error));
    DO(procnet_query_set_source(query, PROCNET_SOURCE_NETLINK, error));
    DO(procnet_scanner_visit(scanner, query, examine_unix, &named, NULL, error));
    CHECK(named.found == 2);
    procnet_escape(named.name, named.length, shown, sizeof shown);
    CHECK(strcmp(shown, "@new\\x0Aline\\x00 and \\xFF") == 0);

    close(pair[0]);
    close(pair[1]);
    close(fd);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
}

struct changes {
    uint64_t appeared;
    uint64_t vanished;
    uint64_t changed;
    size_t found;
};

static int note_change(const procnet_socket *before, const procnet_socket *after, uint32_t what,
                       void *userdata)
{
    struct changes *changes = userdata;

    if (before == NULL && after->inode == changes->appeared) {
        CHECK(what == 0 && after->owners_len == 1);
        changes->found |= 1;
    } else if (after == NULL && before->inode == changes->vanished) {
        CHECK(what == 0);
        changes->found |= 2;
    } else if (before && after && after->inode == changes->changed) {
        CHECK(what & PROCNET_CHANGED_OWNERS);
        CHECK(before->owners_len == 1 && after->owners_len == 2);
        changes->found |= 4;
    }
    return 0;
}

static void snapshots_are_compared(void)
{
    struct sockaddr_in address;
    int ends = new_listener(&address), stays = new_listener(&address), begins, copy;
    procnet_scanner *scanner = new_scanner();
    procnet_query *query = procnet_query_new();
    procnet_snapshot *before = procnet_snapshot_new(), *after = procnet_snapshot_new();
    struct changes changes = {0, inode_of(ends), inode_of(stays), 0};
    size_t count = 0;

    DO(procnet_query_set_kinds(query, PROCNET_KINDS_TCP, error));
    DO(procnet_scanner_snapshot(scanner, query, before, NULL, error));
    close(ends);
    copy = dup(stays);
    begins = new_listener(&address);
    changes.appeared = inode_of(begins);
    DO(procnet_scanner_snapshot(scanner, query, after, NULL, error));
    DO(procnet_snapshot_diff(before, after, note_change, &changes, error));
    CHECK(changes.found == 7);
    DO(procnet_snapshot_visit(after, count_sockets, &count, error));
    CHECK(count == procnet_snapshot_size(after) && count >= 2);

    close(begins);
    close(copy);
    close(stays);
    procnet_snapshot_free(before);
    procnet_snapshot_free(after);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
}

static int find_loopback(const procnet_interface *interface, void *userdata)
{
    if (interface->name_len == 2 && memcmp(interface->name, "lo", 2) == 0) {
        CHECK(interface->rx_bytes == interface->tx_bytes && interface->rx_packets > 0);
        ++*(size_t *)userdata;
    }
    return 0;
}

static int find_limit(const procnet_counter *counter, void *userdata)
{
    CHECK(counter->group_len == 3 && memcmp(counter->group, "Tcp", 3) == 0);
    if (counter->name_len == 7 && memcmp(counter->name, "MaxConn", 7) == 0) {
        CHECK(counter->negative == 1 && counter->value == 1);
        ++*(size_t *)userdata;
    }
    return 0;
}

static int count_counters(const procnet_counter *counter, void *userdata)
{
    CHECK(counter->group_len > 0 && counter->name_len > 0);
    ++*(size_t *)userdata;
    return 0;
}

static void counters_and_processes_are_read(void)
{
    procnet_scanner *scanner = new_scanner();
    uint32_t pids[4096], uids[4];
    size_t count = 0, pid_count, self = 0;

    DO(procnet_scanner_interfaces(scanner, find_loopback, &count, error));
    CHECK(count == 1);
    DO(procnet_interfaces_of_file("/proc/self/net/dev", find_loopback, &count, error));
    CHECK(count == 2);
    FAILS(PROCNET_NOT_FOUND, procnet_interfaces_of_file("/nowhere", find_loopback, NULL, error));
    count = 0;
    DO(procnet_scanner_counters(scanner, PROCNET_COUNTERS_SNMP, (const char *[]){"tcp"}, 1,
                                find_limit, &count, error));
    CHECK(count == 1);
    DO(procnet_scanner_counters(scanner, PROCNET_COUNTERS_NETSTAT, NULL, 0, count_counters, &count,
                                error));
    CHECK(count > 50);
    DO(procnet_scanner_counters(scanner, PROCNET_COUNTERS_SOCKSTAT, NULL, 0, count_counters, &count,
                                error));

    DO(procnet_scanner_pids(scanner, pids, sizeof pids / sizeof *pids, &pid_count, error));
    for (size_t i = 0; i < pid_count && i < sizeof pids / sizeof *pids; i++) {
        self += pids[i] == (uint32_t)getpid();
    }
    CHECK(self == 1);
    DO(procnet_scanner_pids(scanner, NULL, 0, &pid_count, error));
    DO(procnet_scanner_process_uids(scanner, (uint32_t)getpid(), uids, error));
    CHECK(uids[0] == getuid() && uids[1] == geteuid());
    FAILS(PROCNET_NOT_FOUND, procnet_scanner_process_uids(scanner, 4200000, uids, error));
    procnet_scanner_free(scanner);
}

static uint64_t shared_inode;

static int count_shared(const procnet_socket *socket, void *userdata)
{
    if (socket->inode == shared_inode) {
        CHECK(socket->owners_len == 1);
        ++*(size_t *)userdata;
    }
    return 0;
}

static void *visit_often(void *argument)
{
    procnet_query *query = argument;
    procnet_scanner *scanner = new_scanner();

    for (int i = 0; i < 20; i++) {
        size_t found = 0;
        DO(procnet_scanner_visit(scanner, query, count_shared, &found, NULL, error));
        CHECK(found == 1);
    }
    procnet_scanner_free(scanner);
    return NULL;
}

static void *visit_shared(void *argument)
{
    procnet_query *query = procnet_query_new();
    size_t *successes = calloc(1, sizeof *successes);

    for (int i = 0; i < 50; i++) {
        size_t found = 0;
        procnet_error *error;
        procnet_result result =
            procnet_scanner_visit(argument, query, count_shared, &found, NULL, &error);
        CHECK(result == PROCNET_OK || result == PROCNET_BUSY);
        CHECK(result == PROCNET_BUSY || found == 1);
        *successes += result == PROCNET_OK;
        procnet_error_free(error);
    }
    procnet_query_free(query);
    return successes;
}

static void threads_do_not_disturb_each_other(void)
{
    struct sockaddr_in address;
    int fd = new_listener(&address);
    procnet_query *query = procnet_query_new();
    procnet_scanner *scanner = new_scanner();
    pthread_t threads[4];
    size_t successes = 0;

    shared_inode = inode_of(fd);
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, visit_often, query) == 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    /* A scanner that several threads use is refused to all but one. */
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, visit_shared, scanner) == 0);
    }
    for (int i = 0; i < 4; i++) {
        void *of_thread;
        CHECK(pthread_join(threads[i], &of_thread) == 0);
        successes += *(size_t *)of_thread;
        free(of_thread);
    }
    CHECK(successes > 0);
    procnet_scanner_free(scanner);
    procnet_query_free(query);
    close(fd);
}

int main(void)
{
    a_listener_is_found_with_all_its_owners();
    a_connection_has_details_and_is_found_by_its_ends();
    a_unix_name_may_hold_any_bytes();
    snapshots_are_compared();
    counters_and_processes_are_read();
    threads_do_not_disturb_each_other();
    puts("live: ok");
    return 0;
}

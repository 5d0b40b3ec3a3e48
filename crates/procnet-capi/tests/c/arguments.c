/* What a caller may get wrong: NULL, numbers that are none, handles in use. */
#include "check.h"

/* What the header promises of structures that callers allocate, on a 64-bit machine. */
_Static_assert(sizeof(procnet_address) == 24, "procnet_address");
_Static_assert(sizeof(void *) != 8 || sizeof(procnet_owner) == 48, "procnet_owner");
_Static_assert(sizeof(procnet_timer) == 16, "procnet_timer");
_Static_assert(sizeof(procnet_memory) == 32, "procnet_memory");
_Static_assert(sizeof(void *) != 8 || offsetof(procnet_socket, more) == 160, "procnet_socket");
_Static_assert(offsetof(procnet_socket, inode) == 48, "procnet_socket");

static int any_owner(const procnet_owner *owner, void *userdata)
{
    (void)owner;
    (void)userdata;
    return 0;
}

static int any_interface(const procnet_interface *interface, void *userdata)
{
    (void)interface;
    (void)userdata;
    return 0;
}

static int any_counter(const procnet_counter *counter, void *userdata)
{
    (void)counter;
    (void)userdata;
    return 0;
}

static int any_change(const procnet_socket *before, const procnet_socket *after, uint32_t what,
                      void *userdata)
{
    (void)before;
    (void)after;
    (void)what;
    (void)userdata;
    return 0;
}

static void null_is_a_result(void)
{
    procnet_scanner *scanner = new_scanner();
    procnet_query *query = procnet_query_new();
    procnet_snapshot *snapshot = procnet_snapshot_new();
    procnet_address address;
    uint64_t number;
    uint32_t uids[4];
    size_t count = 0;

    FAILS(PROCNET_NULL, procnet_scanner_new(NULL, 0, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_visit(NULL, query, count_sockets, &count, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_visit(scanner, NULL, count_sockets, &count, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_visit(scanner, query, NULL, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_lookup(NULL, IPPROTO_TCP, &(procnet_address){AF_INET, 0, 0, {0}},
                                               NULL, 0, count_sockets, &count, error));
    FAILS(PROCNET_NULL, procnet_scanner_lookup(scanner, IPPROTO_TCP, NULL, NULL, 0, count_sockets,
                                               &count, error));
    FAILS(PROCNET_NULL, procnet_scanner_owners_of(NULL, 1, any_owner, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_owners_of(scanner, 1, NULL, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_snapshot(NULL, query, snapshot, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_snapshot(scanner, NULL, snapshot, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_snapshot(scanner, query, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_snapshot_visit(NULL, count_sockets, &count, error));
    FAILS(PROCNET_NULL, procnet_snapshot_visit(snapshot, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_snapshot_diff(NULL, snapshot, any_change, NULL, error));
    FAILS(PROCNET_NULL, procnet_snapshot_diff(snapshot, NULL, any_change, NULL, error));
    FAILS(PROCNET_NULL, procnet_snapshot_diff(NULL, NULL, any_change, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_interfaces(NULL, any_interface, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_interfaces(scanner, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_interfaces_of_file(NULL, any_interface, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_counters(NULL, 0, NULL, 0, any_counter, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_counters(scanner, 0, NULL, 1, any_counter, NULL, error));
    FAILS(PROCNET_NULL,
          procnet_scanner_counters(scanner, 0, (const char *[]){NULL}, 1, any_counter, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_conntrack_counts(NULL, &number, &number, error));
    FAILS(PROCNET_NULL, procnet_scanner_conntrack_stats(NULL, true, any_counter, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_conntrack_stats(scanner, true, NULL, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_pids(NULL, NULL, 0, &count, error));
    FAILS(PROCNET_NULL, procnet_scanner_pids(scanner, NULL, 1, &count, error));
    FAILS(PROCNET_NULL, procnet_scanner_pids(scanner, NULL, 0, NULL, error));
    FAILS(PROCNET_NULL, procnet_scanner_process_uids(NULL, 1, uids, error));
    FAILS(PROCNET_NULL, procnet_scanner_process_uids(scanner, 1, NULL, error));
    FAILS(PROCNET_NULL, procnet_query_set_kinds(NULL, 1, error));
    FAILS(PROCNET_NULL, procnet_query_set_states(NULL, 2, error));
    FAILS(PROCNET_NULL, procnet_query_set_listening(NULL, true, error));
    FAILS(PROCNET_NULL, procnet_query_set_filter(NULL, "state listen", error));
    FAILS(PROCNET_NULL, procnet_query_set_pid(NULL, 1, error));
    FAILS(PROCNET_NULL, procnet_query_set_limit(NULL, 1, error));
    FAILS(PROCNET_NULL, procnet_query_set_owners(NULL, true, error));
    FAILS(PROCNET_NULL, procnet_query_set_process_uids(NULL, true, error));
    FAILS(PROCNET_NULL, procnet_query_set_owner_source(NULL, 0, error));
    FAILS(PROCNET_NULL, procnet_query_set_incremental(NULL, true, 1, 1, error));
    FAILS(PROCNET_NULL, procnet_query_set_source(NULL, 0, error));
    FAILS(PROCNET_NULL, procnet_query_set_netns(NULL, 0, error));
    FAILS(PROCNET_NULL, procnet_query_set_netns_pid(NULL, 1, error));
    FAILS(PROCNET_NULL, procnet_query_set_netns_path(NULL, "/run/netns/a", error));
    FAILS(PROCNET_NULL, procnet_query_set_netns_path(query, NULL, error));
    FAILS(PROCNET_NULL, procnet_query_set_details(NULL, 0, error));
    FAILS(PROCNET_NULL, procnet_query_set_bound(NULL, true, error));
    FAILS(PROCNET_NULL, procnet_kinds_parse(NULL, uids, error));
    FAILS(PROCNET_NULL, procnet_kinds_parse("tcp", NULL, error));
    FAILS(PROCNET_NULL, procnet_address_parse(NULL, &address, error));
    FAILS(PROCNET_NULL, procnet_address_parse("127.0.0.1:1", NULL, error));
    FAILS(PROCNET_NULL, procnet_socket_peer_owners(NULL, any_owner, NULL, error));
    CHECK(count == 0);

    CHECK(procnet_socket_drops(NULL, uids) == PROCNET_NULL);
    CHECK(procnet_socket_timer(NULL, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_tcp_info(NULL, NULL, 0, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_memory(NULL, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_congestion(NULL, NULL, 0) == PROCNET_NULL);
    CHECK(procnet_socket_type_of_service(NULL, uids) == PROCNET_NULL);
    CHECK(procnet_socket_control_group(NULL, &number) == PROCNET_NULL);
    CHECK(procnet_socket_mark(NULL, uids) == PROCNET_NULL);
    CHECK(procnet_socket_shutdown(NULL, uids) == PROCNET_NULL);
    CHECK(procnet_socket_v6_only(NULL, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_unix_queues(NULL, NULL, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_netlink(NULL, NULL, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_netns(NULL, NULL, NULL, NULL) == PROCNET_NULL);
    CHECK(procnet_socket_raw(NULL, NULL, NULL) == PROCNET_RAW_NONE);
    CHECK(procnet_error_code(NULL) == PROCNET_OK && procnet_error_line(NULL) == 0);
    CHECK(procnet_error_column(NULL) == 0 && procnet_error_errno(NULL) == 0);
    CHECK(*procnet_error_text(NULL) == '\0' && *procnet_error_message(NULL) == '\0');
    CHECK(procnet_error_cause(NULL, 0) == NULL && procnet_error_path(NULL) == NULL);
    CHECK(!procnet_coverage_is_complete(NULL) && *procnet_coverage_text(NULL) == '\0');
    CHECK(procnet_coverage_count(NULL, PROCNET_COUNT_SOCKETS) == 0);
    CHECK(procnet_coverage_kinds_from(NULL, 0) == 0 && procnet_coverage_kinds_absent(NULL) == 0);
    CHECK(procnet_coverage_kinds_unreadable(NULL) == 0 && procnet_snapshot_size(NULL) == 0);
    CHECK(procnet_query_copy(NULL) == NULL && procnet_address_text(NULL, NULL, 0) == 0);
    CHECK(procnet_escape(NULL, 5, NULL, 0) == 0);
    procnet_scanner_free(NULL);
    procnet_query_free(NULL);
    procnet_coverage_free(NULL);
    procnet_snapshot_free(NULL);
    procnet_error_free(NULL);

    procnet_snapshot_free(snapshot);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
}

static void numbers_are_checked(void)
{
    procnet_scanner *scanner = new_scanner();
    procnet_query *query = procnet_query_new();
    procnet_snapshot *snapshot = procnet_snapshot_new();
    procnet_address nothing = {0, 0, 0, {0}}, loopback = {AF_INET, 1, 0, {127, 0, 0, 1}};
    procnet_error *wrong;
    uint32_t kinds;
    size_t count = 0;

    FAILS(PROCNET_INVALID, procnet_query_set_kinds(query, 1u << 23, error));
    FAILS(PROCNET_INVALID, procnet_query_set_states(query, 1, error));
    FAILS(PROCNET_INVALID, procnet_query_set_states(query, 1u << 14, error));
    FAILS(PROCNET_INVALID, procnet_query_set_owner_source(query, 3, error));
    FAILS(PROCNET_INVALID, procnet_query_set_source(query, 5, error));
    FAILS(PROCNET_INVALID, procnet_query_set_netns(query, 3, error));
    FAILS(PROCNET_INVALID, procnet_query_set_details(query, 1u << 9, error));
    FAILS(PROCNET_INVALID, procnet_query_set_filter(query, "state \xff", error));
    FAILS(PROCNET_INVALID, procnet_kinds_parse("ipx", &kinds, error));
    FAILS(PROCNET_INVALID, procnet_address_parse("localhost:1", &loopback, error));
    FAILS(PROCNET_INVALID, procnet_scanner_lookup(scanner, IPPROTO_TCP, &nothing, NULL, 0,
                                                  count_sockets, &count, error));
    FAILS(PROCNET_INVALID, procnet_scanner_lookup(scanner, IPPROTO_SCTP, &loopback, NULL, 0,
                                                  count_sockets, &count, error));
    FAILS(PROCNET_INVALID, procnet_scanner_owners_of(scanner, 0, any_owner, NULL, NULL, error));
    FAILS(PROCNET_INVALID, procnet_scanner_counters(scanner, 9, NULL, 0, any_counter, NULL, error));
    FAILS(PROCNET_INVALID, procnet_snapshot_diff(snapshot, snapshot, any_change, NULL, error));

    CHECK(procnet_query_set_filter(query, "sport = :htttps", &wrong) == PROCNET_INVALID);
    CHECK(procnet_error_column(wrong) == 9 && procnet_error_line(wrong) == 0);
    CHECK(procnet_error_path(wrong) == NULL && procnet_error_errno(wrong) == 0);
    CHECK(strcmp(procnet_error_message(wrong), "the filter is invalid") == 0);
    CHECK(strstr(procnet_error_cause(wrong, 0), "column 9") != NULL);
    CHECK(procnet_error_cause(wrong, 1) == NULL);
    CHECK(strstr(procnet_error_text(wrong), "the filter is invalid: column 9") != NULL);
    procnet_error_free(wrong);

    CHECK(procnet_kinds_parse("ipx", &kinds, &wrong) == PROCNET_INVALID);
    CHECK(strstr(procnet_error_text(wrong), "udp6") != NULL);
    procnet_error_free(wrong);
    DO(procnet_kinds_parse("inet", &kinds, error));
    CHECK(kinds == PROCNET_KINDS_INET);

    /* A query that contradicts itself. */
    DO(procnet_query_set_owners(query, false, error));
    DO(procnet_query_set_incremental(query, true, UINT64_MAX, UINT64_MAX, error));
    FAILS(PROCNET_INVALID, procnet_scanner_visit(scanner, query, count_sockets, &count, NULL, error));

    procnet_snapshot_free(snapshot);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
}

static void errors_say_where(void)
{
    procnet_scanner *scanner = (procnet_scanner *)&scanner;
    procnet_error *error;

    CHECK(procnet_scanner_new("/nowhere", 0, &scanner, &error) == PROCNET_NOT_FOUND);
    CHECK(scanner == NULL);
    CHECK(strcmp(procnet_error_path(error), "/nowhere") == 0);
    CHECK(procnet_error_errno(error) == ENOENT);
    CHECK(strstr(procnet_error_text(error), "/nowhere: ") == procnet_error_text(error));
    CHECK(strcmp(procnet_result_text(PROCNET_NOT_FOUND), "not found") == 0);
    CHECK(procnet_result_text(99) == NULL && procnet_result_text(-1) == NULL);
    procnet_error_free(error);
}

struct nested {
    procnet_scanner *scanner;
    procnet_query *query;
    procnet_snapshot *snapshot;
    procnet_error *error;
    size_t calls;
};

static int visit_again(const procnet_socket *socket, void *userdata)
{
    struct nested *nested = userdata;
    size_t count = 0;

    (void)socket;
    ++nested->calls;
    FAILS(PROCNET_BUSY, procnet_scanner_visit(nested->scanner, nested->query, count_sockets, &count,
                                              NULL, error));
    /* The query and the place for the error of the call may be used. */
    CHECK(procnet_query_set_limit(nested->query, 5, &nested->error) == PROCNET_OK);
    if (nested->calls == 1) {
        /* Freed at the end of the visit. */
        procnet_scanner_free(nested->scanner);
    }
    return nested->calls == 3;
}

static int snapshot_again(const procnet_socket *socket, void *userdata)
{
    struct nested *nested = userdata;
    size_t count = 0;

    (void)socket;
    ++nested->calls;
    FAILS(PROCNET_BUSY, procnet_snapshot_visit(nested->snapshot, count_sockets, &count, error));
    FAILS(PROCNET_BUSY, procnet_scanner_snapshot(nested->scanner, nested->query, nested->snapshot,
                                                 NULL, error));
    return 1;
}

static void a_callback_may_do_anything_with_handles(void)
{
    struct nested nested = {new_scanner(), procnet_query_new(), procnet_snapshot_new(), NULL, 0};
    struct sockaddr_in address;
    int fds[4];

    for (int i = 0; i < 4; i++) {
        fds[i] = new_listener(&address);
    }
    CHECK(procnet_scanner_visit(nested.scanner, nested.query, visit_again, &nested, NULL,
                                &nested.error) == PROCNET_OK);
    CHECK(nested.calls == 3 && nested.error == NULL);

    nested.scanner = new_scanner();
    nested.calls = 0;
    DO(procnet_scanner_snapshot(nested.scanner, nested.query, nested.snapshot, NULL, error));
    CHECK(procnet_snapshot_size(nested.snapshot) >= 4);
    DO(procnet_snapshot_visit(nested.snapshot, snapshot_again, &nested, error));
    CHECK(nested.calls == 1);

    for (int i = 0; i < 4; i++) {
        close(fds[i]);
    }
    procnet_snapshot_free(nested.snapshot);
    procnet_query_free(nested.query);
    procnet_scanner_free(nested.scanner);
}

static void text_is_written_as_by_snprintf(void)
{
    procnet_address address;
    char text[8];

    memset(text, 'x', sizeof text);
    CHECK(procnet_escape("a\nb\\", 4, text, sizeof text) == 8);
    CHECK(strcmp(text, "a\\x0Ab\\") == 0);
    CHECK(procnet_escape("caf\xc3\xa9", 5, text, 5) == 5 && strcmp(text, "caf") == 0);
    CHECK(procnet_escape("abc", 3, text, 0) == 3 && strcmp(text, "caf") == 0);
    CHECK(procnet_escape("abc", 3, NULL, 9) == 3);
    CHECK(procnet_escape("\0", 1, text, sizeof text) == 4 && strcmp(text, "\\x00") == 0);

    DO(procnet_address_parse("[::1]:443", &address, error));
    CHECK(address.family == AF_INET6 && address.port == 443 && address.bytes[15] == 1);
    CHECK(procnet_address_text(&address, text, sizeof text) == 9 && strcmp(text, "[::1]:4") == 0);
    DO(procnet_address_parse("127.0.0.1:80", &address, error));
    CHECK(address.family == AF_INET && address.port == 80 && address.bytes[0] == 127);
    CHECK(strcmp(procnet_version(), PROCNET_VERSION) == 0);
    CHECK(strcmp(procnet_kind_name(PROCNET_KIND_NETLINK), "netlink") == 0);
    CHECK(strcmp(procnet_state_name(PROCNET_STATE_LISTEN), "LISTEN") == 0);
    CHECK(procnet_kind_name(23) == NULL && procnet_state_name(0) == NULL);
    CHECK(procnet_state_name(14) == NULL);
}

int main(void)
{
    null_is_a_result();
    numbers_are_checked();
    errors_say_where();
    a_callback_may_do_anything_with_handles();
    text_is_written_as_by_snprintf();
    puts("arguments: ok");
    return 0;
}

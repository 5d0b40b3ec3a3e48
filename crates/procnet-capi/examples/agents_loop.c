/*
 * Prints which TCP sockets appeared, vanished or changed.
 *
 *     cc agents_loop.c $(pkg-config --cflags --libs procnet) -o agents_loop
 *     agents_loop [ROUNDS [MILLISECONDS]]
 */
#define _POSIX_C_SOURCE 200809L
#include <procnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int show(const procnet_socket *before, const procnet_socket *after, uint32_t what,
                void *userdata)
{
    const procnet_socket *socket = after ? after : before;
    char local[PROCNET_ADDRESS_SIZE], remote[PROCNET_ADDRESS_SIZE], comm[128];

    (void)userdata;
    /* Queues change all the time. */
    if (before && after && what == PROCNET_CHANGED_QUEUES) {
        return 0;
    }
    procnet_address_text(&socket->local, local, sizeof local);
    procnet_address_text(&socket->remote, remote, sizeof remote);
    printf("%c %s %s %s", before && after ? '~' : after ? '+' : '-',
           procnet_state_name(socket->state), local, remote);
    for (size_t i = 0; i < socket->owners_len; i++) {
        procnet_escape(socket->owners[i].comm, socket->owners[i].comm_len, comm, sizeof comm);
        printf(" %s(%u)", comm, (unsigned)socket->owners[i].pid);
    }
    putchar('\n');
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;
    unsigned long pause = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    struct timespec wait = {(time_t)(pause / 1000), (long)(pause % 1000) * 1000000};
    procnet_scanner *scanner = NULL;
    procnet_query *query = procnet_query_new();
    /* Two snapshots, filled alternately: once they have grown, nothing is allocated. */
    procnet_snapshot *before = procnet_snapshot_new(), *after = procnet_snapshot_new(), *swap;
    procnet_error *error = NULL;
    procnet_result result;

    setvbuf(stdout, NULL, _IOLBF, 0);
    /* Owners are kept between rounds; only those of what is new are looked for. */
    result = procnet_scanner_new(NULL, 0, &scanner, &error) ||
             procnet_query_set_kinds(query, PROCNET_KINDS_TCP, &error) ||
             procnet_query_set_incremental(query, true, UINT64_MAX, UINT64_MAX, &error) ||
             procnet_scanner_snapshot(scanner, query, before, NULL, &error);
    if (!result) {
        printf("%zu sockets at the start\n", procnet_snapshot_size(before));
    }
    for (unsigned long i = 0; !result && i < rounds; i++) {
        nanosleep(&wait, NULL);
        result = procnet_scanner_snapshot(scanner, query, after, NULL, &error) ||
                 procnet_snapshot_diff(before, after, show, NULL, &error);
        swap = before;
        before = after;
        after = swap;
    }
    if (result) {
        fprintf(stderr, "agents_loop: %s\n", procnet_error_text(error));
    }
    procnet_error_free(error);
    procnet_snapshot_free(before);
    procnet_snapshot_free(after);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
    return result ? 1 : 0;
}

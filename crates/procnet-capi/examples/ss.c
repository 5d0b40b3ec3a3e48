/*
 * What `ss -tanp` prints: TCP sockets with their queues, ends and owners.
 *
 *     cc ss.c $(pkg-config --cflags --libs procnet) -o ss
 */
#include <procnet.h>
#include <stdio.h>
#include <string.h>

static const char *const states[] = {
    "UNKNOWN",   "ESTAB",      "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
    "TIME-WAIT", "UNCONN",     "CLOSE-WAIT", "LAST-ACK", "LISTEN",   "CLOSING",
};

/* As ss writes an end: `*` for port 0, and for all addresses of both IP versions. */
static void end(const procnet_socket *socket, const procnet_address *address, char *text,
                size_t size)
{
    static const uint8_t zeros[16];
    char *colon;
    bool v6_only = true;

    procnet_address_text(address, text, size);
    colon = strrchr(text, ':');
    if (address->port == 0) {
        strcpy(colon + 1, "*");
    }
    if (socket->kind == PROCNET_KIND_TCP6 && memcmp(address->bytes, zeros, sizeof zeros) == 0 &&
        procnet_socket_v6_only(socket, &v6_only) == PROCNET_OK && !v6_only) {
        memmove(text + 1, colon, strlen(colon) + 1);
        *text = '*';
    }
}

static int show(const procnet_socket *socket, void *userdata)
{
    char local[PROCNET_ADDRESS_SIZE], remote[PROCNET_ADDRESS_SIZE], comm[128];
    size_t state = socket->state < sizeof states / sizeof *states ? socket->state : 0;
    bool listens = socket->state == PROCNET_STATE_LISTEN;

    (void)userdata;
    end(socket, &socket->local, local, sizeof local);
    end(socket, &socket->remote, remote, sizeof remote);
    printf("%-10s %-6u %-6u %23s %23s ", states[state], (unsigned)socket->rx_queue,
           (unsigned)(listens ? socket->backlog : socket->tx_queue), local, remote);
    for (size_t i = 0; i < socket->owners_len; i++) {
        const procnet_owner *owner = &socket->owners[i];
        procnet_escape(owner->comm, owner->comm_len, comm, sizeof comm);
        printf("%s(\"%s\",pid=%u,fd=%u)", i == 0 ? "users:(" : ",", comm, (unsigned)owner->pid,
               (unsigned)owner->fd);
    }
    puts(socket->owners_len == 0 ? "" : ")");
    return 0;
}

int main(void)
{
    procnet_scanner *scanner = NULL;
    procnet_query *query = procnet_query_new();
    procnet_coverage *coverage = NULL;
    procnet_error *error = NULL;
    int status = 0;

    printf("%-10s %-6s %-6s %23s %23s %s\n", "State", "Recv-Q", "Send-Q", "Local Address:Port",
           "Peer Address:Port", "Process");
    if (procnet_scanner_new(NULL, 0, &scanner, &error) ||
        procnet_query_set_kinds(query, PROCNET_KINDS_TCP, &error) ||
        procnet_query_set_details(query, PROCNET_DETAIL_V6_ONLY, &error) ||
        procnet_scanner_visit(scanner, query, show, NULL, &coverage, &error)) {
        fprintf(stderr, "ss: %s\n", procnet_error_text(error));
        status = 2;
    } else if (!procnet_coverage_is_complete(coverage)) {
        fputs(procnet_coverage_text(coverage), stderr);
        status = 1;
    }
    procnet_error_free(error);
    procnet_coverage_free(coverage);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
    return status;
}

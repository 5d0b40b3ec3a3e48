/*
 * Prints every process that holds a socket bound to a port.
 *
 *     cc port_owner.c $(pkg-config --cflags --libs procnet) -o port_owner
 *     port_owner PORT
 */
#include <procnet.h>
#include <stdio.h>
#include <stdlib.h>

static int show(const procnet_socket *socket, void *userdata)
{
    const char *kind = procnet_kind_name(socket->kind);
    char local[PROCNET_ADDRESS_SIZE], comm[128];

    *(bool *)userdata = true;
    procnet_address_text(&socket->local, local, sizeof local);
    if (socket->owners_len == 0) {
        printf("%s %s: a process of user %u that is not visible\n", kind, local,
               (unsigned)socket->uid);
    }
    for (size_t i = 0; i < socket->owners_len; i++) {
        const procnet_owner *owner = &socket->owners[i];
        procnet_escape(owner->comm, owner->comm_len, comm, sizeof comm);
        printf("%s %s: %s(%u), descriptor %u\n", kind, local, comm, (unsigned)owner->pid,
               (unsigned)owner->fd);
    }
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    procnet_scanner *scanner = NULL;
    procnet_query *query = procnet_query_new();
    procnet_coverage *coverage = NULL;
    procnet_error *error = NULL;
    bool found = false;
    char filter[32];
    int status;

    if (port == 0 || port > 65535) {
        fputs("usage: port_owner PORT\n", stderr);
        procnet_query_free(query);
        return 2;
    }
    snprintf(filter, sizeof filter, "sport = :%lu", port);
    /* TCP listeners and unconnected UDP sockets, without the connections of the same port. */
    if (procnet_scanner_new(NULL, 0, &scanner, &error) ||
        procnet_query_set_kinds(query, PROCNET_KINDS_INET, &error) ||
        procnet_query_set_listening(query, true, &error) ||
        procnet_query_set_filter(query, filter, &error) ||
        procnet_scanner_visit(scanner, query, show, &found, &coverage, &error)) {
        fprintf(stderr, "port_owner: %s\n", procnet_error_text(error));
        status = 2;
    } else {
        fputs(procnet_coverage_text(coverage), stderr);
        status = found ? 0 : 1;
        if (!found) {
            printf("no socket is bound to port %lu in this network namespace\n", port);
        }
    }
    procnet_error_free(error);
    procnet_coverage_free(coverage);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
    return status;
}

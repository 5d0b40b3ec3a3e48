/*
 * Lists the sockets of the host and their owners.
 *
 *     cc first_list.c $(pkg-config --cflags --libs procnet) -o first_list
 */
#include <procnet.h>
#include <stdio.h>

static int show(const procnet_socket *socket, void *userdata)
{
    char local[PROCNET_ADDRESS_SIZE], remote[PROCNET_ADDRESS_SIZE], name[512];

    (void)userdata;
    printf("%s %s", procnet_kind_name(socket->kind), procnet_state_name(socket->state));
    if (socket->local.family != 0) {
        procnet_address_text(&socket->local, local, sizeof local);
        procnet_address_text(&socket->remote, remote, sizeof remote);
        printf(" %s %s", local, remote);
    } else if (socket->known & PROCNET_KNOWN_NAME) {
        procnet_escape(socket->name, socket->name_len, name, sizeof name);
        printf(" %s", name);
    }
    for (size_t i = 0; i < socket->owners_len; i++) {
        const procnet_owner *owner = &socket->owners[i];
        procnet_escape(owner->comm, owner->comm_len, name, sizeof name);
        printf(" %s(%u)/%u", name, (unsigned)owner->pid, (unsigned)owner->fd);
    }
    putchar('\n');
    return 0;
}

int main(void)
{
    procnet_scanner *scanner = NULL;
    procnet_query *query = procnet_query_new();
    procnet_coverage *coverage = NULL;
    procnet_error *error = NULL;
    int status = 0;

    if (procnet_scanner_new(NULL, 0, &scanner, &error) ||
        procnet_scanner_visit(scanner, query, show, NULL, &coverage, &error)) {
        fprintf(stderr, "first_list: %s\n", procnet_error_text(error));
        status = 1;
    }
    /* A line for each thing that could not be read. */
    fputs(procnet_coverage_text(coverage), stderr);
    procnet_error_free(error);
    procnet_coverage_free(coverage);
    procnet_query_free(query);
    procnet_scanner_free(scanner);
    return status;
}

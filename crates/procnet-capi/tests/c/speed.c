/* Visits all TCP sockets once for each line of input, and prints how many and the nanoseconds. */
#define _POSIX_C_SOURCE 200809L
#include <procnet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct seen {
    uint64_t sockets;
    uint64_t owners;
    uint64_t ports;
};

static int look(const procnet_socket *socket, void *userdata)
{
    struct seen *seen = userdata;

    seen->sockets += 1;
    seen->owners += socket->owners_len;
    seen->ports += socket->local.port;
    return 0;
}

int main(int argc, char **argv)
{
    procnet_scanner *scanner;
    procnet_query *query = procnet_query_new();
    procnet_error *error;
    char line[16];

    if (procnet_scanner_new(NULL, 0, &scanner, &error) ||
        procnet_query_set_kinds(query, PROCNET_KINDS_TCP, &error) ||
        procnet_query_set_owners(query, argc > 1 && strcmp(argv[1], "owners") == 0, &error)) {
        return 1;
    }
    while (fgets(line, sizeof line, stdin)) {
        struct timespec begin, end;
        struct seen seen = {0, 0, 0};

        clock_gettime(CLOCK_MONOTONIC, &begin);
        if (procnet_scanner_visit(scanner, query, look, &seen, NULL, &error)) {
            fprintf(stderr, "%s\n", procnet_error_text(error));
            return 1;
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("%llu %llu %llu %lld\n", (unsigned long long)seen.sockets,
               (unsigned long long)seen.owners, (unsigned long long)seen.ports,
               (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec));
        fflush(stdout);
    }
    procnet_query_free(query);
    procnet_scanner_free(scanner);
    return 0;
}

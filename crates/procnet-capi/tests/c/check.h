/* What the tests in C share. */
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <procnet.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Fails with the text of the error. */
#define DO(call)                                                                                   \
    do {                                                                                           \
        procnet_error *error_ = NULL, **error = &error_;                                           \
        if ((call) != PROCNET_OK) {                                                                \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call,                          \
                    procnet_error_text(error_));                                                   \
            exit(1);                                                                               \
        }                                                                                          \
        CHECK(error_ == NULL);                                                                     \
    } while (0)

/* The call has to fail with this result; the error says so too. */
#define FAILS(result, call)                                                                        \
    do {                                                                                           \
        procnet_error *error_ = NULL, **error = &error_;                                           \
        procnet_result result_ = (call);                                                           \
        if (result_ != (result)) {                                                                 \
            fprintf(stderr, "%s:%d: %s: result %d: %s\n", __FILE__, __LINE__, #call, result_,      \
                    procnet_error_text(error_));                                                   \
            exit(1);                                                                               \
        }                                                                                          \
        CHECK(procnet_error_code(error_) == (result) && *procnet_error_text(error_) != '\0');      \
        procnet_error_free(error_);                                                                \
        error = NULL;                                                                              \
        CHECK((call) == (result));                                                                 \
    } while (0)

static inline procnet_scanner *new_scanner(void)
{
    procnet_scanner *scanner;
    DO(procnet_scanner_new(NULL, 0, &scanner, error));
    return scanner;
}

static inline int count_sockets(const procnet_socket *socket, void *userdata)
{
    (void)socket;
    ++*(size_t *)userdata;
    return 0;
}

/* A TCP listener on a free port of the loopback address. */
static inline int new_listener(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(listen(fd, 7) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)address, &length) == 0);
    return fd;
}

static inline uint64_t inode_of(int fd)
{
    struct stat stat;
    CHECK(fstat(fd, &stat) == 0);
    return stat.st_ino;
}

#endif

/*
 * Rows for Go: what the callbacks of procnet get, copied into arrays without pointers, so that the
 * border between C and Go is crossed once for a batch of sockets and not once for each.
 */
#ifndef PROCNET_GO_SHIM_H
#define PROCNET_GO_SHIM_H

#include <procnet.h>

typedef struct {
    uint32_t kind;
    uint32_t state;
    uint32_t type;
    uint32_t protocol;
    uint32_t known;
    uint32_t flags;
    uint32_t uid;
    uint32_t rx_queue;
    uint32_t tx_queue;
    uint32_t backlog;
    uint32_t interface;
    uint32_t name_len;
    uint64_t inode;
    uint64_t cookie;
    uint64_t netns;
    uint64_t peer;
    uint64_t name; /* the offset in bytes */
    uint64_t owners; /* the index of the first */
    uint64_t owners_len;
    procnet_address local;
    procnet_address remote;
} shim_row;

typedef struct {
    uint32_t pid;
    uint32_t fd;
    uint32_t known;
    uint32_t comm_len;
    uint64_t comm; /* the offset in bytes */
    uint64_t start_time;
    uint32_t uids[4];
} shim_owner;

/* A number with its names: see procnet_counter. */
typedef struct {
    uint64_t group;
    uint64_t group_len;
    uint64_t name;
    uint64_t name_len;
    uint64_t value;
    uint32_t negative;
    uint32_t row;
} shim_counter;

/* The counters of an interface, in the order of procnet_interface. */
typedef struct {
    uint64_t name;
    uint64_t name_len;
    uint64_t index;
    uint64_t counters[16];
} shim_interface;

/* How a socket differs: `before` and `after` are indices of rows, or UINT64_MAX. */
typedef struct {
    uint64_t before;
    uint64_t after;
    uint64_t what;
} shim_change;

typedef struct {
    void *items;
    size_t count;
    size_t capacity;
} shim_array;

typedef struct {
    shim_array rows;
    shim_array owners;
    shim_array changes;
    shim_array counters;
    shim_array interfaces;
    shim_array bytes;
    /* After this many rows Go gets them; 0: when all are there. */
    size_t flush;
    /* What identifies the visit to Go. */
    uintptr_t handle;
    /* Set by Go to stop, on another thread. */
    int stop;
    /* Memory could not be allocated. */
    int failed;
} shim_batch;

shim_batch *shim_new(size_t flush, uintptr_t handle);
void shim_clear(shim_batch *batch);
void shim_free(shim_batch *batch);
void shim_stop(shim_batch *batch);

procnet_result shim_visit(procnet_scanner *scanner, const procnet_query *query, shim_batch *batch,
                          procnet_coverage **coverage, procnet_error **error);
procnet_result shim_lookup(procnet_scanner *scanner, uint32_t protocol,
                           const procnet_address *local, const procnet_address *remote,
                           shim_batch *batch, procnet_error **error);
procnet_result shim_owners_of(procnet_scanner *scanner, uint64_t inode, shim_batch *batch,
                              procnet_coverage **coverage, procnet_error **error);
procnet_result shim_snapshot_visit(procnet_snapshot *snapshot, shim_batch *batch,
                                   procnet_error **error);
procnet_result shim_diff(procnet_snapshot *before, procnet_snapshot *after, shim_batch *batch,
                         procnet_error **error);
procnet_result shim_interfaces(procnet_scanner *scanner, const char *file, shim_batch *batch,
                               procnet_error **error);
procnet_result shim_counters(procnet_scanner *scanner, uint32_t table, shim_batch *batch,
                             procnet_error **error);
procnet_result shim_conntrack(procnet_scanner *scanner, bool per_cpu, shim_batch *batch,
                              procnet_error **error);

#endif

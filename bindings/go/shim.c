#include "shim.h"

#include <stdlib.h>
#include <string.h>

/* In Go; returns whether to stop. */
extern int procnetGoBatch(uintptr_t handle);

/* Space for `count` more items; NULL if there is no memory. */
static void *grow(shim_batch *batch, shim_array *array, size_t size, size_t count)
{
    if (array->capacity - array->count < count) {
        size_t capacity = array->capacity < 1024 ? 1024 : array->capacity * 2;
        void *items;

        while (capacity - array->count < count) {
            capacity *= 2;
        }
        items = realloc(array->items, capacity * size);
        if (items == NULL) {
            batch->failed = 1;
            return NULL;
        }
        array->items = items;
        array->capacity = capacity;
    }
    array->count += count;
    return (char *)array->items + (array->count - count) * size;
}

/* Keeps bytes; returns their offset. */
static uint64_t keep(shim_batch *batch, const void *bytes, size_t length)
{
    void *space = grow(batch, &batch->bytes, 1, length);

    if (space == NULL) {
        return 0;
    }
    if (length > 0) {
        memcpy(space, bytes, length);
    }
    return batch->bytes.count - length;
}

static int add_owner(const procnet_owner *owner, void *userdata)
{
    shim_batch *batch = userdata;
    shim_owner *kept = grow(batch, &batch->owners, sizeof *kept, 1);

    if (kept == NULL) {
        return 1;
    }
    kept->pid = owner->pid;
    kept->fd = owner->fd;
    kept->known = owner->known;
    kept->comm_len = owner->comm_len;
    kept->start_time = owner->start_time;
    memcpy(kept->uids, owner->uids, sizeof kept->uids);
    kept->comm = keep(batch, owner->comm, owner->comm_len);
    return batch->failed;
}

static uint64_t add_row(shim_batch *batch, const procnet_socket *socket)
{
    shim_row *row = grow(batch, &batch->rows, sizeof *row, 1);

    if (row == NULL) {
        return UINT64_MAX;
    }
    row->kind = socket->kind;
    row->state = socket->state;
    row->type = socket->type;
    row->protocol = socket->protocol;
    row->known = socket->known;
    row->flags = socket->flags;
    row->uid = socket->uid;
    row->rx_queue = socket->rx_queue;
    row->tx_queue = socket->tx_queue;
    row->backlog = socket->backlog;
    row->interface = socket->interface;
    row->inode = socket->inode;
    row->cookie = socket->cookie;
    row->netns = socket->netns;
    row->peer = socket->peer;
    row->local = socket->local;
    row->remote = socket->remote;
    row->name_len = (uint32_t)socket->name_len;
    row->name = socket->name_len ? keep(batch, socket->name, socket->name_len) : 0;
    row->owners = batch->owners.count;
    row->owners_len = socket->owners_len;
    for (size_t i = 0; i < socket->owners_len; i++) {
        if (add_owner(&socket->owners[i], batch)) {
            return UINT64_MAX;
        }
    }
    return batch->rows.count - 1;
}

static int add_socket(const procnet_socket *socket, void *userdata)
{
    shim_batch *batch = userdata;

    if (__atomic_load_n(&batch->stop, __ATOMIC_RELAXED)) {
        return 1;
    }
    add_row(batch, socket);
    if (batch->flush != 0 && batch->rows.count >= batch->flush && !batch->failed) {
        int stop = procnetGoBatch(batch->handle);

        shim_clear(batch);
        return stop;
    }
    return batch->failed;
}

static int add_change(const procnet_socket *before, const procnet_socket *after, uint32_t what,
                      void *userdata)
{
    shim_batch *batch = userdata;
    shim_change *change = grow(batch, &batch->changes, sizeof *change, 1);

    if (change == NULL) {
        return 1;
    }
    change->what = what;
    change->before = before ? add_row(batch, before) : UINT64_MAX;
    change->after = after ? add_row(batch, after) : UINT64_MAX;
    return batch->failed;
}

static int add_counter(const procnet_counter *counter, void *userdata)
{
    shim_batch *batch = userdata;
    shim_counter *kept = grow(batch, &batch->counters, sizeof *kept, 1);

    if (kept == NULL) {
        return 1;
    }
    kept->group = keep(batch, counter->group, counter->group_len);
    kept->group_len = counter->group_len;
    kept->name = keep(batch, counter->name, counter->name_len);
    kept->name_len = counter->name_len;
    kept->value = counter->value;
    kept->negative = counter->negative;
    kept->row = counter->row;
    return batch->failed;
}

static int add_interface(const procnet_interface *interface, void *userdata)
{
    shim_batch *batch = userdata;
    shim_interface *kept = grow(batch, &batch->interfaces, sizeof *kept, 1);

    if (kept == NULL) {
        return 1;
    }
    kept->name = keep(batch, interface->name, interface->name_len);
    kept->name_len = interface->name_len;
    kept->index = interface->index;
    memcpy(kept->counters, &interface->rx_bytes, sizeof kept->counters);
    return batch->failed;
}

shim_batch *shim_new(size_t flush, uintptr_t handle)
{
    shim_batch *batch = calloc(1, sizeof *batch);

    if (batch != NULL) {
        batch->flush = flush;
        batch->handle = handle;
    }
    return batch;
}

void shim_clear(shim_batch *batch)
{
    batch->rows.count = 0;
    batch->owners.count = 0;
    batch->changes.count = 0;
    batch->counters.count = 0;
    batch->interfaces.count = 0;
    batch->bytes.count = 0;
}

void shim_free(shim_batch *batch)
{
    free(batch->rows.items);
    free(batch->owners.items);
    free(batch->changes.items);
    free(batch->counters.items);
    free(batch->interfaces.items);
    free(batch->bytes.items);
    free(batch);
}

void shim_stop(shim_batch *batch)
{
    __atomic_store_n(&batch->stop, 1, __ATOMIC_RELAXED);
}

procnet_result shim_visit(procnet_scanner *scanner, const procnet_query *query, shim_batch *batch,
                          procnet_coverage **coverage, procnet_error **error)
{
    return procnet_scanner_visit(scanner, query, add_socket, batch, coverage, error);
}

procnet_result shim_lookup(procnet_scanner *scanner, uint32_t protocol,
                           const procnet_address *local, const procnet_address *remote,
                           shim_batch *batch, procnet_error **error)
{
    return procnet_scanner_lookup(scanner, protocol, local, remote, local->scope_id, add_socket,
                                  batch, error);
}

procnet_result shim_owners_of(procnet_scanner *scanner, uint64_t inode, shim_batch *batch,
                              procnet_coverage **coverage, procnet_error **error)
{
    return procnet_scanner_owners_of(scanner, inode, add_owner, batch, coverage, error);
}

procnet_result shim_snapshot_visit(procnet_snapshot *snapshot, shim_batch *batch,
                                   procnet_error **error)
{
    return procnet_snapshot_visit(snapshot, add_socket, batch, error);
}

procnet_result shim_diff(procnet_snapshot *before, procnet_snapshot *after, shim_batch *batch,
                         procnet_error **error)
{
    return procnet_snapshot_diff(before, after, add_change, batch, error);
}

procnet_result shim_interfaces(procnet_scanner *scanner, const char *file, shim_batch *batch,
                               procnet_error **error)
{
    if (file != NULL) {
        return procnet_interfaces_of_file(file, add_interface, batch, error);
    }
    return procnet_scanner_interfaces(scanner, add_interface, batch, error);
}

procnet_result shim_counters(procnet_scanner *scanner, uint32_t table, shim_batch *batch,
                             procnet_error **error)
{
    return procnet_scanner_counters(scanner, table, NULL, 0, add_counter, batch, error);
}

procnet_result shim_conntrack(procnet_scanner *scanner, bool per_cpu, shim_batch *batch,
                              procnet_error **error)
{
    return procnet_scanner_conntrack_stats(scanner, per_cpu, add_counter, batch, error);
}

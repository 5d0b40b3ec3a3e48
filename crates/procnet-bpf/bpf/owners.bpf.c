/* Who holds which socket: a record for each descriptor of a socket, of all network namespaces.
 *
 * Reads by plain loads, which even a kernel in confidential lockdown permits, and only what has been
 * there since task_file exists (Linux 5.8); in a PID namespace that is not the initial one, a probe
 * reads the PID. */
#include "kernel.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* `Owner` in record/owner.rs. */
struct owner {
	u64 inode;
	u32 pid;
	u32 fd;
};

SEC("iter/task_file") int owners(struct bpf_iter__task_file *context)
{
	struct file *file = context->file;
	struct task_struct *task = context->task;
	struct inode *inode;
	struct owner owner = {};

	if (!file || !task)
		return 0;
	inode = file->f_inode;
	if (inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	owner.inode = inode->i_ino;
	owner.pid = pid_of(task);
	owner.fd = context->fd;
	if (owner.pid)
		bpf_seq_write(context->meta->seq, &owner, sizeof owner);
	return 0;
}

/* How deep the PID namespace of the caller is nested. */
SEC("raw_tp") int level(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pid *pid = 0;
	u32 level = 0;

	probe(pid, task->thread_pid);
	probe(level, pid->level);
	return level;
}

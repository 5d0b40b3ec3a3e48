/* Who holds which socket: a record for each descriptor of a socket, of all network namespaces; and for
 * each behind which there may be more of them, a namespace or an anonymous inode such as io_uring's.
 *
 * Reads by plain loads, which even a kernel in confidential lockdown permits, and only what has been
 * there since task_file exists (Linux 5.8); in a PID namespace that is not the initial one, a probe
 * reads the PID. */
#include "kernel.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* A flag of `fd`, above all numbers of descriptors: instead of the inode of a socket there is the magic
 * number of another file system. */
#define NO_SOCKET 0x80000000

/* `Owner` and `OtherFile` in record/owner.rs. */
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
	u64 magic;

	if (!file || !task)
		return 0;
	inode = file->f_inode;
	magic = inode->i_sb->s_magic;
	if (magic == SOCKFS_MAGIC) {
		owner.inode = inode->i_ino;
		owner.fd = context->fd;
	} else if (magic == NSFS_MAGIC || magic == ANON_INODE_FS_MAGIC) {
		owner.inode = magic;
		owner.fd = context->fd | NO_SOCKET;
	} else {
		return 0;
	}
	owner.pid = pid_of(task);
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

/* The number of the PID namespace of the caller, where no file shows it. */
SEC("raw_tp") int pid_namespace(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pid_namespace *ns = 0;
	struct pid *pid = 0;
	u32 level = 0, number = 0;

	probe(pid, task->thread_pid);
	probe(level, pid->level);
	bpf_probe_read_kernel(&ns, sizeof ns,
			      (void *)pid + field_offset(pid->numbers) + level * type_size(struct upid) +
				      field_offset(((struct upid *)0)->ns));
	probe(number, ns->ns.inum);
	return number;
}

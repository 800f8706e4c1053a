package filter

// denied are calls that no program under training needs and that lead out of
// the sandbox, or further into the kernel than is good.
var denied = []string{
	// Processes: one that leaves its group or session would outlive it.
	"fork", "vfork", "setsid", "setpgid",

	// The memory and descriptors of others.
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease",
	"pidfd_getfd", "pidfd_send_signal", "kcmp", "migrate_pages", "move_pages",

	// How others are scheduled: the calls take any process of the user.
	"sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr", "setpriority", "ioprio_set",

	// What the system looks like.
	"mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "mount_setattr", "move_mount", "open_tree",
	"fsopen", "fsconfig", "fsmount", "fspick", "mknod", "mknodat", "open_by_handle_at", "name_to_handle_at",
	"swapon", "swapoff", "quotactl", "quotactl_fd", "acct", "sysfs", "ustat", "nfsservctl", "_sysctl",
	"sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "vhangup",
	"reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "syslog",
	"iopl", "ioperm", "modify_ldt", "personality", "uselib",

	// Parts of the kernel that do things on their own, or have a history.
	"bpf", "perf_event_open", "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd",
	"keyctl", "add_key", "request_key", "fanotify_init", "fanotify_mark", "lookup_dcookie", "seccomp",

	// Memory that RLIMIT_DATA does not count.
	"memfd_create", "memfd_secret", "shmget", "shmat", "shmctl",

	// Ways to talk to others that have no file.
	"msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl", "semtimedop",
	"mq_open", "mq_unlink", "mq_notify", "mq_getsetattr",
}

// metadata are calls that Landlock does not look at: with them a program could
// change files of its user that it cannot open.
var metadata = []string{
	"chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat",
	"utime", "utimes", "utimensat", "futimesat",
	"setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
}

/* data/sandbox.c: limits, Landlock, seccomp.
 *
 * Linux headers of Debian 12 know Landlock's first version only, so its numbers
 * stand here (they are kernel interface and never change). The seccomp filter
 * is a list of what a reader of files never needs; everything else stays
 * allowed, so that another version of the engine does not trip over it. */
#define _GNU_SOURCE /* syscall, close_range, O_PATH */
#include "data/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "the engine's seccomp filter knows x86-64 and aarch64 only"
#endif

/* A sanitizer reserves terabytes for its shadow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#define MAX_FILES 256 /* open descriptors */

/* ---- limits ---------------------------------------------------------- */

static sc_err limit(int what, rlim_t most, const char *name, sc_fault *why)
{
    struct rlimit now = {0}, l = {most, most};

    if (getrlimit((__rlimit_resource_t)what, &now) == 0 &&
        now.rlim_max < most) { /* never raise a limit set from outside */
        l.rlim_cur = l.rlim_max = now.rlim_max;
    }
    if (setrlimit((__rlimit_resource_t)what, &l) != 0) {
        return sc_fault_set(why, SC_E_IO, "cannot limit %s: %s", name,
                            strerror(errno));
    }
    return SC_OK;
}

/* If memory runs out, this process goes and the node stays. Best effort. */
static void prefer_for_oom(void)
{
    static const char worst[] = "1000";
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        ssize_t n = write(fd, worst, sizeof worst - 1);

        (void)n;
        (void)close(fd);
    }
}

static void close_others(int fd)
{
    if (fd > 3) {
        (void)syscall(SYS_close_range, 3U, (unsigned)fd - 1, 0U);
    }
    (void)syscall(SYS_close_range, (unsigned)fd + 1, ~0U, 0U);
}

sc_err sc_sandbox_begin(int fd, sc_fault *why)
{
    sc_err err = SC_E_BUG;

    if (fd < 3) {
        return sc_fault_set(why, SC_E_ARG, "descriptor %d is taken", fd);
    }
    close_others(fd);
    prefer_for_oom();
    SC_TRY(limit(RLIMIT_FSIZE, 0, "file sizes", why));
    SC_TRY(limit(RLIMIT_CORE, 0, "core dumps", why));
    SC_TRY(limit(RLIMIT_NOFILE, MAX_FILES, "descriptors", why));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return sc_fault_set(why, SC_E_IO, "cannot drop privileges: %s",
                            strerror(errno));
    }
    err = SC_OK;
out:
    return err;
}

/* ---- Landlock -------------------------------------------------------- */

struct ruleset_attr { /* of version 6 */
    uint64_t fs, net, scoped;
};

struct path_attr {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

#define LL_READ_FILE    ((uint64_t)1 << 2)
#define LL_RULE_PATH    1
#define LL_ASK_VERSION  1U
#define LL_NET_ALL      ((uint64_t)3) /* bind and connect of TCP */
#define LL_SCOPED_ALL   ((uint64_t)3) /* abstract sockets, signals */
#define LL_FS_V1        (((uint64_t)1 << 13) - 1)
#define LL_FS_REFER     ((uint64_t)1 << 13) /* version 2 */
#define LL_FS_TRUNCATE  ((uint64_t)1 << 14) /* 3 */
#define LL_FS_IOCTL_DEV ((uint64_t)1 << 15) /* 5 */

/* All that the kernel's version of Landlock can forbid. */
static struct ruleset_attr everything(long version, size_t *len)
{
    struct ruleset_attr a = {LL_FS_V1, 0, 0};

    *len = sizeof a.fs;
    a.fs |= version >= 2 ? LL_FS_REFER : 0;
    a.fs |= version >= 3 ? LL_FS_TRUNCATE : 0;
    a.fs |= version >= 5 ? LL_FS_IOCTL_DEV : 0;
    if (version >= 4) {
        a.net = LL_NET_ALL;
        *len = sizeof a.fs + sizeof a.net;
    }
    if (version >= 6) {
        a.scoped = LL_SCOPED_ALL;
        *len = sizeof a;
    }
    return a;
}

static int allow_reading(int rules, const char *file)
{
    struct path_attr rule = {LL_READ_FILE, -1};
    int result;

    rule.parent = open(file, O_PATH | O_CLOEXEC);
    if (rule.parent < 0) {
        return 0; /* not there: stays closed */
    }
    result = (int)syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH, &rule, 0);
    (void)close(rule.parent);
    return result;
}

static sc_err enter_landlock(int *has_landlock, const char *const *files,
                             size_t n_files, sc_fault *why)
{
    size_t len = 0;
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LL_ASK_VERSION);
    struct ruleset_attr all = everything(version, &len);
    int rules = -1;
    sc_err err = SC_E_BUG;

    *has_landlock = version >= 1;
    if (version < 1) {
        return SC_OK;
    }
    rules = (int)syscall(SYS_landlock_create_ruleset, &all, len, 0);
    SC_REQUIRE(rules >= 0, SC_E_IO);
    for (size_t i = 0; i < n_files; i++) {
        SC_REQUIRE(allow_reading(rules, files[i]) == 0, SC_E_IO);
    }
    SC_REQUIRE(syscall(SYS_landlock_restrict_self, rules, 0) == 0, SC_E_IO);
    err = SC_OK;
out:
    if (err != SC_OK) {
        (void)sc_fault_set(why, err, "Landlock refused: %s", strerror(errno));
    }
    if (rules >= 0) {
        (void)close(rules);
    }
    return err;
}

/* ---- seccomp --------------------------------------------------------- */

/* Some of these do not exist on every architecture. */
static const uint16_t denied[] = {
    SYS_socket,
    SYS_socketpair,
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_io_uring_setup,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_chroot,
    SYS_pivot_root,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_personality,
    SYS_setrlimit,
    SYS_shmget,
    SYS_shmat,
    SYS_msgget,
    SYS_mq_open,
    SYS_open_by_handle_at,
    SYS_truncate,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef __x86_64__
    SYS_creat,
    SYS_unlink,
    SYS_rmdir,
    SYS_rename,
    SYS_link,
    SYS_symlink,
    SYS_mkdir,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_fork,
    SYS_vfork,
#endif
};

#define N_DENIED       (sizeof denied / sizeof *denied)
#define ARG(n)         (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)(n))
#define LOAD(at)       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(at))
#define EQUAL(v, t, f) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(v), t, f)
#define ANY_BIT(v, t, f)                                                       \
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(v), t, f)
#define GIVE(v)    BPF_STMT(BPF_RET | BPF_K, (uint32_t)(v))
#define DENY(e)    GIVE(SECCOMP_RET_ERRNO | (uint32_t)(e))
#define WRITE_BITS (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

/* One system call with a condition on one argument: `test` sees the low half of
 * it, and either falls through to the denial or steps over it. */
#define WHEN(nr, arg, test, e)                                                 \
    EQUAL(nr, 0, 4), LOAD(ARG(arg)), test, DENY(e), GIVE(SECCOMP_RET_ALLOW)

static sc_err enter_seccomp(sc_fault *why)
{
    const struct sock_filter start[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        EQUAL(ARCH, 1, 0),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32 */
        DENY(ENOSYS),
        WHEN(SYS_open, 1, ANY_BIT(WRITE_BITS, 0, 1), EPERM),
#endif
        WHEN(SYS_openat, 2, ANY_BIT(WRITE_BITS, 0, 1), EPERM),
        /* threads, but no processes; clone3 hides its flags behind a pointer,
         * and the C library falls back to clone */
        WHEN(SYS_clone, 0, ANY_BIT(CLONE_THREAD, 1, 0), EPERM),
        WHEN(SYS_tgkill, 0, EQUAL(getpid(), 1, 0), EPERM),
        WHEN(SYS_prlimit64, 0, EQUAL(0, 1, 0), EPERM),
        EQUAL(SYS_clone3, 0, 1),
        DENY(ENOSYS),
        EQUAL(SYS_openat2, 0, 1),
        DENY(ENOSYS),
    };
    struct sock_filter code[sizeof start / sizeof *start + 2 * N_DENIED + 1];
    struct sock_fprog program = {0, code};
    size_t n = sizeof start / sizeof *start;

    memcpy(code, start, sizeof start);
    for (size_t i = 0; i < N_DENIED; i++) {
        code[n++] = (struct sock_filter)EQUAL(denied[i], 0, 1);
        code[n++] = (struct sock_filter)DENY(EPERM);
    }
    code[n++] = (struct sock_filter)GIVE(SECCOMP_RET_ALLOW);
    program.len = (unsigned short)n;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        return sc_fault_set(why, SC_E_IO, "seccomp refused: %s",
                            strerror(errno));
    }
    return SC_OK;
}

/* Both filters leave threads alone that are there already. */
static sc_err check_single(sc_fault *why)
{
    DIR *tasks = opendir("/proc/self/task");
    size_t n = 0;

    for (struct dirent *d; tasks != NULL && (d = readdir(tasks)) != NULL;) {
        n += d->d_name[0] != '.';
    }
    if (tasks != NULL) {
        (void)closedir(tasks);
    }
    if (n != 1) {
        return sc_fault_set(why, SC_E_IO,
                            "the sandbox needs one thread, and has %zu", n);
    }
    return SC_OK;
}

/* ---- all of it ------------------------------------------------------- */

sc_err sc_sandbox_enter(int *has_landlock, const char *const *files,
                        size_t n_files, uint64_t address_mb, sc_fault *why)
{
    sc_err err = SC_E_BUG;

#ifndef SANITIZED
    SC_TRY(limit(RLIMIT_AS, (rlim_t)address_mb << 20, "memory", why));
#else
    (void)address_mb;
#endif
    SC_TRY(check_single(why));
    SC_TRY(enter_landlock(has_landlock, files, n_files, why));
    SC_TRY(enter_seccomp(why));
    err = SC_OK;
out:
    return err;
}

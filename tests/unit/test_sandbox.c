/* tests/unit/test_sandbox.c: each thing that the engine child must not be able
 * to do, tried in a process that has entered the sandbox; and the few that it
 * must. Each layer is also tried with what the others would let through. */
#define _GNU_SOURCE
#include "data/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/folder.h"
#include "tests/kat.h"

#define HIGH_FD 9 /* stays open; where the child's socket would be */

static char allowed[600], other[600];
static const char *const files[] = {allowed, "/nowhere/at/all"};

static int has_landlock; /* in the child */

typedef int (*attempt)(void); /* 0: as it should be */

/* Run it in a child that is in the sandbox; it must end with 0. */
static void in_sandbox(attempt what)
{
    long kernel_has = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    int status = -1;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        sc_fault why = {0};

        if (dup2(2, HIGH_FD) != HIGH_FD || dup2(2, HIGH_FD + 1) < 0 ||
            dup2(2, HIGH_FD - 1) < 0 ||
            sc_sandbox_begin(HIGH_FD, &why) != SC_OK ||
            sc_sandbox_enter(&has_landlock, files, 2, 1024, &why) != SC_OK) {
            _exit(99);
        }
        _exit(has_landlock == (kernel_has >= 1) ? what() : 98);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_U64(WEXITSTATUS(status), 0);
}

/* The call fails with that error: EPERM is seccomp's, EACCES Landlock's. */
static int denied(long result, int expected)
{
    return result != -1 || errno != expected;
}

/* ---- what must work ------------------------------------------------------- */

static void *nothing(void *arg)
{
    return arg;
}

static int may(void)
{
    int fd = open(allowed, O_RDONLY);
    pthread_t thread;
    char text[8];
    void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return fd < 0 || read(fd, text, 4) != 4 || memcmp(text, "mine", 4) != 0 ||
           pthread_create(&thread, NULL, nothing, NULL) != 0 ||
           pthread_join(thread, NULL) != 0 || p == MAP_FAILED ||
           fcntl(HIGH_FD, F_GETFD) < 0;
}

static void test_what_it_may(void **state)
{
    (void)state;
    in_sandbox(may);
}

/* ---- files ------------------------------------------------------------------ */

/* Only Landlock forbids reading: without it DuckDB's own lock has to hold. */
static int other_files(void)
{
    if (!has_landlock) {
        return 0;
    }
    return denied(open(other, O_RDONLY), EACCES) ||
           denied(open("/etc/passwd", O_RDONLY), EACCES) ||
           denied(open("/proc/self/maps", O_RDONLY), EACCES) ||
           denied(open("/tmp", O_RDONLY | O_DIRECTORY), EACCES) ||
           denied(syscall(SYS_openat2, AT_FDCWD, other, NULL, 0), ENOSYS);
}

static int writing(void)
{
    const int flags[] = {O_WRONLY,           O_RDWR,
                         O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND,
                         O_RDWR | O_TRUNC,   O_WRONLY | O_CREAT};

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (denied(open(allowed, flags[i], 0600), EPERM) ||
            denied(syscall(SYS_openat, AT_FDCWD, allowed, flags[i], 0600),
                   EPERM)) {
            return 1;
        }
    }
    return denied(truncate(allowed, 0), EPERM) ||
           denied(unlink(allowed), EPERM) ||
           denied(rename(allowed, other), EPERM) ||
           denied(chmod(allowed, 0777), EPERM) ||
           denied(link(allowed, "/tmp/sc_link"), EPERM) ||
           denied(symlink(allowed, "/tmp/sc_link"), EPERM) ||
           denied(mkdir("/tmp/sc_dir", 0700), EPERM) ||
           denied(mknod("/tmp/sc_node", S_IFREG | 0600, 0), EPERM) ||
           denied(open("/tmp", O_TMPFILE | O_RDWR, 0600), EPERM);
}

/* A descriptor from before, as if one had been forgotten: the limit on file
 * sizes still holds, though nothing can be said of a write within. */
static int growing(void)
{
    struct rlimit l;

    (void)signal(SIGXFSZ, SIG_IGN);
    return getrlimit(RLIMIT_FSIZE, &l) != 0 || l.rlim_max != 0 ||
           getrlimit(RLIMIT_CORE, &l) != 0 || l.rlim_max != 0 ||
           getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_max > 256 ||
           fcntl(HIGH_FD - 1, F_GETFD) != -1 ||
           fcntl(HIGH_FD + 1, F_GETFD) != -1;
}

static void test_files(void **state)
{
    sc_buf now = {0};

    (void)state;
    in_sandbox(other_files);
    in_sandbox(writing);
    in_sandbox(growing);
    CHECK_OK(sc_file_read(&now, allowed, 100, NULL));
    CHECK(sc_bytes_equal_vartime(sc_buf_bytes(&now), sc_bytes_of("mine\n")));
    sc_buf_clear(&now);
}

/* ---- processes, sockets, the kernel ---------------------------------------- */

static int processes(void)
{
    char *const argv[] = {NULL};
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return denied(fork(), EPERM) ||
           denied(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM) ||
           denied(syscall(SYS_clone3, NULL, 0), ENOSYS) ||
           denied(execve("/bin/true", argv, argv), EPERM) ||
           denied(kill(getppid(), 0), EPERM) ||
           denied(kill(getpid(), 0), EPERM) ||
           denied(syscall(SYS_tgkill, getppid(), getppid(), 0), EPERM) ||
           denied(ptrace(PTRACE_ATTACH, getppid(), 0, 0), EPERM) ||
           denied(process_vm_readv(getppid(), &here, 1, &there, 1, 0), EPERM) ||
           denied(syscall(SYS_prlimit64, getppid(), RLIMIT_NOFILE, NULL, NULL),
                  EPERM) ||
           denied(syscall(SYS_pidfd_open, getppid(), 0), EPERM);
}

static int kernel(void)
{
    struct rlimit more = {1000, 1000};

    return denied(socket(AF_INET, SOCK_STREAM, 0), EPERM) ||
           denied(socket(AF_UNIX, SOCK_STREAM, 0), EPERM) ||
           denied(syscall(SYS_io_uring_setup, 1, NULL), EPERM) ||
           denied(syscall(SYS_bpf, 0, NULL, 0), EPERM) ||
           denied(syscall(SYS_userfaultfd, 0), EPERM) ||
           denied(syscall(SYS_unshare, 0), EPERM) ||
           denied(setrlimit(RLIMIT_FSIZE, &more), EPERM) ||
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
           prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 ||
           prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2;
}

static int memory(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0; /* not limited there */
#else
    return mmap(NULL, (size_t)8 << 30, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
#endif
}

static void test_kernel(void **state)
{
    (void)state;
    in_sandbox(processes);
    in_sandbox(kernel);
    in_sandbox(memory);
}

/* ---- refusals ----------------------------------------------------------------- */

static void *pause_in_thread(void *arg)
{
    (void)pause();
    return arg;
}

static void test_needs_one_thread(void **state)
{
    int status = -1;
    pid_t pid = fork();

    (void)state;
    CHECK(pid >= 0);
    if (pid == 0) {
        pthread_t thread;

        _exit(pthread_create(&thread, NULL, pause_in_thread, NULL) == 0 &&
                      sc_sandbox_enter(&has_landlock, files, 1, 64, NULL) ==
                          SC_E_IO
                  ? 0
                  : 1);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_arguments(void **state)
{
    sc_fault why = {0};

    (void)state;
    CHECK_ERR(SC_E_ARG, sc_sandbox_begin(2, &why));
    CHECK_ERR(SC_E_ARG, sc_sandbox_begin(-1, &why));
}

static int setup(void **state)
{
    if (sc_folder_setup(state) != 0) {
        return -1;
    }
    (void)snprintf(allowed, sizeof allowed, "%s/allowed.csv", (char *)*state);
    (void)snprintf(other, sizeof other, "%s/other.csv", (char *)*state);
    sc_folder_write(*state, "allowed.csv", "mine\n");
    sc_folder_write(*state, "other.csv", "not mine\n");
    return 0;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, sc_folder_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_what_it_may),
        TEST(test_files),
        TEST(test_kernel),
        TEST(test_needs_one_thread),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

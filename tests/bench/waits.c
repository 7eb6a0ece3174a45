/*
 * waits: runs a program on a machine whose control groups are mounted with favordynmods as if they were not.
 *
 *     gcc -O2 -Wall -pthread -o out/waits tests/bench/waits.c && out/waits ./dev bench run
 *
 * As root, on x86-64 or arm64, Linux 5.11 or newer. Without favordynmods who writes to a cgroup.procs waits in the kernel:
 * cgroup_threadgroup_rwsem is a percpu_rw_semaphore, whose writer waits for a grace period of RCU, unless another one was there
 * a moment before (kernel/rcu/sync.c). From Linux 6.18 on the option cannot be wholly taken back before a boot. Here these writes are held by
 * seccomp_unotify(2) until the same state machine lets them go on, with grace periods that are the kernel's own:
 * MEMBARRIER_CMD_GLOBAL of membarrier(2) is synchronize_rcu(). Each write of less than eight bytes takes some ten microseconds more.
 * What is not made again: the kernel holds up who makes or removes a control group meanwhile, too (cgroup_mutex). Runtimes make
 * theirs right before they move somebody into it.
 *
 * WAITS_VERBOSE=1 tells of each: when, who, where, how many milliseconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A pid, or 0, with its newline. */
#define MAX_BYTES 7

/* Linux 6.6; without it an answer comes later. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif

/* struct rcu_sync. */
static enum { IDLE, ENTER, PASSED, EXIT, REPLAY } state;
static int writers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;

/* cgroup_mutex. */
static pthread_mutex_t moving = PTHREAD_MUTEX_INITIALIZER;

static int listener;
static int verbose;

struct move {
    __u64 id;
    int pid;
    char path[256];
};

static void fail(const char *what)
{
    perror(what);
    _exit(1);
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0 || pthread_detach(thread) != 0)
        fail("pthread_create");
}

static void synchronize_rcu(void)
{
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
        fail("membarrier");
}

static void *rcu_sync_func(void *unused);

static void *call_rcu(void *unused)
{
    synchronize_rcu();
    return rcu_sync_func(unused);
}

static void *rcu_sync_func(void *unused)
{
    pthread_mutex_lock(&lock);
    if (writers > 0) {
        state = PASSED;
        pthread_cond_broadcast(&passed);
    } else if (state == REPLAY) {
        state = EXIT;
        start(call_rcu, NULL);
    } else {
        state = IDLE;
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

static void rcu_sync_enter(void)
{
    pthread_mutex_lock(&lock);
    writers++;
    if (state == IDLE) {
        state = ENTER;
        pthread_mutex_unlock(&lock);
        call_rcu(NULL);
        return;
    }
    while (state < PASSED)
        pthread_cond_wait(&passed, &lock);
    pthread_mutex_unlock(&lock);
}

static void rcu_sync_exit(void)
{
    pthread_mutex_lock(&lock);
    if (--writers == 0 && state == PASSED) {
        state = EXIT;
        start(call_rcu, NULL);
    } else if (writers == 0 && state == EXIT) {
        state = REPLAY;
    }
    pthread_mutex_unlock(&lock);
}

/* ENOENT: who wrote has been killed meanwhile. */
static void let_go_on(__u64 id)
{
    struct seccomp_notif_resp answer = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0 && errno != ENOENT)
        fail("SECCOMP_IOCTL_NOTIF_SEND");
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void *hold(void *argument)
{
    struct move *move = argument;
    double begun = milliseconds();
    pthread_mutex_lock(&moving);
    rcu_sync_enter();
    let_go_on(move->id);
    rcu_sync_exit();
    pthread_mutex_unlock(&moving);
    if (verbose)
        fprintf(stderr, "%.2f pid %d %s %.2f\n", begun, move->pid, move->path, milliseconds() - begun);
    free(move);
    return NULL;
}

static void serve(void)
{
    for (;;) {
        struct seccomp_notif write = { 0 };
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &write) != 0) {
            if (errno == ENOENT || errno == EINTR)
                continue;
            fail("SECCOMP_IOCTL_NOTIF_RECV");
        }

        struct move *move = calloc(1, sizeof *move);
        char descriptor[64];
        snprintf(descriptor, sizeof descriptor, "/proc/%u/fd/%d", write.pid, (int)write.data.args[0]);
        ssize_t length = readlink(descriptor, move->path, sizeof move->path - 1);
        static const char name[] = "/cgroup.procs";
        if (length < (ssize_t)sizeof name || strcmp(move->path + length - (sizeof name - 1), name) != 0) {
            free(move);
            let_go_on(write.id);
            continue;
        }

        move->id = write.id;
        move->pid = (int)write.pid;
        start(hold, move);
    }
}

static int install_filter(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, MAX_BYTES, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 1, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: %s PROGRAM [ARGUMENT...]\n", arguments[0]);
        return 2;
    }

    verbose = getenv("WAITS_VERBOSE") != NULL;

    /* Held by a child, which is not under the filter, and ends with the program. What it is sent is longer than what is held. */
    int ends[2];
    struct { int number; char room[MAX_BYTES + 1]; } message = { 0 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        fail("socketpair");
    pid_t holder = fork();
    if (holder < 0)
        fail("fork");
    if (holder != 0) {
        close(ends[1]);
        message.number = install_filter();
        if (message.number < 0)
            fail("seccomp");
        if (write(ends[0], &message, sizeof message) != sizeof message || read(ends[0], &message, sizeof message) != sizeof message)
            fail("the process that holds writes");
        close(message.number);
        execvp(arguments[1], arguments + 1);
        fail(arguments[1]);
    }

    /* Not to be reached by Ctrl-C before the program, whose writes it would leave to fail. */
    close(ends[0]);
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || read(ends[1], &message, sizeof message) != sizeof message)
        return 1;
    int parent = syscall(SYS_pidfd_open, getppid(), 0);
    listener = syscall(SYS_pidfd_getfd, parent, message.number, 0);
    if (listener < 0)
        fail("pidfd_getfd");
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    if (write(ends[1], &message, sizeof message) != sizeof message)
        fail("write");
    serve();
}

/* What two processes that ring each other cost in C: the system calls of our bells, and nothing else. */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (cpu >= 0)
        sched_setaffinity(0, sizeof(set), &set);
}

static void ring(int fd)
{
    uint64_t one = 1;
    if (write(fd, &one, sizeof(one)) < 0)
        exit(3);
}

static void await(int fd)
{
    uint64_t count;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    poll(&poll_fd, 1, -1);
    if (read(fd, &count, sizeof(count)) < 0)
        exit(4);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int ascending(const void *one, const void *other)
{
    const int64_t left = *(const int64_t *)one, right = *(const int64_t *)other;
    return left < right ? -1 : left > right;
}

/* pingpong MILLISECONDS CPU CPU */
int main(int argc, char **argv)
{
    const int capacity = 10000000;
    const int there = eventfd(0, EFD_NONBLOCK), back = eventfd(0, EFD_NONBLOCK);
    if (argc != 4 || there < 0 || back < 0)
        return 2;
    const pid_t peer = fork();
    if (peer == 0)
    {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_on(atoi(argv[3]));
        for (;;)
        {
            await(there);
            ring(back);
        }
    }
    run_on(atoi(argv[2]));
    int64_t *times = malloc(capacity * sizeof(*times));
    const int64_t end = now() + atoi(argv[1]) * 1000000LL;
    int count = 0;
    for (int64_t began = now(); began < end && count < capacity; began = now())
    {
        ring(there);
        await(back);
        times[count++] = now() - began;
    }
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
    qsort(times, count, sizeof(*times), ascending);
    printf("%d %lld %lld\n", count, (long long)times[count / 2], (long long)times[count * 99LL / 100]);
    return 0;
}

/*
 * What no server of xenstore's socket can do without: wait, one receive, one send. It answers each request with as much
 * as a real one would, and looks at nothing but lengths. Argument: path of the socket. Ends with its standard input.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ 2
#define LENGTH 65536

struct header
{
    uint32_t type, request, transaction, length;
};

static char in[LENGTH], out[LENGTH];

static size_t answer(size_t received)
{
    size_t from = 0, to = 0;
    while (from + sizeof(struct header) <= received && to + 64 <= LENGTH)
    {
        struct header *request = (struct header *)(in + from), *reply = (struct header *)(out + to);
        const char *value = request->type == READ ? "value" : "OK";
        *reply = *request;
        reply->length = request->type == READ ? 5 : 3;
        memcpy(out + to + sizeof *reply, value, reply->length);
        from += sizeof *request + request->length;
        to += sizeof *reply + reply->length;
    }
    return to;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct epoll_event event = {.events = EPOLLIN}, ready[64];
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), epoll = epoll_create1(0);
    if (argc < 2 || strlen(argv[1]) >= sizeof address.sun_path)
        return 2;
    strcpy(address.sun_path, argv[1]);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024))
        return 1;
    event.data.fd = listener;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    if (write(1, "ready\n", 6) != 6)
        return 1;
    for (;;)
    {
        int count = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < count; i++)
        {
            int fd = ready[i].data.fd;
            if (fd == 0)
                return 0;
            if (fd == listener)
            {
                event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
                continue;
            }
            ssize_t received = recv(fd, in, LENGTH / 2, 0);
            if (received <= 0)
                close(fd);
            else if (send(fd, out, answer(received), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                close(fd);
        }
    }
}

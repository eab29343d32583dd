#include "tests/fault/proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/tmpdir.h"

enum { LINKS = 32, BYTES = 65536 };

/* One direction of a connection: what was read and is not passed on yet. */
struct half {
    int from, to;
    unsigned char at[BYTES];
    size_t len;
    bool started;   /* a client's first message has no type byte */
    size_t to_pass; /* rest of a message whose beginning is on its way already */
};

struct link {
    bool open;
    struct half half[2]; /* by enum proxy_way */
};

struct proxy {
    char *dir;
    char server[108];
    int listener, wake[2];
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    enum proxy_fault fault;
    enum proxy_way way;
    size_t nth, seen;
    bool stalled, cut_all, stop;
    struct link links[LINKS];
};

static int unix_socket(const char *path, bool listening)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    int failed = listening ? bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 32)
                           : connect(fd, (struct sockaddr *)&a, sizeof a);
    if (failed != 0) {
        perror(path);
        close(fd);
        return -1;
    }
    return fd;
}

static void cut(struct link *l)
{
    if (!l->open)
        return;
    close(l->half[0].from);
    close(l->half[0].to);
    l->open = false;
}

static void accept_link(struct proxy *p)
{
    int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    int server = client < 0 ? -1 : unix_socket(p->server, false);
    struct link *l = p->links;
    while (l < p->links + LINKS && l->open)
        l++;
    if (server < 0 || l == p->links + LINKS) {
        close(client);
        return;
    }
    memset(l, 0, sizeof *l);
    l->open = true;
    l->half[PROXY_TO_SERVER].from = l->half[PROXY_TO_CLIENT].to = client;
    l->half[PROXY_TO_SERVER].to = l->half[PROXY_TO_CLIENT].from = server;
    l->half[PROXY_TO_CLIENT].started = true;
}

static bool pass(struct half *h, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t w = send(h->to, h->at + done, n - done, MSG_NOSIGNAL);
        if (w <= 0)
            return false;
        done += (size_t)w;
    }
    memmove(h->at, h->at + n, h->len - n);
    h->len -= n;
    return true;
}

/* Length of the message at the front as it says itself, 0: its head is not there yet. */
static size_t message_size(const struct half *h)
{
    size_t type = h->started ? 1 : 0;
    if (h->len < type + 4)
        return 0;
    const unsigned char *b = h->at + type;
    return type + ((size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3]);
}

/* All whole messages, and the beginnings of long ones. False: the link is to be cut. */
static bool pass_messages(struct proxy *p, struct half *h, enum proxy_way way)
{
    while (h->len > 0 && !p->stalled) {
        if (h->to_pass > 0) {
            size_t n = h->to_pass < h->len ? h->to_pass : h->len;
            h->to_pass -= n;
            if (!pass(h, n))
                return false;
            continue;
        }
        size_t size = message_size(h);
        if (size == 0)
            return true;
        bool counts = p->nth > 0 && way == p->way;
        p->seen += counts;
        if (counts && p->seen == p->nth && p->fault == PROXY_STALL) {
            p->stalled = true;
            return true;
        }
        if (counts && p->seen == p->nth) {
            if (p->fault == PROXY_CUT_HALF)
                (void)pass(h, (size / 2 < h->len ? size / 2 : h->len));
            return false;
        }
        h->started = true;
        h->to_pass = size;
    }
    return true;
}

static bool receive(struct proxy *p, struct link *l, enum proxy_way way)
{
    struct half *h = &l->half[way];
    if (h->len == BYTES)
        return p->stalled; /* a stalled link takes no more */
    ssize_t n = recv(h->from, h->at + h->len, BYTES - h->len, MSG_DONTWAIT);
    if (n <= 0)
        return false;
    h->len += (size_t)n;
    return pass_messages(p, h, way);
}

/* The server's own end of the connection is only seen while nothing is stalled: a dead network tells nobody. */
static void serve(struct proxy *p)
{
    struct pollfd fds[2 + 2 * LINKS];
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = p->wake[0], .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = p->listener, .events = POLLIN};
    for (int i = 0; i < 2 * LINKS; i++) {
        struct link *l = &p->links[i / 2];
        fds[n++] = (struct pollfd){.fd = l->open && !p->stalled ? l->half[i % 2].from : -1, .events = POLLIN};
    }
    pthread_mutex_unlock(&p->mutex);
    poll(fds, n, -1);
    pthread_mutex_lock(&p->mutex);
    char byte;
    if (fds[0].revents != 0 && read(p->wake[0], &byte, 1) != 1)
        p->stop = true;
    if (fds[1].revents != 0)
        accept_link(p);
    for (int i = 0; i < 2 * LINKS; i++) {
        struct link *l = &p->links[i / 2];
        if (l->open && fds[2 + i].revents != 0 && !receive(p, l, (enum proxy_way)(i % 2)))
            cut(l);
    }
    for (int i = 0; p->cut_all && i < LINKS; i++)
        cut(&p->links[i]);
    p->cut_all = false;
}

static void *run(void *data)
{
    struct proxy *p = data;
    pthread_mutex_lock(&p->mutex);
    while (!p->stop)
        serve(p);
    for (int i = 0; i < LINKS; i++)
        cut(&p->links[i]);
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

static void wake(struct proxy *p)
{
    if (write(p->wake[1], "", 1) != 1)
        abort();
}

struct proxy *proxy_start(const char *url)
{
    struct proxy *p = calloc(1, sizeof *p);
    const char *host = strstr(url, "?host=");
    char path[120];
    if (p == NULL || host == NULL || pipe(p->wake) != 0)
        abort();
    snprintf(p->server, sizeof p->server, "%.*s/.s.PGSQL.5432", (int)strcspn(host + 6, "&"), host + 6);
    p->dir = td_tmpdir_make();
    snprintf(path, sizeof path, "%s/.s.PGSQL.5432", p->dir);
    p->listener = unix_socket(path, true);
    pthread_mutex_init(&p->mutex, NULL);
    if (pthread_create(&p->thread, NULL, run, p) != 0)
        abort();
    return p;
}

void proxy_stop(struct proxy *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->mutex);
    p->stop = true;
    pthread_mutex_unlock(&p->mutex);
    wake(p);
    pthread_join(p->thread, NULL);
    pthread_mutex_destroy(&p->mutex);
    close(p->listener);
    close(p->wake[0]);
    close(p->wake[1]);
    td_tmpdir_remove(p->dir);
    free(p);
}

char *proxy_url(const struct proxy *p, const char *url)
{
    const char *host = strstr(url, "?host=");
    size_t size = strlen(url) + strlen(p->dir) + 1;
    char *out = malloc(size);
    if (host == NULL || out == NULL)
        abort();
    const char *rest = host + 6 + strcspn(host + 6, "&");
    snprintf(out, size, "%.*s?host=%s%s", (int)(host - url), url, p->dir, rest);
    return out;
}

void proxy_break(struct proxy *p, enum proxy_fault fault, enum proxy_way way, size_t nth)
{
    pthread_mutex_lock(&p->mutex);
    p->fault = fault;
    p->way = way;
    p->nth = nth;
    p->seen = 0;
    p->cut_all = p->stalled;
    p->stalled = false;
    pthread_mutex_unlock(&p->mutex);
    wake(p);
}

size_t proxy_count(const struct proxy *p)
{
    return p->seen;
}

#include "tests/lib/pgcluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/config/url.h"
#include "core/db/db.h"
#include "drivers/drivers.h"

struct td_pgcluster {
    char url[512];
    pid_t keeper; /* 0: not ours */
    int hold;     /* write end of its standard input */
};

static void keep(int in, int out, bool tcp)
{
    setsid(); /* a Ctrl-C for the test must not reach it */
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execl("/bin/sh", "sh", TD_TEST_DATA "/../lib/pg.sh", "serve", tcp ? "--tcp" : NULL, (char *)NULL);
    _exit(127);
}

static bool read_url(int fd, char *url, size_t size)
{
    char line[600];
    size_t n = 0;
    while (n + 1 < sizeof line && read(fd, line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
    if (strncmp(line, "URL ", 4) != 0)
        return false;
    snprintf(url, size, "%s", line + 4);
    return true;
}

struct td_pgcluster *td_pgcluster_start(bool tcp)
{
    int to[2], from[2];
    struct td_pgcluster *c = calloc(1, sizeof *c);
    if (c == NULL || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
        perror("pgcluster");
        free(c);
        return NULL;
    }
    c->keeper = fork();
    if (c->keeper == 0)
        keep(to[0], from[1], tcp);
    close(to[0]);
    close(from[1]);
    c->hold = to[1];
    bool started = c->keeper > 0 && read_url(from[0], c->url, sizeof c->url);
    close(from[0]);
    if (started)
        return c;
    fprintf(stderr, "pgcluster: no PostgreSQL could be started\n");
    td_pgcluster_stop(c);
    return NULL;
}

void td_pgcluster_stop(struct td_pgcluster *c)
{
    if (c == NULL)
        return;
    if (c->hold > 0)
        close(c->hold);
    if (c->keeper > 0)
        while (waitpid(c->keeper, NULL, 0) < 0 && errno == EINTR)
            continue;
    free(c);
}

const char *td_pgcluster_url(const struct td_pgcluster *c)
{
    return c->url;
}

static struct td_pgcluster *shared;
static pid_t shared_by;

static void stop_shared(void)
{
    if (shared_by == getpid()) /* not in a child that a test forked */
        td_pgcluster_stop(shared);
    shared = NULL;
}

struct td_pgcluster *td_pgcluster_shared(void)
{
    const char *running = getenv("TANDEM_TEST_PG");
    if (shared != NULL)
        return shared;
    if (running != NULL && running[0] != '\0') {
        shared = calloc(1, sizeof *shared);
        if (shared != NULL)
            snprintf(shared->url, sizeof shared->url, "%s", running);
    } else {
        shared = td_pgcluster_start(false);
    }
    shared_by = getpid();
    atexit(stop_shared);
    return shared;
}

char *td_pgcluster_url_for(const char *url, const char *user, const char *database)
{
    const char *authority = strstr(url, "://");
    size_t size = strlen(url) + strlen(database) + (user != NULL ? strlen(user) : 0) + 2;
    char *out = malloc(size);
    if (authority == NULL || out == NULL) {
        free(out);
        return NULL;
    }
    authority += 3;
    size_t host_len = strcspn(authority, "/?");
    const char *host = user != NULL ? memchr(authority, '@', host_len) : NULL;
    const char *from = host != NULL ? host + 1 : authority;
    const char *query = strchr(authority, '?');
    snprintf(out, size, "%.*s%s%s%.*s/%s%s", (int)(authority - url), url, user != NULL ? user : "",
             user != NULL ? "@" : "", (int)(authority + host_len - from), from, database, query != NULL ? query : "");
    return out;
}

static int create(const char *admin_url, const char *name, struct td_err *err)
{
    struct td_url url = {0};
    struct td_db *db = NULL;
    int rc = td_url_parse(admin_url, NULL, &url, err);
    if (rc == TD_OK)
        rc = td_db_open(&url, NULL, &db, err);
    if (rc == TD_OK)
        rc = td_db_execf(db, err, "CREATE DATABASE %s TEMPLATE template0", name);
    td_db_close(db);
    td_url_deinit(&url);
    return rc;
}

char *td_pgcluster_create(struct td_pgcluster *c)
{
    static unsigned made;
    struct td_err err = {0};
    char name[64];
    if (c == NULL)
        c = td_pgcluster_shared();
    if (c == NULL)
        return NULL;
    td_drivers_register();
    snprintf(name, sizeof name, "td_test_%lx_%ld_%u", (long)time(NULL), (long)getpid(), ++made);
    if (create(c->url, name, &err) != TD_OK) {
        fprintf(stderr, "pgcluster: %s (%s)\n", err.message, err.why);
        return NULL;
    }
    return td_pgcluster_url_for(c->url, NULL, name);
}

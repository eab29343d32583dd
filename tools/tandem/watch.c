#include "tools/tandem/watch.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/time.h"
#include "sync/engine.h"

struct watching {
    struct td_replica *r;
    struct td_sync_engine *engine;
    uv_signal_t signals[2];
    int signal; /* that ended it */
    bool told_ready;
};

/* ---- the service manager ---- */

/* sd_notify(3): a datagram to a socket that the environment names. */
static void notify(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(to.sun_path, path, strlen(path));
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, len) < 0)
        (void)0; /* nobody listens */
    close(fd);
}

/* ---- events ---- */

static void put_line(const struct td_sync_engine_event *e)
{
    struct td_buf b = {0};
    struct td_json_writer w = {.out = &b};
    td_json_object(&w, NULL);
    td_json_put_text(&w, "event", e->run != NULL ? "run" : "state");
    td_json_put_text(&w, "state", td_sync_engine_state_name(e->state));
    if (e->run != NULL) {
        td_json_put_int(&w, "pushed", e->run->pushed);
        td_json_put_int(&w, "pulled", e->run->pulled);
        td_json_put_int(&w, "conflicts", e->run->conflicts);
        td_json_put_int(&w, "rejects", e->run->rejects);
    }
    if (e->err != NULL) {
        td_json_put_text(&w, "code", td_code_info(e->err->code)->number);
        td_json_put_text(&w, "why", e->err->message);
        td_json_put_text(&w, "next", e->err->next);
    }
    if (e->next_ms >= 0)
        td_json_put_int(&w, "next_ms", e->next_ms);
    td_json_object_end(&w);
    puts(td_buf_str(&b));
    fflush(stdout);
    td_buf_deinit(&b);
}

static void say(struct td_out *o, const struct td_sync_engine_event *e)
{
    if (e->run != NULL)
        td_out_answer(o, "%lld sent, %lld fetched, %lld conflicts, %lld refused\n", (long long)e->run->pushed,
                      (long long)e->run->pulled, (long long)e->run->conflicts, (long long)e->run->rejects);
    else if (e->err != NULL)
        td_out_say(o, "%s: %s%s%s", td_sync_engine_state_name(e->state), e->err->message,
                   e->err->next[0] != '\0' ? "; next: " : "", e->err->next);
    else if (e->changed)
        td_out_say(o, "%s", td_sync_engine_state_name(e->state));
    fflush(stdout);
}

static void on_event(const struct td_sync_engine_event *e, void *data)
{
    struct watching *w = data;
    struct td_out *o = &w->r->s.cli->out;
    char status[128];
    if (e->step != NULL) {
        td_replica_progress(e->step, w->r);
        return;
    }
    td_out_clear_line(o);
    if (!w->told_ready && e->state == TD_SYNC_CURRENT) {
        notify("READY=1");
        w->told_ready = true;
    }
    snprintf(status, sizeof status, "STATUS=%s", td_sync_engine_state_name(e->state));
    if (e->changed)
        notify(status);
    if (o->json)
        put_line(e);
    else
        say(o, e);
}

static void on_end(const struct td_err *err, void *data)
{
    struct watching *w = data;
    w->engine = NULL;
    if (err != NULL)
        w->r->s.cli->err = *err;
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&w->signals[i], NULL);
}

static void on_signal(uv_signal_t *h, int number)
{
    struct watching *w = h->data;
    if (w->signal != 0)
        _exit(128 + number); /* the second one: at once */
    w->signal = number;
    notify("STOPPING=1");
    if (w->engine != NULL)
        td_sync_engine_stop(w->engine);
}

static void take_signals(struct watching *w, uv_loop_t *loop)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(loop, &w->signals[i]);
        w->signals[i].data = w;
        uv_signal_start(&w->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&w->signals[i]);
    }
}

int td_watch(struct td_replica *r, int interval_ms, int *signal_out)
{
    struct td_cli *cli = r->s.cli;
    struct watching w = {.r = r};
    uv_loop_t loop;
    const struct td_sync_engine_opts opts = {.local = &r->local_url,
                                             .remote = &r->remote_url,
                                             .interval_ms = interval_ms,
                                             .on_event = on_event,
                                             .on_end = on_end,
                                             .data = &w};
    if (uv_loop_init(&loop) != 0)
        return td_err_set(&cli->err, TD_C_IO, "no event loop can be made");
    take_signals(&w, &loop);
    int rc = td_sync_engine_start(&loop, &opts, &w.engine, &cli->err);
    if (rc != TD_OK)
        on_end(&cli->err, &w);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_run(&loop, UV_RUN_DEFAULT); /* the signals' own ends */
    if (uv_loop_close(&loop) != 0)
        td_out_trace(&cli->out, "the event loop was left with handles");
    *signal_out = w.signal;
    return rc != TD_OK ? rc : (int)cli->err.rc;
}

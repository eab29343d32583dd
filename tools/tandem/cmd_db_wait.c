/* tandem db wait: comes back when the database answers. */
#include <time.h>

#include "core/base/time.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/session.h"

struct args {
    struct td_opt_ms timeout;
    const char *on;
};

enum { TRY_EVERY_MS = 200, DEFAULT_MS = 60000 };

static int wait_one(struct td_session *s, struct td_place *p, int64_t until, int64_t start)
{
    struct timespec pause = {.tv_nsec = TRY_EVERY_MS * 1000000L};
    struct td_err err = {0};
    bool said = false;
    for (;;) {
        int64_t left = until - td_clock_ms();
        s->connect_ms = (int)(left < TRY_EVERY_MS ? TRY_EVERY_MS : left); /* one that never answers, too */
        td_err_clear(&err);
        int rc = td_session_read(s, p, &err);
        if (rc == TD_OK)
            break;
        if (rc != TD_EOFFLINE) { /* a wrong password does not get better */
            s->cli->err = err;
            return rc;
        }
        if (td_clock_ms() >= until) {
            td_err_set(&s->cli->err, TD_C_CLI_NOT_UP, "the database did not come up within %.1f s: %s",
                       (double)(until - start) / 1000, err.message);
            td_err_sqlstate(&s->cli->err, err.sqlstate);
            td_err_why(&s->cli->err, "%s", err.why);
            return td_err_next(&s->cli->err,
                               "Look at the URL (`tandem doctor`) and the server's log, or give --timeout.");
        }
        if (!said)
            td_out_say(&s->cli->out, "%s: waiting: %s%s%s", p->engine, err.message, err.why[0] != '\0' ? ": " : "",
                       err.why);
        said = true;
        nanosleep(&pause, NULL);
    }
    char took[32];
    td_out_duration(td_clock_ms() - start, took);
    td_out_answer(&s->cli->out, "%-8s  %s after %s  %s\n", p->engine,
                  p->missing ? "reachable, the database is not there yet," : "up", took, p->url->display);
    return TD_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s;
    int64_t start = td_clock_ms();
    int ms = a->timeout.given ? a->timeout.ms : cli->g.wait.given ? cli->g.wait.ms : DEFAULT_MS;
    int rc = td_session_open(&s, cli, true, a->on, NULL);
    if (rc == TD_OK && cli->out.json)
        td_json_array(td_out_json(&cli->out, "db wait"), "databases");
    for (size_t i = 0; i < s.n && rc == TD_OK; i++) {
        rc = wait_one(&s, &s.at[i], start + ms, start);
        if (rc != TD_OK || !cli->out.json)
            continue;
        td_json_object(&cli->out.w, NULL);
        td_session_put(&s.at[i], &cli->out.w);
        td_json_put_bool(&cli->out.w, "exists", !s.at[i].missing);
        td_json_put_int(&cli->out.w, "waited_ms", td_clock_ms() - start);
        td_json_object_end(&cli->out.w);
    }
    if (cli->out.json && cli->out.w.depth > 1)
        td_json_array_end(&cli->out.w);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"timeout", 't', TD_OPT_SECONDS, offsetof(struct args, timeout), "SECONDS", "give up after so long; default 60"},
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres|both", TD_ON_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {69, "it did not come up in time"},
    {0},
};

const struct td_cmd td_cmd_db_wait = {
    .name = "db wait",
    .summary = "wait until the database answers",
    .about =
        "Tries to connect until the server answers or the timeout is over, as a container's start needs it. A server "
        "that answers without having the database counts as up; a refused password is an error at once.",
    .opts = opts,
    .exits = exits,
    .json = "databases  engine, url, source, exists, waited_ms",
    .examples = "tandem db wait --timeout 30 && tandem migrate deploy",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};

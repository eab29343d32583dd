#include "tools/tandem/each.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "core/base/time.h"
#include "core/base/vec.h"
#include "tools/tandem/child.h"
#include "tools/tandem/interrupt.h"

enum { DEFAULT_JOBS = 4, MOST_JOBS = 64, LINE_EVERY_MS = 10000 };

struct job {
    const struct td_each_target *target;
    struct td_child child;
    bool started;
};

struct running {
    struct td_cli *cli;
    struct td_map said; /* lines that the processes said */
    struct job *jobs;
    size_t n, first, ended, failed; /* first: all before it were started */
    struct job *slots[MOST_JOBS];   /* under way */
    size_t n_slots, most;
    int forwarded;   /* signals */
    int64_t said_ms; /* when progress was last told, off a terminal */
};

/* ---- what they said ---- */

/* What one has said like the others before is said once: what SQLite goes without is mostly the same everywhere. */
struct telling {
    struct running *r;
    const char *text;
};

static int tell_new_lines(void *data, struct td_err *err)
{
    struct telling *t = data;
    struct td_arena *a = &t->r->cli->arena;
    (void)err;
    for (const char *line = t->text; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        const char *copy = td_arena_dup(a, line, n);
        if (td_map_get(&t->r->said, copy) == NULL)
            fprintf(stderr, "%s\n", copy);
        td_map_put(a, &t->r->said, copy, t);
        line += n + (line[n] == '\n');
    }
    return TD_OK;
}

static void show_ending(const struct td_out *o, const struct td_child *c)
{
    if (c->signal != 0)
        td_out_answer(o, "signal %d", c->signal);
    else
        td_out_answer(o, "exit %d: %s", c->code, td_exit_meaning(c->code) != NULL ? td_exit_meaning(c->code) : "");
}

static void show(struct running *r, const struct job *j)
{
    struct td_out *o = &r->cli->out;
    const struct td_child *c = &j->child;
    td_out_clear_line(o);
    if (!o->json) {
        td_out_answer(o, "%s  (%zu of %zu)\n", j->target->shown, r->ended, r->n);
        fwrite(td_buf_str(&c->said[0]), 1, c->said[0].len, stdout);
        fflush(stdout);
    }
    if (c->code != TD_EXIT_OK || o->json) /* an error is many lines, an event is one however often it comes */
        fwrite(td_buf_str(&c->said[1]), 1, c->said[1].len, stderr);
    else
        (void)!td_arena_run(&r->cli->arena, tell_new_lines, &(struct telling){r, td_buf_str(&c->said[1])},
                            &(struct td_err){0});
}

static void show_progress(struct running *r)
{
    struct td_out *o = &r->cli->out;
    int64_t now = td_clock_ms();
    if (r->ended == r->n)
        return;
    if (o->terminal) {
        td_out_status(o, "%zu of %zu databases done, %zu failed", r->ended, r->n, r->failed);
    } else if (now - r->said_ms >= LINE_EVERY_MS) {
        td_out_say(o, "%zu of %zu databases done, %zu failed", r->ended, r->n, r->failed);
        r->said_ms = now;
    }
}

/* ---- running ---- */

static void finish(struct running *r, size_t slot)
{
    struct job *j = r->slots[slot];
    td_child_wait(&j->child);
    r->slots[slot] = r->slots[--r->n_slots];
    r->ended++;
    r->failed += j->child.code != TD_EXIT_OK;
    show(r, j);
    if (!r->cli->out.json) /* it was all shown */
        td_child_deinit(&j->child);
}

/* The new process knows the database as if it had been given with --url. */
static void be_child(struct td_cli *cli, const struct td_each_target *target)
{
    cli->g.url = target->url;
    cli->url_from = "--each";
    cli->on = NULL;
    td_out_init(&cli->out, &cli->g);
}

static bool is_busy(const struct running *r, const char *place)
{
    for (size_t i = 0; i < r->n_slots; i++)
        if (strcmp(r->slots[i]->target->place, place) == 0)
            return true;
    return false;
}

/* The next that may start: schemas of one database come one after the other, as a database has one deploy lock. */
static struct job *next_job(struct running *r)
{
    while (r->first < r->n && r->jobs[r->first].started)
        r->first++;
    for (size_t i = r->first; i < r->n && r->n_slots < r->most && !td_interrupt_flag; i++)
        if (!r->jobs[i].started && !is_busy(r, r->jobs[i].target->place))
            return &r->jobs[i];
    return NULL;
}

/* Starts as many as may be at once. *is_child: this is one of them. */
static int start(struct running *r, bool *is_child, struct td_err *err)
{
    struct job *j;
    while ((j = next_job(r)) != NULL) {
        int rc = td_child_start(&j->child, is_child, err);
        if (rc != TD_OK && r->n_slots > 0) /* there are too many processes: wait for one */
            return TD_OK;
        if (rc != TD_OK)
            return rc;
        if (*is_child) {
            be_child(r->cli, j->target);
            return TD_OK;
        }
        r->slots[r->n_slots++] = j;
        j->started = true;
    }
    return TD_OK;
}

/* Those under way hear of each signal once: the first lets them roll back. */
static void forward_signals(struct running *r)
{
    for (; r->forwarded < td_interrupt_count(); r->forwarded++)
        for (size_t i = 0; i < r->n_slots; i++)
            kill(r->slots[i]->child.pid, td_interrupt_signal());
}

static void wait_and_read(struct running *r)
{
    struct pollfd fds[2 * MOST_JOBS];
    for (size_t i = 0; i < 2 * r->n_slots; i++)
        fds[i] = (struct pollfd){.fd = r->slots[i / 2]->child.fds[i % 2], .events = POLLIN};
    int n = poll(fds, 2 * r->n_slots, 500); /* a signal may come just before it */
    forward_signals(r);
    if (n <= 0)
        return;
    for (size_t i = 0; i < 2 * r->n_slots; i++)
        if (fds[i].fd >= 0 && fds[i].revents != 0)
            td_child_read(&r->slots[i / 2]->child, (int)(i % 2));
}

static int run(struct running *r, bool *is_child, struct td_err *err)
{
    int rc = start(r, is_child, err);
    while (rc == TD_OK && !*is_child && r->n_slots > 0) {
        wait_and_read(r);
        for (size_t i = r->n_slots; i-- > 0;)
            if (td_child_is_silent(&r->slots[i]->child))
                finish(r, i);
        show_progress(r);
        rc = start(r, is_child, err);
    }
    return rc;
}

/* ---- the report ---- */

static void put_answer(struct td_json_writer *w, struct td_buf *said)
{
    while (said->len > 0 && said->at[said->len - 1] == '\n')
        said->at[--said->len] = '\0';
    td_json_put_raw(w, "answer", td_buf_str(said));
}

static void put_answers(const struct running *r, const char *command)
{
    struct td_json_writer *w = td_out_json(&r->cli->out, command);
    td_json_array(w, "databases");
    for (size_t i = 0; i < r->n; i++) {
        struct td_child *c = &r->jobs[i].child;
        if (!r->jobs[i].started)
            continue;
        td_json_object(w, NULL);
        td_json_put_text(w, "url", r->jobs[i].target->shown);
        td_json_put_int(w, "exit_code", c->code);
        if (c->signal != 0)
            td_json_put_int(w, "signal", c->signal);
        else
            td_json_put_null(w, "signal");
        if (c->said[0].len > 0 && c->said[0].failed == TD_OK && c->signal == 0)
            put_answer(w, &c->said[0]);
        else
            td_json_put_null(w, "answer");
        td_json_object_end(w);
    }
    td_json_array_end(w);
}

static void list_failed(const struct running *r)
{
    const struct td_out *o = &r->cli->out;
    td_out_answer(o, "\n%zu database%s: %zu done, %zu not\n", r->n, r->n == 1 ? "" : "s", r->ended - r->failed,
                  r->n - r->ended + r->failed);
    for (size_t i = 0; i < r->n; i++) {
        if (!r->jobs[i].started || r->jobs[i].child.code == TD_EXIT_OK)
            continue;
        td_out_answer(o, "  %s  ", r->jobs[i].target->shown);
        show_ending(o, &r->jobs[i].child);
        td_out_answer(o, "\n");
    }
}

static int code_of(const struct running *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->jobs[i].child.code != TD_EXIT_OK)
            return r->jobs[i].child.code;
    return TD_EXIT_OK;
}

static int report(struct running *r, int *code_out)
{
    struct td_err *err = &r->cli->err;
    if (r->cli->out.json)
        put_answers(r, r->cli->cmd->name);
    else
        list_failed(r);
    *code_out = code_of(r);
    if (!td_interrupt_flag)
        return TD_OK;
    td_err_set(err, TD_C_CANCELLED, "interrupted after %zu of %zu databases; what was under way was rolled back",
               r->ended - r->failed, r->n);
    return td_err_next(err, "The same command goes on from here.");
}

static int make_jobs(struct running *r, const struct td_each_targets *targets, struct td_err *err)
{
    r->n = targets->len;
    r->jobs = td_arena_alloc(&r->cli->arena, (r->n + 1) * sizeof *r->jobs);
    if (r->jobs == NULL)
        return td_err_nomem(err);
    memset(r->jobs, 0, (r->n + 1) * sizeof *r->jobs);
    for (size_t i = 0; i < r->n; i++)
        r->jobs[i].target = &targets->at[i];
    return TD_OK;
}

static int check_jobs(const struct td_each *each, struct td_err *err)
{
    if (each->sql == NULL && each->jobs > 0) {
        td_err_set(err, TD_C_CLI_EXCLUDE, "--jobs is for --each, which is not given");
        return td_err_next(err, "Leave it out, or say with --each which databases are meant.");
    }
    if (each->jobs <= MOST_JOBS)
        return TD_OK;
    td_err_set(err, TD_C_CLI_VALUE, "--jobs is at most %d", MOST_JOBS);
    return td_err_next(err, "Each job is a process with a connection of its own.");
}

static int run_each(struct running *r, const struct td_each *each, const char *on, bool *is_child, int *code_out)
{
    struct td_each_targets targets = {0};
    struct td_err *err = &r->cli->err;
    int rc = td_each_targets(r->cli, on, each->sql, &targets);
    if (rc == TD_OK)
        rc = make_jobs(r, &targets, err);
    if (rc != TD_OK)
        return rc;
    td_interrupt_note();
    rc = run(r, is_child, err);
    if (rc == TD_OK && !*is_child)
        rc = report(r, code_out);
    return rc;
}

int td_each(struct td_cli *cli, const struct td_each *each, const char *on, bool *here, int *code_out)
{
    struct running r = {
        .cli = cli, .most = each->jobs > 0 ? (size_t)each->jobs : DEFAULT_JOBS, .said_ms = td_clock_ms()};
    bool is_child = false;
    int rc = check_jobs(each, &cli->err);
    *here = each->sql == NULL;
    if (rc != TD_OK || *here)
        return rc;
    rc = run_each(&r, each, on, &is_child, code_out);
    for (size_t i = 0; i < r.n; i++) /* a child has what the others said before it began */
        td_child_deinit(&r.jobs[i].child);
    *here = is_child;
    return rc;
}

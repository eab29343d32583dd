#include "tools/tandem/progress.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/time.h"
#include "core/config/url.h"

enum { LINE_EVERY_MS = 10000 };

void td_progress_init(struct td_progress *p, struct td_out *out, const char *engine)
{
    memset(p, 0, sizeof *p);
    p->out = out;
    p->engine = engine;
    p->said_ms = td_clock_ms();
}

static const char *event_name(enum td_deploy_event_kind kind)
{
    switch (kind) {
    case TD_EV_WAITING: return "waiting";
    case TD_EV_PLANNED: return "planned";
    case TD_EV_STARTED: return "started";
    case TD_EV_RESUMED: return "resumed";
    case TD_EV_STATEMENT: return "statement";
    case TD_EV_APPLIED: return "applied";
    case TD_EV_WARNING: return "warning";
    }
    return "";
}

static void print_ndjson(const struct td_progress *p, const struct td_deploy_event *ev)
{
    struct td_buf line = {0};
    struct td_json_writer w = {.out = &line, .mask = td_url_mask};
    td_json_object(&w, NULL);
    td_json_put_text(&w, "event", event_name(ev->kind));
    td_json_put_text(&w, "engine", p->engine);
    td_json_put_text(&w, "name", ev->name);
    if (ev->text != NULL)
        td_json_put_text(&w, "text", ev->text);
    td_json_put_int(&w, "done", (int64_t)ev->done);
    td_json_put_int(&w, "total", (int64_t)ev->total);
    if (ev->kind == TD_EV_STATEMENT || ev->kind == TD_EV_RESUMED) {
        td_json_put_int(&w, "statement", (int64_t)ev->statement);
        td_json_put_int(&w, "statements", (int64_t)ev->statements);
    }
    if (ev->kind == TD_EV_APPLIED)
        td_json_put_int(&w, "elapsed_ms", ev->elapsed_ms);
    td_json_object_end(&w);
    if (line.failed == TD_OK)
        fprintf(stderr, "%s\n", td_buf_str(&line));
    td_buf_deinit(&line);
}

/* The line that a terminal shows while something runs. */
static void rewrite(struct td_progress *p, const struct td_deploy_event *ev)
{
    const char *name = ev->name != NULL ? ev->name : "";
    if (ev->statements > 0)
        td_out_status(p->out, "%s: %zu/%zu  statement %zu/%zu  %s", p->engine, p->done + 1, p->total, ev->statement,
                      ev->statements, name);
    else
        td_out_status(p->out, "%s: %zu/%zu  %s", p->engine, p->done + 1, p->total, name);
}

static void now_and_then(struct td_progress *p, const struct td_deploy_event *ev)
{
    int64_t now = td_clock_ms();
    if (p->out->terminal) {
        rewrite(p, ev);
    } else if (now - p->said_ms >= LINE_EVERY_MS) {
        td_out_say(p->out, "%s: %zu of %zu, %s", p->engine, p->done + 1, p->total, ev->name != NULL ? ev->name : "");
        p->said_ms = now;
    }
}

static void applied(struct td_progress *p, const struct td_deploy_event *ev)
{
    char took[32];
    p->done++;
    td_out_duration(ev->elapsed_ms, took);
    td_out_clear_line(p->out);
    if (!p->out->quiet)
        td_out_answer(p->out, "%-8s  applied  %s  (%s)\n", p->engine, ev->name, took);
    fflush(stdout); /* in step with stderr */
    if (p->answer == NULL)
        return;
    td_json_object(p->answer, NULL);
    td_json_put_text(p->answer, "name", ev->name);
    td_json_put_int(p->answer, "elapsed_ms", ev->elapsed_ms);
    td_json_object_end(p->answer);
}

void td_progress_event(const struct td_deploy_event *ev, void *progress)
{
    struct td_progress *p = progress;
    if (p->out->json)
        print_ndjson(p, ev);
    switch (ev->kind) {
    case TD_EV_WAITING: td_out_say(p->out, "%s: waiting: %s", p->engine, ev->text != NULL ? ev->text : ""); break;
    case TD_EV_PLANNED: p->total = ev->total; break;
    case TD_EV_RESUMED:
        td_out_say(p->out, "%s: going on with %s at statement %zu", p->engine, ev->name, ev->statement + 1);
        break;
    case TD_EV_STARTED:
    case TD_EV_STATEMENT:
        if (!p->out->json)
            now_and_then(p, ev);
        break;
    case TD_EV_APPLIED: applied(p, ev); break;
    case TD_EV_WARNING: td_out_say(p->out, "warning: %s", ev->text != NULL ? ev->text : ""); break;
    }
}

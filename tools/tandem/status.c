#include "tools/tandem/status.h"

#include <stdio.h>
#include <string.h>

#include "core/base/shell.h"
#include "core/migrate/verdict.h"
#include "tools/tandem/grid.h"
#include "tools/tandem/hint.h"

struct compare_args {
    struct td_arena *arena;
    const struct td_folder *folder;
    struct td_status_of *of;
};

static int compare(void *data, struct td_err *err)
{
    struct compare_args *c = data;
    int rc = td_history_judge(c->arena, c->folder, &c->of->history, &c->of->status, err);
    if (rc == TD_OK)
        (void)!td_verdict(c->arena, c->folder, &c->of->history, &c->of->status, &c->of->verdict);
    return rc;
}

int td_status_read(struct td_session *s, struct td_place *p, const struct td_folder *f, struct td_status_of *of)
{
    struct compare_args c = {&s->cli->arena, f, of};
    int rc = td_session_read(s, p, &of->err);
    of->missing = p->missing;
    of->history.schema_empty = true; /* where none is read */
    if (rc == TD_OK && p->db != NULL)
        rc = td_history_read(&s->cli->arena, p->db, p->url->schema, &of->history, &of->err);
    if (rc == TD_ENOMEM)
        return td_err_nomem(&s->cli->err);
    if (rc != TD_OK)
        return TD_OK; /* kept in of->err */
    return td_arena_run(&s->cli->arena, compare, &c, &s->cli->err);
}

int td_status_drift(struct td_session *s, struct td_place *p, const struct td_folder *f, struct td_status_of *of)
{
    const struct td_drift_opts opts = {f, &of->history, &of->status, s->skip, p->url->schema};
    if (of->err.rc != TD_OK || p->db == NULL || of->history.table == TD_HISTORY_NONE)
        return TD_OK;
    of->compared = true;
    if (td_drift_applied(&s->cli->arena, p->db, &opts, &of->drift, &of->undrifted) != TD_ENOMEM)
        return TD_OK;
    return td_err_nomem(&s->cli->err);
}

/* Tables and no history: deploy refuses, though all that the folder has is pending. */
static bool has_no_history(const struct td_status_of *of)
{
    return of->verdict.code == TD_C_MIG_NOT_EMPTY;
}

static bool in_sync(const struct td_status_of *of)
{
    return of->err.rc == TD_OK && of->status.applied == of->status.len && of->drift.differences.len == 0 &&
           of->undrifted.rc == TD_OK;
}

int td_status_exit(const struct td_status_of *of, size_t n)
{
    int unread = TD_EXIT_OK;
    bool pending = false;
    for (size_t i = 0; i < n; i++) {
        const struct td_status *st = &of[i].status;
        if (st->failed + st->edited + st->missing + st->late + of[i].drift.differences.len > 0 ||
            has_no_history(&of[i]))
            return TD_EXIT_HISTORY;
        if (of[i].err.rc != TD_OK)
            unread = td_exit_of(of[i].err.code);
        else if (of[i].undrifted.rc != TD_OK)
            unread = td_exit_of(of[i].undrifted.code);
        pending |= !in_sync(&of[i]);
    }
    if (unread != TD_EXIT_OK)
        return unread;
    return pending ? TD_EXIT_PENDING : TD_EXIT_OK;
}

static void add_count(struct td_buf *out, size_t n, const char *what)
{
    if (n > 0)
        td_buf_printf(out, "%s%zu %s", out->len > 0 ? ", " : "", n, what);
}

void td_status_sentence(const struct td_status_of *of, struct td_buf *out)
{
    const struct td_status *st = &of->status;
    if (of->err.rc != TD_OK) {
        td_buf_printf(out, "%s%s%s", of->err.message, of->err.why[0] != '\0' ? ": " : "", of->err.why);
        return;
    }
    if (in_sync(of))
        td_buf_add(out, "in sync");
    add_count(out, st->failed, "failed");
    add_count(out, st->partial, "partial");
    add_count(out, st->edited, "edited");
    add_count(out, st->missing, "missing");
    add_count(out, st->late, "late");
    add_count(out, st->pending, "pending");
    add_count(out, st->applied, "applied");
    if (of->compared && of->undrifted.rc == TD_OK)
        td_buf_printf(out, of->drift.differences.len == 0 ? "; no drift" : "; drift: %zu difference%s",
                      of->drift.differences.len, of->drift.differences.len == 1 ? "" : "s");
    if (has_no_history(of))
        td_buf_printf(out, "; %s", of->verdict.message);
    if (of->missing)
        td_buf_add(out, "; the database is not there yet");
}

static enum td_color state_color(enum td_migration_state state)
{
    switch (state) {
    case TD_MS_APPLIED: return TD_GREEN;
    case TD_MS_PENDING:
    case TD_MS_PARTIAL: return TD_YELLOW;
    case TD_MS_EDITED:
    case TD_MS_MISSING:
    case TD_MS_LATE:
    case TD_MS_FAILED: break;
    }
    return TD_RED;
}

/* Where the walk over the sorted lists is: the folder's, and each database's. */
struct walk {
    const struct td_folder *folder;
    const struct td_status_of *of;
    size_t file, at[2];
};

static const struct td_migration_status *here(const struct walk *w, size_t k)
{
    return w->at[k] < w->of[k].status.len ? &w->of[k].status.at[w->at[k]] : NULL;
}

/* The next name of their union; NULL at the end. */
static const char *next_name(const struct walk *w, size_t n)
{
    const char *name = w->file < w->folder->len ? w->folder->at[w->file].name : NULL;
    for (size_t k = 0; k < n; k++) {
        const struct td_migration_status *m = here(w, k);
        if (m != NULL && (name == NULL || strcmp(m->name, name) < 0))
            name = m->name;
    }
    return name;
}

/* Its row; the walk goes on behind it. */
static void put_row(struct td_session *s, struct td_grid *g, struct walk *w, const char *name)
{
    td_grid_row(g);
    td_grid_cell(g, 0, name, TD_PLAIN);
    w->file += w->file < w->folder->len && strcmp(w->folder->at[w->file].name, name) == 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct td_migration_status *m = here(w, i);
        char text[64] = "-";
        if (m != NULL && strcmp(m->name, name) != 0)
            m = NULL;
        if (w->of[i].err.rc != TD_OK)
            snprintf(text, sizeof text, "unknown");
        else if (m != NULL && m->state == TD_MS_APPLIED && m->row->finished_at != NULL)
            memcpy(stpcpy(text, "applied "), m->row->finished_at, strnlen(m->row->finished_at, 19)); /* zeroes follow */
        else if (m != NULL)
            snprintf(text, sizeof text, "%s", td_migration_state_name(m->state));
        td_grid_cell(g, i + 1, text, m != NULL ? state_color(m->state) : TD_PLAIN);
        w->at[i] += m != NULL;
    }
}

static int print_grid(struct td_session *s, const struct td_folder *f, const struct td_status_of *of)
{
    const char *headers[4] = {"MIGRATION"}, *name;
    struct walk w = {.folder = f, .of = of};
    struct td_grid *g = NULL;
    for (size_t k = 0; k < s->n; k++)
        headers[k + 1] = strcmp(s->at[k].engine, "sqlite") == 0 ? "SQLITE" : "POSTGRES";
    int rc = td_grid_open(&s->cli->out, headers, &g, &s->cli->err);
    if (rc != TD_OK)
        return rc;
    while ((name = next_name(&w, s->n)) != NULL)
        put_row(s, g, &w, name);
    rc = td_grid_print(g, &s->cli->err);
    td_grid_close(g);
    return rc;
}

static void print_command(const struct td_session *s, const char *command, const char *name)
{
    struct td_buf b = {0};
    td_buf_printf(&b, "  tandem %s", command);
    if (name != NULL) {
        td_buf_char(&b, ' ');
        td_shell_word(&b, name);
    }
    td_hint_options(&b, s->cli, command);
    td_out_answer(&s->cli->out, "%s\n", td_buf_str(&b));
    td_buf_deinit(&b);
}

/* Prisma keeps whole reports, of which the first line with text says it. */
static int first_line(const char *error)
{
    size_t len = error != NULL ? strcspn(error, "\r\n") : 0;
    return (int)(len < 200 ? len : 200);
}

/* What is wrong with one migration, and the command that solves it. */
static void advise(const struct td_session *s, const struct td_place *p, const struct td_migration_status *m)
{
    const struct td_out *o = &s->cli->out;
    const char *error = m->row != NULL ? m->row->error : NULL;
    switch (m->state) {
    case TD_MS_EDITED:
        td_out_answer(o,
                      "%s: %s was changed after it was applied. Take the old text back and write a new migration, or "
                      "accept the file:\n",
                      p->engine, m->name);
        print_command(s, "migrate resolve --applied", m->name);
        break;
    case TD_MS_MISSING:
        td_out_answer(o, "%s: %s is applied, but not in the folder. Bring its directory back, or forget it:\n",
                      p->engine, m->name);
        print_command(s, "migrate resolve --rolled-back", m->name);
        break;
    case TD_MS_LATE:
        td_out_answer(o,
                      "%s: %s comes before a migration that is applied. Rename its directory so that it comes last, "
                      "or, if its changes are there already:\n",
                      p->engine, m->name);
        print_command(s, "migrate resolve --applied", m->name);
        break;
    case TD_MS_FAILED:
        td_out_answer(o, "%s: %s failed%s%.*s. When its changes are not in the database:\n", p->engine, m->name,
                      error != NULL ? ": " : "", first_line(error), error != NULL ? error : "");
        print_command(s, "migrate resolve --rolled-back", m->name);
        break;
    case TD_MS_PARTIAL:
        td_out_answer(o, "%s: %s stopped in the middle; deploy goes on from there:\n", p->engine, m->name);
        print_command(s, "migrate deploy", NULL);
        break;
    case TD_MS_PENDING:
    case TD_MS_APPLIED: break;
    }
}

static void advise_baseline(const struct td_session *s, const struct td_place *p, const struct td_folder *f)
{
    td_out_answer(
        &s->cli->out,
        "%s: there are tables, but no history of migrations, so that deploy refuses [P3005]. If the tables are "
        "what the migrations make (all up to the one that is named):\n",
        p->engine);
    print_command(s, "migrate resolve --baseline", f->at[f->len - 1].name);
}

static void report_unread(struct td_session *s, const struct td_place *p, const struct td_err *err)
{
    struct td_err told = *err;
    if (s->n > 1)
        td_err_wrap(&told, "%s", p->engine);
    td_cli_report(s->cli, &told, TD_SEV_ERROR);
}

static void print_drift(const struct td_session *s, const struct td_place *p, const struct td_drift *d)
{
    const struct td_out *o = &s->cli->out;
    for (size_t i = 0; i < d->not_followed.len; i++)
        td_out_answer(o, "%s: what this statement did is not known: %s\n", p->engine, d->not_followed.at[i]);
    if (d->differences.len == 0)
        return;
    td_out_answer(o, "%s: the database is not what its migrations make. Undo this on it, or write it as a migration:\n",
                  p->engine);
    for (size_t i = 0; i < d->differences.len; i++)
        td_out_answer(o, "  %s\n", d->differences.at[i].text);
}

int td_status_text(struct td_session *s, const struct td_folder *f, const struct td_status_of *of)
{
    const char *on = s->cli->on;
    bool pending = false, any = f->len + of[0].status.len + of[1].status.len > 0;
    int rc = any ? print_grid(s, f, of) : TD_OK;
    if (rc != TD_OK)
        return rc;
    td_out_answer(&s->cli->out, any ? "\n" : "");
    for (size_t i = 0; i < s->n; i++) {
        struct td_buf line = {0};
        if (of[i].err.rc != TD_OK) /* the whole of it follows on stderr */
            td_buf_add(&line, "not read");
        else
            td_status_sentence(&of[i], &line);
        td_out_answer(&s->cli->out, "%-8s  %s  (%s, from %s)\n", s->at[i].engine, td_buf_str(&line),
                      s->at[i].url->display, s->at[i].source);
        td_buf_deinit(&line);
        pending |= of[i].status.pending > 0;
    }
    fflush(stdout);
    for (size_t i = 0; i < s->n; i++) {
        td_session_at(s, &s->at[i]);
        if (of[i].err.rc != TD_OK)
            report_unread(s, &s->at[i], &of[i].err);
        if (of[i].undrifted.rc != TD_OK)
            report_unread(s, &s->at[i], &of[i].undrifted);
        if (has_no_history(&of[i]))
            advise_baseline(s, &s->at[i], f);
        for (size_t j = 0; j < of[i].status.len; j++)
            advise(s, &s->at[i], &of[i].status.at[j]);
        print_drift(s, &s->at[i], &of[i].drift);
    }
    s->cli->on = on;
    if (pending && td_status_exit(of, s->n) == TD_EXIT_PENDING) {
        td_out_answer(&s->cli->out, "\nApply what is pending:");
        print_command(s, "migrate deploy", NULL);
    }
    return TD_OK;
}

static void put_migration(const struct td_migration_status *m, struct td_json_writer *w)
{
    const struct td_history_row *r = m->row;
    td_json_object(w, NULL);
    td_json_put_text(w, "name", m->name);
    td_json_put_text(w, "state", td_migration_state_name(m->state));
    td_json_put_text(w, "checksum", m->file != NULL ? m->file->checksum : r != NULL ? r->checksum : NULL);
    td_json_put_text(w, "started_at", r != NULL ? r->started_at : NULL);
    td_json_put_text(w, "finished_at", r != NULL ? r->finished_at : NULL);
    td_json_put_text(w, "error", r != NULL ? r->error : NULL);
    td_json_object_end(w);
}

static void put_problem(const struct td_session *s, const struct td_err *err, const char *key, struct td_json_writer *w)
{
    if (err->rc == TD_OK)
        td_json_put_null(w, key);
    else
        td_cli_put_err(s->cli, err, TD_SEV_ERROR, key, w);
}

static void put_differences(const struct td_differences *d, struct td_json_writer *w)
{
    td_json_array(w, "drift");
    for (size_t i = 0; i < d->len; i++) {
        td_json_object(w, NULL);
        td_json_put_text(w, "change", td_difference_kind_name(d->at[i].kind));
        td_json_put_text(w, "object", td_object_name(d->at[i].object));
        td_json_put_text(w, "name", d->at[i].name);
        td_json_put_text(w, "text", d->at[i].text);
        td_json_object_end(w);
    }
    td_json_array_end(w);
}

static void put_drift(const struct td_session *s, const struct td_status_of *of, struct td_json_writer *w)
{
    if (of->compared && of->undrifted.rc == TD_OK)
        put_differences(&of->drift.differences, w);
    else
        td_json_put_null(w, "drift");
    td_json_array(w, "not_followed");
    for (size_t i = 0; i < of->drift.not_followed.len; i++)
        td_json_put_text(w, NULL, of->drift.not_followed.at[i]);
    td_json_array_end(w);
    put_problem(s, &of->undrifted, "drift_error", w);
}

static void put_database(const struct td_session *s, const struct td_place *p, const struct td_status_of *of,
                         struct td_json_writer *w)
{
    static const char *const tables[] = {"none", "own", "prisma"};
    const struct td_status *st = &of->status;
    bool read = of->err.rc == TD_OK;
    td_json_object(w, NULL);
    td_session_put(p, w);
    td_json_put_bool(w, "reachable", read);
    td_json_put_bool(w, "exists", read && !of->missing);
    td_json_put_bool(w, "in_sync", in_sync(of));
    td_json_put_text(w, "history", read ? tables[of->history.table] : NULL);
    td_json_object(w, "counts");
    td_json_put_int(w, "applied", (int64_t)st->applied);
    td_json_put_int(w, "pending", (int64_t)st->pending);
    td_json_put_int(w, "partial", (int64_t)st->partial);
    td_json_put_int(w, "failed", (int64_t)st->failed);
    td_json_put_int(w, "edited", (int64_t)st->edited);
    td_json_put_int(w, "missing", (int64_t)st->missing);
    td_json_put_int(w, "late", (int64_t)st->late);
    td_json_object_end(w);
    td_json_array(w, "migrations");
    for (size_t i = 0; i < st->len; i++)
        put_migration(&st->at[i], w);
    td_json_array_end(w);
    put_drift(s, of, w);
    put_problem(s, &of->verdict, "blocked", w);
    put_problem(s, &of->err, "error", w);
    td_json_object_end(w);
}

void td_status_json(struct td_session *s, const struct td_folder *f, const struct td_status_of *of)
{
    struct td_json_writer *w = td_out_json(&s->cli->out, "migrate status");
    td_json_put_bool(w, "in_sync", td_status_exit(of, s->n) == TD_EXIT_OK);
    td_json_put_text(w, "folder", f->path);
    td_json_put_int(w, "migrations", (int64_t)f->len);
    td_json_array(w, "warnings");
    for (size_t i = 0; i < f->warnings.len; i++)
        td_json_put_text(w, NULL, f->warnings.at[i]);
    td_json_array_end(w);
    td_json_array(w, "databases");
    for (size_t i = 0; i < s->n; i++) {
        td_session_at(s, &s->at[i]);
        put_database(s, &s->at[i], &of[i], w);
    }
    td_json_array_end(w);
}

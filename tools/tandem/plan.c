#include "tools/tandem/plan.h"

#include <stdio.h>
#include <string.h>

/* Prisma's way of naming a file in a message, and ours: path:line:column of a statement. */
static void place_of(const struct td_lowered *l, const struct td_stmt_fate *fate, char out[600])
{
    unsigned line, column;
    td_source_place(&l->file->src, fate->stmt->start, &line, &column);
    snprintf(out, 600, "%s:%u:%u", l->file->src.path, line, column);
}

/* Statements left out for one reason are one line: a schema with comments has hundreds of them. */
struct skipped {
    const char *reason;
    size_t count;
    char first[600];
};

struct skips {
    struct skipped at[32];
    size_t len, other;
};

/* Or is it carried without a part of it? */
static bool left_out(const struct skipped *s)
{
    return strncmp(s->reason, "without ", 8) != 0;
}

static void add_skip(struct skips *s, const struct td_lowered *l, const struct td_stmt_fate *fate)
{
    for (size_t i = 0; i < s->len; i++) {
        if (strcmp(s->at[i].reason, fate->reason) == 0) {
            s->at[i].count++;
            return;
        }
    }
    if (s->len == sizeof s->at / sizeof s->at[0]) {
        s->other++;
        return;
    }
    s->at[s->len] = (struct skipped){.reason = fate->reason, .count = 1};
    place_of(l, fate, s->at[s->len++].first);
}

static void list_skips(struct td_session *s, const struct td_plan *plan)
{
    struct skips skips = {0};
    for (size_t i = 0; i < plan->len; i++) {
        const struct td_lowered *l = plan->at[i].lowered;
        for (size_t j = 0; l != NULL && j < l->n_fates; j++)
            if (l->fates[j].fate == TD_SKIPPED || strncmp(l->fates[j].reason, "without ", 8) == 0)
                add_skip(&skips, l, &l->fates[j]);
    }
    for (size_t i = 0; i < skips.len; i++)
        td_out_say(&s->cli->out, "sqlite %s %zu statement%s%s %s (%s%s)",
                   left_out(&skips.at[i]) ? "goes without" : "carries", skips.at[i].count,
                   skips.at[i].count == 1 ? "" : "s", left_out(&skips.at[i]) ? ":" : "", skips.at[i].reason,
                   skips.at[i].count == 1 ? "" : "first ", skips.at[i].first);
    if (skips.other > 0)
        td_out_say(&s->cli->out, "sqlite goes without %zu more: `tandem migrate report` lists them", skips.other);
}

/* The first refusal of the plan, or NULL; counts them all. */
static const struct td_err *refusal(const struct td_plan *plan, size_t *count)
{
    const struct td_err *first = NULL;
    for (size_t i = 0; i < plan->len; i++) {
        const struct td_lowered *l = plan->at[i].lowered;
        for (size_t j = 0; l != NULL && j < l->n_fates; j++) {
            if (l->fates[j].fate != TD_REFUSED)
                continue;
            first = first != NULL ? first : l->fates[j].err;
            (*count)++;
        }
    }
    return first;
}

static int make(struct td_session *s, struct td_place *p, const struct td_folder *f, const char *to,
                struct td_plan *plan)
{
    struct td_deploy_opts opts;
    td_session_deploy_opts(s, p, &opts);
    opts.to = to;
    return td_deploy_plan(&s->cli->arena, p->db, f, &opts, plan, &s->cli->err);
}

int td_plan_check(struct td_session *s, struct td_place *p, const struct td_folder *f, const char *to,
                  struct td_plan *out)
{
    size_t refused = 0;
    int rc = make(s, p, f, to, out);
    if (rc != TD_OK)
        return rc;
    list_skips(s, out);
    const struct td_err *first = refusal(out, &refused);
    if (first == NULL)
        return TD_OK;
    s->cli->err = *first;
    if (refused > 1)
        td_out_say(&s->cli->out,
                   "sqlite: %zu statements cannot be carried, nothing was applied; here is the first, "
                   "`tandem migrate report` lists all.",
                   refused);
    return (int)first->rc;
}

static void print_sqlite(const struct td_session *s, const struct td_plan_entry *e, struct td_json_writer *w)
{
    for (size_t i = 0; i < e->lowered->n_ops; i++) {
        const struct td_op *op = &e->lowered->ops[i];
        if (op->kind == TD_OP_REBUILD_BEGIN || op->kind == TD_OP_REBUILD_END)
            continue;
        if (w != NULL)
            td_json_put_exact(w, NULL, op->sql);
        else
            td_out_sql(&s->cli->out, op->sql);
    }
}

static void print_file(const struct td_out *o, const struct td_migration *m)
{
    td_out_data(o, m->text, m->len);
    if (m->len == 0 || m->text[m->len - 1] != '\n')
        td_out_data(o, "\n", 1);
}

static void print_entry(const struct td_session *s, const struct td_place *p, const struct td_plan_entry *e,
                        struct td_json_writer *w)
{
    if (w != NULL) {
        td_json_object(w, NULL);
        td_json_put_text(w, "name", e->migration->name);
        td_json_put_text(w, "path", e->migration->path);
        td_json_put_bool(w, "transactional", e->transactional);
        td_json_put_text(w, "why_not", e->why_not);
        td_json_array(w, "statements");
    } else {
        td_out_answer(&s->cli->out, "\n-- %s: %s", p->engine, e->migration->path);
        if (!e->transactional)
            td_out_answer(&s->cli->out, " (not in a transaction%s%s)", e->why_not != NULL ? ": " : "",
                          e->why_not != NULL ? e->why_not : "");
        td_out_answer(&s->cli->out, "\n");
    }
    if (e->lowered != NULL)
        print_sqlite(s, e, w);
    else if (w != NULL)
        td_json_put_exact(w, NULL, e->migration->text);
    else
        print_file(&s->cli->out, e->migration);
    if (w == NULL)
        return;
    td_json_array_end(w);
    td_json_object_end(w);
}

/* A PostgreSQL database that is not there yet would get every file as it is. */
static int plan_missing_postgres(struct td_session *s, const struct td_folder *f, const char *to, struct td_plan *plan)
{
    if (to != NULL && td_folder_find(f, to) == NULL)
        return td_folder_no_such(f, to, &s->cli->err);
    plan->at = td_arena_alloc(&s->cli->arena, (f->len > 0 ? f->len : 1) * sizeof *plan->at);
    if (plan->at == NULL)
        return td_err_nomem(&s->cli->err);
    for (size_t i = 0; i < f->len; i++) {
        plan->at[plan->len++] = (struct td_plan_entry){.migration = &f->at[i], .transactional = true};
        if (to != NULL && strcmp(to, f->at[i].name) == 0)
            break;
    }
    return TD_OK;
}

int td_plan_print(struct td_session *s, struct td_place *p, const struct td_folder *f, const char *to, size_t *refused)
{
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "migrate deploy") : NULL;
    struct td_plan plan = {0};
    int rc = td_session_read(s, p, &s->cli->err);
    if (rc != TD_OK)
        return rc;
    rc = p->db == NULL ? plan_missing_postgres(s, f, to, &plan) : make(s, p, f, to, &plan);
    if (rc != TD_OK)
        return rc;
    list_skips(s, &plan);
    if (w != NULL) {
        td_json_object(w, NULL);
        td_session_put(p, w);
        td_json_array(w, "migrations");
    } else {
        td_out_answer(&s->cli->out, "-- %s: %zu pending migration%s%s\n", p->url->display, plan.len,
                      plan.len == 1 ? "" : "s", p->missing ? "; the database is not there yet" : "");
    }
    for (size_t i = 0; i < plan.len; i++)
        print_entry(s, p, &plan.at[i], w);
    if (w != NULL) {
        td_json_array_end(w);
        td_json_object_end(w);
    }
    size_t before = *refused;
    if (refusal(&plan, refused) != NULL)
        td_out_say(&s->cli->out, "sqlite: %zu of these statements are refused and missing above", *refused - before);
    return TD_OK;
}

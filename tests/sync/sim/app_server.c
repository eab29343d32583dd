/* Programs on the server. */
#include <string.h>

#include "tests/sync/sim/app.h"
#include "tests/sync/sim/server.h"

struct writing {
    struct sim_world *w;
    struct sim_tx *tx;
    struct td_value at[SIM_COLUMNS];
    const char *key;
    size_t table;
    bool alone; /* nobody else has a transaction open, and this one is not to stay open either */
    struct td_err err;
};

static const char *what_is(struct td_value v)
{
    return v.kind == TD_V_NULL ? "-" : v.bytes.at;
}

/* A row that nobody else holds, and its values to change. */
static bool pick(struct writing *p, size_t table)
{
    const struct sim_rows *rows = &p->tx->view[table];
    if (rows->len == 0)
        return false;
    p->table = table;
    p->key = rows->at[sim_below(&p->w->r, (unsigned)rows->len)]->key;
    sim_wait(p->w, p->tx, table, p->key, NULL);
    sim_statement(p->w, p->tx);
    const struct sim_row *row = sim_find(&p->tx->view[table], p->key);
    if (row == NULL)
        return false;
    memcpy(p->at, row->at, sim_schema.all->at[table].n_columns * sizeof *p->at);
    return true;
}

static int64_t any_id(struct writing *p, size_t table)
{
    const struct sim_rows *rows = &p->tx->view[table];
    return rows->len == 0 ? 0 : rows->at[sim_below(&p->w->r, (unsigned)rows->len)]->at[0].i;
}

static int new_id(struct writing *p)
{
    if (sim_chance(&p->w->r, 10) || p->w->next_id >= SIM_IDS)
        return 1 + (int)sim_below(&p->w->r, (unsigned)p->w->next_id);
    return p->w->next_id++;
}

static int tenant_of(struct writing *p, size_t table, const struct td_value *at)
{
    for (int t = 0; t < SIM_TENANTS; t++)
        if (sim_belongs(p->tx->view, table, at, t))
            return t;
    return -1;
}

static struct td_value token(struct writing *p, const char *column)
{
    bool shared = p->table == sim_schema.users || p->table == sim_schema.tags;
    return td_text(sim_token(p->w, shared ? -1 : tenant_of(p, p->table, p->at), 0, p->table, column));
}

static struct td_value *at(struct writing *p, const char *column)
{
    return &p->at[sim_column(p->table, column)];
}

static void append(struct writing *p, const char *column)
{
    struct td_value *v = at(p, column);
    const char *was = v->kind == TD_V_NULL ? "" : v->bytes.at;
    *v = td_text(td_arena_printf(&p->w->a, "%s%s", was, token(p, column).bytes.at));
}

static int update(struct writing *p)
{
    sim_say(p->w, "server: %llu updates %s %s", (unsigned long long)p->tx->xid, sim_schema.all->at[p->table].name,
            p->key);
    return sim_update(p->w, p->tx, p->table, p->key, p->at, &p->err);
}

static int insert(struct writing *p)
{
    sim_say(p->w, "server: %llu inserts %s %lld", (unsigned long long)p->tx->xid, sim_schema.all->at[p->table].name,
            (long long)p->at[0].i);
    return sim_insert(p->w, p->tx, p->table, p->at, &p->err);
}

static int removal(struct writing *p)
{
    sim_say(p->w, "server: %llu deletes %s %s", (unsigned long long)p->tx->xid, sim_schema.all->at[p->table].name,
            p->key);
    return sim_delete(p->w, p->tx, p->table, p->key, &p->err);
}

/* ---- statements ---- */

static int insert_project(struct writing *p)
{
    p->table = sim_schema.projects;
    int tenant = (int)sim_below(&p->w->r, SIM_TENANTS);
    p->at[0] = td_int(new_id(p));
    p->at[1] = td_int(tenant + 1);
    p->at[2] = td_text(td_arena_printf(&p->w->a, "s%u", 1 + sim_below(&p->w->r, 7)));
    p->at[3] = token(p, "name");
    p->at[4] = td_null();
    return insert(p);
}

/* All that it has is everybody's from now on: the other tenant's devices may not see what this one's wrote. */
static int repaint(struct writing *p, size_t table, const char *through, int64_t key, const char *text)
{
    int rc = TD_OK;
    struct sim_rows rows = p->tx->view[table];
    const struct sim_row **at = td_arena_alloc(&p->w->a, (rows.len + 1) * sizeof *at);
    if (rows.len > 0)
        memcpy(at, rows.at, rows.len * sizeof *at);
    for (size_t i = 0; i < rows.len && rc == TD_OK; i++) {
        if (!sim_equal(at[i]->at[sim_column(table, through)], td_int(key)))
            continue;
        struct td_value v[SIM_COLUMNS];
        size_t n = sim_schema.all->at[table].n_columns;
        memcpy(v, at[i]->at, n * sizeof *v);
        for (size_t c = 0; c < n; c++)
            if (v[c].kind >= TD_V_TEXT && v[c].kind != TD_V_TIMESTAMP)
                v[c] = td_null();
        v[sim_column(table, text)] = td_text(sim_token(p->w, -1, 0, table, text));
        if (table == sim_schema.tasks)
            v[sim_column(table, "parent_id")] = td_null();
        rc = sim_update(p->w, p->tx, table, at[i]->key, v, &p->err);
        if (rc == TD_OK && table == sim_schema.tasks)
            rc = repaint(p, sim_schema.labels, "task_id", at[i]->at[0].i, "note");
        /* nothing of the old tenant's refers to it any more */
        for (size_t k = 0; table == sim_schema.tasks && k < rows.len && rc == TD_OK; k++) {
            const struct sim_row *now = sim_find(&p->tx->view[table], at[k]->key);
            if (now == NULL || !sim_equal(now->at[sim_column(table, "parent_id")], at[i]->at[0]))
                continue;
            memcpy(v, now->at, n * sizeof *v);
            v[sim_column(table, "parent_id")] = td_null();
            rc = sim_update(p->w, p->tx, table, at[k]->key, v, &p->err);
        }
    }
    return rc;
}

static int move_project(struct writing *p)
{
    for (size_t i = 0; i < SIM_OPEN && !p->w->moves_race; i++)
        if (p->w->server.open[i].open && &p->w->server.open[i] != p->tx)
            sim_end_one(p->w, &p->w->server.open[i]);
    p->alone = !p->w->moves_race;
    sim_statement(p->w, p->tx);
    const struct sim_row *row = sim_find(&p->tx->view[p->table], p->key);
    if (row == NULL)
        return TD_OK;
    memcpy(p->at, row->at, sim_schema.all->at[p->table].n_columns * sizeof *p->at);
    *at(p, "tenant_id") = td_int(3 - at(p, "tenant_id")->i);
    *at(p, "name") = td_text(sim_token(p->w, -1, 0, p->table, "name"));
    *at(p, "notes") = td_null();
    int64_t id = p->at[0].i;
    int rc = update(p);
    return rc == TD_OK ? repaint(p, sim_schema.tasks, "project_id", id, "title") : rc;
}

static int change_project(struct writing *p)
{
    if (!pick(p, sim_schema.projects))
        return TD_OK;
    switch (sim_below(&p->w->r, 7)) {
    case 0:
    case 1: *at(p, "name") = token(p, "name"); break;
    case 2: append(p, "notes"); break;
    case 3: *at(p, "slug") = td_text(td_arena_printf(&p->w->a, "s%u", 1 + sim_below(&p->w->r, 7))); break;
    case 4: p->at[0] = td_int(new_id(p)); break;
    case 5: return removal(p);
    default: return move_project(p);
    }
    return update(p);
}

static int insert_task(struct writing *p)
{
    p->table = sim_schema.tasks;
    for (size_t i = 0; i < SIM_COLUMNS; i++)
        p->at[i] = td_null();
    p->at[0] = td_int(new_id(p));
    *at(p, "project_id") = td_int(any_id(p, sim_schema.projects));
    *at(p, "hits") = td_int(0);
    *at(p, "title") = token(p, "title");
    return insert(p);
}

static void set_doc(struct writing *p)
{
    struct td_value *v = at(p, "doc");
    /* a fresh key beside what is there, in jsonb's form: keys of one length sort by their bytes */
    const char *was = what_is(*v);
    unsigned k = sim_below(&p->w->r, 3);
    const char *parts[3] = {NULL, NULL, NULL};
    for (unsigned i = 0; i < 3; i++) {
        const char *found = strstr(was, td_arena_printf(&p->w->a, "\"k%u\": \"", i));
        if (found != NULL)
            parts[i] = td_arena_dup(&p->w->a, found + 7, strcspn(found + 7, "\""));
    }
    parts[k] = token(p, "doc").bytes.at;
    const char *text = "{";
    for (unsigned i = 0; i < 3; i++)
        if (parts[i] != NULL)
            text = td_arena_printf(&p->w->a, "%s%s\"k%u\": \"%s\"", text, text[1] == '\0' ? "" : ", ", i, parts[i]);
    text = td_arena_printf(&p->w->a, "%s}", text);
    *v = td_bytes(TD_V_JSON, text, strlen(text));
}

static int change_task(struct writing *p)
{
    const char *text;
    if (!pick(p, sim_schema.tasks))
        return TD_OK;
    switch (sim_below(&p->w->r, 11)) {
    case 0:
    case 1: *at(p, "title") = token(p, "title"); break;
    case 2:
    case 3: at(p, "hits")->i += 1 + sim_below(&p->w->r, 9); break;
    case 4:
        text = td_arena_printf(&p->w->a, "2026-01-01 00:00:%02u+00", sim_below(&p->w->r, 60));
        *at(p, "updated_at") = td_bytes(TD_V_TIMESTAMP, text, strlen(text));
        break;
    case 5: set_doc(p); break;
    case 6: append(p, "body"); break;
    case 7: { /* within its tenant */
        int64_t id = any_id(p, sim_schema.projects);
        const struct sim_row *to =
            sim_find(&p->tx->view[sim_schema.projects], td_arena_printf(&p->w->a, "%lld", (long long)id));
        if (to == NULL || tenant_of(p, sim_schema.projects, to->at) != tenant_of(p, p->table, p->at))
            return TD_OK;
        *at(p, "project_id") = td_int(id);
        break;
    }
    case 8: {
        int64_t id = any_id(p, sim_schema.tasks);
        const struct sim_row *to =
            sim_find(&p->tx->view[sim_schema.tasks], td_arena_printf(&p->w->a, "%lld", (long long)id));
        if (to == NULL || id == p->at[0].i || tenant_of(p, p->table, to->at) != tenant_of(p, p->table, p->at))
            return TD_OK;
        *at(p, "parent_id") = td_int(id);
        break;
    }
    default: return removal(p);
    }
    return update(p);
}

static int change_label(struct writing *p)
{
    if (sim_chance(&p->w->r, 50)) {
        p->table = sim_schema.labels;
        p->at[0] = td_int(any_id(p, sim_schema.tasks));
        p->at[1] = td_int(any_id(p, sim_schema.tags));
        p->at[2] = token(p, "note");
        return insert(p);
    }
    if (!pick(p, sim_schema.labels))
        return TD_OK;
    if (sim_chance(&p->w->r, 40))
        return removal(p);
    *at(p, "note") = token(p, "note");
    return update(p);
}

static int change_people(struct writing *p)
{
    switch (sim_below(&p->w->r, 7)) {
    case 0:
        if (!pick(p, sim_schema.users))
            return TD_OK;
        *at(p, "name") = token(p, "name");
        return update(p);
    case 1:
    case 2: /* comes into a tenant */
        p->table = sim_schema.members;
        p->at[0] = td_int(any_id(p, sim_schema.users));
        p->at[1] = td_int(1 + sim_below(&p->w->r, SIM_TENANTS));
        p->at[2] = td_null();
        return insert(p);
    case 3: /* leaves one */ return pick(p, sim_schema.members) ? removal(p) : TD_OK;
    case 4:
        p->table = sim_schema.users;
        p->at[0] = td_int(new_id(p));
        p->at[1] = token(p, "name");
        return insert(p);
    case 5:
        if (!pick(p, sim_schema.tenants))
            return TD_OK;
        *at(p, "name") = token(p, "name");
        return update(p);
    default:
        if (sim_chance(&p->w->r, 30)) {
            p->table = sim_schema.tags;
            p->at[0] = td_int(new_id(p));
            p->at[1] = token(p, "name");
            return insert(p);
        }
        if (!pick(p, sim_schema.tags))
            return TD_OK;
        if (sim_chance(&p->w->r, 20))
            return removal(p);
        *at(p, "name") = token(p, "name");
        return update(p);
    }
}

/* True: the transaction is to end now. */
static bool write_statement(struct sim_world *w, struct sim_tx *tx)
{
    struct writing p = {.w = w, .tx = tx};
    unsigned what = sim_below(&w->r, 100);
    struct sim_mark mark = sim_statement(w, tx);
    int rc = TD_OK;
    if (what < 8)
        rc = insert_project(&p);
    else if (what < 30)
        rc = change_project(&p);
    else if (what < 42)
        rc = insert_task(&p);
    else if (what < 72)
        rc = change_task(&p);
    else if (what < 82)
        rc = change_label(&p);
    else
        rc = change_people(&p);
    rc = sim_end_statement(w, tx, mark, rc, &p.err);
    if (rc != TD_OK)
        sim_say(w, "server: %llu: %s", (unsigned long long)tx->xid, p.err.message);
    return p.alone;
}

static struct sim_tx *free_one(struct sim_world *w)
{
    for (size_t i = 0; i < SIM_OPEN; i++)
        if (!w->server.open[i].open)
            return &w->server.open[i];
    return NULL;
}

void sim_app_server(struct sim_world *w)
{
    struct sim_tx *tx = free_one(w);
    if (tx == NULL)
        return;
    sim_begin(w, tx);
    bool ends = false;
    for (int n = 1 + (int)sim_below(&w->r, 3); n > 0 && !ends; n--)
        ends = write_statement(w, tx);
    unsigned end = sim_below(&w->r, ends ? 75 : 100);
    if (end < 65) {
        bool flush = sim_chance(&w->r, 50);
        sim_say(w, "server: %llu commits%s", (unsigned long long)tx->xid,
                flush ? "" : ", and does not wait for the disk");
        sim_commit(w, tx, flush, true);
    } else if (end < 75) {
        sim_say(w, "server: %llu is rolled back", (unsigned long long)tx->xid);
        sim_abort(w, tx);
    } else {
        sim_say(w, "server: %llu stays open", (unsigned long long)tx->xid);
    }
}

void sim_app_truncate(struct sim_world *w)
{
    struct sim_tx *tx = free_one(w);
    if (tx == NULL)
        return;
    sim_begin(w, tx);
    sim_say(w, "server: %llu truncates task_tags", (unsigned long long)tx->xid);
    sim_truncate(w, tx, sim_schema.labels);
    sim_commit(w, tx, true, true);
}

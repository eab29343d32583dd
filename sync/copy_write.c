/* How the target is written: whether its triggers and foreign keys can be off, and what else makes do. */
#include <string.h>

#include "sync/copy_impl.h"

/* ---- may they be off? ---- */

/* Deferrable keys are kept by triggers of PostgreSQL's own, which would not run either. */
static bool has_deferrable_key(const struct td_copying *c)
{
    for (size_t i = 0; i < c->slice.all.len; i++) {
        const struct td_table *t = c->slice.all.at[i].scope->table;
        for (size_t k = 0; k < t->constraints.len; k++)
            if (t->constraints.at[k]->deferrable && t->constraints.at[k]->kind != TD_K_FOREIGN)
                return true;
    }
    return false;
}

static int try_replica(struct td_copying *c, struct td_err *err)
{
    struct td_err why = {0};
    if (has_deferrable_key(c))
        return TD_OK;
    int rc = td_db_begin(c->to->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_exec(c->to->db, "SET LOCAL session_replication_role = replica", &why);
    td_db_rollback(c->to->db);
    c->quiet = rc == TD_OK;
    if (rc == TD_OK || rc == TD_EDENIED)
        return TD_OK;
    *err = why;
    return rc;
}

static bool has_triggers(const struct td_table *t)
{
    for (size_t i = 0; i < t->triggers.len; i++)
        if (!t->triggers.at[i]->disabled && (t->triggers.at[i]->on & TD_ON_POSTGRES) != 0)
            return true;
    return false;
}

static void warn_of_triggers(struct td_copying *c)
{
    struct td_buf names;
    td_buf_init(&names, c->a);
    for (size_t i = 0; i < c->slice.all.len; i++)
        if (has_triggers(c->slice.all.at[i].scope->table))
            td_buf_printf(&names, "%s\"%s\"", names.len > 0 ? ", " : "", c->slice.all.at[i].name);
    if (names.len > 0)
        td_strings_add(c->a, &c->out->warnings,
                       td_arena_printf(c->a,
                                       "the target's triggers run on copied rows of %s: this role may not switch them "
                                       "off (session_replication_role)",
                                       td_buf_str(&names)));
}

/* ---- circles ---- */

static bool in_key(const struct td_table *t, const struct td_column *c)
{
    return td_column_in_primary(t, c);
}

static size_t number_of(const struct td_sync_table *t, const struct td_column *c)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, c->name) == 0)
            return i;
    return SIZE_MAX;
}

static int circle(const struct td_sync_table *t, const struct td_constraint *fk, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_COPY_CYCLE, "\"%s\" refers to \"%s\", which is copied after it", t->name, fk->ref->name);
    td_err_why(err,
               "the tables refer to each other in a circle; the foreign key \"%s\" cannot be deferred, and none of "
               "its columns may be NULL for a while",
               fk->name);
    return td_err_next(err, "connect to the target as a superuser, for whom foreign keys are checked at the end, or "
                            "make the foreign key DEFERRABLE");
}

/* A column that can be NULL until what it refers to is there. */
static int put_off(struct td_copying *c, size_t table, const struct td_constraint *fk, struct td_err *err)
{
    const struct td_sync_table *t = &c->slice.all.at[table];
    struct td_copy_way *way = &c->ways[table];
    for (size_t i = 0; i < fk->columns.len; i++) {
        const struct td_column *column = fk->columns.at[i];
        size_t n = number_of(t, column);
        if (column->not_null || in_key(t->scope->table, column) || n == SIZE_MAX || td_sync_in_key(t, n) ||
            t->n_key == 0 || (fk->match == 'f' && fk->columns.len > 1))
            continue;
        if (way->late == NULL)
            way->late = td_arena_alloc(c->a, (t->n_columns + 1) * sizeof *way->late);
        way->late[way->n_late++] = n;
        return TD_OK;
    }
    return circle(t, fk, err);
}

static int plan_foreign(struct td_copying *c, size_t table, const struct td_constraint *fk, struct td_err *err)
{
    size_t to = td_slice_number(&c->slice, fk->ref);
    struct td_copy_way *way = &c->ways[table];
    if (to == SIZE_MAX || to < table)
        return TD_OK;
    if (to == table) {
        way->whole = way->whole || !fk->deferrable;
        way->last = way->last > table ? way->last : table;
        return TD_OK;
    }
    way->last = way->last > to ? way->last : to;
    return fk->deferrable ? TD_OK : put_off(c, table, fk, err);
}

/* A table that is within another's circle belongs to it. */
static void join_circles(struct td_copying *c)
{
    for (size_t i = 0; i < c->slice.all.len; i++)
        for (size_t j = i + 1; j <= c->ways[i].last; j++)
            if (c->ways[j].last > c->ways[i].last)
                c->ways[i].last = c->ways[j].last;
}

static int plan_circles(struct td_copying *c, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < c->slice.all.len && rc == TD_OK; i++) {
        const struct td_table *t = c->slice.all.at[i].scope->table;
        for (size_t k = 0; k < t->constraints.len && rc == TD_OK; k++)
            if (t->constraints.at[k]->kind == TD_K_FOREIGN && (t->constraints.at[k]->on & TD_ON_POSTGRES) != 0)
                rc = plan_foreign(c, i, t->constraints.at[k], err);
    }
    join_circles(c);
    return rc;
}

int td_copy_plan(struct td_copying *c, struct td_err *err)
{
    c->ways = td_arena_alloc(c->a, (c->slice.all.len + 1) * sizeof *c->ways);
    for (size_t i = 0; i < c->slice.all.len; i++)
        c->ways[i].last = i;
    if (td_db_engine(c->to->db) == TD_ENGINE_SQLITE) {
        int rc = td_db_exec(c->to->db, "PRAGMA foreign_keys = OFF", err);
        c->quiet = rc == TD_OK;
        return rc == TD_OK ? td_db_triggers(c->to->db, false, err) : rc;
    }
    int rc = try_replica(c, err);
    if (rc != TD_OK || c->quiet)
        return rc;
    warn_of_triggers(c);
    return plan_circles(c, err);
}

/* ---- transactions ---- */

int td_copy_begin(struct td_copying *c, struct td_err *err)
{
    int rc = td_db_begin(c->to->db, TD_TX_WRITE, err);
    if (rc != TD_OK || td_db_engine(c->to->db) == TD_ENGINE_SQLITE)
        return rc;
    rc = td_db_exec(c->to->db, TD_COPY_SETTINGS, err);
    if (rc == TD_OK)
        rc = td_db_exec(
            c->to->db, c->quiet ? "SET LOCAL session_replication_role = replica" : "SET CONSTRAINTS ALL DEFERRED", err);
    if (rc != TD_OK)
        td_db_rollback(c->to->db);
    return rc;
}

int td_copy_end(struct td_copying *c, int rc, struct td_err *err)
{
    if (rc == TD_OK)
        return td_db_commit(c->to->db, err);
    td_db_rollback(c->to->db);
    return rc;
}

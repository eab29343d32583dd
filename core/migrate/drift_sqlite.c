/* The SQLite side of drift.h: a second database, made from the catalog in one go, says what is expected. */
#include "core/config/url.h"
#include "core/migrate/drift.h"
#include "core/migrate/facts.h"
#include "core/migrate/lower.h"

struct job {
    struct td_arena *a;
    struct td_lowering *l;
    struct td_strings sql, replaced;
    struct td_facts have, want;
    struct td_differences *out;
};

static int lower_all(void *data, struct td_err *err)
{
    struct job *j = data;
    td_lowering_replaced(j->l, &j->replaced);
    return td_lowering_fresh(j->l, &j->sql, err);
}

/* The facts of a database in memory that ran what lower_all found. */
static int read_expected(struct job *j, struct td_err *err)
{
    struct td_db *db = NULL;
    struct td_url url;
    int rc = td_url_parse("sqlite::memory:", NULL, &url, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_open(&url, NULL, &db, err);
    td_url_deinit(&url);
    if (rc == TD_OK)
        rc = td_db_exec(db, td_lowering_tables(), err);
    for (size_t i = 0; rc == TD_OK && i < j->sql.len; i++)
        rc = td_db_exec(db, j->sql.at[i], err);
    if (rc == TD_OK)
        rc = td_facts_read(j->a, db, &j->want, err);
    td_db_close(db);
    return rc;
}

/* A replacement text's table is nothing that we know the facts of. */
static void leave_out_replaced(struct job *j)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->have.len; i++) {
        const struct td_fact *f = &j->have.at[i];
        if (f->table == NULL || td_strings_find(&j->replaced, f->table) < 0)
            j->have.at[kept++] = *f;
    }
    j->have.len = kept;
}

static int compare(void *data, struct td_err *err)
{
    struct job *j = data;
    (void)err;
    *j->out = (struct td_differences){0};
    leave_out_replaced(j);
    td_facts_compare(j->a, &j->have, &j->want, j->out);
    return TD_OK;
}

int td_drift_sqlite(struct td_arena *a, struct td_db *db, struct td_lowering *l, struct td_differences *out,
                    struct td_err *err)
{
    struct job j = {.a = a, .l = l, .out = out};
    int rc = td_arena_run(a, lower_all, &j, err);
    if (rc == TD_OK)
        rc = read_expected(&j, err);
    if (rc == TD_OK)
        rc = td_facts_read(a, db, &j.have, err);
    return rc == TD_OK ? td_arena_run(a, compare, &j, err) : rc;
}

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
    td_strings_add(j->a, &j->sql, td_lowering_tables());
    return td_lowering_fresh(j->l, &j->sql, err);
}

static int open_memory(struct td_db **out, struct td_err *err)
{
    struct td_url url;
    int rc = td_url_parse("sqlite::memory:", NULL, &url, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_open(&url, NULL, out, err);
    td_url_deinit(&url);
    return rc;
}

/* The facts of a database in memory that ran `j->sql`. */
static int read_expected(struct job *j, struct td_err *err)
{
    struct td_db *db = NULL;
    int rc = open_memory(&db, err);
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

static int find(struct job *j, struct td_db *db, struct td_err *err)
{
    int rc = read_expected(j, err);
    if (rc == TD_OK)
        rc = td_facts_read(j->a, db, &j->have, err);
    return rc == TD_OK ? td_arena_run(j->a, compare, j, err) : rc;
}

int td_drift_sqlite(struct td_arena *a, struct td_db *db, struct td_lowering *l, struct td_differences *out,
                    struct td_err *err)
{
    struct job j = {.a = a, .l = l, .out = out};
    int rc = td_arena_run(a, lower_all, &j, err);
    return rc == TD_OK ? find(&j, db, err) : rc;
}

struct texts {
    struct job *j;
    const struct td_migration *applied;
    size_t n;
};

static int take_texts(void *data, struct td_err *err)
{
    struct texts *t = data;
    (void)err;
    for (size_t i = 0; i < t->n; i++)
        td_strings_add(t->j->a, &t->j->sql, t->applied[i].text);
    return TD_OK;
}

int td_drift_verbatim(struct td_arena *a, struct td_db *db, const struct td_migration *applied, size_t n,
                      struct td_differences *out, struct td_err *err)
{
    struct job j = {.a = a, .out = out};
    int rc = td_arena_run(a, take_texts, &(struct texts){&j, applied, n}, err);
    return rc == TD_OK ? find(&j, db, err) : rc;
}

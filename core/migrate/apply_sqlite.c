/* A migration as one transaction on SQLite: lowered operations, or a file of SQLite's own language as it is. */
#include <string.h>
#include <strings.h>

#include "core/base/shell.h"
#include "core/base/time.h"
#include "core/migrate/apply.h"
#include "core/migrate/broken_key.h"
#include "core/migrate/rows.h"

struct lite {
    bool keys_off;               /* foreign keys are not looked at until the end */
    int64_t keys, legacy;        /* how the pragmas were before; rebuilds switch legacy_alter_table on and off */
    const struct td_op *failed;  /* NULL: not in an operation */
    size_t finished;             /* bytes of the verbatim file, or of the failed operation's text */
    bool in_text;                /* failed in the verbatim file */
    struct td_arena scratch;     /* what rebuilds remember, and: */
    struct td_broken_key broken; /* a row that pointed nowhere in the end */
    bool is_broken;
    struct td_rows remembered; /* type, name, sql */
    const struct td_op *rebuild;
    struct td_buf sql;
};

/* Prisma writes PRAGMA foreign_keys=OFF around its own rebuilds; inside a transaction SQLite ignores that. */
static bool switches_keys_off(const char *text)
{
    for (const char *p = strcasestr(text, "foreign_keys"); p != NULL; p = strcasestr(p + 1, "foreign_keys")) {
        const char *v = p + strlen("foreign_keys");
        v += strspn(v, " \t=(");
        if (strncasecmp(v, "off", 3) == 0 || strncasecmp(v, "false", 5) == 0 || strncasecmp(v, "no", 2) == 0 ||
            *v == '0')
            return true;
    }
    return false;
}

static int begin(struct td_run *r, struct lite *l, struct td_err *err)
{
    int rc = TD_OK;
    if (l->keys_off) {
        rc = td_db_query_int(r->db, "PRAGMA foreign_keys", NULL, 0, &l->keys, err);
        if (rc == TD_OK)
            rc = td_db_query_int(r->db, "PRAGMA legacy_alter_table", NULL, 0, &l->legacy, err);
        if (rc == TD_OK)
            rc = td_db_exec(r->db, "PRAGMA foreign_keys = OFF", err);
    }
    return rc == TD_OK ? td_db_begin(r->db, TD_TX_WRITE, err) : rc;
}

static void restore_pragmas(struct td_run *r, struct lite *l)
{
    struct td_err ignored = {0};
    if (l->keys_off)
        (void)!td_db_execf(r->db, &ignored, "PRAGMA legacy_alter_table = %d; PRAGMA foreign_keys = %d", (int)l->legacy,
                           (int)l->keys);
}

/* A column that somebody else has added has no place in the table that is made anew: its values would be lost. */
static int check_columns(struct td_run *r, struct lite *l, const struct td_op *op, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(&l->scratch, r->db, "SELECT name FROM pragma_table_xinfo($1)",
                          (struct td_value[]){td_text(op->sql)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *name = td_rows_cell(&rows, i, 0);
        if (td_strings_find(&op->columns, name) >= 0)
            continue;
        td_err_set(err, TD_C_MIG_OWN_COLUMN, "\"%s\" has a column \"%s\" that no migration has made", op->sql, name);
        td_err_why(err, "SQLite cannot do this without making the table anew, and the column's values would be lost");
        return td_err_next(err,
                           "make the column by a migration, ALTER TABLE %s ADD COLUMN, or drop it; then run  "
                           "tandem migrate deploy  again",
                           op->sql);
    }
    return rc;
}

static int remember(struct td_run *r, struct lite *l, const struct td_op *op, struct td_err *err)
{
    int rc = check_columns(r, l, op, err);
    if (rc != TD_OK)
        return rc;
    return td_rows_read(&l->scratch, r->db,
                        "SELECT type, name, sql FROM main.sqlite_master WHERE tbl_name = $1 COLLATE NOCASE"
                        " AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
                        (struct td_value[]){td_text(op->sql)}, 1, &l->remembered, err);
}

/* What no migration has ever made belongs to somebody else (change capture, an application's own index): it comes
 * back. What migrations made, the rebuild itself has made again, or dropped on purpose. */
static int bring_back(struct td_run *r, struct lite *l, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&l->remembered); i++) {
        int64_t there = 0;
        const char *name = td_rows_cell(&l->remembered, i, 1);
        if (r->known != NULL && td_map_get(r->known, name) != NULL)
            continue;
        rc = td_db_query_int(r->db, "SELECT count(*) FROM main.sqlite_master WHERE type = $1 AND name = $2",
                             (struct td_value[]){td_text(td_rows_cell(&l->remembered, i, 0)), td_text(name)}, 2, &there,
                             err);
        if (rc == TD_OK && there == 0)
            rc = td_db_exec(r->db, td_rows_cell(&l->remembered, i, 2), err);
        if (rc != TD_OK)
            td_err_wrap(err, "making the %s \"%s\" again, which no migration knows", td_rows_cell(&l->remembered, i, 0),
                        name);
    }
    l->remembered = (struct td_rows){0};
    return rc;
}

static int run_op(struct td_run *r, struct lite *l, const struct td_op *op, struct td_err *err)
{
    switch (op->kind) {
    case TD_OP_REBUILD_BEGIN: return remember(r, l, op, err);
    case TD_OP_REBUILD_END: return bring_back(r, l, err);
    default: break;
    }
    int rc = td_db_exec(r->db, op->sql, err);
    l->finished = td_db_finished_bytes(r->db);
    return rc;
}

static int run_ops(struct td_run *r, const struct td_step *s, struct lite *l, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < s->lowered->n_ops; i++) {
        l->failed = &s->lowered->ops[i];
        rc = td_deploy_cancelled(r->opts) ? td_deploy_set_cancelled(err) : run_op(r, l, l->failed, err);
    }
    if (rc == TD_OK)
        l->failed = NULL;
    return rc;
}

static int run_text(struct td_run *r, const struct td_step *s, struct lite *l, struct td_err *err)
{
    bool mark = s->m->len >= 3 && memcmp(s->m->text, "\xef\xbb\xbf", 3) == 0;
    l->in_text = true;
    int rc = td_db_exec(r->db, s->m->text + (mark ? 3 : 0), err);
    l->finished = td_db_finished_bytes(r->db) + (mark ? 3 : 0);
    if (rc != TD_OK && mark && err->column > 0)
        err->column++; /* the mark is one character of the file */
    l->in_text = rc != TD_OK;
    return rc;
}

/* From the end of one statement to the first character of the next. */
static size_t skip_blank(const char *text, size_t at)
{
    for (;;) {
        at += strspn(text + at, " \t\r\n\f;");
        if (strncmp(text + at, "--", 2) == 0) {
            at += strcspn(text + at, "\n");
        } else if (strncmp(text + at, "/*", 2) == 0) {
            const char *end = strstr(text + at, "*/");
            at = end == NULL ? strlen(text) : (size_t)(end - text) + 2;
        } else {
            return at;
        }
    }
}

/* The statement that a constraint of this migration comes from, where the rebuild for it was put off to `op`. */
static const struct td_op *asked_for(const struct td_lowered *l, const struct td_op *op, const struct td_broken_key *b)
{
    bool rebuilds = false;
    for (size_t i = 0; i < l->n_ops; i++)
        rebuilds = rebuilds || (l->ops[i].stmt == op->stmt && l->ops[i].kind == TD_OP_REBUILD_BEGIN);
    for (size_t i = 0; rebuilds && b->name != NULL && i < l->keys.len; i++) {
        const struct td_new_key *k = &l->keys.at[i];
        if (k->stmt < op->stmt && strcmp(k->table, b->table) == 0 && strcmp(k->name, b->name) == 0)
            return &k->op;
    }
    return op;
}

/* A row that points nowhere at the end: the statements are run once more, to see after which of them it does. */
static int trace(struct td_run *r, const struct td_step *s, struct lite *l, struct td_err *err)
{
    const struct td_lowered *low = s->lowered;
    bool there = false;
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && !there && i < low->n_ops; i++) {
        l->failed = &low->ops[i];
        rc = run_op(r, l, l->failed, err);
        if (rc == TD_OK && (i + 1 == low->n_ops || low->ops[i + 1].stmt != low->ops[i].stmt))
            rc = td_broken_key_is_there(&l->scratch, r->db, &l->broken, &there, err);
    }
    if (rc != TD_OK)
        return rc;
    (void)!td_broken_key_error(&l->scratch, r->db, &l->broken, err);
    l->failed = asked_for(low, l->failed, &l->broken);
    return (int)err->rc;
}

static int check_keys(struct td_run *r, struct lite *l, struct td_err *err)
{
    int rc = td_broken_key_first(&l->scratch, r->db, &l->broken, &l->is_broken, err);
    if (rc != TD_OK || !l->is_broken)
        return rc;
    return td_broken_key_error(&l->scratch, r->db, &l->broken, err);
}

static int start(struct td_run *r, const struct td_step *s, struct lite *l, struct td_err *err)
{
    td_store_add_start(&r->store, s->m, &l->sql);
    int rc = td_apply_exec(r, &l->sql, err);
    return rc == TD_OK ? td_store_check_start(&r->store, err) : rc;
}

static int run_once(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct lite *l = data;
    l->failed = NULL;
    l->in_text = false;
    int rc = begin(r, l, err);
    int64_t began_us = td_time_now();
    if (rc == TD_OK)
        rc = start(r, s, l, err);
    if (rc == TD_OK)
        rc = td_apply_before(r, s, err);
    if (rc == TD_OK)
        rc = s->lowered == NULL ? run_text(r, s, l, err) : l->is_broken ? trace(r, s, l, err) : run_ops(r, s, l, err);
    if (rc == TD_OK)
        rc = td_apply_after(r, s, err);
    if (rc == TD_OK && l->keys_off)
        rc = check_keys(r, l, err);
    td_buf_reset(&l->sql);
    td_store_add_whole(&r->store, s->m, began_us, s->lowered == NULL ? 1 : s->lowered->n_fates, &l->sql);
    td_lease_add_beat(r->lease, &l->sql);
    if (rc == TD_OK)
        rc = td_apply_exec(r, &l->sql, err);
    if (rc == TD_OK)
        rc = td_db_commit(r->db, err);
    if (rc != TD_OK)
        td_db_rollback(r->db);
    restore_pragmas(r, l);
    return rc;
}

static int lowered_failed(struct td_run *r, const struct td_step *s, const struct lite *l, struct td_err *err)
{
    if (err->rc == TD_ECANCELLED || td_deploy_cancelled(r->opts))
        return td_deploy_set_cancelled(err);
    td_lowered_error(s->lowered, l->failed, l->failed->text_at > 0 ? skip_blank(l->failed->sql, l->finished) : 0, err);
    td_err_wrap(err, "migration \"%s\" failed [P3018]", s->m->name);
    if (err->why[0] == '\0')
        td_err_why(err, "SQLite refused the statement, and the migration, one transaction, was rolled back");
    const char *cure = td_apply_cure(err);
    if (err->next[0] == '\0' && cure != NULL)
        td_err_next(err, "%s; then run  tandem migrate deploy  again", cure);
    if (err->next[0] == '\0')
        td_shell_next(err,
                      "correct the file and run  tandem migrate deploy  again; "
                      "tandem migrate show %s --on sqlite  prints what was run",
                      s->m->name);
    return (int)err->rc;
}

int td_apply_sqlite(struct td_run *r, const struct td_step *s, struct td_err *err)
{
    struct lite l = {.keys_off = s->lowered != NULL ? s->lowered->foreign_keys_off : switches_keys_off(s->m->text)};
    int rc = td_apply_retry(r, s, run_once, &l, err);
    if (rc != TD_OK && l.is_broken && s->lowered != NULL) {
        td_err_clear(err);
        rc = td_apply_retry(r, s, run_once, &l, err);
    }
    td_buf_deinit(&l.sql);
    td_arena_deinit(&l.scratch);
    if (rc == TD_OK)
        return rc;
    if (l.failed != NULL)
        return lowered_failed(r, s, &l, err);
    if (!l.in_text)
        err->column = 0;
    return td_apply_failed(r, s, err->column > 0 ? 0 : skip_blank(s->m->text, l.in_text ? l.finished : 0), 0, err);
}

#include "core/migrate/store.h"

#include <string.h>

#include "core/base/time.h"

void td_store_init(struct td_store *s, struct td_db *db, const struct td_layout *layout, const char *owner)
{
    *s = (struct td_store){.db = db, .layout = *layout, .owner = owner};
}

void td_store_deinit(struct td_store *s)
{
    td_stmt_close(s->text);
    s->text = NULL;
}

static bool is_postgres(const struct td_store *s)
{
    return s->layout.engine == TD_ENGINE_POSTGRES;
}

/* Prisma's are random; ours sort by time: they are written one after the other, and read so. */
void td_store_new_id(const struct td_store *s, char out[TD_UUID_TEXT])
{
    if (s->layout.kind == TD_HISTORY_PRISMA)
        td_uuid_v4(out);
    else
        td_uuid_v7(td_time_now() + TD_TIME_UNIX_US, out);
}

static void add_string(const struct td_store *s, const char *text, struct td_buf *b)
{
    td_layout_add_text(s->layout.engine, text, strlen(text), b);
}

static void add_or_replace(const struct td_layout *l, struct td_buf *b)
{
    td_buf_printf(b, " ON CONFLICT (%s) DO UPDATE SET checksum = excluded.checksum, text = excluded.text", l->text_key);
}

/* One statement: a round trip less for each migration. FOR KEY SHARE lets the heartbeat write to the row, but not a
 * take-over delete it. */
void td_store_add_start(const struct td_store *s, const struct td_migration *m, struct td_buf *sql)
{
    const struct td_layout *l = &s->layout;
    bool postgres = is_postgres(s);
    if (postgres) {
        td_buf_printf(sql, "WITH l AS (SELECT 1 FROM %s WHERE owner = ", l->lease);
        add_string(s, s->owner, sql);
        td_buf_add(sql, " FOR KEY SHARE) ");
    }
    td_buf_printf(sql, "INSERT INTO %s (%sname, checksum, text) SELECT ", l->texts, l->text_column);
    td_buf_add(sql, l->text_value);
    add_string(s, m->name, sql);
    td_buf_add(sql, ", ");
    add_string(s, m->checksum, sql);
    td_buf_add(sql, ", ");
    td_layout_add_text(l->engine, m->text, m->len, sql);
    td_buf_add(sql, " FROM ");
    td_buf_add(sql, postgres ? "l" : l->lease);
    if (!postgres) {
        td_buf_add(sql, " WHERE owner = ");
        add_string(s, s->owner, sql);
    }
    add_or_replace(l, sql);
    td_buf_char(sql, ';');
}

static int run(struct td_db_stmt *st, const struct td_value *values, int n, struct td_err *err)
{
    int rc = TD_OK;
    for (int i = 0; rc == TD_OK && i < n; i++)
        rc = td_stmt_bind(st, i + 1, values[i], err);
    for (bool row = true; rc == TD_OK && row;)
        rc = td_stmt_step(st, &row, err);
    return rc;
}

static int lease_lost(struct td_err *err)
{
    td_err_set(err, TD_C_MIG_LEASE_LOST, "the deploy lock was taken over by another deploy");
    td_err_why(err, "this process did not keep the lock alive for longer than it lasts; the transaction under way was "
                    "rolled back");
    return td_err_next(err, "tandem migrate deploy");
}

int td_store_check_start(const struct td_store *s, struct td_err *err)
{
    return td_db_changes(s->db) == 1 ? TD_OK : lease_lost(err);
}

int td_store_fence(struct td_store *s, struct td_err *err)
{
    struct td_buf b = {0};
    int64_t mine = 0;
    td_buf_printf(&b, "SELECT count(*) FROM (SELECT 1 FROM %s WHERE owner = $1%s) l", s->layout.lease,
                  is_postgres(s) ? "::text FOR KEY SHARE" : "");
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_query_int(s->db, td_buf_str(&b), (struct td_value[]){td_text(s->owner)}, 1, &mine, err);
    td_buf_deinit(&b);
    return rc == TD_OK && mine == 0 ? lease_lost(err) : rc;
}

/* To Prisma a file is one step. */
static size_t steps_of(const struct td_store *s, size_t statements)
{
    return s->layout.kind == TD_HISTORY_PRISMA ? 1 : statements;
}

static void add_row(const struct td_store *s, const struct td_migration *m, const char *id, struct td_buf *sql)
{
    td_buf_add(sql, s->layout.row_value);
    td_buf_lit(sql, id);
    td_buf_add(sql, ", ");
    add_string(s, m->name, sql);
    td_buf_add(sql, ", ");
    add_string(s, m->checksum, sql);
}

void td_store_add_whole(const struct td_store *s, const struct td_migration *m, int64_t began_us, size_t statements,
                        struct td_buf *sql)
{
    const struct td_layout *l = &s->layout;
    char id[TD_UUID_TEXT];
    td_store_new_id(s, id);
    td_buf_printf(sql, "INSERT INTO %s (%sid, %s, checksum, started_at, finished_at, %s) VALUES (", l->table,
                  l->row_column, l->name, l->steps);
    add_row(s, m, id, sql);
    td_buf_add(sql, ", ");
    td_layout_add_began(l, began_us, sql);
    td_buf_printf(sql, ", %s, %zu);", l->now, steps_of(s, statements));
}

void td_store_add_row(const struct td_store *s, const struct td_migration *m, const char *id, struct td_buf *sql)
{
    const struct td_layout *l = &s->layout;
    td_buf_printf(sql, "INSERT INTO %s (%sid, %s, checksum, started_at, %s) VALUES (", l->table, l->row_column, l->name,
                  l->steps);
    add_row(s, m, id, sql);
    td_buf_printf(sql, ", %s, 0);", l->now);
}

void td_store_add_finish(const struct td_store *s, const char *id, size_t statements, struct td_buf *sql)
{
    const struct td_layout *l = &s->layout;
    td_buf_printf(sql, "UPDATE %s SET finished_at = %s, %s = NULL, %s = %zu WHERE id = ", l->table, l->now, l->error,
                  l->steps, steps_of(s, statements));
    td_buf_lit(sql, id);
    td_buf_char(sql, ';');
}

static int prepare_text(struct td_store *s, struct td_err *err)
{
    const struct td_layout *l = &s->layout;
    struct td_buf b = {0};
    if (s->text != NULL)
        return td_stmt_reset(s->text, err);
    td_buf_printf(&b, "INSERT INTO %s (%sname, checksum, text) VALUES (%s$1, $2, $3)", l->texts, l->text_column,
                  l->text_value);
    add_or_replace(l, &b);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_prepare(s->db, td_buf_str(&b), &s->text, err);
    td_buf_deinit(&b);
    return rc;
}

int td_store_text(struct td_store *s, const struct td_migration *m, struct td_err *err)
{
    int rc = prepare_text(s, err);
    if (rc == TD_OK)
        rc = run(s->text,
                 (struct td_value[]){td_text(m->name), td_text(m->checksum), td_bytes(TD_V_TEXT, m->text, m->len)}, 3,
                 err);
    return rc;
}

void td_store_add_journal(const struct td_store *s, const char *id, size_t applied, const char *sum, long running,
                          struct td_buf *sql)
{
    const struct td_layout *l = &s->layout;
    td_buf_printf(sql, "INSERT INTO %s (id, statements_applied, applied_checksum, running) VALUES (", l->journal);
    td_buf_lit(sql, id);
    td_buf_printf(sql, ", %zu, ", applied);
    td_buf_lit(sql, sum);
    if (running < 0)
        td_buf_add(sql, ", NULL)");
    else
        td_buf_printf(sql, ", %ld)", running);
    td_buf_add(sql, " ON CONFLICT (id) DO UPDATE SET statements_applied = excluded.statements_applied,"
                    " applied_checksum = excluded.applied_checksum, running = excluded.running;");
    if (l->kind == TD_HISTORY_PRISMA)
        return;
    td_buf_printf(sql, "UPDATE %s SET %s = %zu WHERE id = ", l->table, l->steps, applied);
    td_buf_lit(sql, id);
    td_buf_char(sql, ';');
}

void td_store_add_journal_end(const struct td_store *s, const char *id, struct td_buf *sql)
{
    if (s->layout.journal == NULL)
        return;
    td_buf_printf(sql, "DELETE FROM %s WHERE id = ", s->layout.journal);
    td_buf_lit(sql, id);
    td_buf_char(sql, ';');
}

/* Of a row that is unfinished, and while the lease is ours: whoever took it over may have finished it meanwhile. */
int td_store_note_error(struct td_store *s, const char *id, const struct td_migration *m, const char *error,
                        struct td_err *err)
{
    const struct td_layout *l = &s->layout;
    struct td_buf b = {0};
    int rc = td_db_begin(s->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = td_store_fence(s, err);
    td_buf_printf(&b, "UPDATE %s SET %s = $2, checksum = $3 WHERE id = $1 AND finished_at IS NULL", l->table, l->error);
    if (rc == TD_OK)
        rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_run(s->db, td_buf_str(&b), (struct td_value[]){td_text(id), td_text(error), td_text(m->checksum)}, 3,
                       err);
    td_buf_deinit(&b);
    if (rc == TD_OK)
        rc = td_store_text(s, m, err);
    if (rc == TD_OK)
        return td_db_commit(s->db, err);
    td_db_rollback(s->db);
    return rc;
}

int td_store_roll_back(struct td_store *s, const char *id, struct td_err *err)
{
    struct td_buf b = {0};
    td_buf_printf(&b, "UPDATE %s SET rolled_back_at = %s WHERE id = ", s->layout.table, s->layout.now);
    td_buf_lit(&b, id);
    td_buf_char(&b, ';');
    td_store_add_journal_end(s, id, &b);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_exec(s->db, td_buf_str(&b), err);
    td_buf_deinit(&b);
    return rc;
}

/* As Prisma's `resolve --applied` leaves it: both times the same, no steps, empty logs. */
int td_store_applied(struct td_store *s, const struct td_migration *m, struct td_err *err)
{
    const struct td_layout *l = &s->layout;
    struct td_buf b = {0};
    char id[TD_UUID_TEXT];
    td_store_new_id(s, id);
    td_buf_printf(&b,
                  "INSERT INTO %s (%sid, %s, checksum, started_at, finished_at, %s, %s)"
                  " SELECT %s$1, $2, $3, t.now, t.now, 0, %s FROM (SELECT %s AS now) t",
                  l->table, l->row_column, l->name, l->steps, l->error, l->row_value,
                  l->kind == TD_HISTORY_PRISMA ? "''" : "NULL", l->now);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_run(s->db, td_buf_str(&b), (struct td_value[]){td_text(id), td_text(m->name), td_text(m->checksum)},
                       3, err);
    td_buf_deinit(&b);
    return rc == TD_OK ? td_store_text(s, m, err) : rc;
}

int td_store_accept(struct td_store *s, const char *id, const struct td_migration *m, struct td_err *err)
{
    struct td_buf b = {0};
    td_buf_printf(&b, "UPDATE %s SET checksum = $2 WHERE id = $1", s->layout.table);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_run(s->db, td_buf_str(&b), (struct td_value[]){td_text(id), td_text(m->checksum)}, 2, err);
    td_buf_deinit(&b);
    return rc == TD_OK ? td_store_text(s, m, err) : rc;
}

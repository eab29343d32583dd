#include "core/migrate/store.h"

#include <string.h>

void td_store_init(struct td_store *s, struct td_db *db, const struct td_layout *layout, const char *owner)
{
    *s = (struct td_store){.db = db, .layout = *layout, .owner = owner};
}

void td_store_deinit(struct td_store *s)
{
    td_stmt_close(s->start);
    td_stmt_close(s->text);
    s->start = s->text = NULL;
}

static bool is_postgres(const struct td_store *s)
{
    return s->layout.engine == TD_ENGINE_POSTGRES;
}

/* One statement on PostgreSQL: a round trip less for each migration. FOR KEY SHARE lets the heartbeat write to the
 * row, but not a take-over delete it. `v`: owner, name, checksum, text, id. */
static void add_start_of(const struct td_store *s, const char *const v[5], struct td_buf *b)
{
    const struct td_layout *l = &s->layout;
    td_buf_printf(b, "WITH l AS (SELECT 1 FROM %s WHERE owner = %s::text FOR KEY SHARE),", l->lease, v[0]);
    td_buf_printf(b, " t AS (INSERT INTO %s (name, checksum, text) SELECT %s::text, %s::text, ", l->texts, v[1], v[2]);
    td_buf_add(b, v[3]);
    td_buf_add(b, "::text FROM l ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, text = excluded.text)");
    td_buf_printf(b, " INSERT INTO %s (id, %s, checksum, started_at, %s)", l->table, l->name, l->steps);
    td_buf_printf(b, " SELECT %s::text, %s::text, %s::text, clock_timestamp(), 0 FROM l", v[4], v[1], v[2]);
}

static void add_start_postgres(const struct td_store *s, struct td_buf *b)
{
    add_start_of(s, (const char *const[]){"$1", "$2", "$3", "$4", "$5"}, b);
}

static void add_start_sqlite(const struct td_store *s, struct td_buf *b)
{
    td_buf_printf(b,
                  "INSERT INTO %s (id, %s, checksum, started_at, %s) SELECT $4, $2, $3, %s, 0 FROM %s WHERE owner = $1",
                  s->layout.table, s->layout.name, s->layout.steps, s->layout.now, s->layout.lease);
}

static int prepare(struct td_store *s, void (*add)(const struct td_store *, struct td_buf *), struct td_db_stmt **out,
                   struct td_err *err)
{
    struct td_buf b = {0};
    if (*out != NULL)
        return td_stmt_reset(*out, err);
    add(s, &b);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_prepare(s->db, td_buf_str(&b), out, err);
    td_buf_deinit(&b);
    return rc;
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

static struct td_value text_of(const struct td_migration *m)
{
    return td_bytes(TD_V_TEXT, m->text, m->len);
}

int td_store_start(struct td_store *s, const struct td_migration *m, const char *id, struct td_err *err)
{
    int rc;
    if (is_postgres(s)) {
        rc = prepare(s, add_start_postgres, &s->start, err);
        if (rc == TD_OK)
            rc = run(
                s->start,
                (struct td_value[]){td_text(s->owner), td_text(m->name), td_text(m->checksum), text_of(m), td_text(id)},
                5, err);
    } else {
        rc = prepare(s, add_start_sqlite, &s->start, err);
        if (rc == TD_OK)
            rc = run(s->start,
                     (struct td_value[]){td_text(s->owner), td_text(m->name), td_text(m->checksum), td_text(id)}, 4,
                     err);
    }
    if (rc == TD_OK)
        rc = td_store_check_start(s, err);
    return rc == TD_OK && !is_postgres(s) ? td_store_text(s, m, err) : rc;
}

/* Not a text with a backslash: what that means is a setting of the session, which behind a pooler may be anybody's. */
bool td_store_add_start(const struct td_store *s, const struct td_migration *m, const char *id, struct td_buf *sql)
{
    const char *const values[] = {s->owner, m->name, m->checksum, m->text, id};
    const char *literals[5];
    struct td_buf b[5] = {0};
    bool good = true;
    for (size_t i = 0; i < 5; i++) {
        td_buf_lit(&b[i], values[i]);
        literals[i] = td_buf_str(&b[i]);
        good = good && b[i].failed == TD_OK && strchr(values[i], '\\') == NULL;
    }
    if (good)
        add_start_of(s, literals, sql);
    for (size_t i = 0; i < 5; i++)
        td_buf_deinit(&b[i]);
    return good;
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

void td_store_add_finish(const struct td_store *s, const char *id, size_t statements, struct td_buf *sql)
{
    const struct td_layout *l = &s->layout;
    td_buf_printf(sql, "UPDATE %s SET finished_at = %s, %s = NULL, %s = %zu WHERE id = ", l->table, l->now, l->error,
                  l->steps, l->kind == TD_HISTORY_PRISMA ? (size_t)1 : statements);
    td_buf_lit(sql, id);
    td_buf_char(sql, ';');
}

static void add_text(const struct td_store *s, struct td_buf *b)
{
    td_buf_printf(b,
                  "INSERT INTO %s (name, checksum, text) VALUES ($1, $2, $3)"
                  " ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, text = excluded.text",
                  s->layout.texts);
}

int td_store_text(struct td_store *s, const struct td_migration *m, struct td_err *err)
{
    int rc = prepare(s, add_text, &s->text, err);
    if (rc == TD_OK)
        rc = run(s->text, (struct td_value[]){td_text(m->name), td_text(m->checksum), text_of(m)}, 3, err);
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

int td_store_note_error(struct td_store *s, const char *id, const struct td_migration *m, const char *error,
                        struct td_err *err)
{
    struct td_buf b = {0};
    td_buf_printf(&b, "UPDATE %s SET %s = $2, checksum = $3 WHERE id = $1", s->layout.table, s->layout.error);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_run(s->db, td_buf_str(&b), (struct td_value[]){td_text(id), td_text(error), td_text(m->checksum)}, 3,
                       err);
    td_buf_deinit(&b);
    return rc == TD_OK ? td_store_text(s, m, err) : rc;
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
    struct td_buf b = {0};
    char id[TD_UUID_TEXT];
    td_uuid_v4(id);
    td_buf_printf(&b,
                  "INSERT INTO %s (id, %s, checksum, started_at, finished_at, %s, %s)"
                  " SELECT $1, $2, $3, t.now, t.now, 0, %s FROM (SELECT %s AS now) t",
                  s->layout.table, s->layout.name, s->layout.steps, s->layout.error,
                  s->layout.kind == TD_HISTORY_PRISMA ? "''" : "NULL", s->layout.now);
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

/* Sequences: rows of tandem_sequences, changed by statements of our own within the caller's transaction.
 *
 * A sequence that numbers an INTEGER PRIMARY KEY AUTOINCREMENT has its state where SQLite keeps it, in
 * sqlite_sequence: inserts by any program move it on. */
#include <string.h>

#include "core/base/mem.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/session.h"

struct row {
    int64_t last, increment, min, max;
    bool called, cycle;
    bool autoincrement; /* the state is in sqlite_sequence */
};

static const char read_sql[] =
    "SELECT coalesce(a.seq, q.last_value), a.seq IS NOT NULL OR (q.is_called AND NOT q.auto), q.increment_by,"
    " q.min_value, q.max_value, q.cycle, q.auto FROM (SELECT *, (SELECT count(*) = 1 AND"
    " max(name = owner_column AND type = 'INTEGER') FROM pragma_table_info(owner_table, 'main') WHERE pk > 0) AS auto"
    " FROM main.tandem_sequences WHERE name = ?1) q"
    " LEFT JOIN main.sqlite_sequence a ON q.auto AND a.name = q.owner_table";
/* sqlite_sequence is there as soon as one table has needed it */
static const char read_counter_sql[] = "SELECT last_value, is_called, increment_by, min_value, max_value, cycle, 0"
                                       " FROM main.tandem_sequences WHERE name = ?1";

static int engine_failed(struct td_fn_state *s, struct td_err *err)
{
    return td_fn_fail(err, "XX000", "%s", sqlite3_errmsg(s->db));
}

static int read_row(struct td_fn_state *s, struct td_fn_str name, struct row *r, struct td_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = TD_OK;
    if (sqlite3_prepare_v2(s->db, read_sql, -1, &st, NULL) != SQLITE_OK &&
        sqlite3_prepare_v2(s->db, read_counter_sql, -1, &st, NULL) != SQLITE_OK)
        /* no sequence was ever made */
        return td_fn_fail(err, "42P01", "relation \"%s\" does not exist", name.at);
    sqlite3_bind_text64(st, 1, name.at, name.len, SQLITE_STATIC, SQLITE_UTF8);
    int step = sqlite3_step(st);
    if (step == SQLITE_ROW)
        *r = (struct row){.last = sqlite3_column_int64(st, 0),
                          .called = sqlite3_column_int(st, 1) != 0,
                          .increment = sqlite3_column_int64(st, 2),
                          .min = sqlite3_column_int64(st, 3),
                          .max = sqlite3_column_int64(st, 4),
                          .cycle = sqlite3_column_int(st, 5) != 0,
                          .autoincrement = sqlite3_column_int(st, 6) != 0};
    else if (step == SQLITE_DONE)
        rc = td_fn_fail(err, "42P01", "relation \"%s\" does not exist", name.at);
    else
        rc = engine_failed(s, err);
    sqlite3_finalize(st);
    return rc;
}

static int run(struct td_fn_state *s, const char *sql, struct td_fn_str name, int64_t value, bool called,
               struct td_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = TD_OK;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
        return engine_failed(s, err);
    sqlite3_bind_text64(st, 1, name.at, name.len, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(st, 2, value);
    if (sqlite3_bind_parameter_count(st) > 2)
        sqlite3_bind_int(st, 3, called);
    if (sqlite3_step(st) != SQLITE_DONE)
        rc = engine_failed(s, err);
    sqlite3_finalize(st);
    return rc;
}

static int write_row(struct td_fn_state *s, struct td_fn_str name, const struct row *r, int64_t value, bool called,
                     struct td_err *err)
{
    if (!r->autoincrement)
        return run(s, "UPDATE main.tandem_sequences SET last_value = ?2, is_called = ?3 WHERE name = ?1", name, value,
                   called, err);
    /* changed in place: an INSERT that is under way will write to the row that it has found at its beginning */
    int rc = run(s,
                 "UPDATE main.sqlite_sequence SET seq = ?2 - (NOT ?3) WHERE name = (SELECT owner_table"
                 " FROM main.tandem_sequences WHERE name = ?1)",
                 name, value, called, err);
    if (rc == TD_OK && sqlite3_changes(s->db) == 0)
        rc = run(s,
                 "INSERT INTO main.sqlite_sequence (name, seq) SELECT owner_table, ?2 - (NOT ?3)"
                 " FROM main.tandem_sequences WHERE name = ?1",
                 name, value, called, err);
    return rc;
}

static struct td_fn_seq *find(struct td_fn_state *s, const char *name)
{
    for (struct td_fn_seq *q = s->seqs; q != NULL; q = q->next)
        if (strcmp(q->name, name) == 0)
            return q;
    return NULL;
}

static int remember(struct td_fn_state *s, const char *name, int64_t value, struct td_err *err)
{
    struct td_fn_seq *q = find(s, name);
    if (q == NULL) {
        q = td_mem_zalloc(sizeof *q);
        char *copy = q != NULL ? td_mem_strdup(name) : NULL;
        if (copy == NULL) {
            td_mem_free(q);
            return td_err_nomem(err);
        }
        q->name = copy;
        q->next = s->seqs;
        s->seqs = q;
    }
    q->value = value;
    s->last = q;
    return TD_OK;
}

/* The name as the table has it: unquoted, 'public.' gone, folded where it was not quoted. */
static struct td_fn_str sequence_name(struct td_fn_call *c)
{
    struct td_fn_str s = td_fn_text(c, 0);
    struct td_buf b;
    td_buf_init(&b, c->arena);
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '"') {
            td_buf_char(&b, s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] | 32) : s.at[i]);
            continue;
        }
        for (i++; i < s.len && (s.at[i] != '"' || (i + 1 < s.len && s.at[i + 1] == '"')); i++) {
            td_buf_char(&b, s.at[i]);
            i += s.at[i] == '"';
        }
    }
    const char *name = td_buf_str(&b);
    if (strncmp(name, "public.", 7) == 0)
        name += 7;
    return (struct td_fn_str){name, strlen(name)};
}

static int next_of(struct row *r, const char *name, int64_t *out, struct td_err *err)
{
    if (!r->called) {
        *out = r->last;
        return TD_OK;
    }
    bool up = r->increment > 0;
    if (!__builtin_add_overflow(r->last, r->increment, out) && (up ? *out <= r->max : *out >= r->min))
        return TD_OK;
    *out = up ? r->min : r->max;
    if (r->cycle)
        return TD_OK;
    return td_fn_fail(err, "2200H", "nextval: reached %s value of sequence \"%s\" (%lld)", up ? "maximum" : "minimum",
                      name, (long long)(up ? r->max : r->min));
}

static int nextval(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str name = sequence_name(c);
    struct row r = {0};
    int64_t v = 0;
    c->state->inside = true;
    int rc = read_row(c->state, name, &r, err);
    if (rc == TD_OK)
        rc = next_of(&r, name.at, &v, err);
    if (rc == TD_OK)
        rc = write_row(c->state, name, &r, v, true, err);
    c->state->inside = false;
    if (rc == TD_OK)
        rc = remember(c->state, name.at, v, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, v);
}

static int setval(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str name = sequence_name(c);
    struct row r = {0};
    int64_t v = 0;
    bool called = c->n < 3 || td_fn_true(c, 2);
    int rc = td_fn_int(c, 1, &v, err);
    c->state->inside = true;
    if (rc == TD_OK)
        rc = read_row(c->state, name, &r, err);
    if (rc == TD_OK && (v < r.min || v > r.max))
        rc = td_fn_fail(err, "22003", "setval: value %lld is out of bounds for sequence \"%s\" (%lld..%lld)",
                        (long long)v, name.at, (long long)r.min, (long long)r.max);
    if (rc == TD_OK)
        rc = write_row(c->state, name, &r, v, called, err);
    c->state->inside = false;
    struct td_fn_seq *q = find(c->state, name.at);
    if (rc == TD_OK && called && q != NULL)
        q->value = v;
    else if (rc == TD_OK && called) {
        struct td_fn_seq *last = c->state->last; /* setval is not what lastval() speaks of */
        rc = remember(c->state, name.at, v, err);
        c->state->last = last;
    }
    return rc != TD_OK ? rc : td_fn_give_int(c, v);
}

static int currval(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str name = sequence_name(c);
    const struct td_fn_seq *q = find(c->state, name.at);
    struct row r = {0};
    c->state->inside = true;
    int rc = read_row(c->state, name, &r, err);
    c->state->inside = false;
    if (rc != TD_OK)
        return rc;
    if (r.autoincrement && r.called) /* inserts do not tell us of the numbers that they take */
        return td_fn_give_int(c, r.last);
    if (q == NULL)
        return td_fn_fail(err, "55000", "currval of sequence \"%s\" is not yet defined in this session", name.at);
    return td_fn_give_int(c, q->value);
}

static int lastval(struct td_fn_call *c, struct td_err *err)
{
    if (c->state->last == NULL)
        return td_fn_fail(err, "55000", "lastval is not yet defined in this session");
    return td_fn_give_int(c, c->state->last->value);
}

const struct td_fn td_fn_sequences[] = {
    {"pg_nextval", 1, 1, TD_FN_STRICT | TD_FN_VOLATILE, nextval},
    {"pg_currval", 1, 1, TD_FN_STRICT | TD_FN_VOLATILE, currval},
    {"pg_setval", 2, 3, TD_FN_STRICT | TD_FN_VOLATILE, setval},
    {"pg_lastval", 0, 0, TD_FN_VOLATILE, lastval},
    {NULL, 0, 0, 0, NULL},
};

/* A migration that cannot be one transaction on PostgreSQL: piece by piece, each noted in tandem.journal.
 *
 *     row + journal(0) --piece--> journal(1) ... --> finished, journal entry removed
 *
 * Where a piece can be in a transaction, its note is in the same one: it ran exactly once. A statement that must run
 * alone is noted as running before and as done after; killed between the two, leftover.c looks at what it left.
 * The note also has a checksum over the statements that ran, so that a file may be corrected from there on only. */
#include <string.h>

#include "core/base/sha256.h"
#include "core/base/shell.h"
#include "core/migrate/apply.h"
#include "core/migrate/rows.h"
#include "core/migrate/setting.h"
#include "core/sql/tree.h"

struct progress {
    char id[TD_UUID_TEXT + 40]; /* Prisma's may be any text of 36 characters */
    size_t applied;
    char sum[TD_SHA256_HEX];
    bool killed;      /* the statement `applied` was under way when an earlier run ended */
    bool tried;       /* ... or failed in it */
    bool own_timeout; /* the file sets lock_timeout itself */
    size_t unit;
    size_t at; /* statement that an error belongs to */
    struct td_buf sql;
};

/* sum(n) = SHA-256 of sum(n-1) and the n-th statement. */
static void add_to_sum(const struct td_step *s, size_t stmt, const char *before, char out[TD_SHA256_HEX])
{
    struct td_sha256 h;
    td_sha256_start(&h);
    td_sha256_add(&h, before, strlen(before));
    td_sha256_add(&h, s->file->src.text + s->file->at[stmt].start, s->file->at[stmt].len);
    td_sha256_finish(&h, out);
}

static void advance(const struct td_step *s, struct progress *p, size_t applied)
{
    for (; p->applied < applied; p->applied++) {
        char sum[TD_SHA256_HEX];
        add_to_sum(s, p->applied, p->sum, sum);
        memcpy(p->sum, sum, sizeof sum);
    }
}

/* Whatever role the file has taken on, the note is ours. */
#define AS_OURSELVES "SET LOCAL SESSION AUTHORIZATION DEFAULT;SET LOCAL ROLE NONE;"

/* The note as it will be when the statements before `applied` have run. */
static void add_note(const struct td_run *r, const struct td_step *s, const struct progress *p, size_t applied,
                     long running, struct td_buf *sql)
{
    struct progress then = *p;
    advance(s, &then, applied);
    td_buf_add(sql, AS_OURSELVES);
    td_store_add_journal(&r->store, p->id, applied, then.sum, running, sql);
}

/* A transaction of notes alone: only while the lease is ours. Who was asleep for longer may find that another has gone
 * on, and must not wind the journal back. */
static int begin_note(struct td_run *r, struct progress *p, struct td_err *err)
{
    td_buf_reset(&p->sql);
    td_buf_add(&p->sql, "BEGIN READ WRITE;" AS_OURSELVES); /* whatever the file has made the default */
    int rc = td_apply_exec(r, &p->sql, err);
    return rc == TD_OK ? td_store_fence(&r->store, err) : rc;
}

static int commit_note(struct td_run *r, struct progress *p, int rc, struct td_err *err)
{
    td_buf_add(&p->sql, "COMMIT");
    if (rc == TD_OK)
        rc = td_apply_exec(r, &p->sql, err);
    if (rc != TD_OK)
        td_db_rollback(r->db);
    return rc;
}

static int note(struct td_run *r, const struct td_step *s, struct progress *p, size_t applied, long running,
                struct td_err *err)
{
    int rc = begin_note(r, p, err);
    add_note(r, s, p, applied, running, &p->sql);
    return commit_note(r, p, rc, err);
}

static int run_statement(struct td_run *r, const struct td_step *s, struct progress *p, size_t i, struct td_err *err)
{
    const struct td_sql_stmt *stmt = &s->file->at[i];
    p->at = i;
    td_buf_add_n(&p->sql, s->file->src.text + stmt->start, stmt->len);
    return td_apply_exec(r, &p->sql, err);
}

static int begin_fenced(struct td_run *r, const struct td_step *s, struct progress *p, struct td_err *err)
{
    td_buf_reset(&p->sql);
    td_apply_add_begin(r, s, !p->own_timeout, &p->sql);
    int rc = td_apply_exec(r, &p->sql, err);
    return rc == TD_OK ? td_store_fence(&r->store, err) : rc;
}

static int run_plain(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct progress *p = data;
    size_t i = s->units.at[p->unit].first;
    int rc = begin_fenced(r, s, p, err);
    if (rc == TD_OK)
        rc = run_statement(r, s, p, i, err);
    if (rc == TD_OK)
        add_note(r, s, p, i + 1, -1, &p->sql);
    td_buf_add(&p->sql, "COMMIT");
    return rc == TD_OK ? td_apply_exec(r, &p->sql, err) : rc;
}

static PgQuery__TransactionStmtKind word_of(const struct td_step *s, size_t i)
{
    const PgQuery__Node *n = s->file->at[i].node;
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_TRANSACTION_STMT
               ? n->transaction_stmt->kind
               : PG_QUERY__TRANSACTION_STMT_KIND__TRANSACTION_STMT_KIND_UNDEFINED;
}

/* Not right after the BEGIN: SET TRANSACTION must come before any query. */
static int note_before_commit(struct td_run *r, const struct td_step *s, struct progress *p, size_t applied,
                              struct td_err *err)
{
    add_note(r, s, p, applied, -1, &p->sql);
    int rc = td_apply_exec(r, &p->sql, err);
    return rc == TD_OK ? td_store_fence(&r->store, err) : rc;
}

/* What only reads cannot take a note, and may run again: it is noted after its end. */
static int only_reads(struct td_run *r, bool *out, struct td_err *err)
{
    int64_t kind = 0;
    int rc = td_db_query_int(r->db,
                             "SELECT CASE WHEN pg_catalog.current_setting('transaction_read_only') = 'off' THEN 0"
                             " WHEN pg_catalog.txid_current_if_assigned() IS NULL THEN 1 ELSE 2 END",
                             NULL, 0, &kind, err);
    *out = kind == 1;
    if (rc != TD_OK || kind < 2)
        return rc;
    td_err_set(err, TD_C_MIG_TURNS_READ_ONLY, "the transaction has written, and is read-only now");
    td_err_why(err, "that it ran cannot be noted in it any more");
    return td_err_next(err, "make it read-only from its beginning, or not at all");
}

/* The schema of the URL, behind a pooler: no query, so that SET TRANSACTION may follow. */
static int begin_own(struct td_run *r, const struct td_step *s, struct progress *p, size_t i, bool chained,
                     struct td_err *err)
{
    bool bare = s->units.at[p->unit].bare;
    int rc = TD_OK;
    if (!chained)
        rc = bare || i > s->units.at[p->unit].first ? td_db_exec(r->db, "BEGIN", err) : run_statement(r, s, p, i, err);
    if (rc != TD_OK || td_lease_direct(r->lease) || r->opts->schema == NULL)
        return rc;
    td_buf_add(&p->sql, "SET LOCAL search_path TO ");
    td_buf_ident(&p->sql, r->opts->schema);
    return td_apply_exec(r, &p->sql, err);
}

/* COMMIT of the file, with the note of what is before `end`; of a bare file it is ours. */
static int commit_own(struct td_run *r, const struct td_step *s, struct progress *p, size_t end, struct td_err *err)
{
    bool reads = false;
    p->at = end - 1;
    int rc = only_reads(r, &reads, err);
    if (rc == TD_OK && !reads)
        rc = note_before_commit(r, s, p, end, err);
    if (rc == TD_OK)
        rc = s->units.at[p->unit].bare ? td_db_exec(r->db, "COMMIT", err) : run_statement(r, s, p, end - 1, err);
    if (rc == TD_OK && !reads)
        advance(s, p, end);
    return rc;
}

/* The file's own transaction. Its note goes in right before each COMMIT (AND CHAIN makes several). */
static int run_own(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct progress *p = data;
    const struct td_unit *u = &s->units.at[p->unit];
    size_t end = u->first + u->n, i = p->applied;
    td_buf_reset(&p->sql);
    int rc = begin_own(r, s, p, i, false, err);
    if (i == u->first && !u->bare)
        i++;
    for (; rc == TD_OK && i < end; i++) {
        PgQuery__TransactionStmtKind word = word_of(s, i);
        rc = word == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT ? commit_own(r, s, p, i + 1, err)
                                                                        : run_statement(r, s, p, i, err);
        bool ends = word == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT ||
                    word == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK;
        if (rc == TD_OK && ends && i + 1 < end)
            rc = begin_own(r, s, p, i + 1, true, err);
    }
    if (rc == TD_OK && u->bare)
        rc = commit_own(r, s, p, end, err);
    if (rc == TD_OK && p->applied < end) /* it ended in ROLLBACK, or only read */
        rc = note(r, s, p, end, -1, err);
    return rc;
}

/* Did Prisma, or whoever else took its lock meanwhile, write to the history? */
static int count_rows(struct td_run *r, struct progress *p, int64_t *out, struct td_err *err)
{
    td_buf_printf(&p->sql, "SELECT count(*) FROM %s", r->store.layout.table);
    int rc = td_buf_check(&p->sql, err);
    if (rc == TD_OK)
        rc = td_db_query_int(r->db, td_buf_str(&p->sql), NULL, 0, out, err);
    td_buf_reset(&p->sql);
    return rc;
}

/* `done_out`: the statement has run, whatever failed after it. */
static int run_without_prisma_lock(struct td_run *r, const struct td_step *s, struct progress *p, size_t i,
                                   bool *done_out, struct td_err *err)
{
    struct td_err later = {0};
    int64_t before = 0, after = 0;
    int rc = count_rows(r, p, &before, err);
    if (rc == TD_OK)
        rc = td_lease_pause_prisma(r->lease, err);
    if (rc != TD_OK)
        return rc;
    rc = run_statement(r, s, p, i, err);
    *done_out = rc == TD_OK;
    int back = td_lease_resume_prisma(r->lease, rc == TD_OK ? err : &later);
    if (rc == TD_OK && back == TD_OK)
        back = count_rows(r, p, &after, err);
    if (rc != TD_OK || back != TD_OK)
        return rc != TD_OK ? rc : back;
    rc = note(r, s, p, i + 1, -1, err);
    if (rc != TD_OK || before == after)
        return rc;
    td_err_set(err, TD_C_MIG_CHANGED, "another program wrote to the migration history meanwhile");
    td_err_why(err, "Prisma's lock is not held while a statement runs CONCURRENTLY; what was done is recorded");
    return td_err_next(err, "tandem migrate deploy");
}

static int run_and_note(struct td_run *r, const struct td_step *s, struct progress *p, size_t i, bool *done_out,
                        struct td_err *err)
{
    int rc = run_statement(r, s, p, i, err);
    *done_out = rc == TD_OK;
    return rc == TD_OK ? note(r, s, p, i + 1, -1, err) : rc;
}

/* The server itself said that the statement failed. Without memory, or without a connection, nobody knows. */
static bool is_refusal(const struct td_err *err)
{
    return err->rc != TD_EOFFLINE && err->rc != TD_ENOMEM && err->code != TD_C_DB_ENGINE;
}

static int run_alone(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct progress *p = data;
    const struct td_unit *u = &s->units.at[p->unit];
    struct td_err later = {0};
    bool done = false;
    int rc = TD_OK;
    p->at = u->first;
    rc = td_store_fence(&r->store, err); /* what was left may be another's work by now */
    if (rc == TD_OK && p->tried)
        rc = td_leftover_clear(r, s, u->first, p->killed, &done, err);
    if (rc == TD_OK && done)
        return note(r, s, p, u->first + 1, -1, err);
    if (rc == TD_OK)
        rc = note(r, s, p, u->first, (long)u->first, err);
    if (rc != TD_OK)
        return rc;
    p->tried = true;
    rc = u->concurrent ? run_without_prisma_lock(r, s, p, u->first, &done, err)
                       : run_and_note(r, s, p, u->first, &done, err);
    p->killed = rc != TD_OK && (done || !is_refusal(err)); /* whoever tries again looks whether it was done */
    if (rc != TD_OK && !p->killed)
        (void)!note(r, s, p, u->first, -1, &later);
    return rc;
}

static int run_unit(struct td_run *r, const struct td_step *s, struct progress *p, struct td_err *err)
{
    static int (*const how[])(struct td_run *, const struct td_step *, void *, struct td_err *) = {
        [TD_UNIT_PLAIN] = run_plain, [TD_UNIT_OWN] = run_own, [TD_UNIT_ALONE] = run_alone};
    const struct td_unit *u = &s->units.at[p->unit];
    int rc = td_apply_retry(r, s, how[u->kind], p, err);
    if (rc == TD_OK)
        advance(s, p, u->first + u->n);
    p->tried = p->killed = false;
    if (rc == TD_OK)
        td_apply_event(r, TD_EV_STATEMENT, s, p->applied, NULL);
    return rc;
}

/* Settings that the file made before the place where it goes on. */
static int replay_settings(struct td_run *r, const struct td_step *s, struct progress *p, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < p->applied; i++) {
        const PgQuery__Node *n = s->file->at[i].node;
        if (n != NULL && (td_setting_is_call(n) ||
                          (n->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT && !n->variable_set_stmt->is_local)))
            rc = run_statement(r, s, p, i, err);
    }
    return rc;
}

static int start_new(struct td_run *r, const struct td_step *s, struct progress *p, struct td_err *err)
{
    td_store_new_id(&r->store, p->id);
    td_apply_add_begin(r, s, true, &p->sql);
    td_store_add_start(&r->store, s->m, &p->sql);
    int rc = td_apply_exec(r, &p->sql, err);
    if (rc == TD_OK)
        rc = td_store_check_start(&r->store, err);
    td_store_add_row(&r->store, s->m, p->id, &p->sql);
    td_store_add_journal(&r->store, p->id, 0, "", -1, &p->sql);
    return commit_note(r, p, rc, err);
}

static int statements_changed(const struct td_step *s, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_RESUME, "\"%s\" stopped after %lld of its statements, and these were changed since",
               s->m->name, (long long)s->row->statements_applied);
    td_err_at(err, s->m->path, 1, 1);
    td_err_why(err, "they ran already and are not run again");
    return td_shell_next(err,
                         "take the old statements back (they are in tandem.migration_text) and change only what "
                         "follows; or finish by hand, then  tandem migrate resolve --applied %s",
                         s->m->name);
}

static int start_again(struct td_run *r, const struct td_step *s, struct progress *p, struct td_err *err)
{
    size_t n = strlen(s->row->id) < sizeof p->id ? strlen(s->row->id) : sizeof p->id - 1;
    memcpy(p->id, s->row->id, n);
    if (s->row->statements_applied < 0 || (uint64_t)s->row->statements_applied > s->file->len)
        return statements_changed(s, err);
    advance(s, p, (size_t)s->row->statements_applied);
    if (p->applied > 0 && strcmp(p->sum, s->row->applied_checksum) != 0)
        return statements_changed(s, err);
    p->tried = true;
    p->killed = s->row->running >= 0 && (size_t)s->row->running == p->applied;
    td_apply_event(r, TD_EV_RESUMED, s, p->applied, NULL);
    return td_store_accept(&r->store, p->id, s->m, err); /* the file may have been corrected */
}

/* What watches gets transactions of its own, with the session as it was before the file. */
static int begin_watched(struct td_run *r, struct progress *p, struct td_err *err)
{
    int rc = begin_note(r, p, err);
    if (rc != TD_OK || r->hooks == NULL)
        return rc;
    td_buf_add(&p->sql, r->restore);
    td_apply_add_lock_timeout(r, &p->sql);
    return td_apply_exec(r, &p->sql, err);
}

static int prepare(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct progress *p = data;
    int rc = begin_watched(r, p, err);
    if (rc == TD_OK)
        rc = td_apply_before(r, s, err);
    return commit_note(r, p, rc, err);
}

static int finish(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct progress *p = data;
    int rc = begin_watched(r, p, err);
    if (rc == TD_OK)
        rc = td_apply_after(r, s, err);
    td_buf_add(&p->sql, r->restore);
    td_store_add_finish(&r->store, p->id, s->file->len, &p->sql);
    td_store_add_journal_end(&r->store, p->id, &p->sql);
    return commit_note(r, p, rc, err);
}

static void note_failure(struct td_run *r, const struct td_step *s, struct progress *p, const struct td_err *err)
{
    struct td_err ignored = {0};
    td_buf_reset(&p->sql);
    td_buf_add(&p->sql, r->restore);
    if (td_apply_exec(r, &p->sql, &ignored) == TD_OK)
        (void)!td_store_note_error(&r->store, p->id, s->m, err->message, &ignored);
}

int td_apply_journalled(struct td_run *r, const struct td_step *s, struct td_err *err)
{
    struct progress p = {.own_timeout = strcasestr(s->m->text, "lock_timeout") != NULL};
    int rc = s->row == NULL ? start_new(r, s, &p, err) : start_again(r, s, &p, err);
    bool recorded = rc == TD_OK;
    if (rc == TD_OK && r->hooks != NULL)
        rc = td_apply_retry(r, s, prepare, &p, err);
    if (rc == TD_OK && s->row != NULL)
        rc = replay_settings(r, s, &p, err);
    for (p.unit = 0; rc == TD_OK && p.unit < s->units.len; p.unit++)
        if (s->units.at[p.unit].first + s->units.at[p.unit].n > p.applied)
            rc = run_unit(r, s, &p, err);
    if (rc == TD_OK)
        rc = td_apply_retry(r, s, finish, &p, err);
    if (rc != TD_OK && recorded)
        note_failure(r, s, &p, err);
    td_buf_deinit(&p.sql);
    if (rc == TD_OK || !recorded || p.at >= s->file->len)
        return rc;
    if (err->why[0] == '\0' && p.unit < s->units.len && s->units.at[p.unit].kind == TD_UNIT_OWN)
        td_err_why(err, "the transaction that it is in was rolled back; what the file did before it stays");
    return td_apply_failed(r, s, s->file->at[p.at].start, s->file->at[p.at].len, err);
}

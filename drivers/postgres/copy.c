/* Bulk load: COPY in text format, sent in blocks. */
#include <string.h>

#include "drivers/postgres/conn.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

static void add_escaped(struct td_buf *b, const char *at, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        const char *escape;
        switch (at[i]) {
        case '\\': escape = "\\\\"; break;
        case '\n': escape = "\\n"; break;
        case '\r': escape = "\\r"; break;
        case '\t': escape = "\\t"; break;
        default: continue;
        }
        td_buf_add_n(b, at + from, i - from);
        td_buf_add(b, escape);
        from = i + 1;
    }
    if (len > from)
        td_buf_add_n(b, at + from, len - from);
}

static int add_value(struct conn *c, const struct td_value *v, struct td_err *err)
{
    struct td_buf text = {0};
    if (v->kind == TD_V_NULL) {
        td_buf_add(&c->copy, "\\N");
        return td_buf_check(&c->copy, err);
    }
    int rc = td_pq_encode(v, 0, &text, err);
    if (rc == TD_OK) {
        add_escaped(&c->copy, td_buf_str(&text), text.len);
        rc = td_buf_check(&c->copy, err);
    }
    td_buf_deinit(&text);
    return rc;
}

static int send_block(struct conn *c, struct td_err *err)
{
    int put = PQputCopyData(c->pq, td_buf_str(&c->copy), (int)c->copy.len);
    while (put == 0) {
        int rc = td_pq_flush(c, 1, err);
        if (rc != TD_OK)
            return rc;
        put = PQputCopyData(c->pq, td_buf_str(&c->copy), (int)c->copy.len);
    }
    td_buf_reset(&c->copy);
    return td_pq_flush(c, put > 0, err);
}

int td_pq_copy_begin(struct td_db *db, const char *schema, const char *table, const char *const *columns, int n,
                     struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    struct td_buf sql = {0};
    PGresult *res = NULL;
    td_buf_add(&sql, "COPY ");
    if (schema != NULL) {
        td_buf_ident(&sql, schema);
        td_buf_char(&sql, '.');
    }
    td_buf_ident(&sql, table);
    for (int i = 0; i < n; i++) {
        td_buf_add(&sql, i == 0 ? " (" : ", ");
        td_buf_ident(&sql, columns[i]);
    }
    td_buf_add(&sql, n > 0 ? ") FROM STDIN" : " FROM STDIN");
    int rc = td_buf_check(&sql, err);
    if (rc == TD_OK)
        rc = td_pq_ready(c, err);
    if (rc != TD_OK)
        goto out;
    c->unnamed = NULL;
    rc = td_pq_flush(c, PQsendQuery(c->pq, td_buf_str(&sql)), err);
    if (rc == TD_OK)
        rc = td_pq_result(c, &res, err);
    if (rc != TD_OK)
        goto out;
    if (PQresultStatus(res) == PGRES_COPY_IN) {
        c->copying = true;
        goto out;
    }
    rc = td_err_pq(err, c, res, NULL);
    if (!c->base.broken) {
        struct td_err later = {0};
        if (td_pq_finish(c, NULL, NULL, &later) != TD_OK)
            td_err_clear(&later);
    }
out:
    PQclear(res);
    td_buf_deinit(&sql);
    return rc;
}

int td_pq_copy_row(struct td_db *db, const struct td_value *values, int n, struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    size_t start = c->copy.len;
    int rc = TD_OK;
    if (!c->copying)
        return td_err_set(err, TD_C_DB_USE, "no bulk copy is under way");
    for (int i = 0; i < n && rc == TD_OK; i++) {
        if (i > 0)
            td_buf_char(&c->copy, '\t');
        rc = add_value(c, &values[i], err);
    }
    td_buf_char(&c->copy, '\n');
    if (rc == TD_OK)
        rc = td_buf_check(&c->copy, err);
    if (rc != TD_OK) {
        c->copy.len = start; /* no half row */
        return rc;
    }
    return c->copy.len >= BLOCK_BYTES ? send_block(c, err) : TD_OK;
}

int td_pq_copy_end(struct td_db *db, bool failed, struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    int rc = TD_OK;
    if (!c->copying)
        return td_err_set(err, TD_C_DB_USE, "no bulk copy is under way");
    if (!failed && c->copy.len > 0)
        rc = send_block(c, err);
    c->copying = false;
    td_buf_deinit(&c->copy);
    if (rc == TD_OK)
        rc = td_pq_flush(c, PQputCopyEnd(c->pq, failed ? "given up" : NULL) > 0, err);
    if (rc != TD_OK)
        return rc;
    rc = td_pq_finish(c, NULL, NULL, err);
    if (rc != TD_OK && failed && !c->base.broken) {
        td_err_clear(err); /* it says that we gave up, which we know */
        return TD_OK;
    }
    return rc;
}

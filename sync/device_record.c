/* What is kept of conflicts and of rows that were set aside. */
#include "core/base/jsontext.h"
#include "sync/device_impl.h"
#include "sync/form.h"

/* A row as one JSON object: each value as PostgreSQL prints it, a text; NULL for a side that does not exist. */
static const char *image(struct td_arena *a, const struct td_sync_table *t, const struct td_merge_side *side)
{
    struct td_buf b;
    if (!side->exists)
        return NULL;
    td_buf_init(&b, a);
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *text = td_batch_text(a, t->columns[i].type, side->at[i]);
        td_buf_char(&b, i == 0 ? '{' : ',');
        td_jsontext_string(&b, t->columns[i].name, strlen(t->columns[i].name));
        td_buf_char(&b, ':');
        if (text == NULL)
            td_buf_add(&b, "null");
        else
            td_jsontext_string(&b, text, strlen(text));
    }
    td_buf_char(&b, '}');
    return td_buf_str(&b);
}

int td_record_reject(struct td_arena *a, struct td_device *d, const struct td_rejected *r, struct td_err *err)
{
    const struct td_value v[] = {
        td_text(r->t->name),
        td_text(td_batch_key(a, r->t, r->mine.at != NULL ? r->mine.at : r->base.at)),
        td_text(r->reason),
        td_text(r->sqlstate),
        td_text(r->message),
        td_text(image(a, r->t, &r->base)),
        td_text(image(a, r->t, &r->mine)),
        td_int(r->batch),
    };
    return td_db_run(d->db,
                     "INSERT INTO main.tandem_reject (tbl, pk, reason, sqlstate, message, base, mine, batch) VALUES"
                     " ($1, $2, $3, $4, $5, $6, $7, $8)",
                     v, 8, err);
}

int td_record_conflict(struct td_device *d, const struct td_recorded *r, struct td_err *err)
{
    const struct td_value v[] = {
        td_text(r->t->name), td_text(r->pk),   td_text(r->column), td_text(r->policy), td_text(r->taken),
        td_text(r->base),    td_text(r->mine), td_text(r->theirs), td_text(r->chosen), td_int(r->batch),
    };
    return td_db_run(d->db,
                     "INSERT INTO main.tandem_conflict (tbl, pk, column_name, policy, taken, base, mine, theirs,"
                     " chosen, batch) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                     v, 10, err);
}

static const char *taken(const struct td_conflict *c)
{
    if (c->column != TD_WHOLE_ROW && (c->policy == TD_POLICY_JSON || c->policy == TD_POLICY_CONCAT))
        return "merged";
    return c->is_mine ? "device" : "server";
}

int td_record_merge(struct td_arena *a, struct td_device *d, const struct td_sync_table *t, const struct td_value *key,
                    const struct td_merged *m, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < m->n_conflicts && rc == TD_OK; i++) {
        const struct td_conflict *c = &m->conflicts[i];
        struct td_recorded r = {.t = t, .pk = td_batch_key(a, t, key), .policy = "row", .taken = taken(c)};
        if (c->column != TD_WHOLE_ROW) {
            struct td_type type = t->columns[c->column].type;
            r.column = t->columns[c->column].name;
            r.policy = td_policy_name(c->policy);
            r.base = td_batch_text(a, type, c->base);
            r.mine = td_batch_text(a, type, c->mine);
            r.theirs = td_batch_text(a, type, c->theirs);
            r.chosen = td_batch_text(a, type, c->chosen);
        }
        rc = td_record_conflict(d, &r, err);
    }
    return rc;
}

#include "sync/tenants.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/scope_sql.h"

struct listing {
    struct td_arena *a;
    const struct td_slice *s;
    struct td_db *db;
    struct td_tenants *out;
    struct td_map by_key;
};

static enum td_engine engine_of(const struct listing *l)
{
    return td_db_engine(l->db);
}

static void add_text(const char *alias, const char *column, struct td_buf *b)
{
    td_buf_printf(b, "CAST(%s.", alias);
    td_buf_ident(b, column);
    td_buf_add(b, " AS TEXT)");
}

/* What people call it: the first of these that is a text column. */
static const char *find_name(const struct td_table *t)
{
    static const char *const words[] = {"name", "title", "display_name", "label", "slug", "domain"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const struct td_column *c = td_table_column(t, words[i]);
        struct td_type base = c == NULL ? TD_TYPE(TD_T_UNKNOWN) : td_type_base(c->type);
        if (c != NULL && td_type_is_text(&base))
            return c->name;
    }
    return NULL;
}

static int read_tenants(struct listing *l, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    const struct td_table *t = l->s->scopes.tenant;
    l->out->name_column = find_name(t);
    td_buf_init(&b, l->a);
    td_buf_add(&b, "SELECT ");
    add_text("td_t", l->s->scopes.tenant_key->name, &b);
    td_buf_add(&b, ", ");
    if (l->out->name_column != NULL)
        add_text("td_t", l->out->name_column, &b);
    else
        td_buf_add(&b, "NULL");
    td_buf_add(&b, " FROM ");
    td_scope_add_table_on(engine_of(l), t, &b);
    td_buf_add(&b, " td_t ORDER BY td_t.");
    td_buf_ident(&b, l->s->scopes.tenant_key->name);
    int rc = td_rows_read(l->a, l->db, td_buf_str(&b), NULL, 0, &rows, err);
    if (rc != TD_OK)
        return rc;
    l->out->at = td_arena_alloc(l->a, (td_rows_count(&rows) + 1) * sizeof *l->out->at);
    l->out->len = td_rows_count(&rows);
    for (size_t i = 0; i < l->out->len; i++) {
        struct td_tenant *x = &l->out->at[i];
        *x = (struct td_tenant){.key = td_rows_cell(&rows, i, 0), .name = td_rows_cell(&rows, i, 1)};
        x->counts = td_arena_alloc(l->a, (l->s->all.len + 1) * sizeof *x->counts);
        if (x->key != NULL)
            td_map_put(l->a, &l->by_key, x->key, x);
    }
    return TD_OK;
}

/* From the row to whose it is: one pass over the table, joined to what it goes through. A row may be reached by several
 * ways, as a user with two memberships. */
static void add_query(const struct listing *l, const struct td_sync_table *t, struct td_buf *b)
{
    const struct td_scope *s = t->scope;
    struct td_buf joins;
    size_t n = 0;
    td_buf_init(&joins, l->a);
    for (; s->through != NULL && s->kind != TD_SCOPE_TENANT; s = s->through, n++) {
        td_buf_add(&joins, " JOIN ");
        td_scope_add_table_on(engine_of(l), s->through->table, &joins);
        td_buf_printf(&joins, " td_%zu ON ", n + 1);
        for (size_t i = 0; i < s->columns.len; i++) {
            td_buf_printf(&joins, "%std_%zu.", i > 0 ? " AND " : "", n);
            td_buf_ident(&joins, s->columns.at[i]->name);
            td_buf_printf(&joins, " = td_%zu.", n + 1);
            td_buf_ident(&joins, s->through_columns.at[i]->name);
        }
    }
    td_buf_add(b, "SELECT k, count(*) FROM (SELECT DISTINCT ");
    add_text(td_arena_printf(l->a, "td_%zu", n), s->columns.at[0]->name, b);
    td_buf_add(b, " AS k");
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_add(b, ", td_0.");
        td_buf_ident(b, t->columns[t->key[i]].name);
        td_buf_printf(b, " AS k%zu", i);
    }
    td_buf_add(b, " FROM ");
    td_scope_add_table_on(engine_of(l), t->scope->table, b);
    td_buf_printf(b, " td_0%s) q GROUP BY k", td_buf_str(&joins));
}

static int count_table(struct listing *l, const struct td_sync_table *t, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    size_t n = l->out->tables.len;
    td_buf_init(&b, l->a);
    td_strings_add(l->a, &l->out->tables, t->name);
    add_query(l, t, &b);
    int rc = td_rows_read(l->a, l->db, td_buf_str(&b), NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *key = td_rows_cell(&rows, i, 0);
        struct td_tenant *x = key == NULL ? NULL : td_map_get(&l->by_key, key);
        if (x == NULL)
            continue;
        x->counts[n] = td_rows_int(&rows, i, 1);
        x->rows += x->counts[n];
    }
    return rc;
}

static int list(struct listing *l, struct td_err *err)
{
    int rc = read_tenants(l, err);
    for (size_t i = 0; i < l->s->all.len && rc == TD_OK; i++)
        if (l->s->all.at[i].scope->kind != TD_SCOPE_SHARED)
            rc = count_table(l, &l->s->all.at[i], err);
    return rc;
}

int td_tenants_list(struct td_arena *a, const struct td_slice *s, struct td_db *db, struct td_tenants *out,
                    struct td_err *err)
{
    struct listing l = {.a = a, .s = s, .db = db, .out = out};
    *out = (struct td_tenants){0};
    int rc = td_db_begin(db, TD_TX_READ, err);
    if (rc != TD_OK)
        return rc;
    rc = list(&l, err);
    td_db_rollback(db);
    return rc;
}

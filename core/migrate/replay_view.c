/* Views, and tables made from queries. */
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"
#include "core/sql/lower.h"

struct reading {
    const struct td_replaying *p;
    struct td_table *view; /* its uses are collected; NULL: not wanted */
    const PgQuery__RangeVar *missing;
};

static void note_use(struct reading *r, struct td_table *t, struct td_column *c)
{
    if (r->view == NULL)
        return;
    for (size_t i = 0; i < r->view->uses.len; i++)
        if (r->view->uses.at[i].table == t && r->view->uses.at[i].column == c)
            return;
    *td_edit_add(r->p->c, &r->view->uses) = (struct td_view_use){t, c};
}

static void on_table(PgQuery__RangeVar *rv, struct td_table *t, void *data)
{
    (void)rv;
    note_use(data, t, NULL);
}

static void on_column(PgQuery__ColumnRef *ref, struct td_table *t, struct td_column *c, void *data)
{
    (void)ref;
    note_use(data, t, c);
}

static void on_missing(const PgQuery__RangeVar *rv, void *data)
{
    struct reading *r = data;
    if (r->missing == NULL)
        r->missing = rv;
}

static struct td_type of_postgres(struct td_type t)
{
    if (t.of_view || t.ragged)
        t.mod1 = t.mod2 = -1;
    t.of_view = t.ragged = false;
    return t;
}

/* The types are the lowering's, which all expressions have. What was found in the tree alone stays where it does not
 * carry the query. */
static void ask_lowering(const struct td_replaying *p, const PgQuery__Node *tree, struct td_scope_result *columns)
{
    const struct td_lower l = {.arena = p->a, .catalog = p->c, .source = p->r->source, .use = TD_LOWER_QUERY};
    struct td_buf text;
    td_buf_init(&text, p->a);
    struct td_result result = {0};
    struct td_err ignored = {0};
    if (td_lower_select(&l, tree, &text, &result, &ignored) != TD_OK || result.len != columns->len)
        return;
    for (size_t i = 0; i < columns->len; i++)
        if (result.at[i].type.kind != TD_T_UNKNOWN)
            columns->at[i].type = of_postgres(result.at[i].type);
}

/* Reads the query into a tree of its own, stars written out. */
static int read_query(struct reading *r, const PgQuery__Node *query, const PgQuery__Node **tree_out,
                      struct td_scope_result *columns)
{
    PgQuery__Node *tree = td_tree_clone(r->p->a, query);
    const struct td_scope_hooks hooks = {
        .on_table = on_table, .on_column = on_column, .on_missing = on_missing, .expand_stars = true, .data = r};
    td_scope_query(r->p, tree, &hooks, columns);
    *tree_out = tree;
    if (r->missing == NULL) {
        ask_lowering(r->p, tree, columns);
        return TD_OK;
    }
    return td_replay_fail(r->p, r->missing->location, TD_C_SCHEMA_MISSING, "42P01", "relation \"%s\" does not exist",
                          r->missing->relname);
}

static int name_columns(const struct td_replaying *p, PgQuery__Node *const *names, size_t n,
                        struct td_scope_result *columns)
{
    if (n > columns->len && !(columns->len > 0 && columns->at[0].name[0] == '*'))
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "42601", "too many column names were specified");
    for (size_t i = 0; i < n && i < columns->len; i++)
        columns->at[i].name = td_tree_string(names[i]);
    for (size_t i = 0; i < columns->len; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(columns->at[i].name, columns->at[j].name) == 0)
                return td_replay_fail(p, -1, TD_C_SCHEMA_EXISTS, "42701", "column \"%s\" specified more than once",
                                      columns->at[i].name);
    return TD_OK;
}

/* What PostgreSQL gives a literal whose type nothing else decides, and our answer where the type is not known. */
static struct td_type settled(struct td_type t)
{
    return t.kind == TD_T_UNKNOWN ? TD_TYPE(TD_T_TEXT) : t;
}

static void add_columns(const struct td_replaying *p, struct td_table *t, const struct td_scope_result *columns)
{
    for (size_t i = 0; i < columns->len; i++)
        td_replay_new_column(p, t, columns->at[i].name, settled(columns->at[i].type));
}

static const char *source_text(const struct td_replaying *p, const PgQuery__Node *query)
{
    int at = td_tree_location(query);
    if (p->r->source == NULL || at < 0 || (size_t)at < p->stmt->start)
        return NULL;
    return td_arena_dup(p->a, p->r->source->text + p->stmt->start, p->stmt->len);
}

static int replaced_columns(const struct td_replaying *p, struct td_table *view, const struct td_scope_result *columns)
{
    if (columns->len < view->columns.len)
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "42P16", "cannot drop columns from view");
    for (size_t i = 0; i < view->columns.len; i++) {
        struct td_column *c = view->columns.at[i];
        if (strcmp(c->name, columns->at[i].name) != 0)
            return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "42P16",
                                  "cannot change name of view column \"%s\" to \"%s\"", c->name, columns->at[i].name);
        td_keep(p->c, c);
        c->type = settled(columns->at[i].type);
    }
    struct td_scope_result more = {columns->at + view->columns.len, columns->len - view->columns.len, 0};
    add_columns(p, view, &more);
    return TD_OK;
}

/* A view that one engine gets no more takes those over it along. */
static void leave_to_postgres(const struct td_replaying *p, const struct td_table *read)
{
    for (size_t i = 0; i < p->c->tables.len; i++) {
        struct td_table *view = p->c->tables.at[i];
        for (size_t k = 0; k < view->uses.len && view->kind == TD_R_VIEW && view->on == TD_ON_BOTH; k++) {
            if (view->uses.at[k].table != read)
                continue;
            td_keep(p->c, view);
            view->on = TD_ON_POSTGRES;
            leave_to_postgres(p, view);
        }
    }
}

/* The definition is whole: whatever the view was before, it is on the engines that this statement is for. */
static void on_engines(const struct td_replaying *p, struct td_table *view)
{
    bool leaves = view->on == TD_ON_BOTH && p->r->on == TD_ON_POSTGRES;
    view->on = p->r->on;
    for (size_t i = 0; i < view->columns.len; i++)
        view->columns.at[i]->on = p->r->on;
    if (leaves)
        leave_to_postgres(p, view);
}

static int replace_view(const struct td_replaying *p, const PgQuery__ViewStmt *s, struct td_table *view)
{
    if (view->kind != TD_R_VIEW)
        return td_replay_fail(p, s->view->location, TD_C_SCHEMA_INVALID, "42809", "\"%s\" is not a view", view->name);
    td_keep_vec(p->c, &view->uses);
    td_keep(p->c, view);
    memset(&view->uses, 0, sizeof view->uses);
    struct reading r = {p, view, NULL};
    struct td_scope_result columns = {0};
    int rc = read_query(&r, s->query, &view->query, &columns);
    if (rc == TD_OK)
        rc = name_columns(p, s->aliases, s->n_aliases, &columns);
    view->query_text = source_text(p, s->query);
    view->stmt = p->c->stmt;
    if (rc == TD_OK)
        rc = replaced_columns(p, view, &columns);
    if (rc == TD_OK)
        on_engines(p, view);
    return rc;
}

/* A view over temporary things is temporary itself. */
static bool reads_temporary(const struct td_table *view)
{
    for (size_t i = 0; i < view->uses.len; i++)
        if (view->uses.at[i].table->temporary)
            return true;
    return false;
}

static int make_view(const struct td_replaying *p, enum td_relation_kind kind, const PgQuery__RangeVar *rv,
                     const PgQuery__Node *query, PgQuery__Node *const *names, size_t n_names)
{
    const char *schema;
    int rc = td_replay_new_schema(p, rv->schemaname, rv->relpersistence[0] == 't', rv->location, &schema);
    if (rc == TD_OK)
        rc = td_replay_relation_free(p, schema, rv->relname, rv->location);
    if (rc != TD_OK)
        return rc;
    struct td_table *view = td_replay_new_table(p, kind, schema, rv->relname);
    struct reading r = {p, view, NULL};
    struct td_scope_result columns = {0};
    rc = read_query(&r, query, &view->query, &columns);
    if (rc == TD_OK)
        rc = name_columns(p, names, n_names, &columns);
    if (rc != TD_OK)
        return rc;
    add_columns(p, view, &columns);
    view->query_text = source_text(p, query);
    if (kind == TD_R_VIEW && reads_temporary(view)) {
        view->schema = "pg_temp";
        view->temporary = true;
    }
    td_catalog_add_table(p->c, view);
    return TD_OK;
}

int td_replay_create_view(const struct td_replaying *p, const PgQuery__ViewStmt *s)
{
    const PgQuery__RangeVar *rv = s->view;
    struct td_table *old = s->replace ? td_catalog_table(p->c, td_replay_text(rv->schemaname), rv->relname) : NULL;
    if (old != NULL)
        return replace_view(p, s, old);
    return make_view(p, TD_R_VIEW, rv, s->query, s->aliases, s->n_aliases);
}

static int make_table(const struct td_replaying *p, const PgQuery__IntoClause *into, const PgQuery__Node *query)
{
    const PgQuery__RangeVar *rv = into->rel;
    const char *schema;
    int rc = td_replay_new_schema(p, rv->schemaname, rv->relpersistence[0] == 't', rv->location, &schema);
    if (rc == TD_OK)
        rc = td_replay_relation_free(p, schema, rv->relname, rv->location);
    if (rc != TD_OK)
        return rc;
    struct reading r = {p, NULL, NULL};
    struct td_scope_result columns = {0};
    const PgQuery__Node *tree;
    rc = read_query(&r, query, &tree, &columns);
    if (rc == TD_OK)
        rc = name_columns(p, into->col_names, into->n_col_names, &columns);
    if (rc != TD_OK)
        return rc;
    struct td_table *t = td_replay_new_table(p, TD_R_TABLE, schema, rv->relname);
    t->unlogged = rv->relpersistence[0] == 'u';
    add_columns(p, t, &columns);
    td_catalog_add_table(p->c, t);
    return TD_OK;
}

int td_replay_create_as(const struct td_replaying *p, const PgQuery__CreateTableAsStmt *s)
{
    const PgQuery__RangeVar *rv = s->into->rel;
    if (s->if_not_exists) {
        const char *schema;
        int rc = td_replay_new_schema(p, rv->schemaname, rv->relpersistence[0] == 't', rv->location, &schema);
        if (rc != TD_OK || td_catalog_relation(p->c, schema, rv->relname) != NULL)
            return rc;
    }
    if (s->query == NULL || s->query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return td_replay_refuse(p, rv->location, "\"%s\" is made from a prepared statement", rv->relname);
    if (s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
        return make_view(p, TD_R_MATVIEW, rv, s->query, s->into->col_names, s->into->n_col_names);
    return make_table(p, s->into, s->query);
}

int td_replay_select_into(const struct td_replaying *p, const PgQuery__Node *select)
{
    return make_table(p, select->select_stmt->into_clause, select);
}

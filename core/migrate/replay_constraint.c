/* Constraints: their names, columns and order as PostgreSQL makes them. Foreign keys: replay_foreign.c. */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct td_constraint *td_replay_new_constraint(const struct td_replaying *p, enum td_constraint_kind kind,
                                               const char *name)
{
    struct td_constraint *k = td_arena_new(p->a, struct td_constraint);
    k->id = td_catalog_next_id(p->c);
    k->kind = kind;
    k->name = name;
    k->named = name != NULL;
    k->on_delete = k->on_update = TD_FK_NO_ACTION;
    k->match = 's';
    k->on = p->r->on;
    k->stmt = p->c->stmt;
    return k;
}

static int name_free(const struct td_replaying *p, const struct td_table *t, const PgQuery__Constraint *con)
{
    const char *name = td_replay_text(con->conname);
    if (name == NULL || td_table_constraint(t, name) == NULL)
        return TD_OK;
    return td_replay_fail(p, con->location, TD_C_SCHEMA_EXISTS, "42710",
                          "constraint \"%s\" for relation \"%s\" already exists", name, t->name);
}

static int add_check(const struct td_replaying *p, struct td_table *t, const PgQuery__Constraint *con)
{
    struct td_constraint *k = td_replay_new_constraint(p, TD_K_CHECK, td_replay_text(con->conname));
    int rc = td_replay_bind(p, con->raw_expr, t, &k->columns, &k->expr);
    if (rc != TD_OK)
        return rc;
    if (k->name == NULL)
        k->name = td_replay_choose_constraint(p, t->schema, t->name,
                                              k->columns.len == 1 ? k->columns.at[0]->name : NULL, "check");
    k->not_valid = con->skip_validation;
    k->no_inherit = con->is_no_inherit;
    td_table_add_constraint(p->c, t, k);
    return TD_OK;
}

static void make_not_null(const struct td_replaying *p, const struct td_columns *v)
{
    for (size_t i = 0; i < v->len; i++) {
        if (v->at[i]->not_null)
            continue;
        td_replay_fork_column(p, v->at[i]);
        td_keep(p->c, v->at[i]);
        v->at[i]->not_null = true;
    }
}

static const char *key_name(const struct td_replaying *p, const struct td_table *t, const struct td_constraint *k)
{
    if (k->kind == TD_K_PRIMARY)
        return td_replay_choose_relation(p, t->schema, t->name, NULL, "pkey", true);
    const char *names[128];
    size_t n = 0;
    for (size_t i = 0; i < k->columns.len && n < 64; i++)
        names[n++] = k->columns.at[i]->name;
    for (size_t i = 0; i < k->include.len && n < 128; i++)
        names[n++] = k->include.at[i];
    return td_replay_choose_relation(p, t->schema, t->name, td_replay_join_names(p, names, n), "key", true);
}

/* An array of json has one, whatever becomes of its rows. */
int td_replay_check_sortable(const struct td_replaying *p, const struct td_column *c, const char *method, int location)
{
    struct td_type base = td_type_base(c->type);
    if (base.kind != TD_T_JSON || base.dims > 0)
        return TD_OK;
    return td_replay_fail(p, location, TD_C_SCHEMA_INVALID, "42704",
                          "data type json has no default operator class for access method \"%s\"", method);
}

static int key_columns(const struct td_replaying *p, struct td_table *t, struct td_column *column,
                       const PgQuery__Constraint *con, struct td_constraint *k)
{
    if (column != NULL) {
        *td_vec_add(p->a, &k->columns) = column;
        return td_replay_check_sortable(p, column, "btree", con->location);
    }
    for (size_t i = 0; i < con->n_keys; i++) {
        const char *name = td_tree_string(con->keys[i]);
        struct td_column *c = td_table_column(t, name);
        if (c == NULL)
            return td_replay_fail(p, td_replay_place(p, con->location, name), TD_C_SCHEMA_MISSING, "42703",
                                  "column \"%s\" named in key does not exist", name);
        if (td_columns_has(&k->columns, c))
            return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42701",
                                  "column \"%s\" appears twice in %s constraint", name,
                                  k->kind == TD_K_PRIMARY ? "primary key" : "unique");
        *td_vec_add(p->a, &k->columns) = c;
    }
    for (size_t i = 0; i < k->columns.len; i++) {
        int bad = td_replay_check_sortable(p, k->columns.at[i], "btree", con->location);
        if (bad != TD_OK)
            return bad;
    }
    struct td_columns include = {0};
    int rc = td_replay_find_columns(p, t, con->including, con->n_including, con->location, &include);
    for (size_t i = 0; rc == TD_OK && i < include.len; i++)
        td_strings_add(p->a, &k->include, include.at[i]->name);
    return rc;
}

/* ADD CONSTRAINT x UNIQUE USING INDEX i: the index becomes the constraint's, under the constraint's name. */
static int adopt_index(const struct td_replaying *p, struct td_table *t, const PgQuery__Constraint *con,
                       struct td_constraint *k)
{
    struct td_table *owner;
    struct td_index *ix = td_catalog_index(p->c, t->schema, con->indexname, &owner, NULL);
    int at = td_replay_place(p, con->location, con->indexname);
    if (ix == NULL)
        return td_replay_fail(p, at, TD_C_SCHEMA_MISSING, "42704", "index \"%s\" does not exist", con->indexname);
    if (owner != t)
        return td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "55000", "index \"%s\" does not belong to table \"%s\"",
                              con->indexname, t->name);
    if (!ix->unique || ix->where != NULL)
        return td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "42809", "\"%s\" is not a %s index", con->indexname,
                              ix->unique ? "complete" : "unique");
    for (size_t i = 0; i < ix->keys.len; i++) {
        if (ix->keys.at[i].column == NULL)
            return td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "42809", "index \"%s\" contains expressions",
                                  con->indexname);
        *td_vec_add(p->a, &k->columns) = ix->keys.at[i].column;
    }
    for (size_t i = 0; i < ix->include.len; i++)
        td_strings_add(p->a, &k->include, ix->include.at[i]->name);
    k->nulls_not_distinct = ix->nulls_not_distinct;
    if (k->name == NULL)
        k->name = ix->name;
    td_table_remove_index(p->c, t, ix);
    for (size_t i = 0; i < p->c->tables.len; i++) { /* foreign keys that stood on the index */
        struct td_table *other = p->c->tables.at[i];
        for (size_t j = 0; j < other->constraints.len; j++) {
            if (other->constraints.at[j]->ref_index != ix)
                continue;
            td_keep(p->c, other->constraints.at[j]);
            other->constraints.at[j]->ref_index = NULL;
            other->constraints.at[j]->ref_key = k;
        }
    }
    return TD_OK;
}

static int add_key(const struct td_replaying *p, struct td_table *t, struct td_column *column,
                   const PgQuery__Constraint *con)
{
    bool primary = con->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
    if (primary && td_table_primary(t) != NULL)
        return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42P16",
                              "multiple primary keys for table \"%s\" are not allowed", t->name);
    struct td_constraint *k =
        td_replay_new_constraint(p, primary ? TD_K_PRIMARY : TD_K_UNIQUE, td_replay_text(con->conname));
    k->nulls_not_distinct = con->nulls_not_distinct;
    k->deferrable = con->deferrable;
    k->deferred = con->initdeferred;
    int rc = td_replay_text(con->indexname) != NULL ? adopt_index(p, t, con, k) : key_columns(p, t, column, con, k);
    if (rc == TD_OK && k->name == NULL)
        k->name = key_name(p, t, k);
    if (rc == TD_OK)
        rc = td_replay_relation_free(p, t->schema, k->name, con->location);
    if (rc != TD_OK)
        return rc;
    if (primary)
        make_not_null(p, &k->columns);
    td_table_add_constraint(p->c, t, k);
    return TD_OK;
}

static int exclude_element(const struct td_replaying *p, const struct td_table *t, const PgQuery__Node *element,
                           struct td_constraint *k, const char **name)
{
    *name = "expr";
    if (element->node_case != PG_QUERY__NODE__NODE_LIST || element->list->n_items == 0 ||
        element->list->items[0]->node_case != PG_QUERY__NODE__NODE_INDEX_ELEM)
        return TD_OK;
    const PgQuery__IndexElem *e = element->list->items[0]->index_elem;
    if (e->expr != NULL) {
        const PgQuery__Node *bound;
        const char *figured = td_replay_result_name(e->expr);
        *name = figured == NULL ? "expr" : figured;
        return td_replay_bind(p, e->expr, t, &k->columns, &bound);
    }
    struct td_column *c = td_table_column(t, e->name);
    if (c == NULL)
        return td_replay_fail(p, td_replay_place(p, -1, e->name), TD_C_SCHEMA_MISSING, "42703",
                              "column \"%s\" named in key does not exist", e->name);
    *name = c->name;
    if (!td_columns_has(&k->columns, c))
        *td_vec_add(p->a, &k->columns) = c;
    return TD_OK;
}

static int add_exclude(const struct td_replaying *p, struct td_table *t, const PgQuery__Constraint *con)
{
    struct td_constraint *k = td_replay_new_constraint(p, TD_K_EXCLUDE, td_replay_text(con->conname));
    PgQuery__Node *node = td_arena_new(p->a, PgQuery__Node);
    pg_query__node__init(node);
    node->node_case = PG_QUERY__NODE__NODE_CONSTRAINT;
    node->constraint = (PgQuery__Constraint *)con;
    k->node = node;
    k->deferrable = con->deferrable;
    k->deferred = con->initdeferred;
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < con->n_exclusions && n < 64; i++) {
        int rc = exclude_element(p, t, con->exclusions[i], k, &names[n++]);
        if (rc != TD_OK)
            return rc;
    }
    if (k->name == NULL)
        k->name = td_replay_choose_relation(p, t->schema, t->name, td_replay_join_names(p, names, n), "excl", true);
    int rc = td_replay_relation_free(p, t->schema, k->name, con->location);
    if (rc == TD_OK)
        td_table_add_constraint(p->c, t, k);
    return rc;
}

static int add_foreign(const struct td_replaying *p, struct td_table *t, struct td_column *column,
                       const PgQuery__Constraint *con)
{
    struct td_constraint *k = td_replay_new_constraint(p, TD_K_FOREIGN, td_replay_text(con->conname));
    int rc = td_replay_add_foreign(p, t, column, con, k);
    if (rc == TD_OK)
        td_table_add_constraint(p->c, t, k);
    return rc;
}

static bool is_key(const PgQuery__Constraint *con)
{
    return con->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ||
           con->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE;
}

static int add_one(const struct td_replaying *p, struct td_table *t, const struct td_pending *x)
{
    const char *name = td_replay_text(x->con->conname);
    bool key = is_key(x->con) || x->con->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION;
    int rc = key && name != NULL ? td_replay_relation_free(p, t->schema, name, x->con->location) : TD_OK;
    if (td_replay_text(x->con->indexname) != NULL && rc != TD_OK && strcmp(x->con->indexname, name) == 0)
        rc = TD_OK; /* USING INDEX keeps its name */
    if (rc == TD_OK)
        rc = name_free(p, t, x->con);
    if (rc != TD_OK)
        return rc;
    switch (x->con->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: return add_check(p, t, x->con);
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE: return add_key(p, t, x->column, x->con);
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION: return add_exclude(p, t, x->con);
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: return add_foreign(p, t, x->column, x->con);
    default: return TD_OK;
    }
}

/* ---- the constraints of one statement ---- */

static bool apply_attribute(PgQuery__Constraint *con, const PgQuery__Constraint *attribute)
{
    switch (attribute->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED: con->initdeferred = true; /* fall through */
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE: con->deferrable = true; return true;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE: return true;
    default: return false;
    }
}

void td_replay_pend_column(const struct td_replaying *p, struct td_pendings *v, const PgQuery__ColumnDef *def,
                           struct td_column *column)
{
    for (size_t i = 0; i < def->n_constraints; i++) {
        if (def->constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT)
            continue;
        const PgQuery__Constraint *con = def->constraints[i]->constraint;
        PgQuery__Constraint *own = td_arena_new(p->a, PgQuery__Constraint); /* DEFERRABLE comes after it, on its own */
        *own = *con;
        while (i + 1 < def->n_constraints && def->constraints[i + 1]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
               apply_attribute(own, def->constraints[i + 1]->constraint))
            i++;
        *td_vec_add(p->a, v) = (struct td_pending){.con = own, .column = column};
    }
}

static const char *key_at(const struct td_pending *x, size_t i)
{
    if (x->column != NULL)
        return i == 0 ? x->column->name : NULL;
    return i < x->con->n_keys ? td_tree_string(x->con->keys[i]) : NULL;
}

static bool same_key(const struct td_pending *x, const struct td_pending *y)
{
    if (x->con->n_including != 0 || y->con->n_including != 0 || x->con->deferrable != y->con->deferrable ||
        x->con->nulls_not_distinct != y->con->nulls_not_distinct || td_replay_text(x->con->indexname) != NULL ||
        td_replay_text(y->con->indexname) != NULL)
        return false;
    for (size_t i = 0;; i++) {
        const char *a = key_at(x, i), *b = key_at(y, i);
        if (a == NULL || b == NULL)
            return a == b;
        if (strcmp(a, b) != 0)
            return false;
    }
}

/* PostgreSQL makes one index of PRIMARY KEY and UNIQUE over the same columns in one statement. */
static bool merged(const struct td_replaying *p, struct td_pendings *v, size_t i)
{
    for (size_t j = 0; j < v->len; j++) {
        struct td_pending *other = &v->at[j];
        bool before = j < i || other->con->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
        if (j == i || !is_key(other->con) || !before || !same_key(other, &v->at[i]))
            continue;
        if (td_replay_text(other->con->conname) == NULL && td_replay_text(v->at[i].con->conname) != NULL) {
            PgQuery__Constraint *renamed = td_arena_new(p->a, PgQuery__Constraint);
            *renamed = *other->con;
            renamed->conname = v->at[i].con->conname;
            other->con = renamed;
        }
        return true;
    }
    return false;
}

static int order_of(const PgQuery__Constraint *con)
{
    switch (con->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: return 0;
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY: return 1;
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION: return 2;
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: return 3;
    default: return 4;
    }
}

int td_replay_add_constraints(const struct td_replaying *p, struct td_table *t, struct td_pendings *v)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->at[i].con->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE)
            v->at[i].merged = merged(p, v, i);
    for (int pass = 0; pass < 4; pass++) {
        for (size_t i = 0; i < v->len; i++) {
            bool now = !v->at[i].merged && order_of(v->at[i].con) == pass;
            int rc = now ? add_one(p, t, &v->at[i]) : TD_OK;
            if (rc != TD_OK)
                return rc;
        }
    }
    return TD_OK;
}

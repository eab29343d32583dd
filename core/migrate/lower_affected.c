/* Which relations of the file a statement concerns: by the names in its tree where they tell, by looking at all where
 * a CASCADE may reach anything. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

static const char *or_null(const char *s)
{
    return s == NULL || s[0] == '\0' ? NULL : s;
}

static void add_id(struct td_lowering *l, struct td_ids *v, const struct td_table *t)
{
    for (size_t i = 0; t != NULL && i < v->len; i++)
        if (v->at[i] == t->id)
            return;
    if (t != NULL)
        *td_vec_add(l->arena, v) = t->id;
}

static void add_range(struct td_lowering *l, struct td_ids *v, const PgQuery__RangeVar *rv)
{
    if (rv != NULL)
        add_id(l, v, td_catalog_table(&l->catalog, or_null(rv->schemaname), rv->relname));
}

/* The relation that the statement names as its object, if it names one. */
static const PgQuery__RangeVar *object_of(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return n->create_stmt->relation;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return n->alter_table_stmt->relation;
    case PG_QUERY__NODE__NODE_RENAME_STMT: return n->rename_stmt->relation;
    case PG_QUERY__NODE__NODE_INDEX_STMT: return n->index_stmt->relation;
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: return n->create_trig_stmt->relation;
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: return n->alter_object_schema_stmt->relation;
    case PG_QUERY__NODE__NODE_VIEW_STMT: return n->view_stmt->view;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return n->create_table_as_stmt->into == NULL ? NULL : n->create_table_as_stmt->into->rel;
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT: return n->refresh_mat_view_stmt->relation;
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        return n->select_stmt->into_clause == NULL ? NULL : n->select_stmt->into_clause->rel;
    default: return NULL;
    }
}

/* ALTER INDEX and ALTER ... RENAME name an index as if it were a relation. */
static void add_index_owner(struct td_lowering *l, struct td_ids *v, const PgQuery__RangeVar *rv)
{
    struct td_table *t = NULL;
    struct td_constraint *k = NULL;
    if (rv == NULL)
        return;
    if (td_catalog_index(&l->catalog, or_null(rv->schemaname), rv->relname, &t, &k) != NULL || k != NULL)
        add_id(l, v, t);
}

void td_affected_before(struct td_lowering *l, const PgQuery__Node *node, struct td_ids *out)
{
    const PgQuery__RangeVar *rv = object_of(node);
    add_range(l, out, rv);
    add_index_owner(l, out, rv);
}

static bool uses_type(const struct td_type *t)
{
    return t->user != NULL;
}

static bool find_labels(PgQuery__Node *n, void *data)
{
    bool *found = data;
    const char *name = n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL
                           ? td_tree_name(n->func_call->funcname, n->func_call->n_funcname, NULL)
                           : NULL;
    *found = *found || (name != NULL && strncmp(name, "enum_", 5) == 0);
    return !*found;
}

/* enum_range() in a view stands there as the labels that it gave. */
static void touch_label_views(struct td_lowering *l)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        bool found = false;
        if (t->kind == TD_R_VIEW && td_on_sqlite(t->on))
            td_tree_walk((PgQuery__Node *)t->query, find_labels, &found);
        if (found)
            td_phys_touch(l, t->id, l->stmt);
    }
}

/* A type's change may change the text of every column of it; a new name only what the file says of itself. */
static void touch_type_users(struct td_lowering *l, bool renamed)
{
    l->types_changed = true;
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        struct td_table *t = l->catalog.tables.at[i];
        for (size_t c = 0; c < t->columns.len; c++)
            if (uses_type(&t->columns.at[c]->type)) {
                if (renamed)
                    *td_vec_add(l->arena, &l->described) = t->id;
                else
                    td_phys_touch(l, t->id, l->stmt);
                break;
            }
    }
}

static void touch_triggered(struct td_lowering *l)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++)
        if (l->catalog.tables.at[i]->triggers.len > 0)
            td_phys_touch(l, l->catalog.tables.at[i]->id, l->stmt);
}

static bool same_columns(const struct td_table *a, const struct td_table *b)
{
    for (size_t i = 0; i < a->columns.len; i++) {
        const struct td_column *x = a->columns.at[i], *y = b->columns.at[i];
        if (x->id != y->id || x->default_ != y->default_ || x->not_null != y->not_null || x->on != y->on ||
            !td_type_equal(&x->type, &y->type) || strcmp(x->name, y->name) != 0)
            return false;
    }
    return true;
}

static bool same_parts(const struct td_table *a, const struct td_table *b)
{
    if (a->columns.len != b->columns.len || a->constraints.len != b->constraints.len ||
        a->indexes.len != b->indexes.len || a->triggers.len != b->triggers.len)
        return false;
    for (size_t i = 0; i < a->constraints.len; i++)
        if (a->constraints.at[i]->id != b->constraints.at[i]->id)
            return false;
    for (size_t i = 0; i < a->indexes.len; i++)
        if (a->indexes.at[i]->id != b->indexes.at[i]->id)
            return false;
    return same_columns(a, b) && strcmp(a->name, b->name) == 0 && strcmp(a->schema, b->schema) == 0;
}

static void touch_all_that_differ(struct td_lowering *l)
{
    for (size_t i = 0; i < l->by_id.len; i++) {
        struct td_phys *p = l->by_id.at[i];
        if (p == NULL || p->is == NULL || p->dirty)
            continue;
        struct td_table *t = td_catalog_table_by_id(&l->catalog, p->id);
        if (t == NULL || !same_parts(p->is, t))
            td_phys_touch(l, p->id, l->stmt);
    }
}

/* A foreign key with ON DELETE SET NULL (columns) is a trigger of the table it refers to. */
static void touch_set_null_parents(struct td_lowering *l, const struct td_table *t)
{
    for (size_t i = 0; t != NULL && i < t->constraints.len; i++)
        if (t->constraints.at[i]->kind == TD_K_FOREIGN && t->constraints.at[i]->set_columns.len > 0)
            td_phys_touch(l, t->constraints.at[i]->ref->id, l->stmt);
}

static void touch(struct td_lowering *l, unsigned id)
{
    struct td_phys *p = td_phys_get(l, id);
    td_phys_touch(l, id, l->stmt);
    touch_set_null_parents(l, p->is);
    touch_set_null_parents(l, td_catalog_table_by_id(&l->catalog, id));
}

/* Whether AUTOINCREMENT can do what the sequence does may change. */
static void touch_owner(struct td_lowering *l, const PgQuery__AlterSeqStmt *a)
{
    const struct td_sequence *s =
        td_catalog_sequence(&l->catalog, or_null(a->sequence->schemaname), a->sequence->relname);
    if (s != NULL && s->owner != NULL)
        td_phys_touch(l, s->owner->id, l->stmt);
}

/* DROP COLUMN and DROP CONSTRAINT may reach other tables. */
static bool cascades(const PgQuery__AlterTableStmt *a)
{
    for (size_t i = 0; i < a->n_cmds; i++)
        if (a->cmds[i]->alter_table_cmd->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
            return true;
    return false;
}

void td_affected_after(struct td_lowering *l, const PgQuery__Node *node, struct td_ids *before)
{
    td_affected_before(l, node, before);
    for (size_t i = 0; i < before->len; i++)
        touch(l, before->at[i]);
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:
    case PG_QUERY__NODE__NODE_INDEX_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
    case PG_QUERY__NODE__NODE_VIEW_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
    case PG_QUERY__NODE__NODE_SELECT_STMT: break;
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT: l->types_changed = true; break;
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
        touch_type_users(l, false);
        touch_label_views(l);
        break;
    case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT: touch_type_users(l, false); break;
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
        touch_triggered(l);
        td_callers_touch(l, node);
        break;
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: touch_owner(l, node->alter_seq_stmt); break;
    case PG_QUERY__NODE__NODE_RENAME_STMT:
        if (before->len == 0)
            touch_type_users(l, true);
        if (node->rename_stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA)
            touch_all_that_differ(l);
        break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        if (cascades(node->alter_table_stmt))
            touch_all_that_differ(l);
        break;
    default:
        l->types_changed = true;
        touch_all_that_differ(l);
        break;
    }
}

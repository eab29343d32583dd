/* Can what a statement made be carried? Each new piece is lowered once, while the statement's places are at hand, so
 * that an error points at the part that is to blame and the file's side never meets one later. */
#include <string.h>
#include <strings.h>

#include "core/catalog/edit.h"
#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

static bool is_new(const struct td_lowering *l, size_t stmt, enum td_on on)
{
    return stmt == l->catalog.stmt && td_on_sqlite(on);
}

/* Has the statement altered a column of it? What stands over that one may now mean something else, or nothing. */
static bool is_altered(const struct td_lowering *l, const struct td_table *t)
{
    for (size_t i = 0; t->stmt != l->catalog.stmt && i < t->columns.len; i++)
        if (is_new(l, t->columns.at[i]->stmt, t->columns.at[i]->on))
            return true;
    return false;
}

static bool skips(const struct td_lowering *l, const char *kind)
{
    for (size_t i = 0; i < l->skip.len; i++)
        if (strcasecmp(l->skip.at[i], kind) == 0)
            return true;
    return false;
}

static int check_name(const char *name, struct td_err *err)
{
    if (strncasecmp(name, "sqlite_", 7) != 0 && strncasecmp(name, "tandem_", 7) != 0)
        return TD_OK;
    td_err_set(err, TD_C_DDL_NAME_RESERVED, "the name \"%s\" is reserved on SQLite", name);
    td_err_why(err, "SQLite keeps names that begin with sqlite_ for itself, tandem those with tandem_");
    return td_err_next(err, "rename it, or mark the statement with  -- tandem: postgres");
}

static int clash(const char *what, const char *a, const char *b, struct td_err *err)
{
    bool same = strcmp(a, b) == 0;
    td_err_set(err, TD_C_DDL_NAME_CASE,
               same ? "%s \"%s\" and \"%s\" would have one name" : "%s \"%s\" and \"%s\" differ in letter case only",
               what, a, b);
    td_err_why(err, same ? "SQLite has one name space, and no schemas" : "SQLite takes the two for one name");
    return td_err_next(err, "rename one of them, or mark the statement with  -- tandem: postgres");
}

static const char *file_schema(const struct td_table *t)
{
    return t->temporary ? "public" : t->schema;
}

/* Is `dotted`, a name in public, what "schema.name" is called? */
static bool is_dotted(const char *dotted, const char *schema, const char *name)
{
    size_t n = strlen(schema);
    return strncasecmp(dotted, schema, n) == 0 && dotted[n] == '.' && strcasecmp(dotted + n + 1, name) == 0;
}

/* SQLite has one name space for tables and indexes, without letter case and without schemas. */
static bool same_in_file(const char *schema1, const char *name1, const char *schema2, const char *name2)
{
    if (strcasecmp(schema1, schema2) == 0)
        return strcasecmp(name1, name2) == 0;
    if (strcmp(schema1, "public") == 0)
        return is_dotted(name1, schema2, name2);
    return strcmp(schema2, "public") == 0 && is_dotted(name2, schema1, name1);
}

/* Can nothing else in the file be called so? A dot in a name may look like a schema's. */
static bool is_alone(struct td_lowering *l, const struct td_table *owner, const char *name)
{
    if (!td_catalog_name_is_single(&l->catalog, name))
        return false;
    if (strcmp(file_schema(owner), "public") == 0)
        return strchr(name, '.') == NULL;
    return td_catalog_name_is_unknown(&l->catalog, td_ddl_index_name(l->arena, owner, name));
}

static bool index_in_table(const struct td_table *t, const struct td_table *owner, const char *index,
                           const char **other_out)
{
    bool own = strcmp(file_schema(t), file_schema(owner)) == 0; /* exact doubles are refused by the replay */
    for (size_t i = 0; i < t->indexes.len; i++) {
        *other_out = t->indexes.at[i]->name;
        if (td_on_sqlite(t->indexes.at[i]->on) && !(own && strcmp(*other_out, index) == 0) &&
            same_in_file(file_schema(t), *other_out, file_schema(owner), index))
            return true;
    }
    for (size_t i = 0; i < t->constraints.len; i++) {
        *other_out = t->constraints.at[i]->name;
        if (td_ddl_constraint_is_index(t->constraints.at[i]) && td_on_sqlite(t->constraints.at[i]->on) &&
            !(own && strcmp(*other_out, index) == 0) &&
            same_in_file(file_schema(t), *other_out, file_schema(owner), index))
            return true;
    }
    return false;
}

static int check_index_name(struct td_lowering *l, const struct td_table *owner, const char *index, struct td_err *err)
{
    if (is_alone(l, owner, index))
        return check_name(index, err);
    const char *name = td_ddl_index_name(l->arena, owner, index), *other;
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        if (!td_on_sqlite(t->on) || t->temporary != owner->temporary)
            continue;
        if (same_in_file(file_schema(t), t->name, file_schema(owner), index))
            return clash("an index and a table,", name, td_table_sqlite_name(l->arena, t), err);
        if (index_in_table(t, owner, index, &other))
            return clash("indexes", td_ddl_index_name(l->arena, t, other), name, err);
    }
    return check_name(index, err);
}

static int check_hidden(const char *name, struct td_err *err)
{
    td_err_set(err, TD_C_DDL_NAME_CASE, "a temporary table and a lasting one are both called \"%s\"", name);
    td_err_why(err, "SQLite has no schemas: only one of the two could be reached");
    return td_err_next(err, "rename one of them, or mark the statement with  -- tandem: postgres");
}

static int check_table_name(struct td_lowering *l, const struct td_table *t, struct td_err *err)
{
    const char *name = td_table_sqlite_name(l->arena, t), *index;
    int rc = check_name(name, err);
    if (rc != TD_OK || is_alone(l, t, t->name))
        return rc;
    for (size_t i = 0; rc == TD_OK && i < l->catalog.tables.len; i++) {
        const struct td_table *o = l->catalog.tables.at[i];
        if (!td_on_sqlite(o->on))
            continue;
        bool same = o != t && same_in_file(file_schema(o), o->name, file_schema(t), t->name);
        if (same && o->temporary != t->temporary)
            rc = check_hidden(name, err);
        else if (same)
            rc = clash("tables", td_table_sqlite_name(l->arena, o), name, err);
        else if (o->temporary == t->temporary && index_in_table(o, t, t->name, &index))
            rc = clash("a table and an index,", name, td_ddl_index_name(l->arena, o, index), err);
    }
    return rc;
}

static int check_column_names(const struct td_table *t, const struct td_column *c, struct td_err *err)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *o = t->columns.at[i];
        if (o != c && td_on_sqlite(o->on) && strcasecmp(o->name, c->name) == 0)
            return clash("columns", o->name, c->name, err);
    }
    return TD_OK;
}

/* Other than in the file, or not in the file yet: then it may be this statement's doing. */
static bool is_changed(struct td_lowering *l, const struct td_table *t, const struct td_column *c)
{
    const struct td_phys *p = td_phys_get(l, t->id);
    const struct td_column *is = p->is == NULL ? NULL : td_table_column_by_id(p->is, c->id);
    return is == NULL || is->default_ != c->default_ || is->generated != c->generated ||
           !td_type_equal(&is->type, &c->type) || strcmp(is->name, c->name) != 0;
}

/* A default that SQLite cannot work out is a call of a function that it does not have. */
static int check_column(struct td_lowering *l, struct td_table *t, struct td_column *c, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_SCHEMA);
    struct td_err again = {0};
    struct td_buf b;
    td_buf_init(&b, l->arena);
    int rc = td_ddl_column(&ctx, t, c, &b, NULL, err);
    if (rc == TD_OK || c->default_ == NULL || !skips(l, "function"))
        return rc;
    td_keep(&l->catalog, &c->left_out);
    c->left_out = c->default_;
    td_buf_reset(&b);
    if (td_ddl_column(&ctx, t, c, &b, NULL, &again) != TD_OK)
        return rc;
    td_lowering_note(l, td_arena_printf(l->arena, "default of \"%s\" left out: %s", c->name, err->message));
    td_err_clear(err);
    return TD_OK;
}

static int check_columns(struct td_lowering *l, struct td_table *t, struct td_err *err)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        struct td_column *c = t->columns.at[i];
        if (!td_on_sqlite(c->on) || c->sqlite != NULL || !is_changed(l, t, c))
            continue; /* SQLite's side of a column that differs was looked at when it was made */
        int rc = check_column_names(t, c, err);
        if (rc == TD_OK)
            rc = check_column(l, t, c, err);
        if (rc != TD_OK)
            return rc;
        if (is_new(l, c->stmt, c->on))
            td_lowering_note_column(l, t, c);
    }
    return TD_OK;
}

/* A statement that is about nothing else is skipped by that. */
static void say_left_out(struct td_lowering *l, const char *why)
{
    if (!l->about_one_part) {
        td_lowering_note(l, why);
        return;
    }
    l->fate->fate = TD_SKIPPED;
    l->fate->reason = why;
}

/* Leaves a part to PostgreSQL; undone with the statement. */
static void postgres_only(struct td_lowering *l, enum td_on *on, const char *why)
{
    td_keep(&l->catalog, on);
    *on = TD_ON_POSTGRES;
    say_left_out(l, why);
}

static int check_exclusion(struct td_lowering *l, struct td_constraint *k, struct td_err *err)
{
    if (skips(l, "exclusion")) {
        postgres_only(l, &k->on, td_arena_printf(l->arena, "left out: exclusion constraint \"%s\"", k->name));
        return TD_OK;
    }
    td_err_set(err, TD_C_DDL_KIND, "SQLite cannot keep the exclusion constraint \"%s\"", k->name);
    td_err_why(err, "rows that exclude each other could stand in the SQLite copy without an error");
    td_err_next(err, "mark the statement with  -- tandem: postgres   or deploy with  --skip exclusion");
    return l->file == NULL || k->node == NULL || td_tree_location(k->node) < 0
               ? (int)err->rc
               : td_err_source(err, &l->file->src, (size_t)td_tree_location(k->node), 0);
}

static int check_has_column(const struct td_table *t, const struct td_column *c, struct td_err *err)
{
    if (c == NULL || td_on_sqlite(c->on))
        return TD_OK;
    td_err_set(err, TD_C_DDL_DEPENDS, "column \"%s\" of \"%s\" exists on PostgreSQL only", c->name, t->name);
    td_err_why(err, "the statement that made it was left to PostgreSQL");
    return td_err_next(err, "mark this statement with  -- tandem: postgres  too");
}

static int check_key_columns(const struct td_table *t, const struct td_constraint *k, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && k->kind != TD_K_CHECK && i < k->columns.len; i++)
        rc = check_has_column(t, k->columns.at[i], err);
    for (size_t i = 0; rc == TD_OK && k->kind == TD_K_FOREIGN && i < k->ref_columns.len; i++)
        rc = check_has_column(k->ref, k->ref_columns.at[i], err);
    return rc;
}

static int check_constraint(struct td_lowering *l, const struct td_lower *ctx, struct td_table *t,
                            struct td_constraint *k, struct td_err *err)
{
    struct td_strings unique = {0};
    struct td_buf b;
    td_buf_init(&b, l->arena);
    if (k->kind == TD_K_EXCLUDE)
        return check_exclusion(l, k, err);
    int rc = check_key_columns(t, k, err);
    if (rc != TD_OK || !td_ddl_constraint_is_index(k))
        return rc != TD_OK ? rc : td_ddl_constraint(ctx, t, k, &b, err);
    rc = check_index_name(l, t, k->name, err);
    return rc == TD_OK ? td_ddl_unique(ctx, t, k, &unique, err) : rc;
}

static int check_constraints(struct td_lowering *l, struct td_table *t, struct td_err *err)
{
    struct td_lower here = td_lowering_ctx(l, TD_LOWER_SCHEMA), earlier = td_lowering_sync_ctx(l);
    bool altered = is_altered(l, t);
    for (size_t i = 0; i < t->constraints.len; i++) {
        struct td_constraint *k = t->constraints.at[i];
        bool is_now = is_new(l, k->stmt, k->on);
        bool again = altered && td_on_sqlite(k->on) && (k->kind == TD_K_CHECK || k->kind == TD_K_FOREIGN);
        if (!is_now && !again)
            continue;
        int rc = check_constraint(l, is_now ? &here : &earlier, t, k, err);
        if (rc != TD_OK)
            return is_now ? td_lowering_place(l, k, err) : rc;
        if (is_now)
            td_lowering_note_constraint(l, k);
    }
    return TD_OK;
}

static bool has_expression(const struct td_index *ix)
{
    for (size_t i = 0; i < ix->keys.len; i++)
        if (ix->keys.at[i].expr != NULL)
            return true;
    return ix->where != NULL;
}

static int check_index(struct td_lowering *l, struct td_table *t, struct td_index *ix, bool is_now, struct td_err *err)
{
    struct td_lower ctx = is_now ? td_lowering_ctx(l, TD_LOWER_SCHEMA) : td_lowering_sync_ctx(l);
    struct td_strings sql = {0};
    int rc = is_now ? check_index_name(l, t, ix->name, err) : TD_OK;
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; rc == TD_OK && i < ix->keys.len; i++)
        rc = check_has_column(t, ix->keys.at[i].column, err);
    if (rc == TD_OK)
        rc = td_ddl_index(&ctx, t, ix, &sql, err);
    if (rc == TD_OK && is_now)
        td_lowering_note_index(l, ix);
    if (rc == TD_OK || ix->unique || rc != TD_EREFUSED)
        return rc;
    postgres_only(
        l, &ix->on,
        td_arena_printf(l->arena, "index \"%s\" left out (a matter of speed only): %s", ix->name, err->message));
    td_err_clear(err);
    return TD_OK;
}

static int check_indexes(struct td_lowering *l, struct td_table *t, struct td_err *err)
{
    bool altered = is_altered(l, t);
    for (size_t i = 0; i < t->indexes.len; i++) {
        struct td_index *ix = t->indexes.at[i];
        bool is_now = is_new(l, ix->stmt, ix->on);
        if (!is_now && !(altered && td_on_sqlite(ix->on) && has_expression(ix)))
            continue;
        const char *skipped = td_ddl_index_skipped(ix);
        if (skipped != NULL) {
            postgres_only(l, &ix->on, td_arena_printf(l->arena, "index \"%s\" left out: %s", ix->name, skipped));
            continue;
        }
        int rc = check_index(l, t, ix, is_now, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

static int check_triggers(struct td_lowering *l, struct td_table *t, struct td_err *err)
{
    for (size_t i = 0; i < t->triggers.len; i++) {
        struct td_trigger *tr = t->triggers.at[i];
        struct td_phys_triggers out = {0};
        bool notify = false, sets = false;
        if (!td_on_sqlite(tr->on) || tr->stmt != l->catalog.stmt)
            continue;
        int rc = td_lowering_trigger_does(l, t, tr, &notify, &sets, err);
        if (rc == TD_OK)
            rc = td_lowering_row_triggers(l, t, &out, err);
        if (rc != TD_OK)
            return rc;
        if (sets)
            td_lowering_note_trigger(l);
        if (notify) /* until its function does more */
            say_left_out(l, td_arena_printf(l->arena, "trigger \"%s\" left out: it only notifies", tr->name));
    }
    return TD_OK;
}

static int check_view(struct td_lowering *l, const struct td_table *t, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, t->kind == TD_R_VIEW ? TD_LOWER_SCHEMA : TD_LOWER_QUERY);
    struct td_buf b;
    td_buf_init(&b, l->arena);
    return td_lower_select(&ctx, t->query, &b, NULL, err);
}

static int check_kind(const struct td_table *t, struct td_err *err)
{
    if (t->parent == NULL && t->kind != TD_R_FOREIGN)
        return TD_OK;
    td_err_set(err, TD_C_DDL_KIND, "SQLite has no %s tables: \"%s\"", t->parent == NULL ? "foreign" : "inherited",
               t->name);
    td_err_why(err, "a query on the parent would miss the rows of its children");
    return td_err_next(err, "mark it with  -- tandem: postgres   or deploy with  --skip partition");
}

static int check_has_columns(const struct td_table *t, struct td_err *err)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (td_on_sqlite(t->columns.at[i]->on))
            return TD_OK;
    td_err_set(err, TD_C_DDL_KIND, "SQLite has no tables without columns: \"%s\"", t->name);
    td_err_why(err, "its rows would have to go somewhere");
    return td_err_next(err, "add the new column before the last one is dropped, or mark the statement with"
                            "  -- tandem: postgres");
}

static bool changes_type(const PgQuery__Node *node)
{
    for (size_t i = 0; node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT && i < node->alter_table_stmt->n_cmds;
         i++)
        if (node->alter_table_stmt->cmds[i]->alter_table_cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType)
            return true;
    return false;
}

/* The foreign keys of other tables to one whose columns have other types now. */
static int check_referring(struct td_lowering *l, const struct td_table *t, struct td_err *err)
{
    const struct td_lower ctx = td_lowering_sync_ctx(l);
    int rc = TD_OK;
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *child = l->catalog.tables.at[i];
        for (size_t n = 0; rc == TD_OK && child != t && td_on_sqlite(child->on) && n < child->constraints.len; n++) {
            const struct td_constraint *k = child->constraints.at[n];
            struct td_buf b;
            td_buf_init(&b, l->arena);
            if (k->kind == TD_K_FOREIGN && k->ref == t && td_on_sqlite(k->on))
                rc = td_ddl_constraint(&ctx, child, k, &b, err);
        }
    }
    return rc;
}

/* DROP TYPE ... CASCADE takes columns from tables that it does not name. */
static int check_left_columns(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    if (node->node_case != PG_QUERY__NODE__NODE_DROP_STMT ||
        node->drop_stmt->behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
        return TD_OK;
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        if (td_on_sqlite(t->on) && !td_phys_get(l, t->id)->foreign)
            rc = check_has_columns(t, err);
    }
    return rc;
}

static int check_table(struct td_lowering *l, struct td_table *t, struct td_err *err)
{
    int rc = check_kind(t, err);
    if (rc == TD_OK)
        rc = check_has_columns(t, err);
    if (rc == TD_OK)
        rc = td_lowering_check_forked(l, t, err);
    if (rc == TD_OK)
        rc = check_table_name(l, t, err);
    if (rc == TD_OK && t->query != NULL && t->stmt == l->catalog.stmt)
        rc = check_view(l, t, err);
    if (rc == TD_OK && t->kind != TD_R_VIEW)
        rc = check_columns(l, t, err);
    if (rc == TD_OK)
        rc = check_constraints(l, t, err);
    if (rc == TD_OK)
        rc = check_indexes(l, t, err);
    if (rc == TD_OK)
        rc = check_triggers(l, t, err);
    return rc;
}

/* Is it an index in the file, be it by a constraint? */
static bool is_index_of(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->indexes.len; i++)
        if (td_on_sqlite(t->indexes.at[i]->on) && strcmp(t->indexes.at[i]->name, name) == 0)
            return true;
    const struct td_constraint *k = td_table_constraint(t, name);
    return k != NULL && td_ddl_constraint_is_index(k) && td_on_sqlite(k->on);
}

static int check_renamed_index(struct td_lowering *l, const struct td_table *t, const PgQuery__RenameStmt *s,
                               struct td_err *err)
{
    bool index = s->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX ||
                 s->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT;
    return index && is_index_of(t, s->newname) ? check_index_name(l, t, s->newname, err) : TD_OK;
}

int td_lowering_check(struct td_lowering *l, const PgQuery__Node *node, const struct td_ids *before, struct td_err *err)
{
    struct td_ids ids = {0};
    for (size_t i = 0; i < before->len; i++) /* its name may be another now */
        *td_vec_add(l->arena, &ids) = before->at[i];
    l->about_one_part =
        node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT || node->node_case == PG_QUERY__NODE__NODE_CREATE_TRIG_STMT;
    td_affected_before(l, node, &ids);
    for (size_t i = 0; i < ids.len; i++) {
        struct td_table *t = td_catalog_table_by_id(&l->catalog, ids.at[i]);
        if (t == NULL || !td_on_sqlite(t->on))
            continue;
        int rc = check_table(l, t, err);
        if (rc == TD_OK && changes_type(node))
            rc = check_referring(l, t, err);
        if (rc == TD_OK && node->node_case == PG_QUERY__NODE__NODE_RENAME_STMT)
            rc = check_renamed_index(l, t, node->rename_stmt, err);
        if (rc != TD_OK)
            return rc;
        td_lowering_note_statement(l, t, node);
    }
    int rc = check_left_columns(l, node, err);
    return rc == TD_OK ? td_callers_check(l, node, err) : rc;
}

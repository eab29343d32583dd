/* Type names in statements. */
#include <string.h>

#include "core/migrate/replay_impl.h"

/* Types of extensions: a type that the user made wins over them; over PostgreSQL's own it does not. */
static bool from_extension(const struct td_type *t)
{
    static const char *const all[] = {"hstore",  "ltree",     "lquery",   "ltxtquery", "cube",  "seg",   "vector",
                                      "halfvec", "sparsevec", "geometry", "geography", "box2d", "box3d", "raster"};
    if (t->kind == TD_T_CITEXT)
        return true;
    for (size_t i = 0; t->kind == TD_T_OTHER && i < sizeof all / sizeof *all; i++)
        if (strcmp(t->name, all[i]) == 0)
            return true;
    return false;
}

static bool is_serial(const char *name)
{
    static const char *const all[] = {"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i], name) == 0)
            return true;
    return false;
}

/* The type without modifiers and dimensions. */
static bool find(const struct td_replaying *p, const char *schema, const char *name, struct td_type *out)
{
    bool builtin = (schema == NULL || strcmp(schema, "pg_catalog") == 0) && td_type_builtin(name, out);
    if (builtin && !(schema == NULL && from_extension(out)))
        return true;
    struct td_user_type *u = td_catalog_type(p->c, schema, td_name_truncate(p->a, name));
    if (u != NULL) {
        *out = td_type_of_user(u);
        return true;
    }
    if (builtin)
        return true;
    if (td_type_builtin(name, out) && from_extension(out)) /* extensions.citext */
        return true;
    if (td_catalog_table(p->c, schema, name) == NULL)
        return false;
    *out = TD_TYPE(TD_T_RECORD); /* a table's row type */
    return true;
}

static int mod(const PgQuery__TypeName *n, size_t i)
{
    if (i >= n->n_typmods || n->typmods[i]->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        n->typmods[i]->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return -1;
    return n->typmods[i]->a_const->ival->ival;
}

static void modifiers(const PgQuery__TypeName *n, struct td_type *t)
{
    enum { ALL_INTERVAL_FIELDS = 0x7FFF };
    switch (t->kind) {
    case TD_T_NUMERIC:
        t->mod1 = mod(n, 0);
        t->mod2 = n->n_typmods == 1 ? 0 : mod(n, 1);
        break;
    case TD_T_INTERVAL:
        t->mod2 = mod(n, 0) == ALL_INTERVAL_FIELDS ? -1 : mod(n, 0);
        t->mod1 = mod(n, 1) > 6 ? 6 : mod(n, 1);
        break;
    case TD_T_TIME:
    case TD_T_TIMETZ:
    case TD_T_TIMESTAMP:
    case TD_T_TIMESTAMPTZ: t->mod1 = mod(n, 0) > 6 ? 6 : mod(n, 0); break;
    default: t->mod1 = mod(n, 0); break;
    }
}

/* As anychar_typmodin and numerictypmodin say it. */
static int check_modifiers(const struct td_replaying *p, const PgQuery__TypeName *n, const struct td_type *t)
{
    bool text = t->kind == TD_T_VARCHAR || t->kind == TD_T_BPCHAR;
    if (text && n->n_typmods > 0 && t->mod1 == 0)
        return td_replay_fail(p, n->location, TD_C_SCHEMA_INVALID, "22023", "length for type %s must be at least 1",
                              t->kind == TD_T_VARCHAR ? "varchar" : "char");
    if (t->kind == TD_T_NUMERIC && n->n_typmods > 0 && (t->mod1 < 1 || t->mod1 > 1000))
        return td_replay_fail(p, n->location, TD_C_SCHEMA_INVALID, "22023",
                              "NUMERIC precision %d must be between 1 and 1000", t->mod1);
    return TD_OK;
}

/* t.c%TYPE */
static int column_type(const struct td_replaying *p, const PgQuery__TypeName *n, struct td_type *out)
{
    const char *table, *schema, *column = td_tree_name(n->names, n->n_names, NULL);
    table = n->n_names < 2 ? NULL : td_tree_name(n->names, n->n_names - 1, &schema);
    struct td_table *t = table == NULL ? NULL : td_catalog_table(p->c, schema, table);
    if (t == NULL)
        return td_replay_fail(p, n->location, TD_C_SCHEMA_MISSING, "42P01", "relation \"%s\" does not exist",
                              table == NULL ? column : table);
    struct td_column *c;
    int rc = td_replay_find_column(p, t, column, n->location, &c);
    if (rc == TD_OK)
        *out = c->type;
    return rc;
}

int td_replay_resolve_type(const struct td_replaying *p, const PgQuery__TypeName *n, struct td_type *out,
                           bool *serial_out)
{
    const char *schema, *name = td_tree_name(n->names, n->n_names, &schema);
    if (serial_out != NULL)
        *serial_out = schema == NULL && is_serial(name);
    if (n->pct_type)
        return column_type(p, n, out);
    if (!find(p, schema, name, out)) {
        bool no_schema = schema != NULL && !td_catalog_has_schema(p->c, schema);
        if (no_schema)
            return td_replay_fail(p, n->location, TD_C_SCHEMA_MISSING, "3F000", "schema \"%s\" does not exist", schema);
        return td_replay_fail(p, n->location, TD_C_SCHEMA_MISSING, "42704", "type \"%s%s%s\" does not exist",
                              schema == NULL ? "" : schema, schema == NULL ? "" : ".", name);
    }
    if (out->user == NULL)
        modifiers(n, out);
    out->dims = (short)(out->dims + (short)n->n_array_bounds);
    return out->user == NULL ? check_modifiers(p, n, out) : TD_OK;
}

int td_replay_type(const struct td_replay *r, const PgQuery__TypeName *name, struct td_type *out, bool *serial_out,
                   struct td_err *err)
{
    static const struct td_sql_stmt nowhere;
    const struct td_replaying p = {r->catalog, r->catalog->arena, r, &nowhere, err};
    return td_replay_resolve_type(&p, name, out, serial_out);
}

bool td_replay_names_type(const struct td_replaying *p, const PgQuery__TypeName *n, const struct td_user_type *u)
{
    if (n->n_names == 0 || n->pct_type)
        return false;
    const char *schema, *name = td_tree_name(n->names, n->n_names, &schema);
    struct td_type t;
    return name != NULL && strcmp(name, u->name) == 0 && find(p, schema, name, &t) && t.user == u;
}

int td_replay_find_type(const struct td_replaying *p, PgQuery__Node *const *names, size_t n, bool missing_ok,
                        int location, struct td_user_type **out)
{
    const char *schema, *name = td_tree_name(names, n, &schema);
    *out = td_catalog_type(p->c, schema, td_name_truncate(p->a, name));
    if (*out != NULL || missing_ok)
        return TD_OK;
    return td_replay_fail(p, td_replay_place(p, location, name), TD_C_SCHEMA_MISSING, "42704",
                          "type \"%s%s%s\" does not exist", schema == NULL ? "" : schema, schema == NULL ? "" : ".",
                          name);
}

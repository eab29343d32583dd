/* CREATE and ALTER of enums, domains, composite and range types. */
#include <string.h>

#include "core/migrate/replay_impl.h"

static int new_type(const struct td_replaying *p, const char *written_schema, const char *name,
                    enum td_user_type_kind kind, struct td_user_type **out)
{
    const char *schema;
    int at = td_replay_place(p, -1, name);
    int rc = td_replay_new_schema(p, written_schema, false, at, &schema);
    if (rc != TD_OK)
        return rc;
    struct td_user_type *old = td_catalog_type(p->c, schema, name);
    if (old != NULL && old->kind == TD_UT_SHELL)
        td_catalog_remove_type(p->c, old);
    else if (old != NULL || td_catalog_table(p->c, schema, name) != NULL)
        return td_replay_fail(p, at, TD_C_SCHEMA_EXISTS, "42710", "type \"%s\" already exists", name);
    struct td_user_type *u = td_arena_new(p->a, struct td_user_type);
    u->id = td_catalog_next_id(p->c);
    u->kind = kind;
    u->schema = schema;
    u->name = name;
    u->on = p->r->on;
    *out = u;
    return TD_OK;
}

static int new_named(const struct td_replaying *p, PgQuery__Node *const *names, size_t n, enum td_user_type_kind kind,
                     struct td_user_type **out)
{
    const char *schema, *name = td_tree_name(names, n, &schema);
    return new_type(p, schema, name, kind, out);
}

int td_replay_create_enum(const struct td_replaying *p, const PgQuery__CreateEnumStmt *s)
{
    struct td_user_type *u;
    int rc = new_named(p, s->type_name, s->n_type_name, TD_UT_ENUM, &u);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < s->n_vals; i++) {
        const char *label = td_tree_string(s->vals[i]);
        if (td_strings_find(&u->labels, label) >= 0)
            return td_replay_fail(p, -1, TD_C_SCHEMA_EXISTS, "23505", "enum label \"%s\" is there twice", label);
        td_strings_add(p->a, &u->labels, label);
    }
    td_catalog_add_type(p->c, u);
    return TD_OK;
}

static int no_label(const struct td_replaying *p, const char *label)
{
    return td_replay_fail(p, -1, TD_C_SCHEMA_MISSING, "22023", "\"%s\" is not an existing enum label", label);
}

static int rename_label(const struct td_replaying *p, struct td_user_type *u, const PgQuery__AlterEnumStmt *s)
{
    int at = td_strings_find(&u->labels, s->old_val);
    if (at < 0)
        return no_label(p, s->old_val);
    if (td_strings_find(&u->labels, s->new_val) >= 0)
        return td_replay_fail(p, -1, TD_C_SCHEMA_EXISTS, "42710", "enum label \"%s\" already exists", s->new_val);
    td_rewrite_label(p, u, s->old_val, s->new_val);
    td_keep_vec(p->c, &u->labels);
    u->labels.at[at] = td_arena_strdup(p->a, s->new_val);
    return TD_OK;
}

int td_replay_alter_enum(const struct td_replaying *p, const PgQuery__AlterEnumStmt *s)
{
    struct td_user_type *u;
    int rc = td_replay_find_type(p, s->type_name, s->n_type_name, false, -1, &u);
    if (rc != TD_OK)
        return rc;
    if (u->kind != TD_UT_ENUM)
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "42809", "%s is not an enum", u->name);
    if (s->old_val != NULL)
        return rename_label(p, u, s);
    if (td_strings_find(&u->labels, s->new_val) >= 0) {
        if (s->skip_if_new_val_exists)
            return TD_OK;
        return td_replay_fail(p, -1, TD_C_SCHEMA_EXISTS, "42710", "enum label \"%s\" already exists", s->new_val);
    }
    const char *neighbour = s->new_val_neighbor;
    int at = neighbour == NULL ? (int)u->labels.len : td_strings_find(&u->labels, neighbour);
    if (at < 0)
        return no_label(p, neighbour);
    if (neighbour != NULL && s->new_val_is_after)
        at++;
    td_keep_vec(p->c, &u->labels);
    td_strings_add(p->a, &u->labels, s->new_val);
    const char *added = u->labels.at[u->labels.len - 1];
    memmove(&u->labels.at[at + 1], &u->labels.at[at], (u->labels.len - 1 - (size_t)at) * sizeof *u->labels.at);
    u->labels.at[at] = added;
    return TD_OK;
}

/* ---- domains ---- */

static int add_check(const struct td_replaying *p, struct td_user_type *u, const PgQuery__Constraint *con)
{
    const char *name = td_replay_text(con->conname);
    for (size_t i = 0; name != NULL && i < u->checks.len; i++)
        if (strcmp(u->checks.at[i].name, name) == 0)
            return td_replay_fail(p, con->location, TD_C_SCHEMA_EXISTS, "42710",
                                  "constraint \"%s\" for domain \"%s\" already exists", name, u->name);
    if (name == NULL) { /* the checks of a domain that is being made are not in the catalog yet */
        name = td_replay_choose_constraint(p, u->schema, u->name, NULL, "check");
        for (unsigned pass = 1, again = 1; again;) {
            again = 0;
            for (size_t i = 0; i < u->checks.len; i++)
                again = again || strcmp(u->checks.at[i].name, name) == 0;
            if (again)
                name = td_name_make(p->a, u->name, NULL, td_arena_printf(p->a, "check%u", pass++));
        }
    }
    struct td_domain_check *k = td_edit_add(p->c, &u->checks);
    k->name = name;
    k->expr = con->raw_expr;
    return TD_OK;
}

static int domain_property(const struct td_replaying *p, struct td_user_type *u, const PgQuery__Constraint *con)
{
    switch (con->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL: u->not_null = true; return TD_OK;
    case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT: u->default_ = con->raw_expr; return TD_OK;
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: return add_check(p, u, con);
    default: return TD_OK;
    }
}

int td_replay_create_domain(const struct td_replaying *p, const PgQuery__CreateDomainStmt *s)
{
    struct td_user_type *u;
    int rc = new_named(p, s->domainname, s->n_domainname, TD_UT_DOMAIN, &u);
    if (rc == TD_OK)
        rc = td_replay_resolve_type(p, s->type_name, &u->base, NULL);
    if (rc == TD_OK && u->base.kind == TD_T_DOMAIN && u->base.dims == 0)
        u->default_ = u->base.user->default_; /* as it is now: it does not follow the base's */
    for (size_t i = 0; rc == TD_OK && i < s->n_constraints; i++)
        if (s->constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            rc = domain_property(p, u, s->constraints[i]->constraint);
    if (rc == TD_OK)
        td_catalog_add_type(p->c, u);
    return rc;
}

static int drop_check(const struct td_replaying *p, struct td_user_type *u, const PgQuery__AlterDomainStmt *s)
{
    for (size_t i = 0; i < u->checks.len; i++)
        if (strcmp(u->checks.at[i].name, s->name) == 0) {
            td_edit_remove(p->c, &u->checks, i);
            return TD_OK;
        }
    if (s->missing_ok)
        return TD_OK;
    return td_replay_fail(p, td_replay_place(p, -1, s->name), TD_C_SCHEMA_MISSING, "42704",
                          "constraint \"%s\" of domain \"%s\" does not exist", s->name, u->name);
}

static bool is_over(const struct td_user_type *domain, const struct td_user_type *u)
{
    for (; domain != NULL;
         domain = domain->base.kind == TD_T_DOMAIN && domain->base.dims == 0 ? domain->base.user : NULL)
        if (domain == u)
            return true;
    return false;
}

/* PostgreSQL looks at the rows that are there, but not into arrays: it refuses. */
static int containers_allow(const struct td_replaying *p, const struct td_user_type *u)
{
    for (size_t i = 0; i < p->c->tables.len; i++) {
        const struct td_table *t = p->c->tables.at[i];
        for (size_t k = 0; t->kind != TD_R_VIEW && k < t->columns.len; k++) {
            const struct td_column *c = t->columns.at[k];
            if (c->type.dims > 0 && c->type.kind == TD_T_DOMAIN && is_over(c->type.user, u))
                return td_replay_fail(p, td_replay_place(p, -1, u->name), TD_C_SCHEMA_DEPENDS, "0A000",
                                      "cannot alter type \"%s\" because column \"%s.%s\" uses it", c->type.user->name,
                                      t->name, c->name);
        }
    }
    return TD_OK;
}

int td_replay_alter_domain(const struct td_replaying *p, const PgQuery__AlterDomainStmt *s)
{
    struct td_user_type *u;
    int rc = td_replay_find_type(p, s->type_name, s->n_type_name, false, -1, &u);
    if (rc != TD_OK)
        return rc;
    if (u->kind != TD_UT_DOMAIN)
        return td_replay_fail(p, td_replay_place(p, -1, u->name), TD_C_SCHEMA_INVALID, "42809",
                              "\"%s\" is not a domain", u->name);
    td_keep(p->c, u);
    switch (s->subtype[0]) {
    case 'T': u->default_ = s->def; return TD_OK;
    case 'N': u->not_null = false; return TD_OK;
    case 'O': u->not_null = true; return containers_allow(p, u);
    case 'C':
        rc = s->def->constraint->skip_validation ? TD_OK : containers_allow(p, u);
        return rc == TD_OK ? domain_property(p, u, s->def->constraint) : rc;
    case 'X': return drop_check(p, u, s);
    default: return TD_OK; /* VALIDATE */
    }
}

/* ---- the others: known by name, carried opaque ---- */

int td_replay_create_composite(const struct td_replaying *p, const PgQuery__CompositeTypeStmt *s)
{
    struct td_user_type *u;
    int rc = new_type(p, s->typevar->schemaname, s->typevar->relname, TD_UT_COMPOSITE, &u);
    for (size_t i = 0; rc == TD_OK && i < s->n_coldeflist; i++) {
        struct td_type ignored;
        rc = td_replay_resolve_type(p, s->coldeflist[i]->column_def->type_name, &ignored, NULL);
    }
    if (rc == TD_OK)
        td_catalog_add_type(p->c, u);
    return rc;
}

int td_replay_create_range(const struct td_replaying *p, const PgQuery__CreateRangeStmt *s)
{
    struct td_user_type *u;
    int rc = new_named(p, s->type_name, s->n_type_name, TD_UT_RANGE, &u);
    if (rc == TD_OK)
        td_catalog_add_type(p->c, u);
    return rc;
}

/* CREATE TYPE name; CREATE AGGREGATE, OPERATOR, COLLATION... leave no trace. */
int td_replay_define(const struct td_replaying *p, const PgQuery__DefineStmt *s)
{
    if (s->kind != PG_QUERY__OBJECT_TYPE__OBJECT_TYPE)
        return TD_OK;
    struct td_user_type *u;
    int rc = new_named(p, s->defnames, s->n_defnames, TD_UT_SHELL, &u);
    if (rc == TD_OK)
        td_catalog_add_type(p->c, u);
    return rc;
}

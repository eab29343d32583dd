#include <stdlib.h>
#include <string.h>

#include "core/migrate/replay_impl.h"

struct td_sequence *td_replay_new_sequence(const struct td_replaying *p, const char *schema, const char *name,
                                           struct td_type type)
{
    struct td_sequence *s = td_arena_new(p->a, struct td_sequence);
    s->id = td_catalog_next_id(p->c);
    s->schema = schema;
    s->name = name;
    s->type = type;
    s->increment = 1;
    s->cache = 1;
    s->on = p->r->on;
    s->stmt = p->c->stmt;
    return s;
}

static int64_t number(const PgQuery__Node *n, int64_t otherwise)
{
    if (n == NULL)
        return otherwise;
    if (n->node_case == PG_QUERY__NODE__NODE_INTEGER)
        return n->integer->ival;
    if (n->node_case == PG_QUERY__NODE__NODE_FLOAT)
        return strtoll(n->float_->fval, NULL, 10);
    return otherwise;
}

static bool truth(const PgQuery__Node *n)
{
    return n == NULL || (n->node_case == PG_QUERY__NODE__NODE_BOOLEAN ? n->boolean->boolval : number(n, 1) != 0);
}

/* What the options say; the rest stays, or is PostgreSQL's default for the type and the direction. */
struct given {
    bool min, max, start;    /* MINVALUE 1 */
    bool no_min, no_max;     /* NO MINVALUE, and whatever else asks for the default */
    bool type_min, type_max; /* AS type, where the old bound was the old type's own */
};

static int64_t largest(const struct td_type *t)
{
    return t->kind == TD_T_INT2 ? INT16_MAX : t->kind == TD_T_INT4 ? INT32_MAX : INT64_MAX;
}

static void set_type(struct td_sequence *s, struct td_type type, struct given *given)
{
    int64_t top = largest(&s->type);
    given->type_max = s->max == top;
    given->type_min = s->min == -top - 1;
    s->type = type;
}

static int owned_by(const struct td_replaying *p, struct td_sequence *s, const PgQuery__DefElem *d)
{
    if (d->arg == NULL || d->arg->node_case != PG_QUERY__NODE__NODE_LIST)
        return TD_OK;
    PgQuery__List *l = d->arg->list;
    if (l->n_items < 2) { /* NONE */
        s->owner = NULL;
        s->owner_column = NULL;
        return TD_OK;
    }
    const char *schema, *table = td_tree_name(l->items, l->n_items - 1, &schema);
    struct td_table *t = td_catalog_table(p->c, schema, table);
    if (t == NULL)
        return td_replay_fail(p, d->location, TD_C_SCHEMA_MISSING, "42P01", "relation \"%s\" does not exist", table);
    struct td_column *c;
    int rc = td_replay_find_column(p, t, td_tree_string(l->items[l->n_items - 1]), d->location, &c);
    if (rc != TD_OK)
        return rc;
    s->owner = t;
    s->owner_column = c;
    return TD_OK;
}

static int as_type(const struct td_replaying *p, struct td_sequence *s, const PgQuery__DefElem *d, struct given *given)
{
    struct td_type type;
    int rc = td_replay_resolve_type(p, d->arg->type_name, &type, NULL);
    if (rc == TD_OK)
        set_type(s, type, given);
    return rc;
}

static int option(const struct td_replaying *p, struct td_sequence *s, const PgQuery__DefElem *d, struct given *given)
{
    const char *name = d->defname;
    if (strcmp(name, "as") == 0)
        return as_type(p, s, d, given);
    if (strcmp(name, "owned_by") == 0)
        return owned_by(p, s, d);
    if (strcmp(name, "increment") == 0) {
        s->increment = number(d->arg, 1);
    } else if (strcmp(name, "start") == 0) {
        s->start = number(d->arg, 1);
        given->start = true;
    } else if (strcmp(name, "minvalue") == 0) {
        given->min = d->arg != NULL;
        given->no_min = d->arg == NULL;
        s->min = number(d->arg, s->min);
    } else if (strcmp(name, "maxvalue") == 0) {
        given->max = d->arg != NULL;
        given->no_max = d->arg == NULL;
        s->max = number(d->arg, s->max);
    } else if (strcmp(name, "cache") == 0) {
        s->cache = number(d->arg, 1);
    } else if (strcmp(name, "cycle") == 0) {
        s->cycle = truth(d->arg);
    }
    return TD_OK;
}

/* As init_params() does it. */
static void fill_bounds(struct td_sequence *s, const struct given *given, bool fresh)
{
    int64_t top = largest(&s->type);
    if (!given->max && (fresh || given->no_max || given->type_max))
        s->max = s->increment > 0 || (given->type_max && !fresh) ? top : -1;
    if (!given->min && (fresh || given->no_min || given->type_min))
        s->min = s->increment < 0 || (given->type_min && !fresh) ? -top - 1 : 1;
    if (!given->start && fresh)
        s->start = s->increment > 0 ? s->min : s->max;
}

static int check_bounds(const struct td_replaying *p, const struct td_sequence *s)
{
    if (s->increment == 0)
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "22023", "INCREMENT must not be zero");
    if (s->min >= s->max)
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "22023", "MINVALUE (%lld) must be less than MAXVALUE (%lld)",
                              (long long)s->min, (long long)s->max);
    if (s->start < s->min)
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "22023",
                              "START value (%lld) cannot be less than MINVALUE (%lld)", (long long)s->start,
                              (long long)s->min);
    if (s->start > s->max)
        return td_replay_fail(p, -1, TD_C_SCHEMA_INVALID, "22023",
                              "START value (%lld) cannot be greater than MAXVALUE (%lld)", (long long)s->start,
                              (long long)s->max);
    return TD_OK;
}

int td_replay_sequence_options(const struct td_replaying *p, struct td_sequence *s, PgQuery__Node *const *options,
                               size_t n, bool fresh)
{
    struct given given = {0};
    for (size_t i = 0; i < n; i++) {
        if (options[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM)
            continue;
        int rc = option(p, s, options[i]->def_elem, &given);
        if (rc != TD_OK)
            return rc;
    }
    fill_bounds(s, &given, fresh);
    return check_bounds(p, s);
}

int td_replay_sequence_type(const struct td_replaying *p, struct td_sequence *s, struct td_type type)
{
    struct given given = {0};
    set_type(s, type, &given);
    fill_bounds(s, &given, false);
    return check_bounds(p, s);
}

int td_replay_create_sequence(const struct td_replaying *p, const PgQuery__CreateSeqStmt *s)
{
    const PgQuery__RangeVar *rv = s->sequence;
    const char *schema;
    int rc = td_replay_new_schema(p, rv->schemaname, rv->relpersistence[0] == 't', rv->location, &schema);
    if (rc != TD_OK)
        return rc;
    if (td_catalog_relation(p->c, schema, rv->relname) != NULL && s->if_not_exists)
        return TD_OK;
    rc = td_replay_relation_free(p, schema, rv->relname, rv->location);
    if (rc != TD_OK)
        return rc;
    struct td_sequence *q = td_replay_new_sequence(p, schema, rv->relname, TD_TYPE(TD_T_INT8));
    rc = td_replay_sequence_options(p, q, s->options, s->n_options, true);
    if (rc == TD_OK)
        td_catalog_add_sequence(p->c, q);
    return rc;
}

int td_replay_alter_sequence(const struct td_replaying *p, const PgQuery__AlterSeqStmt *s)
{
    const PgQuery__RangeVar *rv = s->sequence;
    struct td_sequence *q = td_catalog_sequence(p->c, td_replay_text(rv->schemaname), rv->relname);
    if (q == NULL && s->missing_ok)
        return TD_OK;
    if (q == NULL)
        return td_replay_fail(p, rv->location, TD_C_SCHEMA_MISSING, "42P01", "relation \"%s\" does not exist",
                              rv->relname);
    td_keep(p->c, q);
    q->stmt = p->c->stmt;
    return td_replay_sequence_options(p, q, s->options, s->n_options, false);
}

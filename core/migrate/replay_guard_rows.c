/* PostgreSQL's system tables, as far as guards in migrations ask them, made from our catalog. */
#include <ctype.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_guard_impl.h"

enum { MOST_CELLS = 12 };

struct filling {
    const struct td_replaying *p;
    struct td_rows *out;
};

static struct td_cell text(const char *s)
{
    return (struct td_cell){s == NULL ? TD_CELL_NULL : TD_CELL_TEXT, 0, s};
}

static struct td_cell number(int64_t n)
{
    return (struct td_cell){TD_CELL_INT, n, NULL};
}

static struct td_cell truth(bool b)
{
    return (struct td_cell){TD_CELL_BOOL, b, NULL};
}

/* Schemas have no id of their own: their place, above all ids. */
static struct td_cell schema_id(const struct filling *f, const char *schema)
{
    const int64_t first = (int64_t)1 << 32;
    for (size_t i = 0; i < f->p->c->schemas.len; i++)
        if (strcmp(f->p->c->schemas.at[i], schema) == 0)
            return number(first + (int64_t)i);
    return number(first - 1);
}

static struct td_cell *row(const struct filling *f)
{
    struct td_cell *cells = td_arena_alloc(f->p->a, MOST_CELLS * sizeof *cells);
    *td_vec_add(f->p->a, &f->out->at) = cells;
    return cells;
}

#define ROW(f, ...)                                                                                                    \
    do {                                                                                                               \
        const struct td_cell row_cells[] = {__VA_ARGS__};                                                              \
        memcpy(row(f), row_cells, sizeof row_cells);                                                                   \
    } while (0)

static bool is_view(const struct td_table *t)
{
    return t->kind == TD_R_VIEW || t->kind == TD_R_MATVIEW;
}

static void each_table(const struct filling *f, void (*fn)(const struct filling *f, const struct td_table *t))
{
    for (size_t i = 0; i < f->p->c->tables.len; i++)
        fn(f, f->p->c->tables.at[i]);
}

/* ---- pg_catalog ---- */

static void namespaces(const struct filling *f)
{
    for (size_t i = 0; i < f->p->c->schemas.len; i++)
        ROW(f, schema_id(f, f->p->c->schemas.at[i]), text(f->p->c->schemas.at[i]));
    ROW(f, number(-1), text("pg_catalog"));
    ROW(f, number(-2), text("information_schema"));
}

static void types(const struct filling *f)
{
    static const char *const letters[] = {"e", "d", "c", "r", "p"};
    for (size_t i = 0; i < f->p->c->types.len; i++) {
        const struct td_user_type *u = f->p->c->types.at[i];
        ROW(f, number(u->id), text(u->name), schema_id(f, u->schema), text(letters[u->kind]));
    }
    for (size_t i = 0; i < f->p->c->tables.len; i++) { /* each table has a row type */
        const struct td_table *t = f->p->c->tables.at[i];
        ROW(f, number(-(int64_t)t->id), text(t->name), schema_id(f, t->schema), text("c"));
    }
}

static void labels(const struct filling *f)
{
    for (size_t i = 0; i < f->p->c->types.len; i++) {
        const struct td_user_type *u = f->p->c->types.at[i];
        for (size_t j = 0; j < u->labels.len; j++)
            ROW(f, number(u->id), text(u->labels.at[j]), number((int64_t)j + 1));
    }
}

static void class_of(const struct filling *f, const struct td_table *t)
{
    static const char *const letters[] = {"r", "v", "m", "p", "r", "f"};
    struct td_cell schema = schema_id(f, t->schema);
    ROW(f, number(t->id), text(t->name), schema, text(letters[t->kind]), truth(t->row_security));
    for (size_t i = 0; i < t->indexes.len; i++)
        ROW(f, number(t->indexes.at[i]->id), text(t->indexes.at[i]->name), schema, text("i"), truth(false));
    for (size_t i = 0; i < t->constraints.len; i++)
        if (td_constraint_has_index(t->constraints.at[i]))
            ROW(f, number(t->constraints.at[i]->id), text(t->constraints.at[i]->name), schema, text("i"), truth(false));
}

static void classes(const struct filling *f)
{
    each_table(f, class_of);
    for (size_t i = 0; i < f->p->c->sequences.len; i++) {
        const struct td_sequence *s = f->p->c->sequences.at[i];
        ROW(f, number(s->id), text(s->name), schema_id(f, s->schema), text("S"), truth(false));
    }
}

static void attributes_of(const struct filling *f, const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        ROW(f, number(t->id), text(c->name), truth(c->not_null), number((int64_t)i + 1), truth(false),
            truth(c->default_ != NULL || c->generated != NULL),
            c->type.user == NULL ? (struct td_cell){0} : number(c->type.user->id));
    }
}

static void attributes(const struct filling *f)
{
    each_table(f, attributes_of);
}

static void constraints_of(const struct filling *f, const struct td_table *t)
{
    static const char *const letters[] = {"p", "u", "f", "c", "x"};
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        ROW(f, number(k->id), text(k->name), schema_id(f, t->schema), number(t->id), text(letters[k->kind]),
            number(k->ref == NULL ? 0 : k->ref->id), truth(!k->not_valid));
    }
}

static void constraints(const struct filling *f)
{
    each_table(f, constraints_of);
}

static void indexes_of(const struct filling *f, const struct td_table *t)
{
    for (size_t i = 0; i < t->indexes.len; i++)
        ROW(f, text(t->schema), text(t->name), text(t->indexes.at[i]->name));
    for (size_t i = 0; i < t->constraints.len; i++)
        if (td_constraint_has_index(t->constraints.at[i]))
            ROW(f, text(t->schema), text(t->name), text(t->constraints.at[i]->name));
}

static void indexes(const struct filling *f)
{
    each_table(f, indexes_of);
}

static void pg_tables_of(const struct filling *f, const struct td_table *t)
{
    if (!is_view(t))
        ROW(f, text(t->schema), text(t->name), truth(t->row_security));
}

static void pg_tables(const struct filling *f)
{
    each_table(f, pg_tables_of);
}

static void pg_views_of(const struct filling *f, const struct td_table *t)
{
    if (t->kind == TD_R_VIEW)
        ROW(f, text(t->schema), text(t->name));
}

static void pg_views(const struct filling *f)
{
    each_table(f, pg_views_of);
}

static void pg_matviews_of(const struct filling *f, const struct td_table *t)
{
    if (t->kind == TD_R_MATVIEW)
        ROW(f, text(t->schema), text(t->name));
}

static void pg_matviews(const struct filling *f)
{
    each_table(f, pg_matviews_of);
}

static void sequences(const struct filling *f)
{
    for (size_t i = 0; i < f->p->c->sequences.len; i++)
        ROW(f, text(f->p->c->sequences.at[i]->schema), text(f->p->c->sequences.at[i]->name));
}

static void extensions(const struct filling *f)
{
    ROW(f, number(1), text("plpgsql"));
    for (size_t i = 0; i < f->p->c->extensions.len; i++)
        ROW(f, number((int64_t)i + 2), text(f->p->c->extensions.at[i].name));
}

static void triggers_of(const struct filling *f, const struct td_table *t)
{
    for (size_t i = 0; i < t->triggers.len; i++)
        ROW(f, number(t->triggers.at[i]->id), text(t->triggers.at[i]->name), number(t->id), truth(false));
}

static void triggers(const struct filling *f)
{
    each_table(f, triggers_of);
}

static void functions(const struct filling *f)
{
    f->out->open = true;
    for (size_t i = 0; i < f->p->c->functions.len; i++) {
        const struct td_function *fn = f->p->c->functions.at[i];
        ROW(f, number(fn->id), text(fn->name), schema_id(f, fn->schema));
    }
}

static void policies_of(const struct filling *f, const struct td_table *t)
{
    for (size_t i = 0; i < t->policies.len; i++)
        ROW(f, text(t->schema), text(t->name), text(t->policies.at[i]->name));
}

static void policies(const struct filling *f)
{
    each_table(f, policies_of);
}

/* ---- information_schema ---- */

static void schemata(const struct filling *f)
{
    for (size_t i = 0; i < f->p->c->schemas.len; i++)
        ROW(f, text(f->p->c->schemas.at[i]));
}

static void is_tables_of(const struct filling *f, const struct td_table *t)
{
    if (t->kind != TD_R_MATVIEW)
        ROW(f, text(t->schema), text(t->name), text(t->kind == TD_R_VIEW ? "VIEW" : "BASE TABLE"), text("tandem"));
}

static void is_tables(const struct filling *f)
{
    each_table(f, is_tables_of);
}

static const char *data_type(const struct filling *f, const struct td_column *c)
{
    if (c->type.dims > 0)
        return "ARRAY";
    struct td_type t = td_type_base(c->type);
    if (t.user != NULL)
        return "USER-DEFINED";
    t.mod1 = t.mod2 = -1;
    if (t.kind == TD_T_BPCHAR)
        return "character";
    struct td_buf b;
    td_buf_init(&b, f->p->a);
    td_type_print(&t, &b);
    return td_buf_str(&b);
}

static void columns_of(const struct filling *f, const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len && t->kind != TD_R_MATVIEW; i++) {
        const struct td_column *c = t->columns.at[i];
        bool sized = c->type.kind == TD_T_VARCHAR || c->type.kind == TD_T_BPCHAR;
        ROW(f, text(t->schema), text(t->name), text(c->name), text(c->not_null ? "NO" : "YES"), text(data_type(f, c)),
            text(c->type.dims > 0 ? NULL : td_type_internal_name(&c->type)), number((int64_t)i + 1),
            sized && c->type.mod1 >= 0 ? number(c->type.mod1) : (struct td_cell){0}, text("tandem"));
    }
}

static void columns(const struct filling *f)
{
    each_table(f, columns_of);
}

static void table_constraints_of(const struct filling *f, const struct td_table *t)
{
    static const char *const kinds[] = {"PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"};
    for (size_t i = 0; i < t->constraints.len; i++)
        if (t->constraints.at[i]->kind != TD_K_EXCLUDE)
            ROW(f, text(t->schema), text(t->constraints.at[i]->name), text(t->schema), text(t->name),
                text(kinds[t->constraints.at[i]->kind]));
}

static void table_constraints(const struct filling *f)
{
    each_table(f, table_constraints_of);
}

static void key_columns_of(const struct filling *f, const struct td_table *t)
{
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        for (size_t j = 0; k->kind <= TD_K_FOREIGN && j < k->columns.len; j++)
            ROW(f, text(t->schema), text(k->name), text(t->schema), text(t->name), text(k->columns.at[j]->name),
                number((int64_t)j + 1));
    }
}

static void key_columns(const struct filling *f)
{
    each_table(f, key_columns_of);
}

static void routines(const struct filling *f)
{
    for (size_t i = 0; i < f->p->c->functions.len; i++)
        ROW(f, text(f->p->c->functions.at[i]->schema), text(f->p->c->functions.at[i]->name));
    f->out->open = true;
}

/* ---- the table of tables ---- */

struct system_table {
    const char *schema, *name;
    const char *columns[MOST_CELLS + 1];
    void (*fill)(const struct filling *f);
};

static const struct system_table all[] = {
    {"pg_catalog", "pg_namespace", {"oid", "nspname"}, namespaces},
    {"pg_catalog", "pg_type", {"oid", "typname", "typnamespace", "typtype"}, types},
    {"pg_catalog", "pg_enum", {"enumtypid", "enumlabel", "enumsortorder"}, labels},
    {"pg_catalog", "pg_class", {"oid", "relname", "relnamespace", "relkind", "relrowsecurity"}, classes},
    {"pg_catalog",
     "pg_attribute",
     {"attrelid", "attname", "attnotnull", "attnum", "attisdropped", "atthasdef", "atttypid"},
     attributes},
    {"pg_catalog",
     "pg_constraint",
     {"oid", "conname", "connamespace", "conrelid", "contype", "confrelid", "convalidated"},
     constraints},
    {"pg_catalog", "pg_indexes", {"schemaname", "tablename", "indexname"}, indexes},
    {"pg_catalog", "pg_tables", {"schemaname", "tablename", "rowsecurity"}, pg_tables},
    {"pg_catalog", "pg_views", {"schemaname", "viewname"}, pg_views},
    {"pg_catalog", "pg_matviews", {"schemaname", "matviewname"}, pg_matviews},
    {"pg_catalog", "pg_sequences", {"schemaname", "sequencename"}, sequences},
    {"pg_catalog", "pg_extension", {"oid", "extname"}, extensions},
    {"pg_catalog", "pg_trigger", {"oid", "tgname", "tgrelid", "tgisinternal"}, triggers},
    {"pg_catalog", "pg_proc", {"oid", "proname", "pronamespace"}, functions},
    {"pg_catalog", "pg_policies", {"schemaname", "tablename", "policyname"}, policies},
    {"information_schema", "schemata", {"schema_name"}, schemata},
    {"information_schema", "tables", {"table_schema", "table_name", "table_type", "table_catalog"}, is_tables},
    {"information_schema", "views", {"table_schema", "table_name"}, pg_views},
    {"information_schema", "sequences", {"sequence_schema", "sequence_name"}, sequences},
    {"information_schema",
     "columns",
     {"table_schema", "table_name", "column_name", "is_nullable", "data_type", "udt_name", "ordinal_position",
      "character_maximum_length", "table_catalog"},
     columns},
    {"information_schema",
     "table_constraints",
     {"constraint_schema", "constraint_name", "table_schema", "table_name", "constraint_type"},
     table_constraints},
    {"information_schema",
     "key_column_usage",
     {"constraint_schema", "constraint_name", "table_schema", "table_name", "column_name", "ordinal_position"},
     key_columns},
    {"information_schema", "routines", {"routine_schema", "routine_name"}, routines},
};

bool td_guard_rows(const struct td_replaying *p, const char *schema, const char *name, struct td_rows *out)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].name, name) != 0 || strcmp(all[i].schema, schema == NULL ? "pg_catalog" : schema) != 0)
            continue;
        *out = (struct td_rows){.names = all[i].columns};
        const struct filling f = {p, out};
        all[i].fill(&f);
        return true;
    }
    return false;
}

/* One part of a name in text: "Quoted" or folded. */
static const char *part(struct td_arena *a, const char *s, const char **out)
{
    struct td_buf b;
    td_buf_init(&b, a);
    bool quoted = *s == '"';
    for (s += quoted; *s != '\0' && *s != (quoted ? '"' : '.'); s++)
        td_buf_char(&b, quoted ? *s : (char)tolower((unsigned char)*s));
    s += quoted && *s == '"';
    *out = td_buf_str(&b);
    return *s == '.' ? s + 1 : s;
}

struct td_cell td_guard_regclass(const struct td_replaying *p, const char *name)
{
    const char *first, *second = NULL;
    const char *rest = part(p->a, name, &first);
    if (*rest != '\0')
        part(p->a, rest, &second);
    const struct td_relation *r =
        second == NULL ? td_catalog_find(p->c, NULL, first) : td_catalog_find(p->c, first, second);
    if (r == NULL)
        return (struct td_cell){0};
    unsigned id = r->entry == TD_REL_TABLE      ? r->table->id
                  : r->entry == TD_REL_SEQUENCE ? r->sequence->id
                  : r->entry == TD_REL_INDEX    ? r->index->id
                                                : r->constraint->id;
    return (struct td_cell){TD_CELL_RELATION, id, second == NULL ? first : second};
}

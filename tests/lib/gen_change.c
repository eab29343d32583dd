#include "tests/lib/gen_change.h"

#include <string.h>

#include "core/catalog/edit.h"
#include "core/sql/parse.h"

struct changing {
    struct gen *g;
    struct gen_schema *s;
    const struct td_catalog *c;
    struct td_strings *out;
    struct td_table *t; /* an ordinary table that there is, for those that need one */
};

static void say(struct changing *x, const char *fmt, ...) TD_PRINTF(2, 3);

static void say(struct changing *x, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *sql = td_arena_vprintf(x->g->arena, fmt, args);
    va_end(args);
    td_strings_add(x->g->arena, x->out, sql);
}

/* ---- choices ---- */

static const char *ident(struct changing *x, const char *name)
{
    return gen_ident(x->g, name);
}

static const char *path(struct changing *x, const char *schema, const char *name)
{
    if (strcmp(schema, "public") == 0)
        return ident(x, name);
    return td_arena_printf(x->g->arena, "%s.%s", ident(x, schema), ident(x, name));
}

static const char *table_path(struct changing *x, const struct td_table *t)
{
    return path(x, t->schema, t->name);
}

static struct td_table *any_relation(struct changing *x, enum td_relation_kind kind)
{
    size_t n = 0;
    struct td_table *found = NULL;
    for (size_t i = 0; i < x->c->tables.len; i++)
        if (x->c->tables.at[i]->kind == kind && !x->c->tables.at[i]->temporary && gen_below(x->g, (unsigned)++n) == 0)
            found = x->c->tables.at[i];
    return found;
}

static struct td_column *any_column(struct changing *x, const struct td_table *t)
{
    return t->columns.len == 0 ? NULL : t->columns.at[gen_below(x->g, (unsigned)t->columns.len)];
}

static struct td_user_type *any_type(struct changing *x, enum td_user_type_kind kind)
{
    size_t n = 0;
    struct td_user_type *found = NULL;
    for (size_t i = 0; i < x->c->types.len; i++)
        if (x->c->types.at[i]->kind == kind && gen_below(x->g, (unsigned)++n) == 0)
            found = x->c->types.at[i];
    return found;
}

static const char *new_name(struct changing *x, const char *hint)
{
    return ident(x, gen_name(x->g, hint, &x->s->names));
}

static const char *new_column_name(struct changing *x, const struct td_table *t)
{
    struct td_strings taken = {0};
    for (size_t i = 0; i < t->columns.len; i++)
        td_strings_add(x->g->arena, &taken, t->columns.at[i]->name);
    return ident(x, gen_name(x->g, NULL, &taken));
}

static const char *literal(struct changing *x, struct td_type type)
{
    struct td_buf b;
    struct gen_value v = gen_plain_value(x->g, type);
    td_buf_init(&b, x->g->arena);
    if (v.text == NULL)
        return "NULL";
    gen_value_sql(&b, &v);
    return td_buf_str(&b);
}

/* ---- expressions over a table ---- */

static const char *over(struct changing *x, const char *form, const char *column)
{
    struct td_buf b;
    td_buf_init(&b, x->g->arena);
    for (const char *p = form; *p != '\0'; p++) {
        if (*p == '?')
            td_buf_add(&b, column);
        else
            td_buf_char(&b, *p);
    }
    return td_buf_str(&b);
}

static const char *test_of(struct changing *x, const struct td_column *c)
{
    static const char *const ints[] = {"? > 3",      "? IN (1, 2, 3, 40)",   "? BETWEEN 0 AND 100000", "? <> -5",
                                       "? % 7 <> 6", "NOT (? = 13)",         "? < 5 OR ? > 6",         "abs(?) >= 0",
                                       "? + 1 > 0",  "(? > 1) IS NOT FALSE", "? NOT IN (77, 78)"};
    static const char *const texts[] = {
        "? <> 'x'", "length(?) < 60",  "? NOT LIKE 'zz%'",       "lower(?) <> 'no'",           "? || '!' <> 'no!'",
        "? > ''",   "? IN ('a', 'b')", "? LIKE '%a%' OR ? = ''", "coalesce(?, 'n') <> 'none'", "? NOT IN ('q', 'r')"};
    static const char *const bools[] = {"?", "NOT ?", "? IS NOT TRUE", "? = true", "? IS DISTINCT FROM false"};
    static const char *const times[] = {"? > '1900-01-01'", "? < '2900-01-01' OR ? IS NULL", "? <> '2001-02-03'"};
    struct td_type base = td_type_base(c->type);
    const char *name = ident(x, c->name);
    struct td_buf b;
    if (base.dims > 0 || gen_chance(x->g, 10))
        return over(x, gen_chance(x->g, 70) ? "? IS NOT NULL" : "? IS NULL", name);
    if (td_type_is_integer(&base) && base.kind != TD_T_OID)
        return over(x, GEN_PICK(x->g, ints), name);
    if (td_type_is_time(&base))
        return over(x, GEN_PICK(x->g, times), name);
    switch (base.kind) {
    case TD_T_TEXT:
    case TD_T_VARCHAR: return over(x, GEN_PICK(x->g, texts), name);
    case TD_T_BOOL: return over(x, GEN_PICK(x->g, bools), name);
    case TD_T_ENUM:
        td_buf_init(&b, x->g->arena);
        td_buf_printf(&b, gen_chance(x->g, 50) ? "%s = " : "%s <> ", name);
        td_buf_lit(&b, base.user->labels.at[gen_below(x->g, (unsigned)base.user->labels.len)]);
        return td_buf_str(&b);
    default: return over(x, "? IS NOT NULL", name);
    }
}

static const char *condition(struct changing *x, const struct td_table *t)
{
    const char *one = test_of(x, any_column(x, t));
    if (gen_chance(x->g, 70))
        return one;
    const char *word = gen_chance(x->g, 50) ? "AND" : "OR";
    return td_arena_printf(x->g->arena, gen_chance(x->g, 20) ? "NOT ((%s) %s (%s))" : "(%s) %s (%s)", one, word,
                           test_of(x, any_column(x, t)));
}

/* A value made from a column; NULL: none comes to mind. */
static const char *value_of(struct changing *x, const struct td_column *c)
{
    static const char *const ints[] = {"? + 1", "? * 2", "-?", "coalesce(?, 0)", "CASE WHEN ? > 3 THEN 1 ELSE 0 END"};
    static const char *const texts[] = {"lower(?)",  "upper(?)", "coalesce(?, 'none')", "? || '!'",
                                        "length(?)", "trim(?)",  "nullif(?, 'a')",      "replace(?, 'a', 'b')"};
    struct td_type base = td_type_base(c->type);
    if (base.dims > 0)
        return NULL;
    if (td_type_is_integer(&base) && base.kind != TD_T_OID)
        return over(x, GEN_PICK(x->g, ints), ident(x, c->name));
    if (base.kind == TD_T_TEXT || base.kind == TD_T_VARCHAR)
        return over(x, GEN_PICK(x->g, texts), ident(x, c->name));
    return NULL;
}

/* ---- tables and columns ---- */

static void split(struct changing *x, const char *sql)
{
    struct td_sql_file *file;
    struct td_err err = {0};
    if (td_sql_parse(x->g->arena, "", sql, strlen(sql), &file, &err) != TD_OK)
        return;
    for (size_t i = 0; i < file->len; i++)
        say(x, "%.*s", (int)file->at[i].len, file->src.text + file->at[i].start);
}

static void create_table(struct changing *x)
{
    size_t before = x->s->sql.len;
    gen_table(x->g, x->s);
    split(x, td_buf_str(&x->s->sql) + before);
}

static void create_type(struct changing *x)
{
    size_t before = x->s->sql.len;
    gen_user_type(x->g, x->s);
    split(x, td_buf_str(&x->s->sql) + before);
}

static void add_column(struct changing *x)
{
    const struct gen_table empty = {0};
    struct gen_column col = gen_column(x->g, x->s, &empty);
    struct td_buf b;
    td_buf_init(&b, x->g->arena);
    td_buf_printf(&b, "%s %s", new_column_name(x, x->t), col.type);
    bool filled = gen_chance(x->g, 50) && (col.user == NULL || col.class == GEN_ENUM);
    if (filled)
        td_buf_printf(&b, " DEFAULT %s", gen_default(x->g, &col));
    if (gen_chance(x->g, filled ? 40 : 8))
        td_buf_add(&b, " NOT NULL");
    if (gen_chance(x->g, 6))
        td_buf_add(&b, " UNIQUE");
    say(x, "ALTER TABLE %s ADD COLUMN %s%s", table_path(x, x->t), gen_chance(x->g, 15) ? "IF NOT EXISTS " : "",
        td_buf_str(&b));
}

static void add_special_column(struct changing *x)
{
    static const char *const kinds[] = {"serial",
                                        "bigint GENERATED ALWAYS AS IDENTITY",
                                        "integer GENERATED BY DEFAULT AS IDENTITY (START 7)",
                                        "timestamptz NOT NULL DEFAULT now()",
                                        "uuid DEFAULT gen_random_uuid()",
                                        "date DEFAULT CURRENT_DATE",
                                        "text NOT NULL DEFAULT 'it''s' CHECK (length(?) < 9)",
                                        "integer DEFAULT 3 CHECK (? > 1)"};
    const char *name = new_column_name(x, x->t);
    const struct td_column *from = any_column(x, x->t);
    const char *made = gen_chance(x->g, 30) && from != NULL && from->generated == NULL ? value_of(x, from) : NULL;
    if (made != NULL)
        say(x, "ALTER TABLE %s ADD COLUMN %s text GENERATED ALWAYS AS ((%s)::text) STORED", table_path(x, x->t), name,
            made);
    else
        say(x, "ALTER TABLE %s ADD COLUMN %s %s", table_path(x, x->t), name, over(x, GEN_PICK(x->g, kinds), name));
}

static void drop_column(struct changing *x)
{
    say(x, "ALTER TABLE %s DROP COLUMN %s%s%s", table_path(x, x->t), gen_chance(x->g, 20) ? "IF EXISTS " : "",
        ident(x, any_column(x, x->t)->name), gen_chance(x->g, 30) ? " CASCADE" : "");
}

static void rename_column(struct changing *x)
{
    const struct td_column *a = any_column(x, x->t), *b = any_column(x, x->t);
    const char *t = table_path(x, x->t), *name = new_column_name(x, x->t);
    say(x, "ALTER TABLE %s RENAME COLUMN %s TO %s", t, ident(x, a->name), name);
    if (a == b || gen_chance(x->g, 75))
        return;
    say(x, "ALTER TABLE %s RENAME COLUMN %s TO %s", t, ident(x, b->name), ident(x, a->name));
    say(x, "ALTER TABLE %s RENAME COLUMN %s TO %s", t, name, ident(x, b->name));
}

static void rename_table(struct changing *x)
{
    const struct td_table *other = any_relation(x, TD_R_TABLE);
    const char *name = new_name(x, "t"), *a = ident(x, x->t->name), *b = ident(x, other->name);
    say(x, "ALTER TABLE %s RENAME TO %s", table_path(x, x->t), name);
    if (other == x->t || strcmp(other->schema, x->t->schema) != 0 || strcmp(other->schema, "public") != 0 ||
        gen_chance(x->g, 60))
        return;
    say(x, "ALTER TABLE %s RENAME TO %s", b, a);
    say(x, "ALTER TABLE %s RENAME TO %s", name, b);
}

struct conversion {
    const char *to, *expr;
};

/* Is it in a CHECK or the condition of an index? PostgreSQL keeps a literal beside it in the type that it once had. */
static bool is_tested(const struct td_table *t, const struct td_column *c)
{
    for (size_t i = 0; i < t->constraints.len; i++)
        if (t->constraints.at[i]->kind == TD_K_CHECK && td_columns_has(&t->constraints.at[i]->columns, c))
            return true;
    for (size_t i = 0; i < t->indexes.len; i++)
        if (t->indexes.at[i]->where != NULL)
            return true;
    return false;
}

static void alter_type(struct changing *x)
{
    static const struct conversion ints[] = {
        {"bigint", NULL},        {"integer", NULL},    {"smallint", NULL},         {"text", "?::text"},
        {"numeric(10,2)", NULL}, {"boolean", "? > 0"}, {"double precision", NULL}, {"integer", "coalesce(?, 0) + 1"}};
    static const struct conversion texts[] = {
        {"varchar(70)", NULL},        {"text", NULL},         {"integer", "length(?)"},
        {"varchar(5)", "left(?, 5)"}, {"text[]", "ARRAY[?]"}, {"text", "upper(?)"},
        {"boolean", "? <> ''"},       {"integer", "NULL"},    {"bytea", "decode('', 'hex')"}};
    static const struct conversion bools[] = {{"integer", "CASE WHEN ? THEN 1 ELSE 0 END"}, {"text", "?::text"}};
    static const struct conversion times[] = {
        {"date", "?::date"}, {"timestamp", NULL}, {"timestamp(0)", NULL}, {"timestamptz(3)", "NULL"}};
    static const struct conversion others[] = {{"text", "?::text"}, {"text", "NULL"}, {"varchar(200)", "?::text"}};
    const struct td_column *c = any_column(x, x->t);
    struct td_type base = td_type_base(c->type);
    struct conversion v = GEN_PICK(x->g, others);
    const struct td_user_type *u = any_type(x, TD_UT_ENUM);
    if (base.dims == 0 && td_type_is_integer(&base))
        v = GEN_PICK(x->g, ints);
    else if (base.dims == 0 && (base.kind == TD_T_TEXT || base.kind == TD_T_VARCHAR))
        v = GEN_PICK(x->g, texts);
    else if (base.dims == 0 && base.kind == TD_T_BOOL)
        v = GEN_PICK(x->g, bools);
    else if (td_type_is_time(&base) && !is_tested(x->t, c))
        v = GEN_PICK(x->g, times);
    if (u != NULL && gen_chance(x->g, 15))
        v = (struct conversion){path(x, u->schema, u->name), "NULL"};
    const char *t = table_path(x, x->t), *name = ident(x, c->name);
    if (c->default_ != NULL && gen_chance(x->g, 70))
        say(x, "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", t, name);
    say(x, "ALTER TABLE %s ALTER COLUMN %s TYPE %s%s%s", t, name, v.to, v.expr == NULL ? "" : " USING ",
        v.expr == NULL ? "" : over(x, v.expr, name));
}

static void alter_column(struct changing *x)
{
    const struct td_column *c = any_column(x, x->t);
    const char *t = table_path(x, x->t), *name = ident(x, c->name);
    switch (gen_below(x->g, 7)) {
    case 0:
        if (gen_chance(x->g, 60) && c->generated == NULL)
            say(x, "UPDATE %s SET %s = %s WHERE %s IS NULL", t, name, literal(x, c->type), name);
        say(x, "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", t, name);
        break;
    case 1: say(x, "ALTER TABLE %s ALTER %s DROP NOT NULL", t, name); break;
    case 2:
    case 3: say(x, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", t, name, literal(x, c->type)); break;
    case 4: say(x, "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", t, name); break;
    case 5: say(x, "ALTER TABLE %s ALTER COLUMN %s DROP EXPRESSION IF EXISTS", t, name); break;
    default: say(x, "ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY IF EXISTS", t, name); break;
    }
}

/* Two things in one statement. */
static void alter_twice(struct changing *x)
{
    const struct td_column *a = any_column(x, x->t), *b = any_column(x, x->t);
    say(x, "ALTER TABLE %s ADD COLUMN %s integer DEFAULT 5, ALTER COLUMN %s DROP NOT NULL, DROP COLUMN %s",
        table_path(x, x->t), new_column_name(x, x->t), ident(x, a->name), ident(x, b->name));
}

static void drop_table(struct changing *x)
{
    say(x, "DROP TABLE %s%s%s", gen_chance(x->g, 30) ? "IF EXISTS " : "", table_path(x, x->t),
        gen_chance(x->g, 40) ? " CASCADE" : "");
}

static void create_table_as(struct changing *x)
{
    say(x, "CREATE TABLE %s AS SELECT %s FROM %s", new_name(x, "copy"),
        gen_chance(x->g, 50) ? "*" : ident(x, any_column(x, x->t)->name), table_path(x, x->t));
}

static void create_table_like(struct changing *x)
{
    static const char *const forms[] = {"", " INCLUDING DEFAULTS", " INCLUDING ALL EXCLUDING INDEXES",
                                        " INCLUDING CONSTRAINTS INCLUDING IDENTITY"};
    say(x, "CREATE TABLE %s (LIKE %s%s, more integer)", new_name(x, "like"), table_path(x, x->t),
        GEN_PICK(x->g, forms));
}

/* ---- constraints and indexes ---- */

static void columns_of(struct changing *x, struct td_buf *b, unsigned most)
{
    struct td_strings used = {0};
    for (unsigned n = 1 + gen_below(x->g, most); n > 0; n--) {
        const char *name = ident(x, any_column(x, x->t)->name);
        if (td_strings_find(&used, name) >= 0)
            continue;
        td_buf_printf(b, "%s%s", used.len > 0 ? ", " : "", name);
        td_strings_add(x->g->arena, &used, name);
    }
}

static const char *constraint_name(struct changing *x)
{
    if (gen_chance(x->g, 40))
        return "";
    return td_arena_printf(x->g->arena, "CONSTRAINT %s ", new_name(x, "k"));
}

static void add_key(struct changing *x)
{
    struct td_buf b;
    td_buf_init(&b, x->g->arena);
    columns_of(x, &b, 3);
    say(x, "ALTER TABLE %s ADD %s%s (%s)", table_path(x, x->t), constraint_name(x),
        gen_chance(x->g, 40)   ? "PRIMARY KEY"
        : gen_chance(x->g, 15) ? "UNIQUE NULLS NOT DISTINCT"
                               : "UNIQUE",
        td_buf_str(&b));
}

/* NOT VALID holds for all rows: SQLite tests them when it next rebuilds the table. */
static void add_check(struct changing *x)
{
    const char *name = ident(x, any_column(x, x->t)->name);
    bool not_valid = gen_chance(x->g, 8);
    say(x, "ALTER TABLE %s ADD %sCHECK (%s)%s", table_path(x, x->t), constraint_name(x),
        not_valid ? over(x, "? IS NULL OR ? IS NOT NULL", name) : condition(x, x->t), not_valid ? " NOT VALID" : "");
}

/* To a key that there is; the column is made for it. */
static void add_foreign_key(struct changing *x)
{
    static const char *const actions[] = {"",
                                          " ON DELETE CASCADE",
                                          " ON DELETE SET NULL ON UPDATE CASCADE",
                                          " ON UPDATE RESTRICT",
                                          " ON DELETE RESTRICT",
                                          " DEFERRABLE INITIALLY DEFERRED",
                                          " MATCH FULL"};
    const struct td_table *to = any_relation(x, TD_R_TABLE);
    const struct td_constraint *key = td_table_primary(to);
    struct td_buf type;
    /* a new column with a domain's default is not tested by PostgreSQL: rows may refer to nothing */
    if (key == NULL || key->columns.len != 1 || key->columns.at[0]->type.kind == TD_T_DOMAIN)
        return;
    td_buf_init(&type, x->g->arena);
    td_type_print(&key->columns.at[0]->type, &type);
    const char *name = new_column_name(x, x->t);
    if (gen_chance(x->g, 40)) {
        say(x, "ALTER TABLE %s ADD COLUMN %s %s REFERENCES %s%s", table_path(x, x->t), name, td_buf_str(&type),
            table_path(x, to), GEN_PICK(x->g, actions));
        return;
    }
    say(x, "ALTER TABLE %s ADD COLUMN %s %s", table_path(x, x->t), name, td_buf_str(&type));
    say(x, "ALTER TABLE %s ADD %sFOREIGN KEY (%s) REFERENCES %s (%s)%s", table_path(x, x->t), constraint_name(x), name,
        table_path(x, to), ident(x, key->columns.at[0]->name), GEN_PICK(x->g, actions));
}

static void change_constraint(struct changing *x)
{
    if (x->t->constraints.len == 0)
        return;
    const struct td_constraint *k = x->t->constraints.at[gen_below(x->g, (unsigned)x->t->constraints.len)];
    if (gen_chance(x->g, 40))
        say(x, "ALTER TABLE %s RENAME CONSTRAINT %s TO %s", table_path(x, x->t), ident(x, k->name), new_name(x, "k"));
    else if (k->not_valid)
        say(x, "ALTER TABLE %s VALIDATE CONSTRAINT %s", table_path(x, x->t), ident(x, k->name));
    else
        say(x, "ALTER TABLE %s DROP CONSTRAINT %s%s", table_path(x, x->t), ident(x, k->name),
            gen_chance(x->g, 30) ? " CASCADE" : "");
}

static void create_index(struct changing *x)
{
    struct td_buf b;
    const char *made = gen_chance(x->g, 35) ? value_of(x, any_column(x, x->t)) : NULL;
    td_buf_init(&b, x->g->arena);
    if (made != NULL)
        td_buf_printf(&b, "(%s)", made);
    else
        columns_of(x, &b, 3);
    if (gen_chance(x->g, 20))
        td_buf_add(&b, gen_chance(x->g, 60) ? " DESC" : " NULLS FIRST");
    const char *name = gen_chance(x->g, 30) ? "" : td_arena_printf(x->g->arena, "%s ", new_name(x, "ix"));
    const char *where = gen_chance(x->g, 30) ? condition(x, x->t) : NULL;
    say(x, "CREATE %sINDEX %sON %s%s (%s)%s%s", gen_chance(x->g, 25) ? "UNIQUE " : "", name, table_path(x, x->t),
        gen_chance(x->g, 10) ? " USING hash" : "", td_buf_str(&b), where == NULL ? "" : " WHERE ",
        where == NULL ? "" : where);
}

static void change_index(struct changing *x)
{
    if (x->t->indexes.len == 0)
        return;
    const struct td_index *ix = x->t->indexes.at[gen_below(x->g, (unsigned)x->t->indexes.len)];
    const char *name = path(x, x->t->schema, ix->name);
    if (gen_chance(x->g, 50))
        say(x, "ALTER INDEX %s RENAME TO %s", name, new_name(x, "ix"));
    else
        say(x, "DROP INDEX %s%s", gen_chance(x->g, 30) ? "IF EXISTS " : "", name);
}

/* ---- types ---- */

static void change_enum(struct changing *x)
{
    const struct td_user_type *u = any_type(x, TD_UT_ENUM);
    struct td_buf old, fresh;
    if (u == NULL)
        return;
    td_buf_init(&old, x->g->arena);
    td_buf_init(&fresh, x->g->arena);
    td_buf_lit(&old, u->labels.at[gen_below(x->g, (unsigned)u->labels.len)]);
    td_buf_lit(&fresh, td_arena_printf(x->g->arena, "l%u", gen_below(x->g, 100)));
    const char *type = path(x, u->schema, u->name);
    switch (gen_below(x->g, 4)) {
    case 0: say(x, "ALTER TYPE %s RENAME VALUE %s TO %s", type, td_buf_str(&old), td_buf_str(&fresh)); break;
    case 1: say(x, "ALTER TYPE %s ADD VALUE %s BEFORE %s", type, td_buf_str(&fresh), td_buf_str(&old)); break;
    case 2: say(x, "ALTER TYPE %s ADD VALUE IF NOT EXISTS %s", type, td_buf_str(&fresh)); break;
    default: say(x, "ALTER TYPE %s RENAME TO %s", type, new_name(x, "mood")); break;
    }
}

static void change_domain(struct changing *x)
{
    const struct td_user_type *u = any_type(x, TD_UT_DOMAIN);
    if (u == NULL)
        return;
    const char *type = path(x, u->schema, u->name);
    switch (gen_below(x->g, 6)) {
    case 0: say(x, "ALTER DOMAIN %s SET DEFAULT %s", type, literal(x, u->base)); break;
    case 1: say(x, "ALTER DOMAIN %s DROP DEFAULT", type); break;
    case 2: say(x, "ALTER DOMAIN %s %s NOT NULL", type, gen_chance(x->g, 50) ? "SET" : "DROP"); break;
    case 3:
        say(x, "ALTER DOMAIN %s ADD %sCHECK (VALUE IS NULL OR VALUE <> %s)", type, constraint_name(x),
            literal(x, u->base));
        break;
    case 4:
        if (u->checks.len > 0)
            say(x, "ALTER DOMAIN %s DROP CONSTRAINT %s", type, ident(x, u->checks.at[0].name));
        break;
    default: say(x, "ALTER DOMAIN %s RENAME TO %s", type, new_name(x, "kind")); break;
    }
}

static void drop_type(struct changing *x)
{
    const struct td_user_type *u = any_type(x, gen_chance(x->g, 50) ? TD_UT_ENUM : TD_UT_DOMAIN);
    if (u != NULL)
        say(x, "DROP %s %s%s", u->kind == TD_UT_ENUM ? "TYPE" : "DOMAIN", path(x, u->schema, u->name),
            gen_chance(x->g, 30) ? " CASCADE" : "");
}

/* ---- views ---- */

static const char *view_query(struct changing *x)
{
    struct td_buf b;
    const struct td_table *t = x->t, *other = any_relation(x, TD_R_TABLE);
    td_buf_init(&b, x->g->arena);
    if (other->columns.len == 0)
        other = t;
    switch (gen_below(x->g, 4)) {
    case 0: td_buf_printf(&b, "SELECT * FROM %s", table_path(x, t)); break;
    case 1:
        td_buf_printf(&b, "SELECT a.%s AS one, count(*) AS n FROM %s a GROUP BY a.%s", ident(x, t->columns.at[0]->name),
                      table_path(x, t), ident(x, t->columns.at[0]->name));
        return td_buf_str(&b);
    case 2:
        td_buf_printf(&b, "SELECT a.%s AS one, b.%s AS two FROM %s a LEFT JOIN %s b ON true",
                      ident(x, any_column(x, t)->name), ident(x, any_column(x, other)->name), table_path(x, t),
                      table_path(x, other));
        return td_buf_str(&b);
    default: {
        const struct td_column *c = any_column(x, t);
        const char *made = value_of(x, c);
        td_buf_printf(&b, "SELECT %s AS made, %s.%s FROM %s", made == NULL ? "1" : made, ident(x, t->name),
                      ident(x, any_column(x, t)->name), table_path(x, t));
    }
    }
    if (gen_chance(x->g, 60))
        td_buf_printf(&b, " WHERE %s", condition(x, t));
    return td_buf_str(&b);
}

static void change_view(struct changing *x)
{
    const struct td_table *v = any_relation(x, TD_R_VIEW);
    if (v == NULL || gen_chance(x->g, 50)) {
        say(x, "CREATE VIEW %s AS %s", new_name(x, "v"), view_query(x));
        return;
    }
    switch (gen_below(x->g, 4)) {
    case 0: say(x, "DROP VIEW %s%s", table_path(x, v), gen_chance(x->g, 30) ? " CASCADE" : ""); break;
    case 1: say(x, "ALTER VIEW %s RENAME TO %s", table_path(x, v), new_name(x, "v")); break;
    case 2: say(x, "CREATE OR REPLACE VIEW %s AS %s", table_path(x, v), view_query(x)); break;
    default: say(x, "CREATE VIEW %s AS SELECT * FROM %s", new_name(x, "v"), table_path(x, v)); break;
    }
}

/* ---- the rest ---- */

static void comment(struct changing *x)
{
    const struct td_column *c = any_column(x, x->t);
    const char *text = gen_chance(x->g, 25) ? "NULL" : "'it''s so'";
    if (gen_chance(x->g, 60))
        say(x, "COMMENT ON COLUMN %s.%s IS %s", table_path(x, x->t), ident(x, c->name), text);
    else
        say(x, "COMMENT ON TABLE %s IS %s", table_path(x, x->t), text);
}

static void sequence(struct changing *x)
{
    if (x->c->sequences.len == 0 || gen_chance(x->g, 30)) {
        say(x, "CREATE SEQUENCE %s START %d INCREMENT BY %d", new_name(x, "seq"), 5 + (int)gen_below(x->g, 50),
            1 + (int)gen_below(x->g, 4));
        return;
    }
    const struct td_sequence *s = x->c->sequences.at[gen_below(x->g, (unsigned)x->c->sequences.len)];
    const char *name = path(x, s->schema, s->name);
    struct td_buf lit;
    td_buf_init(&lit, x->g->arena);
    td_buf_lit(&lit, name);
    switch (gen_below(x->g, 5)) {
    case 0: say(x, "ALTER SEQUENCE %s INCREMENT BY 3", name); break;
    case 1: say(x, "ALTER SEQUENCE %s RENAME TO %s", name, new_name(x, "seq")); break;
    case 2: say(x, "DROP SEQUENCE %s%s", name, gen_chance(x->g, 30) ? " CASCADE" : ""); break;
    case 3: say(x, "ALTER SEQUENCE %s RESTART WITH 60", name); break;
    default:
        say(x, "ALTER TABLE %s ADD COLUMN %s bigint DEFAULT nextval(%s)", table_path(x, x->t), new_column_name(x, x->t),
            td_buf_str(&lit));
    }
}

static void schema(struct changing *x)
{
    if (x->c->schemas.len < 2) {
        say(x, "CREATE SCHEMA app");
        return;
    }
    if (gen_chance(x->g, 50))
        say(x, "ALTER TABLE %s SET SCHEMA %s", table_path(x, x->t),
            strcmp(x->t->schema, "public") == 0 ? "app" : "public");
    else
        say(x, "CREATE TABLE app.%s (id serial PRIMARY KEY, name text DEFAULT 'n' CHECK (name <> 'x'), UNIQUE (name))",
            new_name(x, "t"));
}

void gen_plain_insert(struct gen *g, const struct td_table *t, struct td_buf *out)
{
    struct td_strings given = {0};
    struct td_buf values;
    td_buf_init(&values, g->arena);
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        const struct td_constraint *key = NULL;
        for (size_t k = 0; k < t->constraints.len; k++)
            if (t->constraints.at[k]->kind == TD_K_FOREIGN && td_columns_has(&t->constraints.at[k]->columns, c))
                key = t->constraints.at[k];
        if (c->generated != NULL || c->identity != TD_ID_NONE || c->serial != NULL ||
            (!c->not_null && gen_chance(g, 20)))
            continue;
        td_buf_add(&values, given.len > 0 ? ", " : "");
        td_strings_add(g->arena, &given, gen_ident(g, c->name));
        struct gen_value v = gen_plain_value(g, c->type);
        if (key != NULL && key->columns.len == 1)
            td_buf_printf(&values, "(SELECT %s FROM %s.%s ORDER BY 1 LIMIT 1)",
                          gen_ident(g, key->ref_columns.at[0]->name), gen_ident(g, key->ref->schema),
                          gen_ident(g, key->ref->name));
        else if (v.text == NULL)
            td_buf_add(&values, "NULL");
        else
            gen_value_sql(&values, &v);
    }
    td_buf_printf(out, "INSERT INTO %s.%s ", gen_ident(g, t->schema), gen_ident(g, t->name));
    if (given.len == 0) {
        td_buf_add(out, "DEFAULT VALUES");
        return;
    }
    for (size_t i = 0; i < given.len; i++)
        td_buf_printf(out, "%s%s", i > 0 ? ", " : "(", given.at[i]);
    td_buf_printf(out, ") VALUES (%s)", td_buf_str(&values));
}

static void rows(struct changing *x)
{
    struct td_buf b;
    const struct td_column *c = any_column(x, x->t);
    if (gen_chance(x->g, 12)) {
        say(x, "DELETE FROM %s WHERE %s", table_path(x, x->t), test_of(x, c));
        return;
    }
    if (gen_chance(x->g, 15) && c->generated == NULL) {
        say(x, "UPDATE %s SET %s = %s WHERE %s", table_path(x, x->t), ident(x, c->name), literal(x, c->type),
            test_of(x, any_column(x, x->t)));
        return;
    }
    td_buf_init(&b, x->g->arena);
    gen_plain_insert(x->g, x->t, &b);
    say(x, "%s", td_buf_str(&b));
}

struct kind {
    unsigned weight;
    void (*make)(struct changing *x);
    bool needs_table;
};

static const struct kind kinds[] = {
    {10, create_table, false},    {4, create_type, false},  {10, add_column, true},  {6, add_special_column, true},
    {7, drop_column, true},       {7, rename_column, true}, {4, rename_table, true}, {10, alter_type, true},
    {12, alter_column, true},     {3, alter_twice, true},   {3, drop_table, true},   {2, create_table_as, true},
    {2, create_table_like, true}, {5, add_key, true},       {5, add_check, true},    {6, add_foreign_key, true},
    {6, change_constraint, true}, {7, create_index, true},  {4, change_index, true}, {5, change_enum, false},
    {4, change_domain, false},    {2, drop_type, false},    {9, change_view, true},  {3, comment, true},
    {4, sequence, true},          {2, schema, true},        {24, rows, true},
};

void gen_change(struct gen *g, struct gen_schema *s, const struct td_catalog *c, struct td_strings *out)
{
    struct changing x = {.g = g, .s = s, .c = c, .out = out};
    unsigned total = 0, at;
    if (s->sql.arena == NULL)
        td_buf_init(&s->sql, g->arena);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        total += kinds[i].weight;
    while (out->len == 0) {
        const struct kind *k = kinds;
        for (at = gen_below(g, total); at >= k->weight; k++)
            at -= k->weight;
        x.t = any_relation(&x, TD_R_TABLE);
        if (!k->needs_table)
            k->make(&x);
        else if (x.t != NULL && x.t->columns.len > 0)
            k->make(&x);
        else
            create_table(&x);
    }
}

/* Settings that change what later statements mean: a time zone, the order of day and month, how values become text.
 * With the value that SQLite's side is made for they are left out; another is refused, if something follows in the file
 * that could come out otherwise. A file's settings end with it. */
#include <string.h>
#include <strings.h>

#include "core/migrate/lower_impl.h"
#include "core/migrate/setting.h"
#include "core/sql/tree.h"

struct meaning {
    const char *name;
    const char *const *values; /* that change nothing */
};

static const char *const utc[] = {
    "UTC",       "GMT",           "Etc/UTC",   "Etc/GMT",       "UCT",    "Etc/UCT", "Zulu", "Etc/Zulu",
    "Universal", "Etc/Universal", "Greenwich", "Etc/Greenwich", "GMT0",   "0",       "+0",   "-0",
    "00",        "+00",           "00:00",     "+00:00",        "-00:00", NULL};
static const char *const dates[] = {"ISO", "MDY", "US", "NonEuro", "NonEuropean", NULL};
static const char *const on[] = {"on", "true", "yes", "1", NULL};
static const char *const off[] = {"off", "false", "no", "0", NULL};
static const char *const utf8[] = {"UTF8", "UTF-8", "UNICODE", NULL};
static const char *const locales[] = {"C", "POSIX", "C.UTF-8", "C.UTF8", "en_US", "en_US.UTF-8", "en_US.utf8", NULL};
static const char *const hex[] = {"hex", NULL};
static const char *const postgres[] = {"postgres", NULL};
static const char *const shortest[] = {"1", "2", "3", NULL};
static const char *const content[] = {"content", NULL};
static const char *const usual[] = {"Default", NULL};
static const char *const origin[] = {"origin", "local", NULL};

static const struct meaning meanings[] = {
    {"timezone", utc},
    {"datestyle", dates},
    {"intervalstyle", postgres},
    {"bytea_output", hex},
    {"extra_float_digits", shortest},
    {"standard_conforming_strings", on},
    {"client_encoding", utf8},
    {"array_nulls", on},
    {"transform_null_equals", off},
    {"xmloption", content},
    {"lc_numeric", locales},
    {"lc_monetary", locales},
    {"lc_time", locales},
    {"timezone_abbreviations", usual},
    {"session_replication_role", origin}, /* replica: triggers and foreign keys are off */
};

static bool is_one_of(const char *const *values, const char *text, size_t len)
{
    for (; *values != NULL; values++)
        if (strlen(*values) == len && strncasecmp(*values, text, len) == 0)
            return true;
    return false;
}

static bool is_harmless(const struct td_setting *s)
{
    for (size_t i = 0; s->value != NULL && i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcasecmp(meanings[i].name, s->name) != 0)
            continue;
        const char *p = s->value + strspn(s->value, ", ");
        for (size_t len; *p != '\0'; p += len, p += strspn(p, ", ")) {
            len = strcspn(p, ", ");
            if (!is_one_of(meanings[i].values, p, len))
                return false;
        }
        return true;
    }
    return true;
}

/* ---- what follows ---- */

static bool find_value(PgQuery__Node *n, void *data)
{
    bool *found = data;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: *found = *found || n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL; break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_CMD:
        *found = *found || n->alter_table_cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType;
        break;
    case PG_QUERY__NODE__NODE_FUNC_CALL:
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
    case PG_QUERY__NODE__NODE_SELECT_STMT: *found = true; break;
    default: break;
    }
    return !*found;
}

/* Could a setting change what the statement leaves behind? */
static bool depends(const struct td_sql_stmt *s)
{
    bool found = false;
    if (td_marks_find(&s->marks, TD_MARK_POSTGRES) != NULL || td_marks_find(&s->marks, TD_MARK_SQLITE) != NULL)
        return false;
    if (s->node == NULL)
        return true;
    switch (td_stmt_kind(s->node)) {
    case TD_ST_SETTING:
    case TD_ST_TRANSACTION:
    case TD_ST_ACCEPTED:
    case TD_ST_POLICY:
    case TD_ST_FUNCTION: return false;
    case TD_ST_DDL: td_tree_walk((PgQuery__Node *)s->node, find_value, &found); return found;
    default: return true;
    }
}

/* Is the setting made anew, harmlessly, by the statement? */
static bool ends(struct td_lowering *l, const struct td_sql_stmt *s, const char *name)
{
    struct td_settings now;
    if (s->node == NULL)
        return false;
    td_settings_of(l->arena, s->node, &now);
    for (size_t i = 0; i < now.len; i++)
        if (strcasecmp(now.at[i].name, name) == 0 && is_harmless(&now.at[i]))
            return true;
    return now.all;
}

static bool matters(struct td_lowering *l, const char *name)
{
    for (size_t i = l->stmt + 1; i < l->file->len; i++) {
        if (ends(l, &l->file->at[i], name))
            return false;
        if (depends(&l->file->at[i]))
            return true;
    }
    return false;
}

int td_lowering_setting(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_settings made;
    td_settings_of(l->arena, s->node, &made);
    for (size_t i = 0; i < made.len; i++) {
        if (is_harmless(&made.at[i]) || !matters(l, made.at[i].name))
            continue;
        td_err_set(err, TD_C_DDL_KIND, "the setting %s = '%s' is not carried", made.at[i].name, made.at[i].value);
        td_err_why(err, "with it, statements that follow mean other values, or do other things, than on SQLite");
        if (strcasecmp(made.at[i].name, "session_replication_role") == 0)
            return td_err_next(
                err, "write  ALTER TABLE t DISABLE TRIGGER ALL  for each table instead, or mark the statement "
                     "with  -- tandem: postgres   if the rows come in an order that keeps the keys");
        return td_err_next(err,
                           "write what follows so that the setting does not matter, then mark this statement with  "
                           "-- tandem: postgres");
    }
    return TD_OK;
}

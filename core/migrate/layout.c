#include "core/migrate/layout.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/time.h"

#define SQLITE_NOW_TEXT "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
/* Prisma's native engine writes Unix milliseconds, and its driver adapters read them. */
#define SQLITE_NOW_MS "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"

static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80 || text[i] == '\\' || text[i] == '\0')
            return false;
    return true;
}

void td_layout_add_text(enum td_engine engine, const char *text, size_t len, struct td_buf *sql)
{
    bool postgres = engine == TD_ENGINE_POSTGRES;
    if (is_plain(text, len)) {
        td_buf_lit_n(sql, text, len);
        td_buf_add(sql, postgres ? "::text" : "");
        return;
    }
    td_buf_add(sql, postgres ? "pg_catalog.convert_from(pg_catalog.decode('" : "CAST(x'");
    for (size_t i = 0; i < len; i++) {
        td_buf_char(sql, "0123456789abcdef"[(unsigned char)text[i] >> 4]);
        td_buf_char(sql, "0123456789abcdef"[(unsigned char)text[i] & 0xF]);
    }
    td_buf_add(sql, postgres ? "', 'hex'), 'UTF8')" : "' AS TEXT)");
}

static const char *qualified(struct td_arena *a, const char *schema, const char *name)
{
    struct td_buf b = {0};
    td_buf_init(&b, a);
    td_buf_ident(&b, schema);
    td_buf_char(&b, '.');
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}

static void own(struct td_layout *out)
{
    bool postgres = out->engine == TD_ENGINE_POSTGRES;
    out->table = postgres ? "tandem.migrations" : "main.tandem_migrations";
    out->name = "name";
    out->error = "error";
    out->steps = "statements_applied";
    out->now = postgres ? "clock_timestamp()" : SQLITE_NOW_TEXT;
}

static void prisma(struct td_arena *a, const char *schema, struct td_layout *out)
{
    bool postgres = out->engine == TD_ENGINE_POSTGRES;
    out->table =
        postgres ? qualified(a, schema == NULL ? "public" : schema, "_prisma_migrations") : "main._prisma_migrations";
    out->name = "migration_name";
    out->error = "logs";
    out->steps = "applied_steps_count";
    out->now = postgres ? "clock_timestamp()" : SQLITE_NOW_MS;
}

static void scope(struct td_arena *a, const char *schema, struct td_layout *out)
{
    struct td_buf value = {0};
    out->row_column = out->row_value = out->text_column = out->text_value = out->row_match = out->text_match = "";
    out->text_key = "name";
    if (out->engine != TD_ENGINE_POSTGRES)
        return;
    td_buf_init(&value, a);
    td_layout_add_text(out->engine, schema, strlen(schema), &value);
    out->text_column = "schema, ";
    out->text_value = td_arena_printf(a, "%s, ", td_buf_str(&value));
    out->text_match = td_arena_printf(a, " AND t.schema = %s", td_buf_str(&value));
    out->text_key = "schema, name";
    if (out->kind == TD_HISTORY_PRISMA)
        return;
    out->row_column = out->text_column;
    out->row_value = out->text_value;
    out->row_match = td_arena_printf(a, " AND m.schema = %s", td_buf_str(&value));
}

void td_layout_init(struct td_arena *a, enum td_engine engine, enum td_history_table kind, const char *schema,
                    struct td_layout *out)
{
    bool postgres = engine == TD_ENGINE_POSTGRES;
    *out = (struct td_layout){.engine = engine, .kind = kind};
    out->journal = postgres ? "tandem.journal" : NULL;
    out->texts = postgres ? "tandem.migration_text" : "main.tandem_migration_text";
    out->lease = postgres ? "tandem.lease" : "main.tandem_lease";
    if (kind == TD_HISTORY_PRISMA)
        prisma(a, schema, out);
    else
        own(out);
    scope(a, schema == NULL ? "public" : schema, out);
}

void td_layout_add_began(const struct td_layout *l, int64_t began_us, struct td_buf *sql)
{
    int64_t ms = (began_us + TD_TIME_UNIX_US) / 1000;
    if (l->engine == TD_ENGINE_POSTGRES)
        td_buf_add(sql, "pg_catalog.now()");
    else if (l->kind == TD_HISTORY_PRISMA)
        td_buf_int(sql, ms);
    else
        td_buf_printf(sql, "strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', %lld.%03d, 'unixepoch')", (long long)(ms / 1000),
                      (int)(ms % 1000));
}

/* Any text as rows of Prisma's table, a line each, its fields parted by tabs: whatever somebody has written there, it
 * is read and compared with a folder, and a history that stands in the way is told with what to do. */
#include <string.h>

#include "core/base/mem.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/history.h"
#include "core/migrate/verdict.h"
#include "drivers/drivers.h"
#include "tests/fuzz/fuzz.h"

static struct td_db *db;

static void open_once(void)
{
    struct td_url url;
    struct td_err err = {0};
    if (db != NULL)
        return;
    td_drivers_register();
    FUZZ_CHECK(td_url_parse("sqlite::memory:", NULL, &url, &err) == TD_OK);
    FUZZ_CHECK(td_db_open(&url, NULL, &db, &err) == TD_OK);
    td_url_deinit(&url);
    FUZZ_CHECK(td_db_exec(db,
                          "CREATE TABLE _prisma_migrations (id TEXT, checksum TEXT, finished_at DATETIME,"
                          " migration_name TEXT, logs TEXT, rolled_back_at DATETIME, started_at DATETIME,"
                          " applied_steps_count INTEGER UNSIGNED)",
                          &err) == TD_OK);
}

/* A field that is missing or empty is NULL. */
static void insert(const char *line, size_t len)
{
    struct td_value v[8];
    struct td_err err = {0};
    const char *end = line + len;
    for (int i = 0; i < 8; i++) {
        const char *tab = line < end ? memchr(line, '\t', (size_t)(end - line)) : NULL;
        size_t n = line < end ? (size_t)((tab == NULL ? end : tab) - line) : 0;
        v[i] = n == 0 ? td_null() : td_bytes(TD_V_TEXT, line, n);
        line += n + 1;
    }
    FUZZ_CHECK(td_db_run(db, "INSERT INTO _prisma_migrations VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", v, 8, &err) ==
               TD_OK);
}

static void make_folder(struct td_arena *a, struct td_folder *f)
{
    static const char *const names[] = {"1_a", "2_b", "3_c"};
    *f = (struct td_folder){.path = "migrations"};
    for (size_t i = 0; i < 3; i++) {
        struct td_migration m = {.name = names[i], .path = "migration.sql", .text = "SELECT 1;", .len = 9};
        memset(m.checksum, '0' + (int)i, sizeof m.checksum - 1);
        *td_vec_add(a, f) = m;
    }
}

static int look(void *data, struct td_err *err)
{
    struct td_arena *a = data;
    struct td_folder f;
    struct td_history h;
    struct td_status s;
    make_folder(a, &f);
    int rc = td_history_read(a, db, NULL, &h, err);
    if (rc != TD_OK)
        return rc;
    td_history_compare(a, &f, &h, &s);
    size_t states = s.pending + s.applied + s.edited + s.missing + s.late + s.failed + s.partial;
    FUZZ_CHECK(s.len >= f.len && states == s.len);
    for (size_t i = 0; i < s.len; i++)
        FUZZ_CHECK(td_migration_state_name(s.at[i].state) != NULL &&
                   (i == 0 || strcmp(s.at[i - 1].name, s.at[i].name) < 0));
    rc = td_verdict(a, &f, &h, &s, err);
    FUZZ_CHECK((rc == TD_OK) == (s.edited + s.missing + s.late + s.failed == 0));
    FUZZ_CHECK(rc == TD_OK || (err->message[0] != '\0' && err->next[0] != '\0'));
    return TD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_arena a = {0};
    struct td_err err = {0};
    open_once();
    FUZZ_CHECK(td_db_exec(db, "DELETE FROM _prisma_migrations", &err) == TD_OK);
    for (const char *at = (const char *)data, *end = at + size; at < end;) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((nl == NULL ? end : nl) - at);
        insert(at, n);
        at += n + 1;
    }
    FUZZ_CHECK(td_arena_run(&a, look, &a, &err) == TD_OK);
    td_arena_deinit(&a);
    return 0;
}

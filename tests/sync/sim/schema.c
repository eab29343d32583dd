#include "tests/sync/sim/schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/sha256.h"
#include "core/catalog/catalog.h"
#include "core/config/url.h"
#include "core/migrate/runner.h"
#include "drivers/drivers.h"

struct sim_schema sim_schema;

static struct td_arena arena;
static struct td_db *kept;
static struct td_device *device;

static const char *const ddl =
    "CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE user_tenants (user_id int NOT NULL REFERENCES users ON DELETE CASCADE,"
    " tenant_id int NOT NULL REFERENCES tenants, role text, PRIMARY KEY (user_id, tenant_id));\n"
    "CREATE TABLE tags (id int PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE projects (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, slug text NOT NULL,"
    " name text, notes text, UNIQUE (tenant_id, slug));\n"
    "CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects ON DELETE CASCADE"
    " ON UPDATE CASCADE, parent_id int REFERENCES tasks ON DELETE SET NULL, title text, hits int NOT NULL DEFAULT 0,"
    " updated_at timestamptz, doc jsonb, body text);\n"
    "CREATE TABLE task_tags (task_id int NOT NULL REFERENCES tasks ON DELETE CASCADE,"
    " tag_id int NOT NULL REFERENCES tags, note text, PRIMARY KEY (task_id, tag_id));\n";

static const char *const config =
    "{\"sync\": {\"tenant\": \"tenants\", \"tables\": {\"projects\": {\"columns\": {\"notes\": \"concat\"}},"
    " \"tasks\": {\"columns\": {\"hits\": \"sum\", \"updated_at\": \"max\", \"doc\": \"json-merge\","
    " \"body\": \"concat\"}}}}}";

static void stop(const char *what, const struct td_err *err)
{
    fprintf(stderr, "%s: %s | %s | %s\n", what, err->message, err->why, err->next);
    exit(2);
}

/* ---- files ---- */

unsigned char *sim_file_take(struct td_db *db, int64_t *size_out)
{
    sqlite3_int64 size = 0;
    unsigned char *bytes = sqlite3_serialize(td_db_native(db), "main", &size, 0);
    unsigned char *out = malloc((size_t)size + 1);
    if (bytes == NULL || out == NULL)
        stop("serialize", &(struct td_err){0});
    memcpy(out, bytes, (size_t)size);
    sqlite3_free(bytes);
    *size_out = size;
    return out;
}

static struct td_db *open_memory(void)
{
    struct td_url url;
    struct td_db *db = NULL;
    struct td_err err = {0};
    if (td_url_parse("sqlite::memory:", NULL, &url, &err) != TD_OK ||
        td_db_open(&url, &(struct td_db_opts){.create = true}, &db, &err) != TD_OK)
        stop("open", &err);
    td_url_deinit(&url);
    return db;
}

struct td_db *sim_file_open(const unsigned char *bytes, int64_t size)
{
    struct td_db *db = open_memory();
    unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)size + 1);
    memcpy(copy, bytes, (size_t)size);
    if (sqlite3_deserialize(td_db_native(db), "main", copy, size, size,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK)
        stop("deserialize", &(struct td_err){0});
    return db;
}

static void make_file(struct td_arena *a, int tenant)
{
    struct td_db *db = open_memory();
    struct td_err err = {0};
    struct td_deploy_result result = {0};
    struct td_migration m = {.name = "1", .path = "1/migration.sql", .text = ddl, .len = strlen(ddl)};
    td_sha256_hex(m.text, m.len, m.checksum);
    const struct td_folder folder = {.path = "sim", .at = &m, .len = 1, .arena = a};
    const struct td_deploy_opts opts = {.wait_ms = 1000};
    const struct td_device_of of = {tenant == 0 ? "1" : "2", config, "postgres://sim", ""};
    if (td_db_exec(db, "PRAGMA page_size = 1024", &err) != TD_OK ||
        td_deploy(a, db, &folder, &opts, &result, &err) != TD_OK || td_device_create(db, &of, &err) != TD_OK)
        stop("template", &err);
    struct td_device *d = NULL;
    bool mended = false;
    if (td_device_open(db, &d, &mended, &err) != TD_OK) /* makes capture */
        stop("template", &err);
    sim_schema.files[tenant] = sim_file_take(db, &sim_schema.file_bytes[tenant]);
    if (tenant == 0) {
        device = d;
        kept = db;
        return;
    }
    td_device_close(d);
    td_db_close(db);
}

/* ---- what of it the server keeps to ---- */

size_t sim_column(size_t table, const char *name)
{
    const struct td_sync_table *t = &sim_schema.all->at[table];
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return i;
    fprintf(stderr, "no column %s.%s\n", t->name, name);
    exit(2);
}

static void note_key(size_t table, const struct td_constraint *k)
{
    struct sim_key *to = k->kind == TD_K_UNIQUE ? &sim_schema.uniques[sim_schema.n_uniques++]
                                                : &sim_schema.foreign[sim_schema.n_foreign++];
    to->table = table;
    to->n = k->columns.len;
    for (size_t i = 0; i < to->n; i++)
        to->columns[i] = sim_column(table, k->columns.at[i]->name);
    if (k->kind == TD_K_UNIQUE)
        return;
    to->ref = (size_t)td_sync_tables_find(sim_schema.all, k->ref->name);
    to->on_delete = k->on_delete;
    to->on_update = k->on_update;
    for (size_t i = 0; i < to->n; i++)
        to->ref_columns[i] = sim_column(to->ref, k->ref_columns.at[i]->name);
}

static void note_table(size_t table)
{
    const struct td_table *t = sim_schema.all->at[table].scope->table;
    for (size_t i = 0; i < t->columns.len; i++)
        sim_schema.not_null[table][sim_column(table, t->columns.at[i]->name)] = t->columns.at[i]->not_null;
    for (size_t i = 0; i < t->constraints.len; i++)
        if (t->constraints.at[i]->kind == TD_K_UNIQUE || t->constraints.at[i]->kind == TD_K_FOREIGN)
            note_key(table, t->constraints.at[i]);
}

void sim_schema_open(void)
{
    struct sim_schema *s = &sim_schema;
    td_drivers_register();
    for (int i = 0; i < SIM_TENANTS; i++)
        make_file(&arena, i);
    s->config = config;
    s->all = td_device_tables(device);
    s->tenants = (size_t)td_sync_tables_find(s->all, "tenants");
    s->users = (size_t)td_sync_tables_find(s->all, "users");
    s->members = (size_t)td_sync_tables_find(s->all, "user_tenants");
    s->projects = (size_t)td_sync_tables_find(s->all, "projects");
    s->tasks = (size_t)td_sync_tables_find(s->all, "tasks");
    s->tags = (size_t)td_sync_tables_find(s->all, "tags");
    s->labels = (size_t)td_sync_tables_find(s->all, "task_tags");
    for (size_t t = 0; t < s->all->len; t++)
        note_table(t);
}

void sim_schema_close(void)
{
    for (int i = 0; i < SIM_TENANTS; i++)
        free(sim_schema.files[i]);
    td_device_close(device);
    td_db_close(kept);
    td_arena_deinit(&arena);
}

/* ---- values ---- */

const char *sim_key_text(struct td_arena *a, size_t table, const struct td_value *at)
{
    return td_batch_key(a, &sim_schema.all->at[table], at);
}

bool sim_equal(struct td_value a, struct td_value b)
{
    if (a.kind == TD_V_NULL || b.kind == TD_V_NULL)
        return false;
    if (a.kind == TD_V_INT)
        return b.kind == TD_V_INT && a.i == b.i;
    return a.bytes.len == b.bytes.len && memcmp(a.bytes.at, b.bytes.at, a.bytes.len) == 0;
}

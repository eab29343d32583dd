/* The doctor's checks of one database. All of them read only. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "tools/tandem/doctor.h"
#include "tools/tandem/status.h"

enum { LOW_DISK_MB = 100, CLOCK_SKEW_S = 5 };

static void check_history(struct td_doctor *d, struct td_place *p, const struct td_folder *f)
{
    static const char *const tables[] = {"no history yet", "tandem's own history", "Prisma's history"};
    struct td_status_of of = {0};
    struct td_buf line = {0};
    if (f == NULL)
        return;
    if (td_status_read(d->s, p, f, &of) != TD_OK)
        return;
    if (of.err.rc != TD_OK) {
        td_doctor_add_err(d, p->engine, "history", TD_HEALTH_ERROR, &of.err);
        return;
    }
    td_status_sentence(&of, &line);
    int code = td_status_exit(&of, 1);
    struct td_check *c = td_doctor_add(d, p->engine, "history",
                                       code == TD_EXIT_OK        ? TD_HEALTH_OK
                                       : code == TD_EXIT_PENDING ? TD_HEALTH_WARNING
                                                                 : TD_HEALTH_ERROR,
                                       "%s%s%s", of.verdict.code == TD_C_MIG_NOT_EMPTY ? "" : tables[of.history.table],
                                       of.verdict.code == TD_C_MIG_NOT_EMPTY ? "" : "; ", td_buf_str(&line));
    if (of.verdict.code == TD_C_MIG_NOT_EMPTY)
        snprintf(c->next, sizeof c->next, "%.500s", of.verdict.next);
    else if (code != TD_EXIT_OK)
        snprintf(c->next, sizeof c->next, "`tandem migrate %s`", code == TD_EXIT_PENDING ? "deploy" : "status");
    td_buf_deinit(&line);
}

/* One value as text, "" when the query fails. */
static void ask(struct td_place *p, const char *sql, char *out, size_t size)
{
    struct td_err err = {0};
    char *text = NULL;
    *out = '\0';
    if (td_db_query_text(p->db, sql, NULL, 0, &text, &err) == TD_OK && text != NULL)
        snprintf(out, size, "%s", text);
    td_mem_free(text);
}

static void check_disk(struct td_doctor *d, const struct td_place *p)
{
    struct statvfs fs;
    char *dir = td_path_dirname(p->url->path);
    if (dir != NULL && statvfs(dir, &fs) == 0) {
        uint64_t mb = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
        struct td_check *c = td_doctor_add(d, p->engine, "disk", mb < LOW_DISK_MB ? TD_HEALTH_WARNING : TD_HEALTH_OK,
                                           "%" PRIu64 " MB free", mb);
        if (mb < LOW_DISK_MB)
            snprintf(c->next, sizeof c->next, "A table rebuild needs as much room as the table: free some.");
    }
    td_mem_free(dir);
}

static void check_sqlite_file(struct td_doctor *d, const struct td_place *p)
{
    char *dir = td_path_dirname(p->url->path);
    bool file = access(p->url->path, W_OK) == 0, folder = dir != NULL && access(dir, W_OK) == 0;
    struct td_check *c;
    if (file && folder) {
        td_doctor_add(d, p->engine, "permissions", TD_HEALTH_OK, "file and directory can be written");
    } else {
        c = td_doctor_add(d, p->engine, "permissions", TD_HEALTH_WARNING, "%s cannot be written by this user",
                          file ? "the directory" : "the file");
        snprintf(c->next, sizeof c->next, "Reading works; deploy needs write access to both.");
    }
    td_mem_free(dir);
}

/* From the file's header: a connection that only reads may see the file as immutable and say "delete". */
static void check_journal(struct td_doctor *d, const struct td_place *p)
{
    unsigned char header[20] = {0};
    FILE *f = fopen(p->url->path, "rb");
    size_t got = f != NULL ? fread(header, 1, sizeof header, f) : 0;
    bool wal = got == sizeof header && header[18] == 2; /* file format write version: 2 is WAL */
    struct td_check *c = td_doctor_add(d, p->engine, "journal mode", wal ? TD_HEALTH_OK : TD_HEALTH_WARNING, "%s",
                                       wal ? "wal" : "not wal");
    if (!wal)
        snprintf(c->next, sizeof c->next,
                 "The next deploy switches to wal, which lets readers and a writer work at once.");
    if (f != NULL)
        fclose(f);
}

static void check_sqlite(struct td_doctor *d, struct td_place *p)
{
    char text[128];
    if (strcmp(p->url->path, ":memory:") == 0)
        return;
    check_sqlite_file(d, p);
    check_disk(d, p);
    check_journal(d, p);
    ask(p, "PRAGMA foreign_keys", text, sizeof text);
    td_doctor_add(d, p->engine, "foreign keys", strcmp(text, "1") == 0 ? TD_HEALTH_OK : TD_HEALTH_ERROR, "%s",
                  strcmp(text, "1") == 0 ? "on in tandem's connections" : "off");
    ask(p, "SELECT count(*) FROM pragma_foreign_key_check", text, sizeof text);
    if (*text != '\0' && strcmp(text, "0") != 0) {
        struct td_check *c =
            td_doctor_add(d, p->engine, "foreign keys", TD_HEALTH_ERROR, "%.20s rows point nowhere", text);
        snprintf(c->next, sizeof c->next, "`sqlite3 FILE 'PRAGMA foreign_key_check'` lists them.");
    }
}

static void check_clock(struct td_doctor *d, struct td_place *p)
{
    char text[64];
    ask(p, "SELECT extract(epoch FROM clock_timestamp())::bigint", text, sizeof text);
    if (*text == '\0')
        return;
    int64_t skew = (int64_t)strtoll(text, NULL, 10) - (int64_t)time(NULL);
    bool off = skew > CLOCK_SKEW_S || skew < -CLOCK_SKEW_S;
    struct td_check *c = td_doctor_add(d, p->engine, "clock", off ? TD_HEALTH_WARNING : TD_HEALTH_OK,
                                       "the server's is %+" PRId64 " s from this machine's", skew);
    if (off)
        snprintf(c->next, sizeof c->next, "Times in the history come from both: let NTP set them.");
}

static void check_postgres(struct td_doctor *d, struct td_place *p)
{
    char text[64];
    ask(p, "SELECT has_database_privilege(current_database(), 'CREATE') OR to_regnamespace('tandem') IS NOT NULL", text,
        sizeof text);
    bool may = strcmp(text, "t") == 0 || strcmp(text, "true") == 0;
    struct td_check *c = td_doctor_add(d, p->engine, "permissions", may ? TD_HEALTH_OK : TD_HEALTH_WARNING, "%s",
                                       may ? "the schema \"tandem\" is there or can be made"
                                           : "the user may not make the schema \"tandem\"");
    if (!may)
        snprintf(c->next, sizeof c->next, "The database's owner runs `CREATE SCHEMA tandem AUTHORIZATION user`.");
    ask(p, "SELECT pg_is_in_recovery()", text, sizeof text);
    if (strcmp(text, "t") == 0 || strcmp(text, "true") == 0) {
        c = td_doctor_add(d, p->engine, "role of the server", TD_HEALTH_WARNING, "a standby: it can only be read");
        snprintf(c->next, sizeof c->next, "Deploy to the primary.");
    }
    ask(p, "SHOW standard_conforming_strings", text, sizeof text);
    if (strcmp(text, "off") == 0)
        td_doctor_add(d, p->engine, "strings", TD_HEALTH_ERROR, "standard_conforming_strings is off");
    bool session = td_db_has(p->db, TD_CAP_SESSION);
    c = td_doctor_add(d, p->engine, "pooler", session ? TD_HEALTH_OK : TD_HEALTH_WARNING, "%s",
                      session ? "none in between" : "a transaction pooler is in between");
    if (!session)
        snprintf(c->next, sizeof c->next, "Deploys work; statements that need the session itself want DIRECT_URL.");
    check_clock(d, p);
}

void td_doctor_database(struct td_doctor *d, struct td_place *p, const struct td_folder *f)
{
    struct td_err err = {0};
    td_doctor_add(d, p->engine, "url", TD_HEALTH_OK, "%s, from %s", p->url->display, p->source);
    if (p->url->note != NULL)
        td_doctor_add(d, p->engine, "url", TD_HEALTH_WARNING, "%s", p->url->note);
    int rc = td_session_read(d->s, p, &err);
    if (rc != TD_OK) {
        td_doctor_add_err(d, p->engine, "reachable", TD_HEALTH_ERROR, &err);
        return;
    }
    if (p->missing) {
        struct td_check *c =
            td_doctor_add(d, p->engine, "reachable", TD_HEALTH_WARNING, "the database is not there yet");
        snprintf(c->next, sizeof c->next, "`tandem migrate deploy` or `tandem db create` makes it.");
        return;
    }
    td_doctor_add(d, p->engine, "reachable", TD_HEALTH_OK, "version %s", td_db_server_version(p->db));
    if (td_db_engine(p->db) == TD_ENGINE_SQLITE)
        check_sqlite(d, p);
    else
        check_postgres(d, p);
    check_history(d, p, f);
}

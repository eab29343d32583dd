/* Bulk load by hand: a prepared INSERT on SQLite, COPY on PostgreSQL. bench_inside loads the same rows. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/plain.h"

static const char note[] = "a note of some length, as such notes are: about a hundred bytes of text that nobody reads";

static void into_sqlite(sqlite3 *db, long rows)
{
    sqlite3_stmt *st = NULL;
    char name[32];
    if (sqlite3_prepare_v2(db, "INSERT INTO item (id, name, amount, note) VALUES (?1, ?2, ?3, ?4)", -1, &st, NULL) != 0)
        plain_die("copy", sqlite3_errmsg(db));
    for (long i = 0; i < rows; i++) {
        int n = snprintf(name, sizeof name, "name %ld", i);
        sqlite3_bind_int64(st, 1, i);
        sqlite3_bind_text(st, 2, name, n, SQLITE_STATIC);
        sqlite3_bind_int64(st, 3, i % 1000);
        sqlite3_bind_text(st, 4, note, sizeof note - 1, SQLITE_STATIC);
        if (sqlite3_step(st) != SQLITE_DONE)
            plain_die("copy", sqlite3_errmsg(db));
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
}

static void into_postgres(PGconn *db, long rows)
{
    char line[256];
    PQclear(PQexec(db, "COPY item (id, name, amount, note) FROM STDIN"));
    for (long i = 0; i < rows; i++) {
        int n = snprintf(line, sizeof line, "%ld\tname %ld\t%ld\t%s\n", i, i, i % 1000, note);
        if (PQputCopyData(db, line, n) != 1)
            plain_die("copy", PQerrorMessage(db));
    }
    if (PQputCopyEnd(db, NULL) != 1)
        plain_die("copy", PQerrorMessage(db));
    for (PGresult *r = PQgetResult(db); r != NULL; r = PQgetResult(db)) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK)
            plain_die("copy", PQerrorMessage(db));
        PQclear(r);
    }
}

void plain_copy(const char *engine, const char *where, long rows)
{
    struct plain_db db = plain_open(engine, where);
    plain_exec(&db, "BEGIN");
    if (db.lite != NULL)
        into_sqlite(db.lite, rows);
    else
        into_postgres(db.pg, rows);
    plain_exec(&db, "COMMIT");
    plain_close(&db);
}

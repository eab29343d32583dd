/* What sync does, by hand: rows from PostgreSQL to SQLite by COPY and a prepared INSERT; writes to a file; and for how
 * long somebody else holds a file's write lock. */
#include <libpq-fe.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/plain.h"

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct plain_db open_file(const char *file)
{
    struct plain_db db = {0};
    if (sqlite3_open(file, &db.lite) != SQLITE_OK)
        plain_die(file, sqlite3_errmsg(db.lite));
    plain_exec(&db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000");
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        plain_die(sql, sqlite3_errmsg(db));
    return st;
}

/* ---- rows in COPY's text format; the bench has none with an escape ---- */

static sqlite3_stmt *prepare_insert(sqlite3 *db, const char *table, const char *line, size_t len)
{
    char sql[1024];
    int n = snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s VALUES (?", table);
    for (size_t i = 0; i < len; i++)
        if (line[i] == '\t')
            n += snprintf(sql + n, sizeof sql - (size_t)n, ", ?");
    snprintf(sql + n, sizeof sql - (size_t)n, ")");
    return prepare(db, sql);
}

static void insert_line(sqlite3 *db, sqlite3_stmt *st, const char *line, size_t len)
{
    const char *at = line, *end = line + len;
    for (int i = 1; at <= end; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *stop = tab != NULL ? tab : end;
        if (stop - at == 2 && memcmp(at, "\\N", 2) == 0)
            sqlite3_bind_null(st, i);
        else
            sqlite3_bind_text(st, i, at, (int)(stop - at), SQLITE_STATIC);
        at = stop + 1;
    }
    if (sqlite3_step(st) != SQLITE_DONE)
        plain_die("insert", sqlite3_errmsg(db));
    sqlite3_reset(st);
}

void plain_pipe(const char *url, const char *query, const char *file, const char *table)
{
    struct plain_db pg = plain_open("postgres", url), lite = {0};
    sqlite3_stmt *st = NULL;
    char *line = NULL;
    size_t size = strlen(query) + 32;
    char *sql = malloc(size);
    int n;
    if (file != NULL) {
        lite = open_file(file);
        plain_exec(&lite, "BEGIN");
    }
    snprintf(sql, size, "COPY (%s) TO STDOUT", query);
    PQclear(PQexec(pg.pg, sql));
    while ((n = PQgetCopyData(pg.pg, &line, 0)) > 0) {
        if (file != NULL && st == NULL)
            st = prepare_insert(lite.lite, table, line, (size_t)n - 1);
        if (file != NULL)
            insert_line(lite.lite, st, line, (size_t)n - 1);
        PQfreemem(line);
    }
    if (n == -2)
        plain_die(query, PQerrorMessage(pg.pg));
    sqlite3_finalize(st);
    if (file != NULL)
        plain_exec(&lite, "COMMIT");
    free(sql);
    plain_close(&lite);
    plain_close(&pg);
}

void plain_insert(const char *rows, const char *file, const char *table)
{
    struct plain_db lite = open_file(file);
    FILE *f = fopen(rows, "r");
    sqlite3_stmt *st = NULL;
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    if (f == NULL)
        plain_die(rows, "cannot be read");
    plain_exec(&lite, "BEGIN");
    while ((n = getline(&line, &size, f)) > 0) {
        if (st == NULL)
            st = prepare_insert(lite.lite, table, line, (size_t)n - 1);
        insert_line(lite.lite, st, line, (size_t)n - 1);
    }
    sqlite3_finalize(st);
    plain_exec(&lite, "COMMIT");
    free(line);
    fclose(f);
    plain_close(&lite);
}

/* ---- writes, timed without the opening ---- */

static void run_keys(sqlite3 *db, const char *sql, long n, int each)
{
    sqlite3_stmt *st = prepare(db, sql);
    char id[40];
    for (long i = 0; i < n; i++) {
        int len = snprintf(id, sizeof id, "%08lx-0000-4000-8000-000000000000", i);
        sqlite3_bind_text(st, 1, id, len, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, i);
        if (each)
            sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (sqlite3_step(st) != SQLITE_DONE)
            plain_die(sql, sqlite3_errmsg(db));
        sqlite3_reset(st);
        if (each)
            sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    sqlite3_finalize(st);
}

static const char insert_sql[] =
    "INSERT INTO items VALUES (?1, 1, 'name of a row', 'new', ?2 % 1000, 1.5, '2026-01-01T00:00:00.000000Z', 1,"
    " 'a note of about a hundred and thirty bytes, as such notes are: some text that nobody reads, and more of "
    "it, until it is as long as the others are')";

/* Each after the other; prints milliseconds: bulk insert, bulk update, updates and inserts of one row in
 * a transaction. */
void plain_write(const char *file, long rows)
{
    struct plain_db db = open_file(file);
    double at[5];
    at[0] = now_ms();
    plain_exec(&db, "BEGIN IMMEDIATE");
    run_keys(db.lite, insert_sql, rows, 0);
    plain_exec(&db, "COMMIT; UPDATE tandem_meta SET v = v WHERE k = 'applying'");
    if (sqlite3_exec(db.lite, "DELETE FROM tandem_base_items", NULL, NULL, NULL) != SQLITE_OK)
        plain_die("base", sqlite3_errmsg(db.lite));
    at[1] = now_ms();
    plain_exec(&db, "UPDATE items SET qty = qty % 1000 + 1");
    at[2] = now_ms();
    plain_exec(&db, "DELETE FROM tandem_base_items; PRAGMA wal_checkpoint(TRUNCATE)");
    at[3] = now_ms();
    run_keys(db.lite, "UPDATE items SET qty = ?2 % 999 WHERE id = ?1", rows / 10, 1);
    at[4] = now_ms();
    printf("%.2f %.2f %.2f ", at[1] - at[0], at[2] - at[1], at[4] - at[3]);
    plain_exec(&db, "DELETE FROM items; DELETE FROM tandem_base_items; PRAGMA wal_checkpoint(TRUNCATE)");
    at[3] = now_ms();
    run_keys(db.lite, insert_sql, rows / 10, 1);
    printf("%.2f\n", now_ms() - at[3]);
    plain_close(&db);
}

/* ---- the write lock ---- */

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

/* Asks for it each half millisecond until SIGTERM; prints the longest time without an answer. */
void plain_watch(const char *file)
{
    struct plain_db db = {0};
    double since = 0, longest = 0;
    signal(SIGTERM, stop);
    if (sqlite3_open(file, &db.lite) != SQLITE_OK)
        plain_die(file, sqlite3_errmsg(db.lite));
    printf("ready\n");
    fflush(stdout);
    while (!stopped) {
        double now = now_ms();
        if (sqlite3_exec(db.lite, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) {
            sqlite3_exec(db.lite, "ROLLBACK", NULL, NULL, NULL);
            since = 0;
        } else if (since == 0) {
            since = now;
        }
        if (since != 0 && now - since > longest)
            longest = now - since;
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    printf("%.1f\n", longest);
    plain_close(&db);
}

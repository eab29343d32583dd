/* The plain operation, as somebody who knows both engines would write it: what tandem is measured against.
 *
 *     bench_plain start                        nothing: the same libraries, linked
 *     bench_plain deploy sqlite|postgres TO DIR    DIR/<name>.sql in order, all in one transaction
 *     bench_plain status sqlite|postgres OF DIR    names of the history, and of the folder with their checksums
 *     bench_plain parse DIR                    each file through PostgreSQL's parser
 *     bench_plain exec sqlite|postgres TO SQL  that text, once
 *     bench_plain copy sqlite|postgres TO ROWS into the table item (plain_copy.c)
 *     bench_plain pipe URL QUERY [FILE TABLE]  rows by COPY, into nothing or SQLite (plain_sync.c)
 *     bench_plain insert ROWS FILE TABLE       rows of a file
 *     bench_plain write FILE ROWS              milliseconds of bulk insert, bulk update, one-row transactions
 *     bench_plain watch FILE                   until SIGTERM; the longest time for which the file was locked */
#include "tests/bench/plain.h"

#include <dirent.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <openssl/sha.h>
#include <pg_query.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void plain_die(const char *what, const char *why)
{
    fprintf(stderr, "bench_plain: %s: %s\n", what, why);
    exit(1);
}

struct plain_db plain_open(const char *engine, const char *where)
{
    struct plain_db db = {0};
    if (strcmp(engine, "postgres") == 0) {
        db.pg = PQconnectdb(where);
        if (PQstatus(db.pg) != CONNECTION_OK)
            plain_die(where, PQerrorMessage(db.pg));
        PQsetNoticeProcessor(db.pg, (PQnoticeProcessor)(void (*)(void))plain_ignore, NULL);
    } else if (sqlite3_open(where, &db.lite) != SQLITE_OK) {
        plain_die(where, sqlite3_errmsg(db.lite));
    } else {
        plain_exec(&db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    }
    return db;
}

void plain_ignore(void *data, const char *message)
{
    (void)data;
    (void)message;
}

void plain_exec(const struct plain_db *db, const char *sql)
{
    char *why = NULL;
    if (db->lite != NULL) {
        if (sqlite3_exec(db->lite, sql, NULL, NULL, &why) != SQLITE_OK)
            plain_die(sql, why);
        return;
    }
    PGresult *r = PQexec(db->pg, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        plain_die(sql, PQerrorMessage(db->pg));
    PQclear(r);
}

void plain_close(struct plain_db *db)
{
    sqlite3_close(db->lite);
    PQfinish(db->pg);
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* Valid until the next call; the files of the bench are small. */
static const char *read_file(int dir, const char *name)
{
    static char text[65536];
    int fd = openat(dir, name, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n < 0)
        plain_die(name, "cannot be read");
    close(fd);
    text[n] = '\0';
    return text;
}

static void each_file(const char *dir, void (*fn)(void *data, const char *text), void *data)
{
    struct dirent **names = NULL;
    int at = open(dir, O_RDONLY | O_DIRECTORY), n = scandir(dir, &names, visible, alphasort);
    for (int i = 0; i < n; i++) {
        fn(data, read_file(at, names[i]->d_name));
        free(names[i]);
    }
    free(names);
    close(at);
}

static void run_text(void *db, const char *text)
{
    plain_exec(db, text);
}

static void deploy(const char *engine, const char *where, const char *dir)
{
    struct plain_db db = plain_open(engine, where);
    plain_exec(&db, "BEGIN");
    each_file(dir, run_text, &db);
    plain_exec(&db, "COMMIT");
    plain_close(&db);
}

static void checksum(void *data, const char *text)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    (void)data;
    SHA256((const unsigned char *)text, strlen(text), sum);
}

static void status(const char *engine, const char *where, const char *dir)
{
    struct plain_db db = plain_open(engine, where);
    plain_exec(&db, db.lite != NULL ? "SELECT name, checksum, finished_at FROM tandem_migrations ORDER BY name"
                                    : "SELECT name, checksum, finished_at FROM tandem.migrations ORDER BY name");
    each_file(dir, checksum, NULL);
    plain_close(&db);
}

static void parse_text(void *data, const char *text)
{
    PgQueryProtobufParseResult r = pg_query_parse_protobuf(text);
    (void)data;
    if (r.error != NULL)
        plain_die("parse", r.error->message);
    pg_query_free_protobuf_parse_result(r);
}

static void exec_text(const char *engine, const char *where, const char *sql)
{
    struct plain_db db = plain_open(engine, where);
    plain_exec(&db, sql);
    plain_close(&db);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "start") == 0)
        return 0;
    if (argc == 3 && strcmp(argv[1], "parse") == 0)
        each_file(argv[2], parse_text, NULL);
    else if (argc == 5 && strcmp(argv[1], "deploy") == 0)
        deploy(argv[2], argv[3], argv[4]);
    else if (argc == 5 && strcmp(argv[1], "status") == 0)
        status(argv[2], argv[3], argv[4]);
    else if (argc == 5 && strcmp(argv[1], "exec") == 0)
        exec_text(argv[2], argv[3], argv[4]);
    else if (argc == 5 && strcmp(argv[1], "copy") == 0)
        plain_copy(argv[2], argv[3], strtol(argv[4], NULL, 10));
    else if ((argc == 4 || argc == 6) && strcmp(argv[1], "pipe") == 0)
        plain_pipe(argv[2], argv[3], argc == 6 ? argv[4] : NULL, argc == 6 ? argv[5] : NULL);
    else if (argc == 5 && strcmp(argv[1], "insert") == 0)
        plain_insert(argv[2], argv[3], argv[4]);
    else if (argc == 4 && strcmp(argv[1], "write") == 0)
        plain_write(argv[2], strtol(argv[3], NULL, 10));
    else if (argc == 3 && strcmp(argv[1], "watch") == 0)
        plain_watch(argv[2]);
    else
        plain_die("usage", "see the head of tests/bench/plain.c");
    return 0;
}

/* Shared by the files of bench_plain. All end the program on an error. */
#ifndef TD_TESTS_BENCH_PLAIN_H
#define TD_TESTS_BENCH_PLAIN_H

struct sqlite3;
struct pg_conn;

struct plain_db { /* one of the two */
    struct sqlite3 *lite;
    struct pg_conn *pg;
};

void plain_die(const char *what, const char *why);
void plain_ignore(void *data, const char *message);
struct plain_db plain_open(const char *engine, const char *where);
void plain_exec(const struct plain_db *db, const char *sql);
void plain_close(struct plain_db *db);
/* Of sync (plain_sync.c): COPY of a query, thrown away or (`file`) into a table of it; the same from a file of COPY's.
 */
void plain_pipe(const char *url, const char *query, const char *file, const char *table);
void plain_insert(const char *rows, const char *file, const char *table);
void plain_write(const char *file, long rows);
void plain_watch(const char *file);
/* Makes `rows` rows of item (id, name, amount, note) and loads them in one transaction. */
void plain_copy(const char *engine, const char *where, long rows);

#endif

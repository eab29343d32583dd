#include "tests/fault/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "tests/lib/dump.h"
#include "tests/lib/tmpdir.h"

/* The fourth is journalled on PostgreSQL; the third rebuilds a table on SQLite. */
static const struct {
    const char *name, *sql;
} folder[STORY_MIGRATIONS] = {
    {"1_tables",
     "CREATE TYPE mood AS ENUM ('sad', 'ok');\n"
     "CREATE TABLE account (id integer PRIMARY KEY, email text NOT NULL UNIQUE, mood mood DEFAULT 'ok',\n"
     "  balance numeric(10,2) NOT NULL DEFAULT 0, made timestamptz DEFAULT '2026-01-01 10:00:00+00');\n"
     "CREATE TABLE post (id integer PRIMARY KEY, author integer REFERENCES account (id) ON DELETE CASCADE,\n"
     "  body jsonb NOT NULL DEFAULT '{}', words integer);\n"
     "CREATE INDEX post_author ON post (author);\n"},
    {"2_rows",
     "INSERT INTO account (id, email, balance) VALUES (1, 'a@x', 1.50), (2, 'b@x', 2.25);\n"
     "INSERT INTO post (id, author, words) SELECT n, 1 + n % 2, n * 10 FROM generate_series(1, 20) AS g(n);\n"},
    {"3_change", "ALTER TABLE post ALTER COLUMN author SET NOT NULL;\n"
                 "ALTER TABLE post ADD COLUMN slug varchar(20);\n"
                 "UPDATE post SET slug = 'p' || post.id FROM account WHERE account.id = post.author;\n"
                 "ALTER TABLE post ADD CONSTRAINT slug_there CHECK (slug IS NOT NULL);\n"},
    {"4_alone", "CREATE INDEX CONCURRENTLY post_slug ON post (slug);\n"
                "INSERT INTO account (id, email) VALUES (3, 'c@x');\n"
                "CREATE UNIQUE INDEX CONCURRENTLY account_low ON account (lower(email));\n"},
    {"5_last", "ALTER TABLE account RENAME COLUMN made TO created;\nALTER TABLE post DROP COLUMN words;\n"
               "DELETE FROM account WHERE id = 3;\n"},
};

static void connect_again(struct story *s, const char *url)
{
    td_db_close(s->p.db);
    s->p.db = NULL;
    project_connect(&s->p, url);
}

static void new_file(struct story *s)
{
    char url[400];
    snprintf(url, sizeof url, "file:%s/%d.db", s->dir, ++s->files);
    connect_again(s, url);
}

void story_slow_down(struct story *s, int seconds)
{
    char sql[1200];
    snprintf(sql, sizeof sql, "SELECT pg_sleep(%d);\n%s", seconds, folder[0].sql);
    project_add(&s->p, folder[0].name, sql);
}

/* How many of the folder's migrations are recorded as applied: they are the first ones. */
static size_t count_applied(struct story *s)
{
    char *names = dump_applied(s->p.db), expected[200] = "";
    size_t n = 0;
    while (strcmp(names, expected) != 0) {
        if (n == STORY_MIGRATIONS)
            fail_msg("applied are: %s", names);
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "=%s\n", folder[n++].name);
    }
    td_mem_free(names);
    return n;
}

static bool is_journalled(struct story *s)
{
    return s->engine == TD_ENGINE_POSTGRES &&
           strcmp(project_text(&s->p, "SELECT count(to_regclass('tandem.journal'))"), "0") != 0 &&
           strcmp(project_text(&s->p, "SELECT count(*) FROM tandem.journal"), "0") != 0;
}

static void check_state(struct story *s, const char *fault)
{
    char *now = dump_database(s->p.db);
    size_t n = count_applied(s);
    if (!is_journalled(s) && strcmp(now, s->states[n]) != 0)
        fail_msg("%s: after %zu migrations the database is\n%s\nexpected\n%s", fault, n, now, s->states[n]);
    td_mem_free(now);
}

/* With whatever else may hold up the next deploy at its end: open transactions, a lease, a journal. */
static void check_next_deploy(struct story *s, const char *fault)
{
    if (project_deploy(&s->p) != TD_OK)
        fail_msg("%s: the next deploy: %s | %s", fault, s->p.err.message, s->p.err.why);
    char *now = dump_database(s->p.db);
    if (strcmp(now, s->states[STORY_MIGRATIONS]) != 0)
        fail_msg("%s: at the end the database is\n%s\nexpected\n%s", fault, now, s->states[STORY_MIGRATIONS]);
    td_mem_free(now);
    assert_int_equal(count_applied(s), STORY_MIGRATIONS);
    if (s->p.result.applied > 0) /* with nothing to do it takes no lease, and a dead one's row may stay */
        assert_string_equal(project_text(&s->p, s->engine == TD_ENGINE_POSTGRES ? "SELECT count(*) FROM tandem.lease"
                                                                                : "SELECT count(*) FROM tandem_lease"),
                            "0");
    if (s->engine == TD_ENGINE_SQLITE)
        assert_string_equal(project_text(&s->p, "PRAGMA integrity_check"), "ok");
}

void story_check_gone(struct story *s, const char *fault)
{
    struct td_url url = s->p.url;
    struct td_err err = {0};
    td_db_close(s->p.db);
    s->p.db = NULL;
    int rc = td_db_open(&url, &(struct td_db_opts){.create = true}, &s->p.db, &err);
    if (rc != TD_OK)
        fail_msg("%s: connecting again: %s | %s", fault, err.message, err.why);
    check_state(s, fault);
    check_next_deploy(s, fault);
}

void story_check(struct story *s, int rc, const char *fault)
{
    struct td_err err = {0};
    if (rc != TD_OK) {
        if (rc != (int)s->p.err.rc || s->p.err.message[0] == '\0' || s->p.err.code == TD_C_NONE || rc == TD_EBUG)
            fail_msg("%s: no clean error: rc %d, %d \"%s\"", fault, rc, s->p.err.rc, s->p.err.message);
    }
    if (td_db_exec(s->p.db, "SELECT 1", &err) != TD_OK) {
        story_check_gone(s, fault);
        return;
    }
    assert_int_equal(td_db_tx_depth(s->p.db), 0);
    if (td_db_begin(s->p.db, TD_TX_WRITE, &err) != TD_OK) /* the engine itself knows of no open one */
        fail_msg("%s: a transaction is still open: %s", fault, err.message);
    td_db_rollback(s->p.db);
    check_state(s, fault);
    check_next_deploy(s, fault);
}

void story_restart(struct story *s)
{
    if (s->engine == TD_ENGINE_SQLITE)
        new_file(s);
    else
        project_exec(&s->p, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS tandem CASCADE;"
                            " DROP SCHEMA public CASCADE; CREATE SCHEMA public; RESET client_min_messages");
}

void story_open(struct story *s, enum td_engine engine)
{
    memset(s, 0, sizeof *s);
    s->engine = engine;
    s->dir = td_tmpdir_make();
    project_open(&s->p, engine == TD_ENGINE_SQLITE ? "sqlite::memory:" : NULL);
    if (engine == TD_ENGINE_SQLITE)
        new_file(s);
    s->states[0] = dump_database(s->p.db);
    for (size_t i = 0; i < STORY_MIGRATIONS; i++) {
        project_add(&s->p, folder[i].name, folder[i].sql);
        assert_deployed(&s->p);
        s->states[i + 1] = dump_database(s->p.db);
        assert_string_not_equal(s->states[i], s->states[i + 1]);
    }
    story_restart(s);
}

void story_close(struct story *s)
{
    for (size_t i = 0; i <= STORY_MIGRATIONS; i++)
        td_mem_free(s->states[i]);
    project_close(&s->p);
    td_tmpdir_remove(s->dir);
}

size_t story_next(size_t n, size_t every)
{
    const char *all = getenv("TANDEM_LONG");
    if (n < 20 || (all != NULL && strcmp(all, "1") == 0))
        return n + 1;
    return n + 1 + (n * 7919) % (2 * every - 1);
}

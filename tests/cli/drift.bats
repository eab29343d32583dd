# status --drift: what a database has against what its applied migrations make. Run by tests/lib/pg.sh with.
load helper

fresh() { # NAME: an empty database; its URL in $url
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
    url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
}

q() { psql -XAtq "$url" -c "$1"; }

both_deployed() { # NAME: on both engines, from tandem.json
    two_migrations
    fresh "$1"
    printf '{ "databases": { "sqlite": "file:./app.db", "postgres": "%s" } }' "$url" >tandem.json
    exits 0 tandem migrate deploy
}

@test "databases as their migrations left them show no drift" {
    both_deployed drift_none
    exits 0 tandem migrate status --drift
    [ "$(grep -c 'in sync, 2 applied; no drift' <<<"$output")" = 2 ]
    exits 0 tandem migrate status --drift --json
    [ "$(json '[d["drift"] for d in a["databases"]]')" = '[[], []]' ]
    exits 0 tandem migrate status --json
    [ "$(json '[d["drift"] for d in a["databases"]]')" = '[null, null]' ]
}

@test "each change by hand is one line, in words, and the exit code is 4" {
    both_deployed drift_hand
    q "ALTER TABLE users ADD nick text; DROP TABLE posts"
    sqlite3 app.db "ALTER TABLE users ADD nick TEXT; DROP TABLE posts; CREATE TABLE mine (a INT)"
    exits 4 tandem migrate status --drift
    has 'postgres  2 applied; drift: 2 differences' "$output"
    has '  column "users.nick" is not expected' "$output"
    has '  table "posts" is missing' "$output"
    has 'sqlite    2 applied; drift: 3 differences' "$output"
    has '  table "mine" is not expected: columns a' "$output"
    exits 4 tandem migrate status --drift --short
    exits 0 tandem migrate status
    exits 4 tandem migrate status --drift --json
    [ "$(json 'a["in_sync"]')" = false ]
    [ "$(json 'sorted((x["change"], x["object"], x["name"]) for x in a["databases"][0]["drift"])')" = \
        '[["extra", "column", "users.nick"], ["extra", "table", "mine"], ["missing", "table", "posts"]]' ]
}

@test "pending migrations are not expected; after edits and losses the kept text counts" {
    both_deployed drift_kept
    migration 20260103000000_later <<<'CREATE TABLE later (id int);'
    exits 3 tandem migrate status --drift
    [ "$(grep -c '1 pending, 2 applied; no drift' <<<"$output")" = 2 ]
    rm -r migrations/20260103000000_later migrations/20260102000000_posts
    echo 'CREATE TABLE other (id int);' >migrations/20260101000000_users/migration.sql
    exits 4 tandem migrate status --drift
    [ "$(grep -c '1 edited, 1 missing; no drift' <<<"$output")" = 2 ]
    sqlite3 app.db "DELETE FROM tandem_migration_text"
    exits 4 tandem migrate status --drift --on sqlite
    has 'TD-MIG-024' "$stderr"
    hasnt 'no drift' "$output"
}

@test "expressions that only look different are none, and nothing is left behind" {
    migration 20260101000000_a <<'SQL'
CREATE TABLE t (a varchar(3) CHECK (a IN ('x', 'y') AND NOT (a <> 'x' AND a <> 'y')), b int DEFAULT (1 + 2) * 3);
CREATE VIEW v AS SELECT a, sum(b) FROM t WHERE b BETWEEN 1 AND 2 GROUP BY a;
CREATE VIEW w AS SELECT max(a) AS m, array_agg(a) AS l, percentile_cont(0.5) WITHIN GROUP (ORDER BY b) AS p FROM t;
SQL
    fresh drift_looks
    exits 0 tandem migrate deploy --url "$url"
    before=$(q "SELECT count(*) FROM pg_class")
    exits 0 tandem migrate status --drift --url "$url"
    has "no drift" "$output"
    [ "$(q "SELECT count(*) FROM pg_class")" = "$before" ]
}

@test "a schema of the URL is where its migrations' tables are looked for" {
    two_migrations
    fresh drift_schema
    exits 0 tandem migrate deploy --url "$url&schema=one"
    exits 0 tandem migrate status --drift --url "$url&schema=one"
    has "no drift" "$output"
    q "DROP TABLE one.posts"
    exits 4 tandem migrate status --drift --url "$url&schema=one"
    has 'table "one.posts" is missing' "$output"
}

@test "beside a schema of the URL, what others have in public is theirs" {
    two_migrations
    fresh drift_beside
    q "CREATE TABLE control (x int)"
    exits 0 tandem migrate deploy --url "$url&schema=one"
    exits 0 tandem migrate status --drift --url "$url&schema=one"
}

@test "a search_path ends with its file" {
    migration 20260101000000_a <<<'CREATE SCHEMA x; SET search_path = x, public; CREATE TABLE t (a int);'
    migration 20260102000000_b <<<'CREATE TABLE u (a int);'
    fresh drift_path
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem migrate status --drift --url "$url"
}

@test "what the block of a sqlite mark has made is no drift, and a rebuild does not lose it" {
    migration 20260101000000_a <<'SQL'
CREATE TABLE a (id int PRIMARY KEY, n int);
-- tandem: sqlite
/* CREATE INDEX li ON a (n) WHERE n > 1; */
-- tandem: sqlite
/* CREATE TRIGGER st AFTER INSERT ON a BEGIN UPDATE a SET n = 1; END; CREATE TABLE own (x INT); */
SQL
    exits 0 tandem migrate deploy --url sqlite:a.db
    exits 0 tandem migrate status --drift --url sqlite:a.db
    migration 20260102000000_b <<<'ALTER TABLE a ALTER COLUMN n TYPE bigint;'
    exits 0 tandem migrate deploy --url sqlite:a.db
    [ "$(sqlite3 a.db "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name IN ('li', 'st') ORDER BY 1)")" = li,st ]
    exits 0 tandem migrate status --drift --url sqlite:a.db
}

@test "a column that no migration made stops a rebuild, which would lose it" {
    migration 20260101000000_a <<<'CREATE TABLE a (id int PRIMARY KEY, n int);'
    exits 0 tandem migrate deploy --url sqlite:a.db
    sqlite3 a.db "ALTER TABLE a ADD COLUMN mine TEXT; INSERT INTO a VALUES (1, 2, 'precious')"
    migration 20260102000000_b <<<'ALTER TABLE a ALTER COLUMN n TYPE bigint;'
    exits 65 tandem migrate deploy --url sqlite:a.db
    has TD-MIG-025 "$stderr"
    [ "$(sqlite3 a.db 'SELECT mine FROM a')" = precious ]
    sqlite3 a.db "ALTER TABLE a DROP COLUMN mine"
    exits 0 tandem migrate deploy --url sqlite:a.db
}

@test "what was left out on SQLite is no drift there" {
    migration 20260101000000_a <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, during tsrange, EXCLUDE USING gist (during WITH &&));
SQL
    exits 65 tandem migrate deploy --url sqlite:a.db
    exits 0 tandem migrate deploy --url sqlite:a.db --skip exclusion
    exits 0 tandem migrate status --drift --url sqlite:a.db --skip exclusion
    has "no drift" "$output"
}

@test "migrations in SQLite's own language are compared, too" {
    mkdir migrations
    printf 'provider = "sqlite"\n' >migrations/migration_lock.toml
    migration 20260101000000_a <<<'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t (a);'
    exits 0 tandem migrate deploy --url sqlite:a.db
    exits 0 tandem migrate status --drift --url sqlite:a.db
    sqlite3 a.db "DROP INDEX i"
    exits 4 tandem migrate status --drift --url sqlite:a.db
    has 'index "i" is missing' "$output"
}

@test "a file that may only be read is compared as well" {
    two_migrations
    mkdir ro
    exits 0 tandem migrate deploy --url sqlite:ro/a.db
    chmod 444 ro/a.db
    chmod 555 ro
    chmod 755 . .. ../.. 2>/dev/null || true
    [ "$(id -u)" != 0 ] || unprivileged test -x "$BATS_TEST_TMPDIR/ro" || skip "the directory is hidden from others"
    unprivileged test -x "$TANDEM" || { cp "$TANDEM" ./tandem-copy; chmod 755 tandem-copy; TANDEM=$PWD/tandem-copy; }
    exits 0 unprivileged "$TANDEM" migrate status --drift --url sqlite:ro/a.db
    chmod 755 ro
    has "no drift" "$output"
}

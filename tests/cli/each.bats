# deploy and status for many databases, which a query names. Run by tests/lib/pg.sh with.
load helper

fresh() { # NAME: an empty database; its URL in $url
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
    url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
}

q() { psql -XAtq "$url" -c "$1"; }

# files NAME...: an SQLite database that knows these.
files() {
    sqlite3 control.db "CREATE TABLE tenants (id INTEGER PRIMARY KEY, target TEXT)"
    for t in "$@"; do sqlite3 control.db "INSERT INTO tenants (target) VALUES ('$t')"; done
}

each() { tandem migrate "$1" --url sqlite:control.db --each "SELECT target FROM tenants ORDER BY id" "${@:2}"; }

@test "every database that the query names is brought up to date, once, and the one that is asked is left alone" {
    two_migrations
    files t1.db file:t2.db sqlite:t3.db t1.db "a b%c?.db"
    exits 0 each deploy
    has "4 databases: 4 done, 0 not" "$output"
    for f in t1.db t2.db t3.db "a b%c?.db"; do
        [ "$(sqlite3 "$f" 'SELECT count(*) FROM tandem_migrations')" = 2 ]
    done
    [ "$(sqlite3 control.db .tables)" = tenants ]
    exits 0 each status --drift
    [ "$(grep -c 'in sync, 2 applied; no drift' <<<"$output")" = 4 ]
}

@test "one that fails stops no other, is named at the end, and the same command goes on" {
    two_migrations
    files t1.db t2.db t3.db
    printf 'no database at all, but a text of some length' >t2.db
    exits 65 each deploy --jobs 1
    has "3 databases: 2 done, 1 not" "$output"
    has "file:t2.db  exit 65" "$output"
    has "TD-DB-004" "$stderr"
    rm t2.db
    exits 0 each deploy
    [ "$(grep -c 'nothing to apply' <<<"$output")" = 2 ]
    exits 0 each status --short
}

@test "--json has each one's own answer, in the query's order" {
    two_migrations
    files t3.db t1.db t2.db
    printf 'no database at all, but a text of some length' >t1.db
    exits 65 each deploy --json
    [ "$(json '[(d["url"], d["exit_code"], d["signal"]) for d in a["databases"]]')" = \
        '[["file:t3.db", 0, null], ["file:t1.db", 65, null], ["file:t2.db", 0, null]]' ]
    [ "$(json '[len(d["answer"]["databases"][0]["applied"]) for d in a["databases"] if d["exit_code"] == 0]')" = '[2, 2]' ]
    [ "$(json 'a["databases"][1]["answer"]["error"]["code"]')" = TD-DB-004 ]
    [ "$(grep -c '"event":"planned"' <<<"$stderr")" = 2 ]
}

@test "what every database says alike is said once" {
    migration 20260101000000_a <<<'CREATE TABLE t (a int); GRANT SELECT ON t TO PUBLIC; COMMENT ON TABLE t IS $$x$$;'
    files t1.db t2.db t3.db
    exits 0 each deploy
    [ "$(grep -c 'goes without' <<<"$stderr")" = 2 ]
}

@test "databases and schemas beside the one that is asked" {
    two_migrations
    fresh each_control
    psql -XAtq "$TANDEM_TEST_PG" -c 'DROP DATABASE IF EXISTS "each A"' -c "DROP DATABASE IF EXISTS each_b"
    q "CREATE TABLE tenants (database text, schema text); INSERT INTO tenants VALUES ('each A', NULL), ('each_b', 'one'), ('each_b', 'two')"
    exits 0 tandem migrate deploy --url "$url" --each "SELECT * FROM tenants" --jobs 3
    has "3 databases: 3 done, 0 not" "$output"
    [ "$(psql -XAtq "${TANDEM_TEST_PG/\/postgres\?/\/each%20A?}" -c "SELECT count(*) FROM public.posts")" = 0 ]
    [ "$(psql -XAtq "${TANDEM_TEST_PG/\/postgres\?/\/each_b?}" -c "SELECT count(*) FROM one.posts, two.posts")" = 0 ]
    q "CREATE VIEW v AS SELECT 'one' AS schema UNION ALL SELECT 'it''s'"
    exits 0 tandem migrate deploy --url "$url" --each "SELECT schema FROM v"
    [ "$(q "SELECT count(*) FROM one.posts, \"it's\".posts")" = 0 ]
    exits 0 tandem migrate status --url "$url" --each "SELECT schema FROM v" --short
    psql -XAtq "$TANDEM_TEST_PG" -c 'DROP DATABASE "each A"' -c "DROP DATABASE each_b"
}

@test "passwords of the databases are shown nowhere" {
    two_migrations
    files "postgresql://u:secret-word@127.0.0.1:1/x?connect_timeout=1" "postgresql://u@127.0.0.1:1/x?connect_timeout=1&password=secret-word"
    exits 69 each deploy --json
    hasnt secret-word "$output$stderr"
    exits 69 each deploy --trace
    hasnt secret-word "$output$stderr"
    has '--url "$URL"' "$stderr"
}

@test "a URL in a column for names is refused, and its password not shown" {
    two_migrations
    files t1.db
    for v in "'postgresql://u:secret-word@h/x' AS database" "'u:secret-word@h/x'" "'host=h password=secret-word'"; do
        exits 64 tandem migrate status --url sqlite:control.db --each "SELECT $v"
        hasnt secret-word "$output$stderr"
    done
}

@test "where the answer cannot be written, what was deployed is not told as failed" {
    two_migrations
    files t1.db t2.db t3.db
    exits 1 bash -c '"$TANDEM" migrate deploy --url sqlite:control.db --each "SELECT target FROM tenants" --jobs 1 >/dev/full'
    [ "$(grep -c '^error.TD-CLI-010' <<<"$stderr")" = 1 ]
    for n in 1 2 3; do
        [ "$(sqlite3 t$n.db 'SELECT count(*) FROM tandem_migrations')" = 2 ]
    done
}

@test "what does not say which databases is an error before anything runs" {
    two_migrations
    files t1.db ""
    exits 64 each deploy
    has "row 2" "$stderr"
    [ ! -e t1.db ]
    sqlite3 control.db "UPDATE tenants SET target = 'mysql://h/x' WHERE id = 2"
    exits 78 each deploy
    has "row 2" "$stderr"
    [ ! -e t1.db ]
    exits 64 tandem migrate deploy --url sqlite:control.db --each "CREATE TABLE x (a)"
    exits 64 tandem migrate deploy --url sqlite:control.db --each "SELECT id, target FROM tenants"
    has "url, database or schema" "$stderr"
    exits 64 tandem migrate deploy --url sqlite:control.db --each "SELECT 'x' AS schema"
    exits 65 tandem migrate deploy --url sqlite:control.db --each "SELECT nothing FROM tenants"
    exits 77 tandem migrate deploy --url sqlite:control.db --each "DELETE FROM tenants RETURNING target AS url"
    [ "$(sqlite3 control.db 'SELECT count(*) FROM tenants')" = 2 ]
    exits 64 tandem migrate deploy --url sqlite:gone.db --each "SELECT 'x.db'"
    [ ! -e gone.db ]
    exits 64 each deploy --jobs 0
    exits 64 each deploy --jobs 65
    exits 64 tandem migrate deploy --url sqlite:control.db --jobs 2
    printf '{ "databases": { "sqlite": "file:a.db", "postgres": "%s" } }' "$TANDEM_TEST_PG" >tandem.json
    exits 64 tandem migrate deploy --each "SELECT 'x.db'"
    has "--on" "$stderr"
}

@test "no database to work on is no failure" {
    two_migrations
    files
    exits 0 each deploy
    has "0 databases: 0 done, 0 not" "$output"
}

@test "--dry-run prints each one's plan and changes none" {
    two_migrations
    files t1.db t2.db
    exits 0 each deploy --dry-run
    [ "$(grep -c '2 pending migrations' <<<"$output")" = 2 ]
    [ ! -e t1.db ]
}

# slow_databases NAME: two that take long, beside one whose URL is $url.
slow_databases() {
    migration 20260101000000_slow <<<'CREATE TABLE a (i int); SELECT pg_sleep(60); CREATE TABLE b (i int);'
    for n in 1 2; do
        fresh "$1$n"
    done
    fresh "$1"
    of_them="SELECT '$1' || i AS database FROM generate_series(1, 2) i"
    asleep="SELECT count(*) FROM pg_stat_activity WHERE datname ~ '^$1[12]$' AND query LIKE '%pg_sleep(60)%' AND state = 'active'"
}

# until_asleep N: N of them are.
until_asleep() {
    for _ in $(seq 300); do
        [ "$(q "$asleep")" = "$1" ] && return 0
        sleep 0.1
    done
    return 1
}

tables() { for n in 1 2; do psql -XAtq "${TANDEM_TEST_PG/\/postgres\?/\/$1$n?}" -c "SELECT count(*) FROM pg_tables WHERE tablename IN ('a', 'b')"; done | xargs; }

@test "a signal rolls back what is under way, starts no more, and the same command goes on" {
    slow_databases each_int
    for signal in INT TERM; do
        "$TANDEM" migrate deploy --url "$url" --each "$of_them UNION ALL SELECT 'each_int3'" --jobs 2 >out 2>err &
        pid=$!
        until_asleep 2
        kill -$signal $pid
        code=0
        wait $pid || code=$?
        [ "$code" = $([ $signal = INT ] && echo 130 || echo 143) ]
        grep -q "interrupted after 0 of 3 databases" err
        [ "$(tables each_int)" = "0 0" ]
    done
    migration 20260101000000_slow <<<'CREATE TABLE a (i int); CREATE TABLE b (i int);'
    exits 0 tandem migrate deploy --url "$url" --each "$of_them"
    [ "$(tables each_int)" = "2 2" ]
}

@test "when the caller is killed, those that it started roll back and end" {
    slow_databases each_kill
    "$TANDEM" migrate deploy --url "$url" --each "$of_them" >out 2>err &
    pid=$!
    until_asleep 2
    kill -KILL $pid
    until_asleep 0
    [ "$(tables each_kill)" = "0 0" ]
}

@test "schemas of one database come one after the other, others beside them" {
    migration 20260101000000_slow <<<'CREATE TABLE a (i int); SELECT pg_sleep(1);'
    fresh each_one
    exits 0 tandem migrate deploy --url "$url" --wait=0 --each "SELECT 's' || i AS schema FROM generate_series(1, 3) i" --jobs 3
    has "3 databases: 3 done, 0 not" "$output"
}

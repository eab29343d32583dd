load helper

@test "deploy says first which database and from where, applies, and is idempotent" {
    two_migrations
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "sqlite: " "$(head -1 .stderr)"
    has "app.db (from --url)" "$(head -1 .stderr)"
    has "applied  20260101000000_users" "$output"
    has "2 migrations applied, 0 before" "$output"
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "nothing to apply: 2 migrations in place" "$output"
    [ "$(sqlite3 app.db "INSERT INTO users (email) VALUES ('a@b') RETURNING id")" = 1 ]
}

@test "deploy --json: one object, events on stderr, a line each" {
    two_migrations
    exits 0 tandem --json migrate deploy --url sqlite:app.db
    [ "$(json '[m["name"] for m in a["databases"][0]["applied"]]')" = '["20260101000000_users", "20260102000000_posts"]' ]
    [ "$(json 'a["databases"][0]["engine"], a["dry_run"]' 2>/dev/null)" != "" ]
    python3 -c 'import json, sys
events = [json.loads(l)["event"] for l in open(".stderr")]
assert "planned" in events and events.count("applied") == 2, events'
}

@test "deploy --dry-run prints SQL that would run and makes nothing" {
    two_migrations
    exits 0 tandem migrate deploy --dry-run --url sqlite:app.db
    has 'CREATE TABLE "users"' "$output"
    has "STRICT" "$output"
    [ ! -e app.db ]
    exits 0 tandem migrate deploy --dry-run --url sqlite:app.db --json
    [ "$(json '[m["name"] for m in a["databases"][0]["migrations"]]')" = '["20260101000000_users", "20260102000000_posts"]' ]
    [ ! -e app.db ]
}

@test "deploy --to stops there; an unknown name is an error and nothing is applied" {
    two_migrations
    exits 64 tandem migrate deploy --url sqlite:app.db --to nonsense
    has "[TD-MIG-005]" "$stderr"
    exits 0 tandem migrate deploy --url sqlite:app.db --to 20260101000000_users
    has "1 migration applied" "$output"
    exits 3 tandem migrate status --url sqlite:app.db
    has "1 pending" "$output"
}

@test "status: 3 before, 0 after; --short is a line; a database that is not there is not made" {
    two_migrations
    exits 3 tandem migrate status --url sqlite:app.db
    has "2 pending" "$output"
    has "not there yet" "$output"
    [ ! -e app.db ]
    tandem migrate deploy -q --url sqlite:app.db
    exits 0 tandem migrate status --url sqlite:app.db
    has "in sync, 2 applied" "$output"
    exits 0 tandem migrate status --short --url sqlite:app.db
    [ "$output" = "sqlite: in sync, 2 applied" ]
}

@test "status --json" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db --to 20260101000000_users
    exits 3 tandem migrate status --json --url sqlite:app.db
    [ "$(json 'a["schema"]')" = 1 ]
    [ "$(json 'a["in_sync"]')" = false ]
    [ "$(json '[m["state"] for m in a["databases"][0]["migrations"]]')" = '["applied", "pending"]' ]
    [ "$(json 'a["databases"][0]["history"]')" = own ]
}

@test "an edited and a late file are both reported, with the commands that solve them" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db
    echo "-- changed" >>migrations/20260101000000_users/migration.sql
    migration 20260101120000_late <<<'CREATE TABLE late (id int);'
    exits 4 tandem migrate status --url sqlite:app.db
    has "edited" "$output"
    has "late" "$output"
    has "tandem migrate resolve --applied 20260101000000_users --url sqlite:app.db" "$output"
    exits 4 tandem migrate deploy --url sqlite:app.db
    has "20260101000000_users" "$stderr"
    has "20260101120000_late" "$stderr"
    [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name = 'late'")" = 0 ]
    tandem migrate resolve -q --applied 20260101000000_users --url sqlite:app.db
    mv migrations/20260101120000_late migrations/20260103000000_late
    exits 0 tandem migrate deploy --url sqlite:app.db
}

@test "a missing migration is named" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db
    rm -r migrations/20260102000000_posts
    exits 4 tandem migrate status --url sqlite:app.db
    has "20260102000000_posts" "$output"
    has "missing" "$output"
}

@test "resolve --baseline takes over a database that has the tables" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db
    sqlite3 app.db '.dump users posts' | sqlite3 old.db
    exits 4 tandem migrate deploy --url sqlite:old.db
    has "[TD-MIG-008]" "$stderr"
    exits 0 tandem migrate resolve --baseline 20260102000000_posts --url sqlite:old.db
    has "2 migrations marked as applied" "$output"
    exits 0 tandem migrate status --url sqlite:old.db
}

@test "a statement that fails half-way leaves nothing of its migration, and names its place" {
    two_migrations
    migration 20260103000000_bad <<'SQL'
CREATE TABLE a (id int PRIMARY KEY);
INSERT INTO a VALUES (1);
INSERT INTO a VALUES (1);
SQL
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "migrations/20260103000000_bad/migration.sql:3" "$stderr"
    has "23505" "$stderr"
    [ "$(wc -l <.stderr)" -le 12 ]
    [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name = 'a'")" = 0 ]
    sed -i 3d migrations/20260103000000_bad/migration.sql
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "1 migration applied, 2 before" "$output"
}

@test "what SQLite cannot carry: place, reason, next step; nothing is applied" {
    migration 20260101000000_rooms <<'SQL'
CREATE TABLE bookings (
  room integer NOT NULL,
  EXCLUDE USING gist (room WITH =)
);
SQL
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "error[TD-" "$stderr"
    has "--> migrations/20260101000000_rooms/migration.sql:" "$stderr"
    has "= why:" "$stderr"
    has "= next:" "$stderr"
    hasnt "applied" "$output"
    exits 2 tandem migrate report
    [[ $output =~ ^migrations/20260101000000_rooms/migration\.sql:1:1$'\t'refused$'\t'.+ ]]
    exits 0 tandem migrate report --skip exclusion
    exits 0 tandem migrate deploy --skip exclusion --url sqlite:app.db
    has "carries 1 statement without its exclusion constraint" "$stderr"
}

@test "--skip do leaves out blocks that cannot be carried, not the guards that can" {
    migration 20260101000000_guards <<'SQL'
CREATE TABLE t (id int);
DO $$ BEGIN ALTER TABLE t ADD COLUMN a int; EXCEPTION WHEN duplicate_column THEN NULL; END $$;
DO $$ DECLARE n int; BEGIN FOR n IN 1..3 LOOP INSERT INTO t VALUES (n); END LOOP; END $$;
SQL
    exits 65 tandem migrate deploy --url sqlite:app.db
    exits 0 tandem migrate deploy --url sqlite:app.db --skip do
    has "sqlite goes without 1 statement" "$stderr"
    [ "$(sqlite3 app.db "SELECT group_concat(name) FROM pragma_table_info('t')")" = id,a ]
}

@test "report: a line for each statement, in three forms, and on past a refusal" {
    migration 20260101000000_a <<'SQL'
-- first
CREATE TABLE t (id int);
  COMMENT ON TABLE t IS 'x';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
ALTER TABLE t ALTER COLUMN id TYPE bigint;
SQL
    exits 2 tandem migrate report
    cut -f1 <<<"$output" >places
    printf 'migrations/20260101000000_a/migration.sql:%s\n' 2:1 3:3 4:1 5:1 | diff - places
    [ "$(awk -F'\t' 'NF != 3' <<<"$output")" = "" ]
    [ "$(awk -F'\t' '$2 == "refused"' <<<"$output" | wc -l)" = 1 ]
    exits 2 tandem migrate report --format json
    [ "$(json 'a["counts"]["refused"]')" = 1 ]
    [ "$(json 'a["statements"][1]["column"]')" = 3 ]
    exits 2 tandem migrate report --format text
    has "refused" "$output"
}

@test "show: source beside the lowered SQL, which the sqlite3 shell takes" {
    two_migrations
    exits 0 tandem migrate show 20260101000000_users --on sqlite
    has "-- | CREATE TABLE users" "$output"
    has 'CREATE TABLE "users"' "$output"
    printf '%s\n' "$output" | sqlite3 shown.db
    [ "$(sqlite3 shown.db "INSERT INTO users (email) VALUES ('a') RETURNING id")" = 1 ]
    exits 0 tandem migrate show 20260102000000_posts --on postgres
    "$TANDEM" migrate show 20260102000000_posts --on postgres | cmp - migrations/20260102000000_posts/migration.sql
    exits 0 tandem migrate show 20260102000000_posts --json
    [ "$(json 'a["statements"][0]["fate"]')" = carried ]
    exits 64 tandem migrate show nonsense
}

@test "no folder, an empty one, a directory without migration.sql, garbage in a file" {
    exits 78 tandem migrate deploy --url sqlite:app.db
    has "[TD-MIG-001]" "$stderr"
    [ ! -e app.db ]
    mkdir migrations
    exits 0 tandem migrate deploy --url sqlite:app.db
    mkdir migrations/20260101000000_a
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "P3015" "$stderr"
    printf 'CREATE TABLE \xff\xfe;' >migrations/20260101000000_a/migration.sql
    exits 65 tandem migrate deploy --url sqlite:app.db
    printf 'CREATE TABLE a\0b;' >migrations/20260101000000_a/migration.sql
    exits 65 tandem migrate deploy --url sqlite:app.db
    echo 'CREATE TABEL a (id int);' >migrations/20260101000000_a/migration.sql
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "migration.sql:1:8" "$stderr"
}

@test "a file that is no database is refused and left as it was" {
    two_migrations
    head -c 5000 /dev/zero | tr '\0' x >app.db
    cp app.db before
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "[TD-DB-004]" "$stderr"
    cmp app.db before
    exits 65 tandem migrate status --url sqlite:app.db
}

@test "status of a read-only file in a read-only directory, as an ordinary user, writes nothing" {
    two_migrations
    mkdir ro
    tandem migrate deploy -q --url sqlite:ro/app.db
    [ "$(sqlite3 ro/app.db 'PRAGMA journal_mode')" = wal ]
    ls ro >before
    chmod 444 ro/app.db
    chmod 555 ro
    chmod 755 . .. ../.. 2>/dev/null || true
    [ "$(id -u)" != 0 ] || unprivileged test -x "$BATS_TEST_TMPDIR/ro" || skip "the directory is hidden from others"
    unprivileged test -x "$TANDEM" || { cp "$TANDEM" ./tandem-copy; chmod 755 tandem-copy; TANDEM=$PWD/tandem-copy; }
    exits 0 unprivileged "$TANDEM" migrate status --url sqlite:ro/app.db
    has "in sync, 2 applied" "$output"
    ls ro | diff before -
    migration 20260103000000_more <<<'CREATE TABLE more (id int);'
    exits 77 unprivileged "$TANDEM" migrate deploy --url sqlite:ro/app.db
    chmod 755 ro
}

@test "--read-only refuses what writes" {
    two_migrations
    exits 77 tandem --read-only migrate deploy --url sqlite:app.db
    has "[TD-CLI-007]" "$stderr"
    [ ! -e app.db ]
    exits 77 tandem --read-only db create --url sqlite:app.db
    exits 3 tandem --read-only migrate status --url sqlite:app.db
}

@test "no database named: 78 with the ways to name one" {
    two_migrations
    exits 78 tandem migrate deploy
    has "[TD-CONFIG-006]" "$stderr"
    has "DATABASE_URL" "$stderr"
    exits 78 tandem migrate deploy --url mysql://localhost/x
    exits 78 tandem migrate deploy --on both --url sqlite:app.db
}

@test "where the URL comes from: flag, environment, .env.local, .env, tandem.json" {
    two_migrations
    printf '{ "databases": { "sqlite": "file:./json.db" } }' >tandem.json
    exits 3 tandem migrate status --json
    [ "$(json 'a["databases"][0]["url"].endswith("json.db")')" = true ]
    has "tandem.json" "$(json 'a["databases"][0]["source"]')"
    printf '# one\n\nDATABASE_URL="file:./env.db"\n' >.env
    exits 3 tandem migrate status --json
    [ "$(json 'a["databases"][0]["source"]')" = ".env:3" ]
    echo 'DATABASE_URL=file:./local.db' >.env.local
    exits 3 tandem migrate status --json
    [ "$(json 'a["databases"][0]["source"]')" = ".env.local:1" ]
    DATABASE_URL=file:./environment.db exits 3 tandem migrate status --json
    has "environment" "$(json 'a["databases"][0]["source"]')"
    DATABASE_URL=file:./environment.db exits 3 tandem migrate status --json --url sqlite:flag.db
    [ "$(json 'a["databases"][0]["source"]')" = "--url" ]
    exits 3 tandem migrate status --json --no-env-file
    has "tandem.json" "$(json 'a["databases"][0]["source"]')"
    echo 'DATABASE_URL=file:./other.db' >other.env
    exits 3 tandem migrate status --json --env-file other.env
    [ "$(json 'a["databases"][0]["source"]')" = "other.env:1" ]
    DATABASE_URL=file:./a.db DIRECT_URL=file:./direct.db exits 3 tandem migrate status --json
    has "DIRECT_URL" "$(json 'a["databases"][0]["source"]')"
}

@test "tandem.json: an unknown key is 78 and says which was meant; skips count" {
    two_migrations
    printf '{\n  "databses": { "sqlite": "file:./a.db" }\n}' >tandem.json
    exits 78 tandem migrate status
    has "tandem.json:2:3" "$stderr"
    has "databases" "$stderr"
    migration 20260103000000_p <<<"CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';"
    printf '{ "databases": {"sqlite": "file:./a.db"}, "sqlite": {"skip": ["procedure"]} }' >tandem.json
    exits 0 tandem migrate deploy
    exits 0 tandem migrate report
}

@test "migrations folder: prisma/migrations before migrations, a flag before both" {
    two_migrations
    mkdir -p prisma/migrations/20260101000000_p other/20260101000000_o
    echo 'CREATE TABLE p (id int);' >prisma/migrations/20260101000000_p/migration.sql
    echo 'CREATE TABLE o (id int);' >other/20260101000000_o/migration.sql
    exits 0 tandem migrate report
    has "prisma/migrations/20260101000000_p" "$output"
    exits 0 tandem migrate report --migrations other
    has "other/20260101000000_o" "$output"
    exits 0 tandem migrate report --schema prisma/schema.prisma
    has "prisma/migrations/20260101000000_p" "$output"
}

@test "db create and db wait" {
    exits 0 tandem db create --url sqlite:app.db
    has "created" "$output"
    [ -e app.db ]
    exits 0 tandem db create --url sqlite:app.db --json
    [ "$(json 'a["databases"][0]["created"]')" = false ]
    exits 0 tandem db wait --url sqlite:app.db --timeout 1
    has "up after" "$output"
}

@test "doctor: a line for each check; warnings 2, errors 1" {
    two_migrations
    exits 2 tandem doctor --url sqlite:app.db
    has "not there yet" "$output"
    tandem migrate deploy -q --url sqlite:app.db
    exits 0 tandem doctor --url sqlite:app.db
    has "journal mode" "$output"
    has "foreign keys" "$output"
    exits 0 tandem doctor --url sqlite:app.db --json
    [ "$(json 'a["health"]')" = ok ]
    exits 1 tandem doctor
    has "TD-CONFIG-006" "$output"
    echo "-- x" >>migrations/20260101000000_users/migration.sql
    exits 1 tandem doctor --url sqlite:app.db
}

@test "two deployers at once: each migration is applied exactly once" {
    two_migrations
    for i in 3 4 5 6 7 8 9; do migration "2026010${i}000000_t$i" <<<"CREATE TABLE t$i (id int);"; done
    for i in 1 2 3; do "$TANDEM" migrate deploy --wait=30 --url sqlite:app.db >"out$i" 2>"err$i" & done
    for job in $(jobs -p); do wait "$job" || { cat err*; return 1; }; done
    [ "$(cat out? | grep -c ' applied  2026')" = 9 ]
    [ "$(sqlite3 app.db 'SELECT count(*) FROM tandem_migrations')" = 9 ]
}

@test "Ctrl-C rolls back, says so, exits 130, and deploy goes on" {
    two_migrations
    migration 20260103000000_slow <<'SQL'
CREATE TABLE big (n int);
INSERT INTO big SELECT a.n FROM generate_series(1, 3000) AS a(n), generate_series(1, 30000) AS b(n);
SQL
    "$TANDEM" migrate deploy --url sqlite:app.db >out 2>err &
    pid=$!
    for _ in $(seq 100); do grep -q 20260102000000_posts out && break; sleep 0.1; done
    sleep 0.5
    kill -INT $pid
    rc=0
    wait $pid || rc=$?
    cat err
    [ "$rc" = 130 ]
    grep -q "TD-BASE-009" err
    grep -q "tandem migrate deploy" err
    [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name = 'big'")" = 0 ]
    echo 'CREATE TABLE big (n int);' >migrations/20260103000000_slow/migration.sql
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "1 migration applied, 2 before" "$output"
}

@test "kill -9 in the middle leaves the state before; plain deploy goes on" {
    two_migrations
    migration 20260103000000_slow <<'SQL'
CREATE TABLE big (n int);
INSERT INTO big SELECT a.n FROM generate_series(1, 3000) AS a(n), generate_series(1, 30000) AS b(n);
SQL
    "$TANDEM" migrate deploy --url sqlite:app.db >out 2>err &
    pid=$!
    for _ in $(seq 100); do grep -q 20260102000000_posts out && break; sleep 0.1; done
    sleep 0.5
    kill -9 $pid
    wait $pid || true
    echo 'CREATE TABLE big (n int);' >migrations/20260103000000_slow/migration.sql
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "1 migration applied, 2 before" "$output"
}

@test "names and texts from files cannot smuggle control characters to the terminal" {
    migration 20260101000000_x <<<$'SELECT 1; CREATE TABLE \"a\033[31mb\" (id nosuchtype);'
    exits 65 tandem migrate deploy --url sqlite:app.db
    hasnt $'\033' "$stderr"
}

@test "closed files: nothing of the answer goes into the database, what was done is done" {
    two_migrations
    for redirect in '>&-' '2>&-' '<&-' '>&- 2>&- <&-' '>/dev/full' '2>/dev/full'; do
        rm -f app.db
        case $redirect in '>'*) want=1 ;; *) want=0 ;; esac
        exits $want sh -c "'$TANDEM' migrate deploy --url sqlite:app.db $redirect"
        exits 0 tandem migrate status --url sqlite:app.db
        [ "$(sqlite3 app.db 'PRAGMA integrity_check')" = ok ]
    done
}

@test "deploy goes on when nobody reads its answer any more" {
    for i in $(seq 10 40); do migration "202601${i}000000_t" <<<"CREATE TABLE t$i (id int);"; done
    "$TANDEM" migrate deploy --url sqlite:app.db 2>err | true
    exits 0 tandem migrate status --url sqlite:app.db
    [ "$(sqlite3 app.db 'SELECT count(*) FROM tandem_migrations')" = 31 ]
}

@test "what a crash left in the -wal is read from a copy, wherever this user may put one" {
    two_migrations
    mkdir db other && chmod 777 .
    tandem migrate deploy -q --url sqlite:db/app.db
    python3 - <<'PY'
import os, sqlite3
if os.fork() == 0:  # dies with the commit in the -wal
    c = sqlite3.connect("db/app.db", isolation_level=None)
    c.execute("CREATE TABLE later (n)")
    os._exit(0)
os.wait()
PY
    [ -s db/app.db-wal ]
    rm -f db/app.db-shm
    chmod 444 db/* && chmod 555 db other
    exits 0 unprivileged env -u TMPDIR "$TANDEM" migrate status --url sqlite:db/app.db
    [ "$(ls db)" = "$(printf 'app.db\napp.db-wal')" ]
    TMPDIR=$PWD/other exits 77 unprivileged "$TANDEM" migrate status --url sqlite:db/app.db
    has "TMPDIR" "$stderr"
}

@test "a comment that is not closed is an error before anything runs, in any dialect" {
    migration 20260101000000_a <<<'CREATE TABLE a (i int);'
    printf 'CREATE TABLE b (i int);\n/* forgotten\nCREATE TABLE c (i int);\n' | migration 20260102000000_b
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "unterminated /* comment" "$stderr"
    has "migrations/20260102000000_b/migration.sql:2:1" "$stderr"
    exits 2 tandem migrate report
    [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name IN ('a', 'b')" 2>/dev/null || echo 0)" = 0 ]
    echo 'provider = "sqlite"' >migrations/migration_lock.toml
    exits 65 tandem migrate deploy --url sqlite:own.db
    has "migrations/20260102000000_b/migration.sql:2:1" "$stderr"
}

@test "a carriage return ends a comment, as on PostgreSQL" {
    printf 'CREATE TABLE w (i int); -- c\rCREATE TABLE x (i int);\n CREATE TABLE y (i int);' | migration 20260101000000_a
    exits 0 tandem migrate deploy --url sqlite:app.db
    [ "$(sqlite3 app.db "SELECT group_concat(name) FROM sqlite_master WHERE name IN ('w', 'x', 'y')")" = w,x,y ]
}

@test "SQLite's own files cannot end the migration's transaction" {
    migration 20260101000000_a <<<'CREATE TABLE a (i integer); ROLLBACK; CREATE TABLE b (i integer); BEGIN;'
    echo 'provider = "sqlite"' >migrations/migration_lock.toml
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "ROLLBACK in SQLite text" "$stderr"
    has "migrations/20260101000000_a/migration.sql:1:29" "$stderr"
    [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name IN ('a', 'b')")" = 0 ]
}

@test "a sqlite mark's block: alone in its file it runs, and errors are placed in it" {
    printf -- '-- tandem: sqlite\n/* CREATE TABLE a (i INTEGER UNIQUE); */\n' | migration 20260101000000_a
    exits 0 tandem migrate show 20260101000000_a
    has "CREATE TABLE a" "$output"
    exits 0 tandem migrate show 20260101000000_a --json
    json 'a["sqlite"]'
    exits 0 tandem migrate deploy --url sqlite:app.db
    [ "$(sqlite3 app.db "SELECT count(*) FROM a")" = 0 ]
    printf -- '-- tandem: sqlite\n/* INSERT INTO a VALUES (1); -- ä\n  INSERT INTO a VALUES (1); */\nSELECT 1;' |
        migration 20260102000000_b
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "migrations/20260102000000_b/migration.sql:3:3" "$stderr"
    printf -- '-- tandem: sqlite\n/* CREATE TABLE "ä" (i INTEGER) STRCT; */\n' | migration 20260102000000_b
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "migrations/20260102000000_b/migration.sql:2:4" "$stderr"
    printf -- '-- tandem: sqlite\n/* SELECT 1;\nCOMMIT; */\n' | migration 20260102000000_b
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "migrations/20260102000000_b/migration.sql:3:1" "$stderr"
    exits 2 tandem migrate report
}

@test "a transaction that the file leaves open is refused as on PostgreSQL" {
    printf 'CREATE TABLE a (i int);\nBEGIN;\nCREATE TABLE b (i int);' | migration 20260101000000_a
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "TD-MIG-014" "$stderr"
    has "migrations/20260101000000_a/migration.sql:2:1" "$stderr"
    exits 2 tandem migrate report
}

@test "a folder of loose SQL files, or one that is a migration itself, is no empty folder" {
    mkdir migrations db
    exits 0 tandem migrate deploy --url sqlite:app.db
    touch migrations/schema.sql migrations/seed.sql
    exits 0 tandem migrate deploy --url sqlite:app.db
    echo 'CREATE TABLE a (id int);' >"db/001_a b.up.sql"
    touch "db/000_z.down.sql"
    exits 78 tandem migrate deploy --url sqlite:app.db --migrations db
    has "TD-MIG-021" "$stderr"
    exits 78 tandem migrate status --json --url sqlite:app.db --migrations db
    eval "$(json 'a["error"]["next"][0]["label"].partition(":  ")[2]')"
    exits 0 tandem migrate deploy --url sqlite:app.db --migrations db
    exits 78 tandem migrate deploy --url sqlite:app.db --migrations "db/001_a b/"
    has "--migrations db" "$stderr"
    cd "db/001_a b"
    exits 78 tandem migrate deploy --url sqlite:app.db --migrations .
    has "--migrations .." "$stderr"
}

@test "what stands in place of a migration, its file or the folder is named, links that lead nowhere too" {
    two_migrations
    mkdir elsewhere && echo 'CREATE TABLE e (id int);' >elsewhere/migration.sql
    ln -s ../elsewhere migrations/20260103000000_link
    ln -s nowhere 'migrations/.#lock'
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "3 migrations applied" "$output"
    ln -s ../nowhere migrations/20260104000000_gone
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "TD-MIG-002" "$stderr"
    has "leads nowhere" "$stderr"
    has "rm migrations/20260104000000_gone" "$stderr"
    rm migrations/20260104000000_gone
    mkdir migrations/20260104000000_odd
    file=migrations/20260104000000_odd/migration.sql
    for kind in "mkfifo FILE=a pipe" "mkdir FILE=a directory" "ln -s /dev/zero FILE=a device" "ln -s no FILE=leads nowhere" \
        "ln -s migration.sql FILE=in a circle"; do
        command=${kind%%=*}
        ${command//FILE/$file}
        exits 65 tandem migrate deploy --url sqlite:app.db
        has "${kind#*=}" "$stderr"
        hasnt rmdir "$stderr"
        rm -r "$file"
    done
    printf '\xff\xfeC\x00' >"$file"
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "iconv -f utf-16" "$stderr"
    ln -s circle circle
    for place in circle "$file"; do
        exits 78 tandem migrate deploy --url sqlite:app.db --migrations "$place"
        has "ls -l $place" "$stderr"
        hasnt mkdir "$stderr"
    done
}

@test "--wait bounds the wait for a program that writes to the file, in deploy and resolve" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db --to 20260101000000_users
    python3 -c "import sqlite3, sys, time
c = sqlite3.connect('app.db', isolation_level=None)
c.execute('BEGIN IMMEDIATE')
print('locked', flush=True)
time.sleep(60)" >lock 3>&- &
    holder=$!
    for _ in $(seq 100); do [ -s lock ] || sleep 0.1; done
    for command in "deploy" "resolve --applied 20260102000000_posts"; do
        for wait in 0 2; do
            from=$(date +%s%N)
            # shellcheck disable=SC2086
            exits 75 tandem migrate $command --url sqlite:app.db --wait=$wait
            [ $((($(date +%s%N) - from) / 1000000)) -lt $((wait * 1000 + 1800)) ]
        done
    done
    kill "$holder"
}

@test "tables without a history: status and doctor say what deploy says" {
    two_migrations
    sqlite3 app.db 'CREATE TABLE mine (id int)'
    exits 4 tandem migrate deploy --url sqlite:app.db
    exits 4 tandem migrate status --url sqlite:app.db
    has "P3005" "$output"
    has "tandem migrate resolve --baseline 20260102000000_posts --url sqlite:app.db" "$output"
    hasnt "Apply what is pending" "$output"
    exits 4 tandem migrate status --json --url sqlite:app.db
    [ "$(json 'a["databases"][0]["blocked"]["code"]')" = TD-MIG-008 ]
    exits 1 tandem doctor --url sqlite:app.db
    has "--baseline 20260102000000_posts --url sqlite:app.db" "$output"
}

@test "resolve takes several names, all of them or none" {
    two_migrations
    migration 20260103000000_tags <<<'CREATE TABLE tags (id int);'
    tandem migrate deploy -q --url sqlite:app.db --to 20260101000000_users
    exits 64 tandem migrate resolve --url sqlite:app.db --applied 20260102000000_posts --applied nobody
    exits 3 tandem migrate status --url sqlite:app.db
    has "2 pending" "$output"
    exits 0 tandem migrate resolve --url sqlite:app.db --applied 20260102000000_posts --applied 20260103000000_tags
    has "2 migrations marked" "$output"
    exits 0 tandem migrate status --url sqlite:app.db
    exits 64 tandem migrate resolve --url sqlite:app.db --baseline 20260101000000_users --baseline 20260103000000_tags
}

@test "a late file: only a name that sorts behind what is applied is suggested" {
    for last in init v2_x zzz 99999999999999_z; do
        rm -rf migrations app.db
        migration "$last" <<<'CREATE TABLE a (id int);'
        tandem migrate deploy -q --url sqlite:app.db
        migration 001_new <<<'CREATE TABLE b (id int);'
        exits 4 tandem migrate deploy --url sqlite:app.db
        hasnt "mv " "$stderr"
        has "sorts behind $last" "$stderr"
        has "resolve --applied 001_new --url sqlite:app.db" "$stderr"
    done
    rm -rf migrations app.db
    migration 29990101000000_a <<<'CREATE TABLE a (id int);'
    tandem migrate deploy -q --url sqlite:app.db
    migration 001_new <<<'CREATE TABLE b (id int);'
    exits 4 tandem migrate deploy --url sqlite:app.db
    has "mv migrations/001_new migrations/29990101000001_new" "$stderr"
}

@test "with -C, the shell's commands that are suggested work where the user is" {
    mkdir "my app"
    cd "my app"
    migration 20260102000000_b <<<'CREATE TABLE b (id int);'
    cd ..
    deploy=(tandem migrate deploy --url sqlite:app.db -C "my app")
    "${deploy[@]}" -q
    mkdir -p "my app/migrations/20260101000000_it's"
    echo 'CREATE TABLE a (id int);' >"my app/migrations/20260101000000_it's/migration.sql"
    exits 4 "${deploy[@]}"
    grep -oE "mv '.*" .stderr >move
    . ./move
    exits 0 "${deploy[@]}"

    mkdir "my app/migrations/20260103000000_none"
    exits 65 "${deploy[@]}"
    grep -oE "rmdir '.*" .stderr >remove
    . ./remove
    exits 0 "${deploy[@]}"

    echo 'CREATE TABLE c (id int);' >"my app/migrations/c.sql"
    mv "my app/migrations" db
    mkdir "my app/migrations"
    mv db/c.sql "my app/migrations"
    exits 78 tandem migrate deploy --url sqlite:c.db -C "my app"
    grep -oE "mkdir '.*" .stderr >make
    . ./make
    exits 0 tandem migrate deploy --url sqlite:c.db -C "my app"

    echo "-- edited" >>"my app/migrations/c/migration.sql"
    exits 4 tandem migrate deploy --url sqlite:c.db -C "my app"
    has "git -C 'my app' restore migrations/c/migration.sql" "$stderr"
}

@test "suggested commands act on the database and the folder of the one that failed" {
    mkdir app
    cd app
    two_migrations
    mv migrations db
    cd ..
    run="tandem migrate deploy --url sqlite:app.db --migrations db -C app"
    exits 3 tandem migrate status --url sqlite:app.db --migrations db -C app
    has "$run" "$output"
    grep -o 'tandem .*' <<<"$output" >command
    . ./command
    echo "-- edited" >>app/db/20260101000000_users/migration.sql
    # shellcheck disable=SC2086
    exits 4 $run --json
    command=$(json 'a["error"]["next"][0]["command"]')
    [ "$command" = "tandem migrate resolve --applied 20260101000000_users --url sqlite:app.db --migrations db -C app" ]
    eval "$command"
    $run
    exits 69 tandem migrate deploy --url postgresql://u:s3cret@127.0.0.1:1/x -C app --migrations db
    has 'tandem db wait --url "$URL" --migrations db -C app' "$stderr"
    DATABASE_URL=postgresql://u:s3cret@127.0.0.1:1/x exits 69 tandem migrate deploy --migrations app/db
    has 'tandem db wait --migrations app/db`' "$stderr"
    export DIRECT_URL=postgresql://u:s3cret@127.0.0.1:1/x
    exits 69 tandem migrate deploy --url "$DIRECT_URL" --migrations app/db
    has 'tandem db wait --url "$DIRECT_URL" --migrations app/db' "$stderr"
}

@test "two histories in one file: refused, and the suggested command is one that SQLite takes" {
    two_migrations
    exits 0 tandem migrate deploy --url sqlite:app.db
    sqlite3 app.db "CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, finished_at DATETIME,
        migration_name TEXT NOT NULL, logs TEXT, rolled_back_at DATETIME, started_at DATETIME NOT NULL DEFAULT current_timestamp,
        applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0)"
    exits 0 tandem migrate status --url sqlite:app.db
    sqlite3 app.db "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', 'another')"
    exits 4 tandem migrate deploy --url sqlite:app.db
    has "TD-MIG-022" "$stderr"
    command=$(sed -n 's/.*:  \(DELETE FROM .*\)  or  DROP.*/\1/p' <<<"$stderr")
    sqlite3 app.db "$command"
    [ "$(sqlite3 app.db "SELECT count(*) FROM tandem_migrations")" = 0 ]
}

# Run by tests/lib/pg.sh with: TANDEM_TEST_PG is a superuser's URL of a throw-away cluster, Unix socket only. What goes
# wrong around a deploy: files, folders, histories, disks, servers; each on both engines where both can have it.
load helper

fresh() { # NAME: an empty database; its URL in $url
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1" 2>/dev/null
    url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
}

q() { psql -XAtq "$url" -c "$1"; }

# both CODE TEXT: deploy ends so on an empty database of each engine, with TEXT in what it says.
both() {
    rm -f app.db*
    fresh cli_faults
    exits "$1" tandem migrate deploy --url "$url"
    has "$2" "$stderr$output"
    exits "$1" tandem migrate deploy --url sqlite:app.db
    has "$2" "$stderr$output"
}

nothing_applied() {
    [ "$(q "SELECT to_regclass('t0') IS NULL")" = t ]
    [ ! -e app.db ] || [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name = 't0'")" = 0 ]
}

good() { migration 20260101000000_good <<<"CREATE TABLE t0 (id int);"; }
bad=migrations/20260102000000_bad

@test "files that are no UTF-8 text: the first wrong byte is named, nothing is applied" {
    good
    mkdir -p $bad
    printf 'SELECT 1;\nSELECT '"'"'caf\xe9'"'"';\n' >$bad/migration.sql
    both 65 "$bad/migration.sql:2:12" && nothing_applied
    has "UTF-8" "$stderr"
    printf 'CREATE TABLE a (n int);' | iconv -f utf-8 -t utf-16 >$bad/migration.sql
    both 65 "$bad/migration.sql:1:1" && nothing_applied
    printf 'CREATE TABLE a (n int);' | iconv -f utf-8 -t utf-16le >$bad/migration.sql
    both 65 "$bad/migration.sql:1:2" && nothing_applied
    printf 'SELECT 1;\r\n-- \0\n' >$bad/migration.sql
    both 65 "$bad/migration.sql:2:4" && nothing_applied
    head -c 100000 /dev/urandom >$bad/migration.sql
    both 65 "$bad/migration.sql:" && nothing_applied
}

@test "garbage that is UTF-8 is a syntax error with its place, on either engine" {
    good
    mkdir -p $bad
    echo 'the quick brown fox' >$bad/migration.sql
    fresh cli_faults
    exits 65 tandem migrate deploy --url "$url"
    has "$bad/migration.sql:1:1" "$stderr"
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "$bad/migration.sql:1:1" "$stderr"
    [ "$(sqlite3 app.db "SELECT count(*) FROM sqlite_master WHERE name = 't0'")" = 0 ]
}

@test "empty files, blanks and comments alone are migrations that do nothing" {
    good
    mkdir -p $bad migrations/20260103000000_blank migrations/20260104000000_mark migrations/20260105000000_comment
    : >$bad/migration.sql
    printf ' \r\n\t\n' >migrations/20260103000000_blank/migration.sql
    printf '\xef\xbb\xbf' >migrations/20260104000000_mark/migration.sql
    printf -- '-- nothing\n/* at all */' >migrations/20260105000000_comment/migration.sql
    both 0 "5 migrations applied"
    exits 0 tandem migrate status --url "$url"
    exits 0 tandem migrate status --url sqlite:app.db
}

@test "places are right behind CRLF, a byte order mark, tabs and characters of several bytes" {
    mkdir -p $bad
    printf '\xef\xbb\xbfCREATE TABLE t1 (n int);\r\n\r\n-- \xe6\x97\xa5\xe6\x9c\xac\r\n\tINSERT INTO nosuch VALUES (1);\r\n' \
        >$bad/migration.sql
    both 65 "$bad/migration.sql:4:14"
    printf 'CREATE TABLE t1 (n int UNIQUE);\r\n/* \xf0\x9f\x98\x80 */ INSERT INTO t1 VALUES (1), (1);\r\n' >$bad/migration.sql
    both 65 "$bad/migration.sql:2:9"
    [ "$(q "SELECT to_regclass('t1') IS NULL")" = t ]
}

@test "CRLF or LF: the same migration, whichever was applied" {
    mkdir -p $bad
    printf 'CREATE TABLE t1 (n int);\r\nINSERT INTO t1 VALUES (1);\r\n' >$bad/migration.sql
    both 0 "1 migration applied"
    printf 'CREATE TABLE t1 (n int);\nINSERT INTO t1 VALUES (1);\n' >$bad/migration.sql
    exits 0 tandem migrate status --url "$url"
    exits 0 tandem migrate status --url sqlite:app.db
}

@test "a file of 5 MB: many statements, one long statement, and the place of an error at its end" {
    mkdir -p $bad
    python3 - >$bad/migration.sql <<'PY'
print("CREATE TABLE t1 (n int, s text);")
for i in range(20):
    print("INSERT INTO t1 VALUES", ",\n".join(f"({i * 1000 + k}, '{'x' * 120}')" for k in range(1000)) + ";")
print("INSERT INTO t1 VALUES (-1, '" + "y" * 2500000 + "');")
PY
    [ "$(stat -c %s $bad/migration.sql)" -gt 5000000 ]
    both 0 "1 migration applied"
    [ "$(q "SELECT count(*) || ' ' || sum(length(s)) FROM t1")" = "20001 4900000" ]
    [ "$(sqlite3 app.db "SELECT count(*) || ' ' || sum(length(s)) FROM t1")" = "20001 4900000" ]
    echo "INSERT INTO nosuch VALUES (1);" >>$bad/migration.sql
    both 65 "$bad/migration.sql:20003:13"
}

@test "folders: nothing is applied when one directory has no migration.sql, whatever stands there instead" {
    good
    mkdir $bad
    both 65 "[P3015]"
    nothing_applied
    mkdir $bad/migration.sql
    both 65 "[P3015]"
    nothing_applied
    rmdir $bad/migration.sql
    ln -s migration.sql $bad/migration.sql
    both 65 "$bad"
    nothing_applied
    rm $bad/migration.sql
    ln -s nowhere $bad/migration.sql
    both 65 "[P3015]"
    nothing_applied
    rm -r $bad
    mkfifo migrations/pipe
    ln -s . migrations/20260103000000_loop
    both 65 "20260103000000_loop"
    nothing_applied
    rm migrations/20260103000000_loop migrations/pipe
    echo "loose" >migrations/README
    ln -s loop migrations/loop
    both 65 "a link that leads in a circle"
    nothing_applied
    rm migrations/loop
    both 0 "1 migration applied"
}

@test "the migrations folder is a file, or cannot be entered; a file cannot be read" {
    echo x >migrations
    both 78 '"migrations" is a file'
    rm migrations
    good
    mkdir $bad
    echo "CREATE TABLE t1 (n int);" >$bad/migration.sql
    chmod 000 $bad/migration.sql
    chmod 755 . .. ../.. 2>/dev/null || true
    unprivileged test -x "$BATS_TEST_TMPDIR" || skip "the directory is hidden from others"
    ! unprivileged cat $bad/migration.sql 2>/dev/null || skip "everybody may read everything here"
    unprivileged test -x "$TANDEM" || { cp "$TANDEM" ./tandem-copy; chmod 755 tandem-copy; TANDEM=$PWD/tandem-copy; }
    fresh cli_faults
    exits 77 unprivileged "$TANDEM" migrate deploy --url "$url"
    has "$bad/migration.sql" "$stderr"
    nothing_applied
}

@test "edited, missing, late, failed and half-journaled histories on PostgreSQL: told apart, each with its command" {
    two_migrations
    fresh cli_history
    tandem migrate deploy -q --url "$url"
    echo "-- changed" >>migrations/20260102000000_posts/migration.sql
    exits 4 tandem migrate deploy --url "$url"
    has "\"20260102000000_posts\" was edited after it was applied" "$stderr"
    has "tandem migrate resolve --applied 20260102000000_posts" "$stderr"
    tandem migrate resolve -q --applied 20260102000000_posts --url "$url"

    migration 20260101120000_late <<<'CREATE TABLE late (id int);'
    exits 4 tandem migrate deploy --url "$url"
    has "\"20260101120000_late\" is late" "$stderr"
    has "mv migrations/20260101120000_late migrations/" "$stderr"
    mv migrations/20260101120000_late migrations/20260103000000_late
    exits 0 tandem migrate deploy --url "$url"

    mv migrations/20260103000000_late gone
    exits 4 tandem migrate deploy --url "$url"
    has "\"20260103000000_late\" is applied, but its directory is missing" "$stderr"
    has "tandem migrate resolve --rolled-back 20260103000000_late" "$stderr"
    mv gone migrations/20260103000000_late

    q "INSERT INTO tandem.migrations (id, name, checksum, error) VALUES ('x', '20260104000000_other', 'y', 'it broke')"
    migration 20260104000000_other <<<'CREATE TABLE other (id int);'
    exits 4 tandem migrate deploy --url "$url"
    has "\"20260104000000_other\" failed and is not resolved [P3009]" "$stderr"
    has "tandem migrate resolve --rolled-back 20260104000000_other" "$stderr"
    tandem migrate resolve -q --rolled-back 20260104000000_other --url "$url"
    exits 0 tandem migrate deploy --url "$url"

    migration 20260105000000_half <<<'CREATE TABLE half (id int); CREATE INDEX CONCURRENTLY i ON nosuch (id); CREATE TABLE more (id int);'
    exits 65 tandem migrate deploy --url "$url"
    has "goes on at this statement" "$stderr"
    exits 3 tandem migrate status --url "$url"
    has "20260105000000_half stopped in the middle; deploy goes on from there" "$output"
    echo 'CREATE TABLE half (id int, n int); CREATE INDEX CONCURRENTLY i ON half (id);' >migrations/20260105000000_half/migration.sql
    exits 4 tandem migrate deploy --url "$url"
    has "stopped after 1 of its statements, and these were changed since" "$stderr"
    has "tandem migrate resolve --applied 20260105000000_half" "$stderr"
    echo 'CREATE TABLE half (id int); CREATE INDEX CONCURRENTLY i ON half (id); CREATE TABLE more (id int);' >migrations/20260105000000_half/migration.sql
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT to_regclass('i') IS NOT NULL AND to_regclass('more') IS NOT NULL")" = t ]
}

# small_disk SIZE: a file system of that size in ./small; skipped where none can be mounted.
small_disk() {
    mkdir small
    mount -t tmpfs -o "size=$1,mode=777" tmpfs "$PWD/small" 2>/dev/null || skip "no file system can be mounted here"
}

teardown() {
    umount "$BATS_TEST_TMPDIR/small" 2>/dev/null || true
    chmod -R u+w "$BATS_TEST_TMPDIR" 2>/dev/null || true
}

rows='INSERT INTO big SELECT n, repeat('"'x'"', 400) FROM generate_series(1, 20000) AS g(n);'

@test "SQLite's disk is full: said so, rolled back, and deploy goes on when there is space" {
    two_migrations
    migration 20260103000000_big <<<"CREATE TABLE big (n int, s text); $rows"
    small_disk 2m
    exits 1 tandem migrate deploy --url sqlite:small/app.db
    has "[TD-BASE-003]" "$stderr"
    has "53100" "$stderr"
    [ "$(sqlite3 small/app.db "SELECT count(*) FROM sqlite_master WHERE name = 'big'")" = 0 ]
    exits 3 tandem migrate status --url sqlite:small/app.db
    has "1 pending, 2 applied" "$output"
    mount -o remount,size=60m small
    exits 0 tandem migrate deploy --url sqlite:small/app.db
    [ "$(sqlite3 small/app.db 'PRAGMA integrity_check')" = ok ]
}

@test "PostgreSQL's disk is full: said so, rolled back, and deploy goes on when there is space" {
    two_migrations
    migration 20260103000000_big <<<"CREATE TABLE big (n int, s text) TABLESPACE small; $rows"
    small_disk 2m
    mkdir small/pg
    chown --reference="$(psql -XAtq "$TANDEM_TEST_PG" -c 'SHOW data_directory')" small/pg
    chmod 700 small/pg
    chmod 755 . .. ../.. ../../.. 2>/dev/null || true
    fresh cli_full
    psql -XAtq "$TANDEM_TEST_PG" -c "CREATE TABLESPACE small LOCATION '$PWD/small/pg'" || skip "no tablespace can be made here"
    exits 1 tandem migrate deploy --url "$url"
    has "[TD-BASE-003]" "$stderr"
    has "53100" "$stderr"
    [ "$(q "SELECT to_regclass('big') IS NULL")" = t ]
    mount -o remount,size=60m small
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT count(*) FROM big")" = 20000 ]
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE cli_full" -c "DROP TABLESPACE small"
}

@test "a PostgreSQL that is read-only: 77 and nothing was changed; status still works" {
    two_migrations
    fresh cli_readonly
    tandem migrate deploy -q --url "$url" --to 20260101000000_users
    psql -XAtq "$TANDEM_TEST_PG" -c "ALTER DATABASE cli_readonly SET default_transaction_read_only = on"
    exits 77 tandem migrate deploy --url "$url"
    has "25006" "$stderr"
    exits 3 tandem migrate status --url "$url"
    has "1 pending, 1 applied" "$output"
}

@test "a directory that cannot be written: the SQLite file is not made, and that is said" {
    two_migrations
    mkdir ro
    chmod 555 ro
    chmod 755 . .. ../.. 2>/dev/null || true
    unprivileged test -x "$BATS_TEST_TMPDIR/ro" || skip "the directory is hidden from others"
    unprivileged test -x "$TANDEM" || { cp "$TANDEM" ./tandem-copy; chmod 755 tandem-copy; TANDEM=$PWD/tandem-copy; }
    exits 77 unprivileged "$TANDEM" migrate deploy --url sqlite:ro/app.db
    has "ro" "$stderr"
    [ ! -e ro/app.db ]
}

@test "a chain of 80,000 operators is refused within seconds, on both engines" {
    mkdir -p $bad
    python3 -c 'print("SELECT 1" + " + 1" * 80000 + ";")' >$bad/migration.sql
    SECONDS=0
    rm -f app.db
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "$bad/migration.sql:1:" "$stderr"
    fresh cli_chain
    exits 65 tandem migrate deploy --url "$url"
    has "$bad/migration.sql:1:" "$stderr"
    exits 2 tandem migrate report
    [ "$SECONDS" -lt 20 ]
}

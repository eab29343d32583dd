# Run by tests/lib/pg.sh with: the server's log is kept short, and no device loses anything by it.
load helper

fresh() { # NAME: an empty database of the role app; its URL in $url, a superuser's in $super
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" \
        -c "DO \$\$ BEGIN CREATE ROLE td_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" \
        -c "CREATE DATABASE $1 OWNER td_app"
    super=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
    url=${super/postgres@/td_app@}
}

q() { psql -XAtq "$url" -c "$1"; }

enabled() { # NAME: deployed, enabled, two tenants with ten tasks each
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE tasks (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, title text);
SQL
    echo '{ "sync": { "tenant": "tenants" } }' >tandem.json
    fresh "$1"
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
    q "INSERT INTO tenants VALUES (1, 'a'), (2, 'b'); INSERT INTO tasks SELECT i, 1 + i % 2, 'new' FROM generate_series(1, 20) i"
}

clone() { exits 0 tandem sync clone --remote "$url" --tenant "$2" --local "$1"; } # FILE TENANT
sync() { exits 0 tandem sync run --local "$1" --remote "$url"; }                   # FILE
compact() { exits 0 tandem sync compact --url "$url" --json; }
entries() { q "SELECT count(*) FROM tandem.log"; }
old() { q "UPDATE tandem.device SET seen_at = now() - interval '31 days', acked_at = now() - interval '31 days',
           made_at = now() - interval '40 days' WHERE id = $1"; } # DEVICE
same() { # FILE TENANT
    diff <(sqlite3 "$1" "SELECT id, title FROM tasks ORDER BY id") \
        <(q "SELECT id, title FROM tasks WHERE t = $2 ORDER BY id")
}

@test "what every device has goes, what one lacks stays, once for each row" {
    enabled compact_bound
    clone a.db 1
    clone b.db 2
    sync a.db
    for i in 1 2 3 4 5; do q "UPDATE tasks SET title = 'v$i'"; done
    [ "$(entries)" -ge 100 ]
    compact
    [ "$(json '(a["ran"], a["left"] <= 20 + 22)')" = '(True, True)' ] # the first load's, too: nobody has said so yet
    sync a.db
    same a.db 1
    sync b.db
    same b.db 2
    compact
    [ "$(json 'a["left"]')" = 0 ]
    [ "$(q "SELECT pg_snapshot_xmin(floor) <= (SELECT min(pg_snapshot_xmin(acked)::text::bigint)::text::xid8 FROM tandem.device) FROM tandem.sync")" = t ]
    exits 0 tandem sync verify --local a.db --remote "$url"
}

@test "without a device the log is empty" {
    enabled compact_none
    [ "$(entries)" = 22 ]
    compact
    [ "$(json '(a["removed"], a["left"])')" = '(22, 0)' ]
    exits 0 tandem sync compact --url "$url"
    has "0 entries removed, 0 left" "$output"
}

@test "a large log goes in parts, also where one transaction wrote it all" {
    enabled compact_large
    clone a.db 1
    q "INSERT INTO tasks SELECT 100 + i, 2, 'x' FROM generate_series(1, 60000) i"
    for i in 1 2 3; do q "UPDATE tasks SET title = 'y$i' WHERE id > 100"; done
    compact
    [ "$(json 'a["removed"] >= 180000 and a["left"] <= 60030')" = true ]
    sync a.db
    q "UPDATE tasks SET title = 'z' WHERE id % 7 = 0"
    sync a.db
    compact
    [ "$(entries)" = 0 ]
    same a.db 1
}

@test "a device that was away for long holds nothing up, compares, and loses nothing" {
    enabled compact_away
    clone old.db 1
    clone new.db 1
    sync new.db
    cursor=$(sqlite3 old.db "SELECT v FROM tandem_meta WHERE k = 'cursor'")
    sqlite3 old.db "UPDATE tasks SET title = 'mine' WHERE id = 2"
    q "UPDATE tasks SET title = 'theirs' WHERE id = 4; DELETE FROM tasks WHERE id = 6; INSERT INTO tasks VALUES (40, 1, 'more')"
    sync new.db
    compact
    [ "$(json 'a["left"] > 0')" = true ] # still wanted
    old 1
    compact
    [ "$(json 'a["left"]')" = 0 ]
    # asked all the same, the log says that everything is to be looked at
    [ "$(q "SELECT count(*) FILTER (WHERE pk IS NULL) FROM tandem.changed('1', '$cursor')")" = 2 ]
    [ "$(q "SELECT count(*) FROM tandem.changed('1', (SELECT floor::text FROM tandem.sync))")" = 0 ]
    tandem sync run --local old.db --remote "$url" --json || [ $? = 5 ]
    same old.db 1
    [ "$(q "SELECT title FROM tasks WHERE id = 2")" = mine ]
    sync new.db
    same new.db 1
    exits 0 tandem sync verify --local old.db --remote "$url"
    exits 0 tandem sync verify --local new.db --remote "$url"
}

@test "a pull compacts by itself, at most every ten minutes" {
    enabled compact_itself
    clone a.db 1
    q "UPDATE tasks SET title = 'x'"
    q "UPDATE tandem.sync SET compacted_at = now() - interval '11 min'"
    sync a.db
    [ "$(entries)" = 0 ]
    q "UPDATE tasks SET title = 'y'"
    sync a.db
    [ "$(entries)" = 20 ]
    [ "$(q "SELECT count(*) FROM tandem.compact()")" = 0 ]
    same a.db 1
}

@test "one at a time; writers and pulls do not wait for it" {
    enabled compact_locks
    clone a.db 1
    q "UPDATE tasks SET title = 'x'"
    mkfifo in
    psql -XAtq "$url" <in >out &
    exec 9>in
    echo "BEGIN; SELECT * FROM tandem.compact(true); SELECT 'done';" >&9
    until grep -q done out; do sleep 0.05; done
    [ "$(q "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype = 'relation' AND mode NOT IN
            ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock') AND database = (SELECT oid FROM pg_database WHERE
            datname = current_database())")" = 0 ]
    q "SET lock_timeout = '1s'; UPDATE tasks SET title = 'y'; INSERT INTO tasks VALUES (50, 1, 'z'); DELETE FROM tasks WHERE id = 2"
    compact
    [ "$(json 'a["ran"]')" = false ]
    sync a.db
    same a.db 1
    echo "COMMIT; SELECT 'ended';" >&9
    until grep -q ended out; do sleep 0.05; done
    exec 9>&-
    wait
    q "UPDATE tasks SET title = 'last'"
    sync a.db
    same a.db 1
}

@test "rights, and a server without sync" {
    enabled compact_rights
    psql -XAtq "$super" -c "DO \$\$ BEGIN CREATE ROLE td_other LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
    exits 77 tandem sync compact --url "${url/td_app@/td_other@}"
    exits 0 tandem sync grant --url "$super" --tenant 1 --device td_small --json
    device=$(json 'a["url"]')
    compact # what was noted while it was set up
    q "UPDATE tasks SET title = 'x'"
    [ "$(psql -XAtq "$device" -c "SELECT count(*) FROM tandem.compact(true)")" = 0 ] # a device cannot have it oftener
    q "UPDATE tandem.sync SET compacted_at = NULL"
    [ "$(psql -XAtq "$device" -c "SELECT removed FROM tandem.compact()")" = 20 ]
    exits 0 tandem sync disable --url "$super"
    exits 78 tandem sync compact --url "$url"
}

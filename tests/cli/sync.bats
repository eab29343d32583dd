# Run by tests/lib/pg.sh with: a clone and its server, whatever becomes of either.
load helper

fresh() { # NAME: an empty database; its URL in $url
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1 (FORCE)" -c "CREATE DATABASE $1"
    url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
}

q() { psql -XAtq "$url" -c "$1"; }
lite() { sqlite3 "${2:-a.db}" "PRAGMA foreign_keys = ON; $1"; }

small() {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE members (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), t int NOT NULL REFERENCES tenants,
    u int NOT NULL REFERENCES users ON DELETE CASCADE, UNIQUE (t, u));
CREATE TABLE projects (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, name text, code text, UNIQUE (t, code));
CREATE TABLE tasks (id int PRIMARY KEY, project int NOT NULL REFERENCES projects, title text, n int);
SQL
    echo '{ "sync": { "tenant": "tenants" } }' >tandem.json
}

cloned() { # NAME: two tenants on a server, the first one's rows in a.db
    small
    fresh "$1"
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
    q "INSERT INTO tenants VALUES (1, 'one'), (2, 'two'); INSERT INTO users VALUES (7, 'ann'), (8, 'bob');
       INSERT INTO members (t, u) VALUES (1, 7), (2, 8); INSERT INTO projects VALUES (10, 1, 'p', 'a'), (20, 2, 'q', 'a');
       INSERT INTO tasks VALUES (100, 10, 'dig', 0), (200, 20, 'hide', 0)"
    exits 0 tandem sync clone --remote "$url" --tenant 1 --local a.db
}

run() { exits "${1:-0}" tandem sync run --local "${2:-a.db}"; }
equal() { exits 0 tandem sync verify --local "${1:-a.db}"; }

@test "people come and go with their membership, whoever ends it" {
    cloned sync_members
    [ "$(lite "SELECT group_concat(name) FROM users")" = ann ]
    q "INSERT INTO members (t, u) VALUES (1, 8)" # bob himself does not change
    run
    [ "$(lite "SELECT group_concat(name) FROM users")" = ann,bob ]
    lite "DELETE FROM members WHERE u = 8"
    run
    [ "$(lite "SELECT group_concat(name) FROM users")" = ann ]
    equal
    lite "PRAGMA foreign_keys = OFF; INSERT INTO members (id, t, u) VALUES ('00000000-0000-4000-8000-000000000001', 1, 8)"
    run
    [ "$(lite "SELECT group_concat(name) FROM users")" = ann,bob ]
    lite "UPDATE users SET name = 'bobby' WHERE id = 8"
    q "DELETE FROM members WHERE t = 1 AND u = 8"
    run 5
    [ "$(lite "SELECT group_concat(name) FROM users")" = ann ]
    [ "$(lite "SELECT tbl, reason, mine FROM tandem_reject")" = 'users|elsewhere|{"id":"8","name":"bobby"}' ]
    [ "$(q "SELECT name FROM users WHERE id = 8")" = bob ]
    equal
}

swap() { # codes of the projects 10 and 11
    lite "UPDATE projects SET code = NULL WHERE id = 10; UPDATE projects SET code = 'a' WHERE id = 11;
          UPDATE projects SET code = 'b' WHERE id = 10"
}

@test "rows that swap a unique value stand again when they are refused, all of them" {
    cloned sync_swap
    q "INSERT INTO projects VALUES (11, 1, 'r', 'b')"
    run
    swap
    run
    [ "$(q "SELECT string_agg(code, '' ORDER BY id) FROM projects WHERE t = 1")" = ba ]
    q "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE 'not today'; END \$\$;
       CREATE TRIGGER no BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION no()"
    lite "UPDATE projects SET code = NULL WHERE id = 10; UPDATE projects SET code = 'b' WHERE id = 11;
          UPDATE projects SET code = 'a' WHERE id = 10"
    run 5
    [ "$(lite "SELECT group_concat(code, '') FROM (SELECT code FROM projects ORDER BY id)")" = ba ]
    [ "$(lite "SELECT group_concat(pk || message) FROM tandem_reject")" = "10not today,11not today" ]
    equal
}

@test "a text that PostgreSQL cannot store is set aside, and with it what took the row's old value" {
    cloned sync_nul
    q "INSERT INTO projects VALUES (11, 1, 'r', 'b')"
    run
    swap
    lite "UPDATE projects SET name = 'x' || char(0) || 'y' WHERE id = 10; UPDATE tasks SET title = CAST(x'ff61' AS TEXT)"
    run 5
    [ "$(lite "SELECT group_concat(code || name, ',') FROM (SELECT code, name FROM projects ORDER BY id)")" = ap,br ]
    [ "$(lite "SELECT title FROM tasks")" = dig ]
    [ "$(lite "SELECT group_concat(tbl || pk || reason) FROM (SELECT * FROM tandem_reject ORDER BY tbl, pk)")" = \
        projects10value,projects11unique,tasks100value ]
    has "nul-in-text" "$(lite "SELECT message FROM tandem_reject WHERE pk = '10'")"
    has "not UTF-8: byte 0xff" "$(lite "SELECT message FROM tandem_reject WHERE pk = '100'")"
    equal
}

@test "a connection that dies while a batch is written: the run ends, and the next one goes on" {
    cloned sync_dies
    q "CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
       PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END \$\$;
       CREATE TRIGGER dies BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION dies()"
    lite "UPDATE projects SET name = 'new'; UPDATE tasks SET title = 'more'"
    exits 69 timeout 20 "$TANDEM" sync run --local a.db
    [ "$(q "SELECT title FROM tasks WHERE id = 100")" = dig ]
    q "DROP TRIGGER dies ON projects"
    run
    [ "$(q "SELECT name FROM projects WHERE id = 10")" = new ]
    [ "$(q "SELECT title FROM tasks WHERE id = 100")" = more ]
    equal
}

clone() { tandem sync clone --remote "$url" --tenant "${1:-1}" --local "${2:-b.db}"; }

@test "clone refuses what is there, who is nobody, and a server that does not sync" {
    cloned sync_refuses
    exits 73 clone 1 a.db
    has '"a.db" is there already' "$stderr"
    exits 1 clone 99
    has 'there is no tenant "99"' "$stderr"
    [ ! -e b.db ]
    exits 64 tandem sync clone --remote "$url" --local b.db
    exits 64 tandem sync clone --remote "$url" --tenant 1
    sqlite3 plain.db "CREATE TABLE t (id INTEGER PRIMARY KEY)"
    exits 78 tandem sync run --local plain.db
    exits 78 tandem sync verify --local plain.db
    exits 78 tandem sync run --local none.db
    [ ! -e none.db ]
    exits 69 tandem sync clone --remote "postgresql://nobody@localhost:1/none" --tenant 1 --local b.db
    exits 69 tandem sync run --local a.db --remote "postgresql://nobody@localhost:1/none"
    psql -XAtq "$TANDEM_TEST_PG" -c "DO \$\$ BEGIN CREATE ROLE td_password LOGIN PASSWORD 'right'; EXCEPTION
        WHEN duplicate_object THEN NULL; END \$\$"
    wrong=${url/postgres@/td_password:wrong@}
    exits 77 tandem sync run --local a.db --remote "$wrong"
    hasnt wrong@ "$stderr$output"
    hasnt :wrong "$stderr$output"
    exits 0 tandem sync disable --url "$url"
    exits 78 clone 1
    lite "UPDATE tasks SET title = 'waits'"
    exits 78 tandem sync run --local a.db
    has "tandem sync enable" "$stderr"
    exits 0 tandem sync enable --url "$url"
    run
    [ "$(q "SELECT title FROM tasks WHERE id = 100")" = waits ]
    equal
}

@test "a second run at once waits for nobody" {
    cloned sync_second
    lite "UPDATE tasks SET title = 'mine'"
    coproc psql -XAtq "$url"
    echo "BEGIN; SELECT 'locked' FROM tasks FOR UPDATE;" >&"${COPROC[1]}"
    read -r line <&"${COPROC[0]}"
    tandem sync run --local a.db >first 2>&1 &
    first=$!
    for _ in $(seq 100); do
        [ "$(q "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'sync_second'")" = 1 ] && break
        sleep 0.05
    done
    exits 75 tandem sync run --local a.db
    has "another" "$stderr"
    echo "COMMIT; \\q" >&"${COPROC[1]}"
    wait $first
    [ "$(q "SELECT title FROM tasks WHERE id = 100")" = mine ]
    equal
}

@test "a clone that is killed goes on where it was" {
    cloned sync_killed
    q "INSERT INTO tasks SELECT g, 10, repeat('text ', 40) || g, g FROM generate_series(1000, 100999) g"
    "$TANDEM" sync clone --remote "$url" --tenant 1 --local b.db >out 2>&1 &
    pid=$!
    for _ in $(seq 400); do # until the first chunks are there
        n=$(sqlite3 -cmd ".timeout 2000" b.db.partial "SELECT count(*) FROM tasks" 2>/dev/null || echo 0)
        [ "${n:-0}" -gt 10000 ] && break
        sleep 0.01
    done
    kill -9 $pid
    wait $pid || true
    [ ! -e b.db ]
    before=$(sqlite3 b.db.partial "SELECT count(*) FROM tasks")
    [ "$before" -gt 10000 ]
    [ "$before" -lt 100001 ]
    q "UPDATE tasks SET title = 'meanwhile' WHERE id = 1000; DELETE FROM tasks WHERE id = 1001"
    exits 0 clone
    [ ! -e b.db.partial ]
    [ "$(lite "SELECT count(*) FROM tasks" b.db)" = 100000 ]
    [ "$(lite "SELECT title FROM tasks WHERE id = 1000" b.db)" = meanwhile ]
    equal b.db
    [ "$(lite "PRAGMA integrity_check" b.db)" = ok ]
}

@test "a file that was copied becomes a device of its own, and nothing of either is lost" {
    cloned sync_copied
    lite "INSERT INTO tasks VALUES (101, 10, 'before the copy', 1)"
    cp a.db b.db
    lite "INSERT INTO tasks VALUES (102, 10, 'of the original', 1)"
    lite "INSERT INTO tasks VALUES (103, 10, 'of the copy', 1); UPDATE projects SET name = 'copy'" b.db
    run
    run 0 b.db
    run
    for f in a.db b.db; do
        [ "$(lite "SELECT group_concat(id) FROM (SELECT id FROM tasks ORDER BY id)" $f)" = 100,101,102,103 ]
        equal $f
    done
    lite "UPDATE tasks SET title = 'a' WHERE id = 102"
    lite "UPDATE tasks SET title = 'b' WHERE id = 103" b.db
    run 0 b.db
    run
    run 0 b.db
    [ "$(lite "SELECT k, v FROM tandem_meta WHERE k = 'device'")" != "$(lite "SELECT k, v FROM tandem_meta WHERE k = 'device'" b.db)" ]
    [ "$(lite "SELECT id || title FROM tasks ORDER BY id" b.db)" = "$(lite "SELECT id || title FROM tasks ORDER BY id")" ]
    equal
    equal b.db
}

@test "a file from an older copy of itself catches up" {
    cloned sync_older
    cp a.db old.db
    lite "INSERT INTO tasks VALUES (101, 10, 'later', 1); UPDATE projects SET name = 'later'"
    run
    q "DELETE FROM tasks WHERE id = 100; INSERT INTO tasks VALUES (110, 10, 'server', 1)"
    run
    lite "INSERT INTO tasks VALUES (102, 10, 'even later', 1)"
    run
    cp old.db a.db
    rm -f a.db-wal a.db-shm
    lite "INSERT INTO tasks VALUES (103, 10, 'after the restore', 1)"
    run 5 # what it had otherwise than the server is kept
    [ "$(lite "SELECT group_concat(tbl || pk) FROM (SELECT * FROM tandem_reject ORDER BY tbl, pk)")" = projects10,tasks100 ]
    [ "$(lite "SELECT group_concat(id) FROM (SELECT id FROM tasks ORDER BY id)")" = 101,102,103,110 ]
    [ "$(lite "SELECT name FROM projects")" = later ]
    equal
}

@test "a server from an older dump: what it lost is set aside, what waits is sent" {
    cloned sync_restored
    lite "INSERT INTO tasks VALUES (101, 10, 'in the dump', 1)"
    run
    cp a.db b.db
    run 0 b.db
    pg_dump -Fc -d "$url" -f dump
    lite "INSERT INTO tasks VALUES (102, 10, 'not in the dump', 1); UPDATE tasks SET title = 'changed since' WHERE id = 101"
    run
    run 0 b.db
    lite "INSERT INTO tasks VALUES (103, 10, 'waiting', 1)"
    fresh sync_restored
    pg_restore -d "$url" dump
    q "INSERT INTO tasks VALUES (104, 10, 'after the restore', 1)"
    run 5
    [ "$(lite "SELECT group_concat(id) FROM (SELECT id FROM tasks ORDER BY id)")" = 100,101,103,104 ]
    [ "$(lite "SELECT title FROM tasks WHERE id = 101")" = "in the dump" ]
    [ "$(lite "SELECT group_concat(pk || reason) FROM (SELECT * FROM tandem_reject ORDER BY pk)")" = \
        101server-lost,102server-lost ]
    has "not in the dump" "$(lite "SELECT mine FROM tandem_reject WHERE pk = '102'")"
    [ "$(q "SELECT title FROM tasks WHERE id = 103")" = waiting ]
    equal
    run 5 b.db
    run
    equal b.db
    equal
}

@test "two devices with one unique value: the later is set aside" {
    cloned sync_unique
    exits 0 clone
    lite "INSERT INTO projects VALUES (11, 1, 'first', 'x')"
    lite "INSERT INTO projects VALUES (12, 1, 'second', 'x'); INSERT INTO tasks VALUES (112, 12, 'of the second', 1);
          INSERT INTO tasks VALUES (113, 10, 'of another', 1)" b.db
    run
    run 5 b.db
    [ "$(lite "SELECT group_concat(tbl || pk || reason) FROM (SELECT * FROM tandem_reject ORDER BY tbl, pk)" b.db)" = \
        projects12unique,tasks112unique ]
    [ "$(lite "SELECT group_concat(name) FROM projects WHERE code = 'x'" b.db)" = first ]
    [ "$(q "SELECT title FROM tasks WHERE id = 113")" = "of another" ]
    equal b.db
    # found by the pull, not by the server: the value came while it was pending
    lite "UPDATE projects SET code = 'y' WHERE id = 11" b.db
    q "UPDATE projects SET code = 'y' WHERE id = 10"
    run 5 b.db
    equal b.db
}

@test "delete against update: the update wins, on either side, and is told" {
    cloned sync_delete
    q "INSERT INTO tasks VALUES (101, 10, 'b', 0), (102, 10, 'c', 0)"
    run
    lite "DELETE FROM tasks WHERE id = 101; UPDATE tasks SET title = 'mine' WHERE id = 102; DELETE FROM tasks WHERE id = 100"
    q "UPDATE tasks SET title = 'theirs' WHERE id = 101; DELETE FROM tasks WHERE id = 102"
    run 5
    [ "$(lite "SELECT group_concat(id || title) FROM (SELECT * FROM tasks ORDER BY id)")" = 101theirs,102mine ]
    [ "$(q "SELECT string_agg(id || title, ',' ORDER BY id) FROM tasks WHERE project = 10")" = 101theirs,102mine ]
    [ "$(lite "SELECT count(*) FROM tandem_conflict WHERE column_name IS NULL")" = 2 ]
    run
    equal
}

@test "a reference to a row that the server deleted is set aside" {
    cloned sync_reference
    q "INSERT INTO projects VALUES (11, 1, 'gone', 'c')"
    run
    lite "INSERT INTO tasks VALUES (111, 11, 'lost', 0)"
    q "DELETE FROM projects WHERE id = 11"
    run 5
    [ "$(lite "SELECT tbl || pk || reason FROM tandem_reject")" = tasks111foreign-key ]
    [ "$(lite "SELECT count(*) FROM projects WHERE id = 11")" = 0 ]
    [ -z "$(lite "PRAGMA foreign_key_check")" ]
    equal
}

@test "a program that holds SQLite's write lock is waited for, and then told of" {
    cloned sync_locked
    lite "UPDATE tasks SET title = 'mine'"
    q "UPDATE projects SET name = 'theirs' WHERE id = 10"
    coproc sqlite3 a.db
    echo "BEGIN IMMEDIATE; SELECT 'locked';" >&"${COPROC[1]}"
    read -r line <&"${COPROC[0]}"
    tandem sync run --local a.db >first 2>&1 &
    first=$!
    sleep 0.5
    kill -0 $first
    echo "UPDATE tasks SET n = 9; COMMIT;" >&"${COPROC[1]}"
    wait $first
    [ "$(q "SELECT title || n FROM tasks WHERE id = 100")" = mine9 ]
    equal
}

@test "several migrations at once on a file with rows that wait" {
    cloned sync_follows
    lite "UPDATE tasks SET title = 'waits', n = 5 WHERE id = 100"
    migration 20260201000000_more <<<'ALTER TABLE tasks ADD COLUMN more text;'
    migration 20260202000000_most <<<'ALTER TABLE tasks ADD COLUMN most int NOT NULL DEFAULT 3; ALTER TABLE tasks DROP COLUMN n;'
    exits 0 tandem migrate deploy --url "$url"
    q "UPDATE tasks SET more = 'there' WHERE id = 100"
    exits 0 tandem migrate deploy --url sqlite:a.db
    has '"n":"5"' "$(lite "SELECT mine FROM tandem_reject WHERE tbl = 'tasks' AND pk = '100'")"
    run
    [ "$(lite "SELECT title, more, most FROM tasks")" = "waits|there|3" ]
    [ "$(q "SELECT title FROM tasks WHERE id = 100")" = waits ]
    equal
}

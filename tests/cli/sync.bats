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

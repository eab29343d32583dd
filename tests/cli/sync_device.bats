# Run by tests/lib/pg.sh with: the device's side of sync, from the command line.
load helper

fresh() { # NAME: an empty database, its URL in $url
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
    url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
    export TANDEM_REMOTE_URL=$url
}

q() { psql -XAtq "$url" -c "$1"; }
lite() { sqlite3 "${2:-a.db}" "$1"; }

# tenants; users by membership; projects with the tenant; tasks by a path
small() {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE members (t int NOT NULL REFERENCES tenants, u int NOT NULL REFERENCES users, PRIMARY KEY (t, u));
CREATE TABLE projects (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, name text NOT NULL, slug text UNIQUE,
    n int DEFAULT 0, note text);
CREATE TABLE tasks (id int PRIMARY KEY, project int NOT NULL REFERENCES projects ON DELETE CASCADE, title text,
    amount text);
INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
INSERT INTO projects (id, t, name) VALUES (10, 1, 'mine'), (20, 2, 'poison');
INSERT INTO tasks VALUES (100, 10, 'task', '5'), (200, 20, 'poison', '7');
SQL
    echo '{ "sync": { "tenant": "tenants" } }' >tandem.json
}

cloned() { # NAME: deployed, enabled and cloned to a.db
    fresh "$1"
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
    exits 0 tandem sync clone --tenant 1 --local a.db
}

equal() { exits 0 tandem sync verify --local "${1:-a.db}" --json && [ "$(json 'a["equal"]')" = true ]; }

@test "a clone has the tenant's rows alone, also where migrations have made others'" {
    small && cloned d_clone
    [ "$(lite 'SELECT group_concat(name) FROM projects')" = mine ]
    [ "$(lite 'SELECT group_concat(title) FROM tasks')" = task ]
    exits 73 tandem sync clone --tenant 1 --local a.db
    exits 1 tandem sync clone --tenant 3 --local b.db
    has 'there is no tenant "3"' "$stderr"
    [ ! -e b.db ]
    equal
}

@test "both sides' changes are merged by column, and what lost is kept and can be taken back" {
    small && cloned d_merge
    lite "UPDATE projects SET name = 'a', n = 5"
    q "UPDATE projects SET name = 'b', note = 'server' WHERE id = 10"
    exits 3 tandem sync status --local a.db --json
    [ "$(json 'a["verdict"]')" = behind ]
    exits 2 tandem sync diff --local a.db --json
    [ "$(json '[(c["column"], c["base"], c["mine"]) for c in a["rows"][0]["columns"]]')" = \
        '[["name", "mine", "a"], ["n", "0", "5"]]' ]
    exits 5 tandem sync run --local a.db --json
    [ "$(json 'a["conflicts"]')" = 1 ]
    [ "$(lite 'SELECT name, n, note FROM projects')" = 'b|5|server' ]
    [ "$(q 'SELECT name, n, note FROM projects WHERE id = 10')" = 'b|5|server' ]
    exits 0 tandem sync conflicts list --local a.db --json
    [ "$(json '[a["conflicts"][0][k] for k in ("table", "key", "column", "base", "mine", "theirs", "chosen", "taken")]')" = \
        '["projects", "10", "name", "mine", "a", "b", "b", "server"]' ]
    exits 64 tandem sync conflicts resolve 1 --local a.db
    exits 0 tandem sync conflicts resolve 1 --take local --local a.db
    exits 0 tandem sync run --local a.db
    [ "$(q 'SELECT name FROM projects WHERE id = 10')" = a ]
    exits 0 tandem sync conflicts list --local a.db --json
    [ "$(json 'len(a["conflicts"])')" = 0 ]
    equal
}

@test "a refused row is set aside with the reason, holds up nothing, and goes again with another value" {
    small && cloned d_reject
    q "UPDATE projects SET slug = 'taken', name = 'hidden' WHERE id = 20"
    lite "INSERT INTO projects (id, t, name, slug) VALUES (11, 1, 'new', 'taken'); INSERT INTO tasks VALUES (101, 11, 'x', '1'); UPDATE tasks SET title = 'fine' WHERE id = 100"
    exits 5 tandem sync run --local a.db --json
    [ "$(json 'a["rejects"]')" = 2 ]
    [ "$(q 'SELECT title FROM tasks WHERE id = 100')" = fine ]
    [ "$(lite 'SELECT count(*) FROM projects')" = 1 ]
    [ "$(lite "SELECT count(*) FROM projects WHERE name = 'hidden'")" = 0 ]
    hasnt hidden "$(strings a.db)"
    exits 0 tandem sync rejects list --local a.db --json
    [ "$(json '[r["reason"] for r in a["rejects"]]')" = '["unique", "unique"]' ]
    [ "$(json 'a["rejects"][0]["mine"]["slug"]')" = taken ]
    exits 0 tandem sync rejects resend 1 --set slug=free --local a.db
    exits 0 tandem sync rejects resend 2 --local a.db
    exits 0 tandem sync run --local a.db
    [ "$(q 'SELECT slug FROM projects WHERE id = 11')" = free ]
    [ "$(q 'SELECT count(*) FROM tasks WHERE project = 11')" = 1 ]
    exits 1 tandem sync rejects drop 1 --local a.db
    equal
}

@test "rows come and go with what they belong to" {
    small && cloned d_scope
    q "UPDATE projects SET t = 1 WHERE id = 20; INSERT INTO users VALUES (7, 'u'); INSERT INTO members VALUES (1, 7)"
    exits 0 tandem sync run --local a.db
    [ "$(lite 'SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM tasks), (SELECT count(*) FROM users)')" = '2|2|1' ]
    equal
    q "UPDATE projects SET t = 2 WHERE id = 20; DELETE FROM members"
    exits 0 tandem sync run --local a.db
    [ "$(lite 'SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM tasks), (SELECT count(*) FROM users)')" = '1|1|0' ]
    equal
}

@test "pending rows follow their tables through a migration: renames, types, and what is dropped" {
    small && cloned d_migrate
    lite "UPDATE tasks SET amount = '12', title = 'pending'; UPDATE projects SET note = 'will go', n = 5"
    migration 20260102000000_change <<'SQL'
ALTER TABLE tasks RENAME TO todos;
ALTER TABLE todos ALTER COLUMN amount TYPE integer USING amount::integer;
ALTER TABLE todos RENAME COLUMN title TO label;
ALTER TABLE projects DROP COLUMN note;
ALTER TABLE projects ADD COLUMN extra uuid DEFAULT gen_random_uuid();
CREATE TABLE notes (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, body text);
INSERT INTO notes SELECT id, id, 'n' FROM tenants;
SQL
    exits 0 tandem migrate deploy --url "$url"
    exits 4 tandem sync run --local a.db
    has 'tandem migrate deploy' "$stderr"
    exits 0 tandem migrate deploy --url file:a.db
    exits 0 tandem migrate status --drift --url file:a.db
    exits 0 tandem sync run --local a.db
    equal
    [ "$(q 'SELECT label, amount FROM todos WHERE id = 100')" = 'pending|12' ]
    [ "$(q 'SELECT n FROM projects WHERE id = 10')" = 5 ]
    [ "$(lite 'SELECT extra FROM projects')" = "$(q 'SELECT extra FROM projects WHERE id = 10')" ]
    [ "$(lite 'SELECT count(*) FROM notes')" = 1 ]
    exits 0 tandem sync rejects list --local a.db --json
    [ "$(json '[(r["reason"], r["mine"]["note"]) for r in a["rejects"]]')" = '[["column-dropped", "will go"]]' ]
}

@test "a device that is ahead of the server says so, and what was changed waits" {
    small && cloned d_ahead
    migration 20260102000000_add <<'SQL'
ALTER TABLE projects ADD COLUMN more text;
SQL
    exits 0 tandem migrate deploy --url file:a.db
    lite "UPDATE projects SET more = 'kept'"
    exits 4 tandem sync run --local a.db
    has 'tandem migrate deploy' "$stderr"
    exits 6 tandem sync status --local a.db
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync run --local a.db
    [ "$(q 'SELECT more FROM projects WHERE id = 10')" = kept ]
    equal
}

@test "masked columns and rows outside of a subset never reach the file, and are never sent back" {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE contacts (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, email text UNIQUE, phone text, name text,
    note text, old boolean DEFAULT false);
CREATE TABLE calls (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, contact int REFERENCES contacts, text text);
SQL
    echo '{ "sync": { "tenant": "tenants", "tables": { "contacts": { "subset": "NOT old",
        "mask": { "email": "hash", "phone": "null", "name": "fake", "note": "left(note, 3)" } } } } }' >tandem.json
    fresh d_mask
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
    q "INSERT INTO tenants VALUES (1);
       INSERT INTO contacts VALUES (1, 1, 'secret@x', '555', 'Bob', 'secret note', false),
           (2, 1, 'secret2@x', '5', 'O', 'n', true);
       INSERT INTO calls VALUES (1, 1, 1, 'one'), (2, 1, 2, 'two')"
    exits 0 tandem sync clone --tenant 1 --local a.db
    [ "$(lite 'SELECT length(email), phone IS NULL, name LIKE "fake-%", note FROM contacts')" = '32|1|1|sec' ]
    [ "$(lite 'SELECT group_concat(text) FROM calls')" = one ]
    equal
    lite "UPDATE contacts SET email = 'mine', note = 'mine', old = 0; INSERT INTO contacts (id, t, email) VALUES (3, 1, 'new@x')"
    exits 0 tandem sync run --local a.db
    [ "$(q 'SELECT email, note FROM contacts WHERE id = 1')" = 'secret@x|secret note' ]
    [ "$(q 'SELECT email FROM contacts WHERE id = 3')" = new@x ]
    equal
    q "UPDATE contacts SET old = id = 1 WHERE id < 3"
    exits 0 tandem sync run --local a.db
    [ "$(lite 'SELECT group_concat(id) FROM contacts')" = 2,3 ]
    [ "$(lite 'SELECT group_concat(text) FROM calls')" = two ]
    equal
    hasnt secret "$(cat a.db | strings)"
}

@test "a mask that does not fit is refused with its place" {
    small
    echo '{ "sync": { "tenant": "tenants", "tables": { "projects": { "mask": { "t": "hash" } } } } }' >tandem.json
    fresh d_badmask
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
    exits 78 tandem sync clone --tenant 1 --local a.db
    has 'cannot be masked' "$stderr"
}

@test "the watcher carries both sides' changes, says what happens, and ends cleanly" {
    small && cloned d_watch
    "$TANDEM" sync run --watch --json --local a.db >watch.log 2>watch.err 3>&- 4>&- &
    local pid=$!
    for _ in $(seq 100); do grep -q current watch.log && break; sleep 0.1; done
    exits 75 tandem sync run --local a.db
    lite "UPDATE projects SET name = 'from the file'"
    for _ in $(seq 100); do [ "$(q 'SELECT name FROM projects WHERE id = 10')" = 'from the file' ] && break; sleep 0.1; done
    [ "$(q 'SELECT name FROM projects WHERE id = 10')" = 'from the file' ]
    q "UPDATE projects SET name = 'from the server' WHERE id = 10"
    for _ in $(seq 100); do [ "$(lite 'SELECT name FROM projects')" = 'from the server' ] && break; sleep 0.1; done
    [ "$(lite 'SELECT name FROM projects')" = 'from the server' ]
    kill -TERM $pid
    local got=0
    wait $pid || got=$?
    [ $got = 143 ]
    python3 -c 'import json; [json.loads(l) for l in open("watch.log")]'
    equal
}

@test "a program of one's own syncs in its loop, and is told of conflicts" {
    small && cloned d_library
    lite "UPDATE projects SET name = 'a'"
    q "UPDATE projects SET name = 'b' WHERE id = 10"
    exits 0 "$SYNC_EXAMPLE" a.db "$url"
    has 'conflict in projects.name: mine a, theirs b, server taken' "$output"
    equal
    "$SYNC_EXAMPLE" a.db "$url" 3 >example.log 3>&- 4>&- &
    local pid=$!
    sleep 1
    lite "UPDATE projects SET name = 'c'"
    wait $pid
    [ "$(q 'SELECT name FROM projects WHERE id = 10')" = c ]
    exits 1 "$SYNC_EXAMPLE" none.db "$url"
}

@test "a file that is no clone, and one that is not there" {
    fresh d_none
    sqlite3 plain.db 'CREATE TABLE t (x)'
    exits 78 tandem sync run --local plain.db
    has 'no clone' "$stderr"
    exits 78 tandem sync run --local none.db
    exits 64 tandem sync run
    exits 78 tandem sync clone --tenant 1 --local a.db
    has 'tandem sync enable' "$stderr"
}

# Run by tests/lib/pg.sh with: sync on the server, as the owner of the tables, who is no superuser.
load helper

fresh() { # NAME: an empty database of the role app; its URL in $url, a superuser's in $super
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" \
        -c "DO \$\$ BEGIN CREATE ROLE td_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" \
        -c "DO \$\$ BEGIN CREATE ROLE td_other LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" \
        -c "CREATE DATABASE $1 OWNER td_app"
    super=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
    url=${super/postgres@/td_app@}
}

q() { psql -XAtq "$url" -c "$1"; }

# tenants; users by membership; projects with the tenant; tasks by a path; plans, which all share
small() {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE members (t int NOT NULL REFERENCES tenants, u int NOT NULL REFERENCES users, PRIMARY KEY (t, u));
CREATE TABLE projects (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, plan int REFERENCES plans, name text);
CREATE TABLE tasks (id int PRIMARY KEY, project int NOT NULL REFERENCES projects, title text);
CREATE TABLE notes (id int PRIMARY KEY, body text);
SQL
    echo '{ "sync": { "tenant": "tenants" } }' >tandem.json
}

enabled() { # NAME: deployed and enabled
    fresh "$1"
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
}

rows() {
    q "INSERT INTO tenants VALUES (1), (2); INSERT INTO plans VALUES (9); INSERT INTO users VALUES (7), (8);
       INSERT INTO members VALUES (1, 7), (2, 8); INSERT INTO projects VALUES (10, 1, 9), (20, 2, 9);
       INSERT INTO tasks VALUES (100, 10), (200, 20)"
}

# changed TENANT CURSOR [TABLE]: "table key" in order; a whole table as "table *"
changed() {
    q "SELECT coalesce(string_agg(m.relid::text || ' ' || coalesce(c.pk, '*'), ', ' ORDER BY m.relid::text, c.pk), '')
       FROM tandem.changed('$1', '$2', ${3:-NULL}) c JOIN tandem.tblmap m USING (tbl)"
}

now() { q "SELECT pg_current_snapshot()"; }

# All that a database has outside of the migrations' history.
everything() {
    pg_dump --schema-only --no-comments -d "$super" -N nothing | grep -v '^--' | grep -v '^\\\(un\)\?restrict'
}

@test "enable by the tables' owner, twice, and disable without a trace" {
    cp -r "$TANDEM_SOURCE/migrations" "$TANDEM_SOURCE/tandem.json" .
    fresh enable_smartx
    exits 3 tandem sync enable --url "$url"
    has "error[TD-SYNC-032]" "$stderr"
    has "tandem migrate deploy" "$stderr"
    exits 0 tandem migrate deploy --url "$url"
    everything >before
    exits 0 tandem sync enable --url "$url" --dry-run
    has "CREATE TABLE tandem.device" "$output"
    everything | diff before -
    exits 0 tandem sync enable --url "$url"
    has "sync is enabled: 12 tables" "$output"
    [ "$(q "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^zz_tandem_' AND tgenabled = 'A'")" = 48 ]
    [ "$(q "SELECT config FROM tandem.sync")" = '{"sync":{"tenant":"tenants","tables":{"users":{"scope":"membership","through":"user_tenants"}}}}' ]
    [ "$(q "SELECT count(*) FROM tandem.log")" = 0 ]
    everything >enabled
    lineage=$(q "SELECT lineage FROM tandem.sync")
    exits 0 tandem sync enable --url "$url"
    has "nothing to change" "$output"
    exits 0 tandem sync enable --url "$url" --dry-run --json
    [ "$(json '(a["changed"], a["statements"], len(a["tables"]))')" = '(False, [], 12)' ]
    everything | diff enabled -
    [ "$(q "SELECT lineage FROM tandem.sync")" = "$lineage" ]
    exits 0 tandem migrate status --drift --url "$url"
    exits 0 tandem sync disable --url "$url"
    everything | diff before -
    exits 0 tandem sync disable --url "$url"
    has "nothing to remove" "$output"
    exits 0 tandem migrate status --drift --url "$url"
}

@test "what somebody took away comes back, and devices look at the table" {
    small
    enabled enable_mend
    rows
    before=$(now)
    q "DROP TRIGGER zz_tandem_update ON tasks; ALTER TABLE projects DISABLE TRIGGER USER;
       UPDATE tasks SET title = 'x'; DROP FUNCTION tandem.renew(); DROP TABLE tandem.conflict"
    [ "$(changed 1 "$before")" = "" ]
    exits 0 tandem sync enable --url "$url"
    [ "$(changed 1 "$before")" = "projects *, tasks *" ]
    exits 0 tandem sync enable --url "$url" --dry-run
    has "nothing to change" "$stderr"
}

@test "rights that are missing are each named, with --dry-run, too" {
    small
    enabled enable_rights
    exits 77 tandem sync enable --dry-run --url "${url/td_app@/td_other@}"
    has "error[TD-SYNC-030]" "$stderr"
    has "the role td_other lacks rights: those of td_app, who owns the schema tandem" "$stderr"
    has "tasks" "$stderr"
    exits 77 tandem sync disable --url "${url/td_app@/td_other@}"
    psql -XAtq "$super" -c "ALTER TABLE tasks OWNER TO td_other"
    exits 77 tandem sync enable --url "$url"
    has "those of td_other, who owns the tables tasks" "$stderr"
    psql -XAtq "$super" -c "ALTER TABLE tasks OWNER TO td_app" -c "GRANT td_app TO td_other"
    exits 0 tandem sync enable --url "${url/td_app@/td_other@}"
    exits 0 tandem sync disable --url "${url/td_app@/td_other@}"
    exits 0 tandem sync enable --url "${url/td_app@/td_other@}"
    [ "$(q "SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'tandem'::regnamespace")" = td_app ]
    [ "$(q "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'tandem'")" = td_app ]
    psql -XAtq "$super" -c "REVOKE td_app FROM td_other"
}

@test "undecided scopes, and a table that is not in the database, stop it" {
    small
    migration 20260102000000_two <<<"CREATE TABLE files (id int PRIMARY KEY, a int NOT NULL REFERENCES projects, b int NOT NULL REFERENCES tasks);"
    fresh enable_undecided
    exits 0 tandem migrate deploy --url "$url"
    exits 78 tandem sync enable --url "$url"
    has "error[TD-SYNC-003]" "$stderr"
    echo '{ "sync": { "tenant": "tenants", "tables": { "files": { "scope": "local" } } } }' >tandem.json
    exits 0 tandem sync enable --url "$url"
    q "DROP TABLE files CASCADE; ALTER TABLE tasks RENAME TO chores"
    exits 65 tandem sync enable --url "$url"
    has "error[TD-SYNC-033]" "$stderr"
    exits 78 tandem sync enable --url sqlite:x.db
}

@test "changed: each kind of scope, and nothing of others" {
    small
    enabled enable_changed
    start=$(now)
    rows
    [ "$(changed 1 "$start")" = "members [\"1\", \"7\"], plans 9, projects 10, tasks 100, tenants 1, users 7" ]
    [ "$(changed 2 "$start")" = "members [\"2\", \"8\"], plans 9, projects 20, tasks 200, tenants 2, users 8" ]
    [ "$(changed 2 "$start" "$(q "SELECT tbl FROM tandem.tblmap WHERE relid = 'tasks'::regclass")")" = "tasks 200" ]
    [ "$(changed 3 "$start")" = "plans 9" ]
    c=$(now)
    [ "$(changed 1 "$c")" = "" ]
    q "INSERT INTO notes VALUES (1)"
    [ "$(changed 1 "$c")" = "" ] # local
    q "UPDATE tasks SET title = 'x' WHERE id = 200"
    [ "$(changed 1 "$c")" = "" ]
    [ "$(changed 2 "$c")" = "tasks 200" ]
    q "TRUNCATE plans CASCADE"
    [ "$(changed 1 "$c")" = "plans *, projects *, tasks *" ]
    [ "$(changed 2 "$c")" = "plans *, projects *, tasks *" ]
    # many entries go by the other way, which gives the same
    q "INSERT INTO plans VALUES (9); INSERT INTO projects VALUES (10, 1, 9), (20, 2, 9);
       INSERT INTO tasks SELECT 1000 + i, CASE WHEN i % 2 = 0 THEN 10 ELSE 20 END FROM generate_series(1, 3000) i"
    [ "$(q "SELECT count(*) FROM tandem.changed('1', '$c') WHERE pk::int > 1000")" = 1500 ]
    [ "$(q "SELECT count(*) FROM tandem.changed('1', '$start') c JOIN tandem.tblmap m USING (tbl) WHERE relid = 'users'::regclass")" = 1 ]
    [ "$(q "SELECT count(*) FROM tandem.changed('2', '$c') WHERE pk::int % 2 = 0 AND pk::int > 1000")" = 0 ]
}

@test "changed: what was under way and ends later is seen, once; what is still under way is not" {
    small
    enabled enable_late
    mkfifo in
    psql -XAtq "$url" <in >out &
    exec 9>in
    echo "BEGIN; INSERT INTO tenants VALUES (1); SELECT 'begun';" >&9
    until grep -q begun out; do sleep 0.05; done
    q "INSERT INTO tenants VALUES (2)"
    c=$(now)
    [ "$(changed 1 "$c")" = "" ]
    echo "COMMIT; SELECT 'ended';" >&9
    until grep -q ended out; do sleep 0.05; done
    exec 9>&-
    wait
    [ "$(changed 1 "$c")" = "tenants 1" ]
    [ "$(changed 1 "$(now)")" = "" ]
}

@test "changed: an idle call reads few pages, whatever the log has and who writes for an hour" {
    small
    enabled enable_idle
    rows
    psql -XAtq "$super" -c "INSERT INTO tandem.log (scope, tbl, pk) SELECT 'tenant:' || i % 50, 1, i::text FROM generate_series(1, 200000) i"
    mkfifo in
    psql -XAtq "$url" <in >out &
    exec 9>in
    echo "BEGIN; INSERT INTO tasks SELECT 1000 + i, 10 FROM generate_series(1, 50000) i; SELECT 'begun';" >&9
    until grep -q begun out; do sleep 0.05; done
    psql -XAtq "$super" -c "INSERT INTO tandem.log (scope, tbl, pk) SELECT 'tenant:' || i % 50, 1, i::text FROM generate_series(1, 200000) i"
    c=$(now)
    sql="EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM tandem.changed('1', '$c')"
    psql -XAtq "$url" -c "SELECT * FROM tandem.changed('1', '$c')" -c "$sql" >plan
    exec 9>&-
    wait
    hits=$(grep -m1 -oE 'shared hit=[0-9]+( read=[0-9]+)?' plan | grep -oE '[0-9]+' | paste -sd+ | bc)
    echo "buffers: $hits"
    [ "$hits" -le 10 ]
}

@test "changed is for who may" {
    small
    enabled enable_may
    psql -XAtq "$super" -c "GRANT USAGE ON SCHEMA tandem TO td_other; GRANT EXECUTE ON FUNCTION tandem.changed TO td_other"
    other=${url/td_app@/td_other@}
    run psql -XAtq "$other" -v VERBOSITY=verbose -c "SELECT * FROM tandem.changed('1', '1:1:')"
    has "42501" "$output"
    q "INSERT INTO tandem.member VALUES ('td_other', '1')"
    psql -XAtq "$other" -c "SELECT * FROM tandem.changed('1', '1:1:')"
    run psql -XAtq "$other" -v VERBOSITY=verbose -c "SELECT * FROM tandem.changed('2', '1:1:')"
    has "42501" "$output"
    psql -XAtq "$super" -c "REVOKE ALL ON SCHEMA tandem FROM td_other"
}

@test "renew: another server or database is a new lineage, once" {
    small
    enabled enable_renew
    rows
    old=$(q "SELECT tandem.renew()")
    [ "$(q "SELECT tandem.renew()")" = "$old" ]
    [ "$(q "SELECT count(*) > 0 FROM tandem.log")" = t ]
    q "UPDATE tandem.sync SET sysid = 'other'"
    for _ in 1 2 3 4 5 6 7 8; do q "SELECT tandem.renew()" >>ids & done
    wait
    [ "$(sort -u ids | wc -l)" = 1 ]
    [ "$(wc -l <ids)" = 8 ]
    [ "$(sort -u ids)" != "$old" ]
    [ "$(q "SELECT count(*) FROM tandem.log")" = 0 ]
    [ "$(q "SELECT floor::text <> '$old' AND db = (SELECT oid FROM pg_database WHERE datname = current_database()) FROM tandem.sync")" = t ]
    # a copy of the database knows that it is one
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS enable_copy" -c "CREATE DATABASE enable_copy TEMPLATE enable_renew OWNER td_app"
    url=${url/enable_renew/enable_copy}
    [ "$(q "SELECT lineage FROM tandem.sync")" = "$(sort -u ids)" ]
    exits 0 tandem sync enable --url "$url"
    [ "$(q "SELECT lineage FROM tandem.sync")" != "$(sort -u ids)" ]
}

whole() { # nothing is to be mended
    exits 0 tandem sync enable --dry-run --url "$url"
    has "nothing to change" "$stderr"
}

@test "deploy captures a new table, and what the migration writes to it" {
    small
    enabled deploy_new
    rows
    c=$(now)
    migration 20260102000000_files <<'SQL'
CREATE TABLE files (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, name text);
INSERT INTO files VALUES (1, 1, 'a');
UPDATE projects SET name = 'p' WHERE id = 10;
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(changed 1 "$c")" = "files *, projects 10" ]
    c=$(now)
    q "INSERT INTO files VALUES (2, 1), (3, 2)"
    [ "$(changed 1 "$c")" = "files 2" ]
    whole
    exits 0 tandem migrate deploy --url "$url"
    has "nothing to apply" "$output"
}

@test "deploy follows renamed tables and columns, other types, dropped tables" {
    small
    enabled deploy_changes
    rows
    number=$(q "SELECT tbl FROM tandem.tblmap WHERE relid = 'tasks'::regclass")
    c=$(now)
    migration 20260102000000_changes <<'SQL'
ALTER TABLE projects RENAME TO works;
ALTER TABLE works RENAME COLUMN t TO tenant;
UPDATE works SET name = 'x' WHERE id = 10;
ALTER TABLE tasks RENAME COLUMN id TO key;
ALTER TABLE tasks RENAME COLUMN project TO work;
ALTER TABLE tasks ALTER COLUMN key TYPE bigint;
UPDATE tasks SET title = 'y' WHERE key = 100;
ALTER TABLE users ADD COLUMN mail text NOT NULL DEFAULT 'none';
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(changed 1 "$c")" = "tasks *, users *, works *, works 10" ] || [ "$(changed 1 "$c")" = "tasks *, users *, works *" ]
    [ "$(q "SELECT tbl FROM tandem.tblmap WHERE relid = 'tasks'::regclass")" = "$number" ]
    c=$(now)
    q "UPDATE tasks SET title = 'z'; UPDATE works SET name = 'z'"
    [ "$(changed 1 "$c")" = "tasks 100, works 10" ]
    [ "$(changed 2 "$c")" = "tasks 200, works 20" ]
    whole
    c=$(now)
    migration 20260103000000_types <<'SQL'
ALTER TABLE works ALTER COLUMN name TYPE varchar(90) USING upper(name);
ALTER TABLE members ADD COLUMN since date DEFAULT '2026-01-01';
CREATE INDEX ON tasks (title);
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(changed 1 "$c")" = "members *, works *" ]
    migration 20260104000000_drop <<<"DROP TABLE tasks;"
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT count(*) FROM tandem.tblmap WHERE tbl = $number")" = 0 ]
    [ "$(q "SELECT count(*) FROM pg_proc WHERE proname = 'capture_$number'")" = 0 ]
    whole
    migration 20260105000000_again <<<"CREATE TABLE tasks (id int PRIMARY KEY, work int NOT NULL REFERENCES works);"
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT tbl > $number FROM tandem.tblmap WHERE relid = 'tasks'::regclass")" = t ]
    whole
}

@test "deploy follows a table's scope, and the tenant's table by another name" {
    small
    enabled deploy_scope
    rows
    c=$(now)
    migration 20260102000000_scope <<'SQL'
ALTER TABLE projects ADD UNIQUE (t, id);
ALTER TABLE tasks ADD COLUMN t int;
UPDATE tasks c SET t = p.t FROM projects p WHERE c.project = p.id;
ALTER TABLE tasks ALTER COLUMN t SET NOT NULL, DROP CONSTRAINT tasks_project_fkey,
    ADD CONSTRAINT tasks_project_fkey FOREIGN KEY (t, project) REFERENCES projects (t, id) ON UPDATE CASCADE;
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT scope FROM tandem.tblmap WHERE relid = 'tasks'::regclass")" = "tenant(t)" ]
    has "tasks *" "$(changed 1 "$c")"
    c=$(now)
    q "UPDATE projects SET id = 11 WHERE id = 10"
    [ "$(changed 1 "$c")" = "projects 10, projects 11, tasks 100" ]
    whole
    migration 20260103000000_name <<<"ALTER TABLE tenants RENAME TO customers;"
    exits 78 tandem migrate deploy --url "$url"
    has "20260103000000_name" "$stderr"
    [ "$(q "SELECT to_regclass('customers') IS NULL")" = t ]
    echo '{ "sync": { "tenant": "customers" } }' >tandem.json
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT config FROM tandem.sync")" = '{"sync":{"tenant":"customers"}}' ]
    whole
}

@test "a migration that leaves a scope undecided is refused before anything runs" {
    small
    enabled deploy_refused
    migration 20260102000000_fine <<<"CREATE TABLE fine (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants);"
    migration 20260103000000_two <<<"CREATE TABLE files (id int PRIMARY KEY, a int NOT NULL REFERENCES projects, b int NOT NULL REFERENCES tasks);"
    for dry in "" --dry-run; do
        exits 78 tandem migrate deploy --url "$url" $dry
        has "error[TD-SYNC-003]" "$stderr"
        has "20260103000000_two" "$stderr"
        [ "$(q "SELECT to_regclass('fine') IS NULL")" = t ]
    done
    echo '{ "sync": { "tenant": "tenants", "tables": { "files": { "scope": "path", "through": "tasks", "column": "b" } } } }' >tandem.json
    exits 0 tandem migrate deploy --url "$url"
    whole
    migration 20260104000000_gone <<<"DROP TABLE files;"
    exits 78 tandem migrate deploy --url "$url"
    has "error[TD-SYNC-002]" "$stderr"
    rm tandem.json # what the database keeps names it, too
    exits 78 tandem migrate deploy --url "$url"
    has 'there is no table "files"' "$stderr"
    exits 0 tandem sync disable --url "$url"
    exits 0 tandem migrate deploy --url "$url"
}

@test "migrations that run piece by piece, fail, or set the session's role" {
    small
    enabled deploy_pieces
    rows
    c=$(now)
    migration 20260102000000_pieces <<'SQL'
CREATE INDEX CONCURRENTLY tasks_title ON tasks (title);
ALTER TABLE tasks RENAME COLUMN project TO work;
UPDATE tasks SET title = 'x' WHERE id = 100;
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(changed 1 "$c")" = "tasks *" ]
    whole
    c=$(now)
    migration 20260103000000_broken <<'SQL'
CREATE TABLE more (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants);
ALTER TABLE tasks RENAME COLUMN work TO job;
SELECT 1 / 0;
SQL
    exits 65 tandem migrate deploy --url "$url"
    whole_but_pending=$(q "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^zz_tandem_' AND tgenabled = 'A'")
    [ "$whole_but_pending" = 24 ]
    [ "$(changed 1 "$c")" = "" ]
    migration 20260103000000_broken <<'SQL'
ALTER TABLE tasks ADD COLUMN extra int;
ALTER TABLE tasks DROP CONSTRAINT tasks_project_fkey, ADD FOREIGN KEY (work) REFERENCES projects DEFERRABLE INITIALLY DEFERRED;
INSERT INTO tasks VALUES (300, 30);
INSERT INTO projects VALUES (30, 1);
SET search_path = nowhere;
SET lock_timeout = 0;
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(changed 1 "$c")" = "projects 30, tasks *" ] || [ "$(changed 1 "$c")" = "projects 30, tasks *, tasks 300" ]
    whole
}

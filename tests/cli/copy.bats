# Run by tests/lib/pg.sh with: rows from one database into another, of any engine.
load helper

base() { # NAME [ROLE]: an empty database; prints its URL
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" \
        -c "DO \$\$ BEGIN CREATE ROLE td_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" \
        -c "CREATE DATABASE $1 OWNER td_app"
    local url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
    echo "${url/postgres@/${2:-postgres}@}"
}

q() { psql -XAtq "$1" -c "$2"; }
s() { sqlite3 "$1" "$2"; }

# All rows of the user's tables, each as a line.
rows() {
    pg_dump --data-only --inserts "$1" 2>/dev/null | grep -v '^--\|tandem\.\|^SET\|^SELECT\|^.\(un\)\?restrict\|^$' | sort
}

# users refer to themselves; projects and tasks to each other; notes have no key; a trigger changes names.
shop() {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE plans (id int PRIMARY KEY, name text);
INSERT INTO plans VALUES (1, 'free'), (2, 'paid');
CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE, boss int REFERENCES users);
CREATE TABLE members (t int NOT NULL REFERENCES tenants, u int NOT NULL REFERENCES users, PRIMARY KEY (t, u));
CREATE TABLE projects (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t int NOT NULL REFERENCES tenants,
    plan int REFERENCES plans, name text, at timestamptz, n numeric(10,2), tags text[], j jsonb, b bytea, f float8);
CREATE TABLE tasks (id uuid PRIMARY KEY, project bigint NOT NULL REFERENCES projects, title text NOT NULL,
    up text GENERATED ALWAYS AS (upper(title)) STORED);
ALTER TABLE projects ADD COLUMN lead uuid REFERENCES tasks;
CREATE TABLE notes (body text, n int);
CREATE SEQUENCE extra;
-- tandem: postgres
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
-- tandem: postgres
CREATE TRIGGER touch BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION touch();
SQL
    echo '{ "sync": { "tenant": "tenants" } }' >tandem.json
}

filled() { # URL [PROJECTS]
    tandem migrate deploy --url "$1" 2>/dev/null
    psql -XAtq "$1" <<SQL
INSERT INTO tenants SELECT g, 't' || g FROM generate_series(1, 3) g;
DELETE FROM plans WHERE id = 2; UPDATE plans SET name = 'gratis';
INSERT INTO users (id, name, boss) SELECT g, 'u' || g, CASE WHEN g < 88 THEN g + 3 END FROM generate_series(1, 90) g;
SELECT setval('users_id_seq', 90) \gset
INSERT INTO members SELECT g % 3 + 1, g FROM generate_series(1, 90) g;
INSERT INTO projects (t, plan, name, at, n, tags, j, b, f)
    SELECT g % 3 + 1, 1, 'p' || g, '2026-01-02 03:04:05.678+02', g / 7.0, ARRAY['a', NULL, 'x"y'],
    jsonb_build_object('k', g), '\\x00ff', g / 3.0 FROM generate_series(1, ${2:-40}) g;
INSERT INTO tasks (id, project, title) SELECT md5(id::text)::uuid, id, 'task ' || id || E'\n\t\\\\' FROM projects;
UPDATE projects SET lead = md5(id::text)::uuid WHERE id < 30;
INSERT INTO notes VALUES ('a', 1), ('a', 1), (NULL, 2);
SELECT setval('extra', 77) \gset
SQL
}

@test "PostgreSQL to SQLite and back: the same rows, counters behind them, no triggers, no traces" {
    shop
    a=$(base copy_a)
    filled "$a"
    exits 0 tandem db copy --from "$a" --to file:a.db --json
    [ "$(json '(a["rows"], a["present"], a["deployed"], a["resumed"], a["warnings"])')" = "(267, 0, True, False, [])" ] ||
        { echo "$output"; false; }
    python3 -c 'import json; [json.loads(x) for x in open(".stderr")]'
    grep -q '"event":"copied","table":"tasks","table_rows":40' .stderr
    [ -z "$(s a.db 'PRAGMA foreign_key_check')" ]
    [ "$(s a.db "SELECT count(*) FROM sqlite_schema WHERE name = 'tandem_copy'")" = 0 ]
    [ "$(s a.db "SELECT * FROM plans")" = "1|gratis" ]
    b=$(base copy_b)
    exits 0 tandem db copy --from file:a.db --to "$b"
    has "applied  20260101000000_init" "$output"
    has "267 rows copied" "$output"
    diff <(rows "$a") <(rows "$b")
    [ "$(q "$b" "SELECT to_regclass('tandem.copy') IS NULL")" = t ]
    [ "$(q "$b" "SELECT nextval('extra'), nextval('users_id_seq'), nextval('projects_id_seq')")" = "78|91|41" ]
    exits 0 tandem db copy --from file:a.db --to file:c.db
    diff <(s a.db .dump | grep '^INSERT' | grep -v tandem_) <(s c.db .dump | grep '^INSERT' | grep -v tandem_)
    s c.db "INSERT INTO users (name) VALUES ('new')"
    [ "$(s c.db "SELECT id FROM users WHERE name = 'new'")" = 91 ]
    c=$(base copy_c)
    exits 0 tandem db copy --from "$b" --to "$c"
    diff <(rows "$a") <(rows "$c")
}

@test "a role that may not switch triggers off: circles are opened, triggers run and that is said" {
    shop
    a=$(base copy_a)
    filled "$a"
    b=$(base copy_b td_app)
    exits 0 tandem db copy --from "$a" --to "$b"
    has "warning: the target's triggers run on copied rows of \"projects\"" "$stderr"
    [ "$(q "$b" "SELECT count(*) FROM projects WHERE name LIKE '%!!'")" = 40 ]
    q "$b" "ALTER TABLE projects DISABLE TRIGGER USER; UPDATE projects SET name = replace(name, '!!', '!')"
    diff <(rows "$a") <(rows "$b")
    exits 0 tandem db copy --from "$a" --to "$b"
    has "0 rows copied, 267 were there already" "$output"
}

@test "a circle that nothing opens is refused, unless the role may check it at the end" {
    migration 20260101000000_init <<'SQL'
CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
SQL
    a=$(base copy_a)
    exits 0 tandem migrate deploy --url "$a"
    q "$a" "SET session_replication_role = replica; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1)"
    exits 65 tandem db copy --from "$a" --to "$(base copy_b td_app)"
    has "error[TD-SYNC-052]" "$stderr"
    exits 0 tandem db copy --from "$a" --to "$(base copy_b)"
    exits 0 tandem db copy --from "$a" --to file:a.db
    migration 20260102000000_deferrable <<'SQL'
ALTER TABLE a DROP CONSTRAINT a_b_fkey;
ALTER TABLE a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b DEFERRABLE;
SQL
    exits 0 tandem migrate deploy --url "$a"
    b=$(base copy_b td_app)
    exits 0 tandem db copy --from "$a" --to "$b"
    [ "$(q "$b" "SELECT count(*) FROM a JOIN b ON a.b = b.id")" = 1 ]
}

@test "a row that is there must be the same: 5, and the same command goes on" {
    shop
    a=$(base copy_a)
    filled "$a"
    for to in file:a.db "$(base copy_b)"; do
        exits 0 tandem db copy --from "$a" --to "$to"
        sql() { if [ "$to" = file:a.db ]; then s a.db "$1"; else q "$to" "$1"; fi; }
        exits 0 tandem db copy --from "$a" --to "$to"
        has "0 rows copied, 267 were there already" "$output"
        sql "UPDATE tenants SET name = 'other' WHERE id = 2"
        exits 5 tandem db copy --from "$a" --to "$to"
        has 'error[TD-SYNC-050]: "tenants" has another row (2) already' "$stderr"
        exits 5 tandem db copy --from "$a" --to "$to" --json
        [ "$(json 'a["error"]["code"]')" = TD-SYNC-050 ]
        sql "UPDATE tenants SET name = 't2' WHERE id = 2; DELETE FROM notes WHERE n = 2"
        exits 5 tandem db copy --from "$a" --to "$to" --resume
        has '"notes" has another row without a key' "$stderr"
        sql "DELETE FROM notes"
        exits 0 tandem db copy --from "$a" --to "$to" --json
        [ "$(json '(a["rows"], a["resumed"])')" = "(3, True)" ]
        exits 1 tandem db copy --from "$a" --to "$to" --resume
        has "error[TD-SYNC-055]" "$stderr"
    done
}

@test "killed at any time, the same command goes on and every row is there once" {
    shop
    a=$(base copy_a)
    filled "$a" 60000
    for to in file:a.db "$(base copy_b)"; do
        for after in 0.05 0.1 0.15 0.25 0.35 0.5; do
            timeout -s KILL $after "$TANDEM" db copy --from "$a" --to "$to" >/dev/null 2>&1 || :
        done
        exits 0 tandem db copy --from "$a" --to "$to"
    done
    diff <(rows "$a") <(rows "$to")
    exits 0 tandem db copy --from file:a.db --to "$to"
    has "0 rows copied, 120187 were there already" "$output"
}

@test "Ctrl-C: 130, the same command goes on" {
    shop
    a=$(base copy_a)
    filled "$a" 60000
    exits 0 tandem migrate deploy --url file:a.db
    s a.db "DELETE FROM plans"
    code=0
    timeout --preserve-status -s INT 0.3 "$TANDEM" db copy --from "$a" --to file:a.db 2>err || code=$?
    [ "$code" = 130 ] || [ "$code" = 0 ]
    [ "$code" = 0 ] || grep -q "The same command goes on from here" err || { cat err; false; }
    exits 0 tandem db copy --from "$a" --to file:a.db
    [ "$(s a.db 'SELECT count(*) FROM projects')" = 60000 ]
}

@test "other migrations are 4, with the command that applies them" {
    shop
    exits 0 tandem migrate deploy --url file:a.db
    migration 20260102000000_more <<<'CREATE TABLE more (id int PRIMARY KEY);'
    exits 0 tandem migrate deploy --url file:b.db
    exits 4 tandem db copy --from file:a.db --to file:b.db
    has 'the target has the migration "20260102000000_more", which the source has not' "$stderr"
    has "tandem migrate deploy --url file:a.db" "$stderr"
    exits 4 tandem db copy --from file:b.db --to file:a.db
    has "tandem migrate deploy --url file:a.db" "$stderr"
    s c.db "CREATE TABLE own (id int)"
    exits 4 tandem db copy --from file:a.db --to file:c.db
    exits 4 tandem db copy --from file:c.db --to file:d.db
    exits 64 tandem db copy --from file:a.db --to file:a.db
    exits 64 tandem db copy --from file:a.db
    exits 1 tandem db copy --from file:nowhere.db --to file:e.db
    [ ! -e nowhere.db ]
}

@test "a synced server notes copied rows; a clone takes none" {
    shop
    a=$(base copy_a)
    filled "$a"
    b=$(base copy_b)
    exits 0 tandem migrate deploy --url "$b"
    q "$b" "DELETE FROM plans"
    exits 0 tandem sync enable --url "$b"
    exits 0 tandem db copy --from "$a" --to "$b"
    [ "$(q "$b" "SELECT count(DISTINCT l.pk) FROM tandem.log l JOIN tandem.tblmap m USING (tbl) WHERE m.relid = 'projects'::regclass")" = 40 ]
    exits 0 tandem sync clone --remote "$b" --tenant 1 --local clone.db
    exits 77 tandem db copy --from "$a" --to file:clone.db
    has "error[TD-SYNC-051]" "$stderr"
    exits 0 tandem db copy --from file:clone.db --to file:d.db
    [ "$(s d.db "SELECT count(*) FROM projects")" = 13 ]
}

@test "one tenant's slice, and values that SQLite cannot keep" {
    shop
    a=$(base copy_a)
    filled "$a"
    q "$a" "UPDATE users SET boss = NULL"
    exits 0 tandem db copy --from "$a" --to file:a.db --tenant 2
    [ "$(s a.db "SELECT group_concat(id) FROM tenants")" = 2 ]
    [ "$(s a.db "SELECT count(*) FROM projects WHERE t <> 2")" = 0 ]
    [ "$(s a.db "SELECT count(*) FROM tasks")" = "$(q "$a" "SELECT count(*) FROM tasks JOIN projects p ON p.id = project WHERE t = 2")" ]
    [ "$(s a.db "SELECT count(*) FROM users")" = 30 ]
    exits 0 tandem db copy --from "$a" --to file:a.db --tenant 3
    [ "$(s a.db "SELECT group_concat(id) FROM tenants")" = "2,3" ]
    exits 1 tandem db copy --from "$a" --to file:a.db --tenant 9
    has "error[TD-SYNC-017]" "$stderr"
    q "$a" "UPDATE projects SET f = 'NaN' WHERE id = 7"
    exits 65 tandem db copy --from "$a" --to file:b.db
    has '"projects.f" of the row (7)' "$stderr"
}

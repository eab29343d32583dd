# Run by tests/lib/pg.sh with: roles of devices, and what they can reach.
load helper

fresh() { # NAME: an empty database of the role td_owner, which may make roles; its URL in $url, a superuser's in $super
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" \
        -c "DO \$\$ BEGIN CREATE ROLE td_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" \
        -c "DO \$\$ BEGIN CREATE ROLE td_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" \
        -c "DROP ROLE IF EXISTS td_phone" -c "DROP ROLE IF EXISTS td_pad" -c "ALTER ROLE td_owner CREATEROLE" -c "CREATE DATABASE $1 OWNER td_owner"
    super=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
    url=${super/postgres@/td_owner@}
}

q() { psql -XAtq "$url" -c "$1"; }
dev() { psql -XAtq -v VERBOSITY=verbose "$device" -c "$1" 2>&1; } # as the device
refused() { # SQLSTATE SQL
    run dev "$2"
    has "$1" "$output"
}

schema() {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE members (t int NOT NULL REFERENCES tenants, u int NOT NULL REFERENCES users, PRIMARY KEY (t, u));
CREATE TABLE projects (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, plan int REFERENCES plans,
    parent int REFERENCES projects, name text);
CREATE TABLE tasks (id int PRIMARY KEY, project int NOT NULL REFERENCES projects, other int REFERENCES tasks, title text);
CREATE TABLE links (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, task int REFERENCES tasks, u int REFERENCES users);
CREATE TABLE guarded (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, who text);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_only ON guarded USING (who = current_user);
CREATE TABLE notes (id int PRIMARY KEY, body text);
SQL
    echo '{ "sync": { "tenant": "tenants" } }' >tandem.json
}

enabled() {
    schema
    fresh "$1"
    exits 0 tandem migrate deploy --url "$url"
    exits 0 tandem sync enable --url "$url"
    q "INSERT INTO tenants VALUES (1), (2); INSERT INTO plans VALUES (9); INSERT INTO users VALUES (7), (8);
       INSERT INTO members VALUES (1, 7), (2, 8); INSERT INTO projects (id, t, plan) VALUES (10, 1, 9), (20, 2, 9);
       INSERT INTO tasks VALUES (100, 10), (200, 20); INSERT INTO links VALUES (1, 1, 100, 7), (2, 2, 200, 8);
       INSERT INTO guarded VALUES (1, 1, 'td_app'), (2, 2, 'td_app'), (3, 1, 'x'); INSERT INTO notes VALUES (1);
       GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO td_app"
}

granted() { # DEVICE TENANT: its URL in $device
    exits 0 tandem sync grant --url "$url" --tenant "$2" --device "$1" --json
    device=$(json 'a["url"]')
}

everything() { pg_dump --schema-only -d "$super" | grep -v '^--' | grep -v '^\\\(un\)\?restrict'; }

@test "grant: a URL that works, rows of one tenant, and nobody else sees a difference" {
    enabled grant_sees
    exits 0 tandem sync grant --url "$url" --tenant 1 --device td_phone --json
    has "\"url\":\"postgresql://td_phone:" "$output"
    hasnt '\/' "$output"
    device=$(json 'a["url"]')
    [ "$(dev "SELECT string_agg(id::text, ',') FROM tenants")" = 1 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM users")" = 7 ]
    [ "$(dev "SELECT string_agg(u::text, ',') FROM members")" = 7 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM projects")" = 10 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM tasks")" = 100 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM links")" = 1 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM plans")" = 9 ]
    [ "$(dev "SELECT string_agg(id::text, ',' ORDER BY id) FROM guarded")" = 1,3 ]
    refused 42501 "SELECT * FROM notes"
    refused 42501 "INSERT INTO plans VALUES (10)"
    for t in tenants users members projects tasks links; do
        [ "$(psql -XAtq "${super/postgres@/td_app@}" -c "SELECT count(*) FROM $t")" = 2 ]
        [ "$(q "SELECT count(*) FROM $t")" = 2 ]
    done
    [ "$(psql -XAtq "${super/postgres@/td_app@}" -c "SELECT string_agg(id::text, ',' ORDER BY id) FROM guarded")" = 1,2 ]
    psql -XAtq "${super/postgres@/td_app@}" -c "INSERT INTO projects (id, t) VALUES (11, 1); DELETE FROM projects WHERE id = 11"
    [ "$(dev "SELECT count(*) FROM tandem.changed('1', (SELECT floor::text FROM tandem.sync))")" -gt 5 ]
    refused 42501 "SELECT * FROM tandem.changed('2', '1:1:')"
    exits 0 tandem migrate status --drift --url "$url"
    exits 0 tandem sync enable --dry-run --url "$url"
    has "nothing to change" "$stderr"
}

@test "a device reads, writes, deletes and refers to nothing of another tenant" {
    enabled grant_isolated
    granted td_phone 1
    dev "INSERT INTO projects (id, t, plan, parent) VALUES (12, 1, 9, 10); INSERT INTO tasks VALUES (101, 12, 100);
         UPDATE tasks SET title = 'x' WHERE id = 101; DELETE FROM tasks WHERE id = 101"
    dev "INSERT INTO tasks VALUES (103, 12, 104), (104, 12, NULL)" # in one statement, in any order
    [ "$(dev "UPDATE projects SET name = 'x' WHERE id = 20 RETURNING 1")" = "" ]
    [ "$(dev "DELETE FROM tasks WHERE id = 200 RETURNING 1")" = "" ]
    [ "$(dev "SELECT count(*) FROM tasks WHERE project = 20")" = 0 ]
    refused 42501 "INSERT INTO projects (id, t) VALUES (13, 2)"
    refused 42501 "UPDATE projects SET t = 2 WHERE id = 10"
    refused 42501 "INSERT INTO tasks VALUES (102, 20)"
    refused 42501 "UPDATE tasks SET project = 20 WHERE id = 100"
    refused 42501 "INSERT INTO links VALUES (3, 1, 200, 7)"
    refused 42501 "INSERT INTO links VALUES (3, 1, 999, 7)" # and nothing tells whether it is there
    refused 42501 "INSERT INTO links VALUES (3, 1, 100, 8)"
    refused 42501 "UPDATE links SET task = 200"
    refused 42501 "UPDATE projects SET parent = 20 WHERE id = 10"
    refused 42501 "UPDATE tasks SET other = 200 WHERE id = 100"
    refused 42501 "INSERT INTO members VALUES (1, 8)"
    refused 42501 "INSERT INTO projects (id, t) VALUES (20, 2) ON CONFLICT (id) DO UPDATE SET name = 'mine'"
    refused 42501 "INSERT INTO projects (id, t) VALUES (20, 1) ON CONFLICT (id) DO UPDATE SET name = 'mine'"
    refused 42501 "TRUNCATE tasks"
    refused 42501 "COPY tandem.log TO STDOUT"
    refused 42501 "INSERT INTO tandem.member VALUES ('td_phone', '2')"
    refused 42501 "INSERT INTO tandem.log (tbl) VALUES (1)"
    refused 42501 "UPDATE tandem.sync SET config = '{}'"
    [ "$(dev "COPY tasks (id) TO STDOUT" | sort | head -1)" = 100 ]
    [ "$(q "SELECT count(*) FROM projects WHERE t = 2 AND name IS NULL")" = 1 ]
}

@test "no setting and no role makes a device another" {
    enabled grant_settings
    granted td_phone 1
    device2=$device
    granted td_pad 2
    device=$device2
    for sql in "SET ROLE td_pad" "SET SESSION AUTHORIZATION td_pad" "SET ROLE td_owner" "SET row_security = off; SELECT * FROM tasks" \
        "SET SESSION AUTHORIZATION td_owner"; do
        refused 42501 "$sql"
    done
    for sql in "SET ROLE tandem_device" "SET tandem.dev = '2'" "SET session_replication_role = replica" \
        "SET tandem.tenant = '2'" "SET search_path = pg_temp" "SET app.role = 'td_pad'"; do
        hasnt 200 "$(dev "$sql; SELECT id FROM public.tasks")"
        hasnt 20 "$(dev "$sql; SELECT id FROM public.projects")"
    done
    # what it makes itself is not run with anybody's rights but its own
    run dev "CREATE FUNCTION pg_temp.spy(int, text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS \$\$ BEGIN RAISE WARNING 'saw %', \$1; RETURN true; END \$\$;
             SELECT count(*) FROM tasks WHERE pg_temp.spy(id, title)"
    has "saw 100" "$output"
    hasnt "saw 200" "$output"
    hasnt 200 "$(dev "CREATE TEMP TABLE member (role name, tenant text); INSERT INTO member VALUES ('td_phone', '2'); SELECT id FROM tasks")"
}

@test "a device sees and keeps its own rows of devices and conflicts alone" {
    enabled grant_devices
    granted td_phone 1
    phone=$device
    granted td_pad 2
    pad=$device
    device=$phone
    dev "INSERT INTO tandem.device (tenant, name) VALUES ('1', 'phone')"
    dev "UPDATE tandem.device SET batch = 1, acked = '1:1:'; INSERT INTO tandem.conflict (device, batch, tenant, tbl, pk, policy, taken) SELECT id, 1, '1', 'tasks', '100', 'server', 'server' FROM tandem.device"
    refused 42501 "INSERT INTO tandem.device (tenant) VALUES ('2')"
    refused 42501 "INSERT INTO tandem.device (tenant, role) VALUES ('1', 'td_pad')"
    refused 42501 "UPDATE tandem.device SET state = 'active'"
    refused 42501 "UPDATE tandem.device SET tenant = '2'"
    device=$pad
    [ "$(dev "SELECT count(*) FROM tandem.device")" = 0 ]
    [ "$(dev "SELECT count(*) FROM tandem.conflict")" = 0 ]
    dev "INSERT INTO tandem.device (tenant) VALUES ('2')"
    refused 42501 "INSERT INTO tandem.conflict (device, batch, tenant, tbl, pk, policy, taken) VALUES (1, 1, '2', 'x', 'x', 'x', 'server')"
    [ "$(q "SELECT count(*) FROM tandem.device")" = 2 ]
}

@test "several tenants of one device, and revoking" {
    enabled grant_several
    granted td_phone 1
    granted td_phone 2
    [ "$(dev "SELECT count(*) FROM tasks")" = 2 ]
    exits 0 tandem sync revoke --url "$url" --device td_phone --tenant 2
    [ "$(dev "SELECT string_agg(id::text, ',') FROM tasks")" = 100 ]
    exits 1 tandem sync revoke --url "$url" --device td_phone --tenant 2
    has "error[TD-SYNC-038]" "$stderr"
    exits 0 tandem sync revoke --url "$url" --device td_phone --json
    [ "$(json 'a["role_dropped"]')" = true ]
    [ "$(q "SELECT count(*) FROM pg_roles WHERE rolname = 'td_phone'")" = 0 ]
    exits 1 tandem sync revoke --url "$url" --device nobody
    exits 1 tandem sync grant --url "$url" --device td_phone --tenant 3
    has "error[TD-SYNC-017]" "$stderr"
    exits 65 tandem sync grant --url "$url" --device td_phone --tenant x
    exits 0 tandem sync grant --url "$url" --device td_owner --tenant 1 --json # somebody else's name
    [ "$(json 'a["role"]')" = td_owner_grant_several ]
    exits 0 tandem sync revoke --url "$url" --device td_owner
    exits 64 tandem sync grant --url "$url" --device td_phone
}

@test "rights, and a database without sync" {
    schema
    fresh grant_rights
    exits 0 tandem migrate deploy --url "$url"
    exits 78 tandem sync grant --url "$url" --tenant 1 --device td_phone
    has "error[TD-SYNC-034]" "$stderr"
    exits 0 tandem sync enable --url "$url"
    q "INSERT INTO tenants VALUES (1)"
    psql -XAtq "$super" -c "ALTER ROLE td_owner NOCREATEROLE"
    exits 77 tandem sync grant --url "$url" --tenant 1 --device td_phone
    has "CREATEROLE" "$stderr"
    psql -XAtq "$super" -c "ALTER ROLE td_owner CREATEROLE"
    q "GRANT SELECT ON notes TO PUBLIC"
    exits 0 tandem sync grant --url "$url" --tenant 1 --device td_phone
    has "every role may read notes" "$stderr"
    [[ $output == postgresql://td_phone:* ]]
}

@test "disable puts row-level security back as it was, and drops the roles" {
    enabled grant_disable
    q "CREATE TABLE hand (id int); ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON users USING (name = 'x')"
    exits 0 tandem sync disable --url "$url"
    everything >before
    exits 0 tandem sync enable --url "$url"
    granted td_phone 1
    [ "$(dev "SELECT string_agg(id::text, ',') FROM users")" = 7 ]
    [ "$(psql -XAtq "${super/postgres@/td_app@}" -c "SELECT count(*) FROM users")" = 0 ]
    exits 0 tandem sync disable --url "$url"
    everything | diff before -
    [ "$(q "SELECT count(*) FROM pg_roles WHERE rolname = 'td_phone'")" = 0 ]
}

@test "policies that were never switched on are no business of ours" {
    enabled grant_dormant
    q "CREATE POLICY later ON projects USING (false)"
    exits 65 tandem sync grant --url "$url" --tenant 1 --device td_phone
    has "error[TD-SYNC-035]" "$stderr"
    [ "$(q "SELECT count(*) FROM projects")" = 2 ]
    [ "$(q "SELECT count(*) FROM pg_roles WHERE rolname = 'td_phone'")" = 0 ]
}

@test "deploy keeps policies in step, and devices in their tenant" {
    enabled grant_deploy
    granted td_phone 1
    migration 20260102000000_changes <<'SQL'
ALTER TABLE projects RENAME TO works;
ALTER TABLE works RENAME COLUMN t TO tenant;
ALTER TABLE works ALTER COLUMN tenant TYPE bigint;
ALTER TABLE tasks ALTER COLUMN project TYPE bigint;
ALTER TABLE works ALTER COLUMN id TYPE bigint;
ALTER TABLE links DROP COLUMN task;
CREATE TABLE files (id int PRIMARY KEY, t int NOT NULL REFERENCES tenants, task int REFERENCES tasks);
INSERT INTO files VALUES (1, 1), (2, 2);
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY nobody ON members USING (false);
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(dev "SELECT string_agg(id::text, ',') FROM works")" = 10 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM tasks")" = 100 ]
    [ "$(dev "SELECT string_agg(id::text, ',') FROM files")" = 1 ]
    [ "$(dev "SELECT string_agg(u::text, ',') FROM members")" = 7 ]
    [ "$(psql -XAtq "${super/postgres@/td_app@}" -c "SELECT count(*) FROM members")" = 0 ] # as the migration says
    refused 42501 "INSERT INTO files VALUES (3, 1, 200)"
    dev "INSERT INTO files VALUES (3, 1, 100)"
    exits 0 tandem sync enable --dry-run --url "$url"
    has "nothing to change" "$stderr"
    migration 20260103000000_pieces <<'SQL'
CREATE INDEX CONCURRENTLY tasks_title ON tasks (title);
ALTER TABLE tasks ALTER COLUMN project TYPE int;
DROP TABLE files;
SQL
    exits 0 tandem migrate deploy --url "$url"
    [ "$(dev "SELECT string_agg(id::text, ',') FROM tasks")" = 100 ]
    exits 0 tandem sync enable --dry-run --url "$url"
    has "nothing to change" "$stderr"
    exits 0 tandem sync disable --url "$url"
    [ "$(q "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relrowsecurity")" = guarded,members ]
}

# Run by tests/lib/pg.sh with: tenants as wholes, on both engines.
load helper

base() { # NAME: an empty database; prints its URL
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
    echo "${TANDEM_TEST_PG/\/postgres\?/\/$1?}"
}

sql() { # URL SQL
    case $1 in file:*) sqlite3 "${1#file:}" "PRAGMA foreign_keys = ON; $2" ;; *) psql -XAtq "$1" -c "$2" ;; esac
}

rows() {
    case $1 in
    file:*) sqlite3 "${1#file:}" .dump | grep '^INSERT' | grep -v 'tandem_\|sqlite_' | sort ;;
    *) pg_dump --data-only --inserts "$1" 2>/dev/null | grep '^INSERT' | grep -v 'tandem\.' | sort ;;
    esac
}

# user 7 is a's, 8 b's, 9 both's; settings go with their user; teams and leads refer to each other
small() {
    migration 20260101000000_init <<'SQL'
CREATE TABLE tenants (id uuid PRIMARY KEY, name text);
CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE settings (u int PRIMARY KEY REFERENCES users, v text);
CREATE TABLE members (t uuid NOT NULL REFERENCES tenants, u int NOT NULL REFERENCES users, PRIMARY KEY (t, u));
CREATE TABLE teams (id int PRIMARY KEY, t uuid NOT NULL REFERENCES tenants, plan int REFERENCES plans, above int REFERENCES teams);
CREATE TABLE leads (id int PRIMARY KEY, team int NOT NULL REFERENCES teams);
ALTER TABLE teams ADD lead int REFERENCES leads;
CREATE TABLE audit (id int PRIMARY KEY, u int REFERENCES users ON DELETE CASCADE);
CREATE TABLE notes (body text);
SQL
    echo '{ "sync": { "tenant": "tenants", "tables": { "audit": { "scope": "local" } } } }' >tandem.json
    exits 0 tandem migrate deploy --url "$1"
    sql "$1" "INSERT INTO tenants VALUES ('$a', 'Acme'), ('$b', 'Beta'); INSERT INTO plans VALUES (1, 'free');
        INSERT INTO users VALUES (7, 'u7'), (8, 'u8'), (9, 'u9'); INSERT INTO settings VALUES (7, 'x'), (9, 'y');
        INSERT INTO members VALUES ('$a', 7), ('$b', 8), ('$a', 9), ('$b', 9);
        INSERT INTO teams (id, t, plan, above) VALUES (1, '$a', 1, NULL), (2, '$a', 1, 1), (3, '$b', 1, NULL);
        INSERT INTO leads VALUES (10, 1), (11, 2), (12, 3); UPDATE teams SET lead = id + 9;
        INSERT INTO notes VALUES ('n')"
}

a=00000000-0000-0000-0000-00000000000a
b=00000000-0000-0000-0000-00000000000b

@test "list: keys, names, rows per table, on both engines" {
    for url in "$(base tenant_a)" file:a.db; do
        small "$url"
        exits 0 tandem tenant list --url "$url"
        has "$a Acme 11   tenants 1, users 2, settings 2, members 2, teams 2, leads 2" "$output"
        exits 0 tandem tenant list --url "$url" --json
        [ "$(json '[(t["key"][-1], t["name"], t["rows"], t["tables"]["users"]) for t in a["tenants"]]')" = '[["a", "Acme", 11, 2], ["b", "Beta", 8, 2]]' ]
        [ "$(json '(a["table"], a["key"], a["name"], "plans" in a["tenants"][0]["tables"])')" = "('tenants', 'id', 'name', False)" ]
        exits 0 tandem tenant list --url "$url" --read-only
    done
    rm tandem.json
    exits 78 tandem tenant list --url file:a.db
    exits 0 tandem tenant list --url file:a.db --tenant-table tenants
}

@test "export, delete and import: what was is there again, on both engines" {
    for url in "$(base tenant_a)" file:a.db; do
        rm -f acme.db
        small "$url"
        rows "$url" >before
        exits 0 tandem tenant export --url "$url" --tenant $a --to acme.db --json
        [ "$(json '(a["tenant"][-1], a["file"], a["rows"], a["warnings"])')" = "('a', 'acme.db', 12, [])" ]
        [ "$(sqlite3 acme.db "SELECT count(*) FROM sqlite_schema WHERE name IN ('tandem_copy', 'tandem_meta')")" = 0 ]
        [ "$(sqlite3 acme.db "SELECT group_concat(id) FROM users; SELECT count(*) FROM notes; PRAGMA foreign_key_check")" = $'7,9\n0' ]
        [ ! -e acme.db.partial ]
        exits 73 tandem tenant export --url "$url" --tenant $a --to acme.db
        exits 0 tandem tenant delete --url "$url" --tenant $a --dry-run
        has "9 rows would be deleted" "$output"
        rows "$url" | diff before -
        exits 0 tandem tenant delete --url "$url" --tenant $a --confirm $a --json
        [ "$(json '(a["deleted"], a["rows"], a["kept"], [t["table"] for t in a["tables"]][-1])')" = "(True, 9, 1, 'tenants')" ]
        [ "$(sql "$url" "SELECT id FROM users ORDER BY id")" = $'8\n9' ]
        [ "$(sql "$url" "SELECT u FROM settings")" = 9 ]
        [ "$(sql "$url" "SELECT count(*) FROM teams; SELECT count(*) FROM plans; SELECT count(*) FROM notes" | tr '\n' ' ')" != "" ]
        exits 0 tandem tenant import --from acme.db --url "$url"
        has "9 rows copied, 3 were there already" "$output"
        rows "$url" | diff before -
        exits 0 tandem tenant import --from acme.db --url "$url"
        has "0 rows copied, 12 were there already" "$output"
    done
    exits 0 tandem tenant import --from acme.db --url "$(base tenant_b)" --json
    [ "$(json '(a["tenant"][-1], a["deployed"], a["rows"])')" = "('a', True, 12)" ]
}

@test "delete needs the exact key: 77; rows that would stay and refer to it stop it: 65" {
    for url in "$(base tenant_a)" file:a.db; do
        small "$url"
        rows "$url" >before
        exits 77 tandem tenant delete --url "$url" --tenant $a
        has "error[TD-SYNC-056]" "$stderr"
        exits 77 tandem tenant delete --url "$url" --tenant $a --confirm $b
        exits 77 tandem tenant delete --url "$url" --tenant $a --confirm ${a}0
        exits 64 tandem tenant delete --url "$url"
        exits 1 tandem tenant delete --url "$url" --tenant ${a%a}c --confirm ${a%a}c
        has "error[TD-SYNC-017]" "$stderr"
        exits 77 tandem tenant delete --url "$url" --tenant $a --confirm $a --read-only
        rows "$url" | diff before -
        sql "$url" "INSERT INTO audit VALUES (1, 7)"
        exits 65 tandem tenant delete --url "$url" --tenant $a --confirm $a
        has '1 row of "audit" that would stay refers to rows of "users" that would go' "$stderr"
        exits 65 tandem tenant delete --url "$url" --tenant $a --dry-run
        sql "$url" "DELETE FROM audit"
        rows "$url" | diff before -
    done
}

@test "import is whole or not at all, and refuses another row" {
    url=$(base tenant_a)
    small "$url"
    exits 0 tandem tenant export --url "$url" --tenant $a --to acme.db
    exits 0 tandem tenant delete --url "$url" --tenant $a --confirm $a
    for other in "UPDATE plans SET name = 'other'" "UPDATE users SET name = 'other' WHERE id = 9" \
        "INSERT INTO leads VALUES (11, 3)"; do
        sql "$url" "$other"
        rows "$url" >before
        exits 5 tandem tenant import --from acme.db --url "$url"
        has "error[TD-SYNC-050]" "$stderr"
        rows "$url" | diff before -
        sql "$url" "UPDATE plans SET name = 'free'; UPDATE users SET name = 'u9' WHERE id = 9; DELETE FROM leads WHERE id = 11"
    done
    exits 0 tandem tenant import --from acme.db --url "$url"
    exits 64 tandem tenant import --url "$url"
    exits 1 tandem tenant import --from nowhere.db --url "$url"
    sqlite3 acme.db "INSERT INTO tenants VALUES ('$b', 'Beta')"
    exits 64 tandem tenant import --from acme.db --url "$url"
    has "the file has 2 tenants" "$stderr"
}

@test "a clone: listed and exported, but nothing is deleted or imported" {
    url=$(base tenant_a)
    small "$url"
    exits 0 tandem sync enable --url "$url"
    exits 0 tandem sync clone --remote "$url" --tenant $a --local a.db
    rm tandem.json
    exits 0 tandem tenant list --url file:a.db
    has Acme "$output"
    exits 0 tandem tenant list --url "$url"
    exits 0 tandem tenant export --url file:a.db --tenant $a --to acme.db
    [ "$(sqlite3 acme.db "SELECT count(*) FROM sqlite_schema WHERE name = 'tandem_meta'")" = 0 ]
    exits 77 tandem tenant delete --url file:a.db --tenant $a --confirm $a
    has "error[TD-SYNC-051]" "$stderr"
    exits 77 tandem tenant import --from acme.db --url file:a.db
    exits 0 tandem tenant delete --url "$url" --tenant $a --confirm $a
    exits 0 tandem sync run --local a.db
    [ "$(sqlite3 a.db 'SELECT count(*) FROM teams')" = 0 ]
}

@test "an export that cannot succeed leaves no file; what leads out of the slice is said" {
    small file:a.db
    exits 1 tandem tenant export --url file:a.db --tenant ${a%a}c --to c.db
    [ ! -e c.db ] && [ ! -e c.db.partial ]
    sqlite3 a.db "UPDATE teams SET above = 3 WHERE id = 1"
    exits 0 tandem tenant export --url file:a.db --tenant $a --to a2.db
    has 'warning: rows of "teams" refer to rows of "teams" that are not in the slice' "$stderr"
}

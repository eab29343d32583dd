# Run by tests/lib/pg.sh with: TANDEM_TEST_PG is a superuser's URL of a throw-away cluster, Unix socket only.
load helper

fresh() { # NAME: an empty database; its URL in $url
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
    url=${TANDEM_TEST_PG/\/postgres\?/\/$1?}
}

q() { psql -XAtq "$url" -c "$1"; }

@test "deploy, status and a second deploy on PostgreSQL" {
    two_migrations
    fresh cli_deploy
    exits 3 tandem migrate status --url "$url"
    exits 0 tandem migrate deploy --url "$url"
    has "2 migrations applied" "$output"
    [ "$(q "SELECT count(*) FROM tandem.migrations")" = 2 ]
    exits 0 tandem migrate status --url "$url"
    has "in sync" "$output"
    exits 0 tandem migrate deploy --url "$url"
    has "nothing to apply" "$output"
}

@test "a role of our schema's name gets its tables where it would have had them without us" {
    two_migrations
    fresh cli_role
    psql -XAtq "$TANDEM_TEST_PG" -c "DO \$\$ BEGIN CREATE ROLE tandem SUPERUSER LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
    exits 0 tandem migrate deploy --url "${url/postgres@/tandem@}"
    [ "$(q "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = 'users'")" = 1 ]
    exits 0 tandem migrate status --url "${url/postgres@/tandem@}"
}

@test "a database that is not there: status says so, deploy and db create make it" {
    two_migrations
    fresh cli_gone
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE cli_gone"
    exits 3 tandem migrate status --url "$url"
    has "not there yet" "$output"
    exits 0 tandem migrate deploy --dry-run --url "$url"
    has "CREATE TABLE users" "$output"
    exits 0 tandem db create --url "$url"
    has "created" "$output"
    exits 0 tandem migrate deploy --url "$url"
}

@test "both engines side by side from tandem.json" {
    two_migrations
    fresh cli_both
    printf '{ "databases": { "sqlite": "file:./app.db", "postgres": "%s" } }' "$url" >tandem.json
    exits 0 tandem migrate deploy --on both
    has "sqlite    2 migrations applied" "$output"
    has "postgres  2 migrations applied" "$output"
    exits 0 tandem migrate status
    has "SQLITE" "$output"
    has "POSTGRES" "$output"
    [ "$(grep -c 'in sync' <<<"$output")" = 2 ]
    exits 0 tandem migrate deploy --on both --json
    [ "$(json '[d["engine"] for d in a["databases"]]')" = '["sqlite", "postgres"]' ]
    exits 0 tandem doctor
    has "clock" "$output"
}

@test "what SQLite refuses keeps PostgreSQL untouched with --on both" {
    two_migrations
    migration 20260103000000_p <<<"CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';"
    fresh cli_refused
    printf '{ "databases": { "sqlite": "file:./app.db", "postgres": "%s" } }' "$url" >tandem.json
    exits 65 tandem migrate deploy --on both
    [ "$(q "SELECT to_regclass('users') IS NULL")" = t ]
    exits 0 tandem migrate deploy --on postgres
    exits 0 tandem migrate deploy --on sqlite --skip procedure
}

@test "an error of the server: SQLSTATE, place in the file, nothing left" {
    two_migrations
    migration 20260103000000_bad <<'SQL'
CREATE TABLE ok (id int);
ALTER TABLE ok
  ADD COLUMN x nosuchtype;
SQL
    fresh cli_error
    exits 65 tandem migrate deploy --url "$url"
    has "42704" "$stderr"
    has "migrations/20260103000000_bad/migration.sql:3" "$stderr"
    [ "$(wc -l <.stderr)" -le 12 ]
    [ "$(q "SELECT to_regclass('ok') IS NULL")" = t ]
}

@test "wrong password: 77, no server: 69, and the password is nowhere" {
    two_migrations
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP ROLE IF EXISTS td_password" \
        -c "CREATE ROLE td_password LOGIN PASSWORD 'right'"
    wrong=${TANDEM_TEST_PG/postgres@/td_password:s3cret-word@}
    for c in "migrate deploy" "migrate status" "migrate deploy --dry-run" "db create" "db wait --timeout 5"; do
        # shellcheck disable=SC2086
        exits 77 tandem $c --url "$wrong" || { echo "$c"; return 1; }
        hasnt s3cret "$stderr$output"
    done
    exits 1 tandem doctor --trace -v --url "$wrong"
    hasnt s3cret "$stderr$output"
    exits 69 tandem migrate deploy --url "postgresql://u:s3cret-word@127.0.0.1:1/x" --trace
    hasnt s3cret "$stderr$output"
    has "[TD-DB-001]" "$stderr"
    exits 69 tandem migrate status --json --url "postgresql://u:s3cret-word@127.0.0.1:1/x"
    hasnt s3cret "$stderr$output"
    [ "$(json 'a["databases"][0]["reachable"]')" = false ]
    exits 69 tandem db wait --timeout 0.5 --url "postgresql://u:s3cret-word@127.0.0.1:1/x"
    has "[TD-CLI-008]" "$stderr"
    hasnt s3cret "$stderr$output"
    exits 78 tandem migrate status --url "postgresql://u:s3cret-word@[bad/x"
    hasnt s3cret "$stderr$output"
}

@test "one database down: the other is still shown" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db
    printf '{ "databases": { "sqlite": "file:./app.db", "postgres": "postgresql://u@127.0.0.1:1/x" } }' >tandem.json
    exits 69 tandem migrate status
    has "in sync, 2 applied" "$output"
    has "unknown" "$output"
}

@test "several deployers at once on PostgreSQL: each migration exactly once" {
    two_migrations
    for i in 3 4 5 6 7; do migration "2026010${i}000000_t$i" <<<"CREATE TABLE t$i (id int);"; done
    fresh cli_race
    for i in 1 2 3 4; do "$TANDEM" migrate deploy --wait=60 --url "$url" >"out$i" 2>"err$i" & done
    for job in $(jobs -p); do wait "$job" || { cat err*; return 1; }; done
    [ "$(cat out? | grep -c ' applied  2026')" = 7 ]
    [ "$(q "SELECT count(*) FROM tandem.migrations")" = 7 ]
}

@test "Ctrl-C on PostgreSQL: 130, rolled back, deploy goes on" {
    two_migrations
    migration 20260103000000_slow <<<'CREATE TABLE big (id int); SELECT pg_sleep(30);'
    fresh cli_interrupt
    "$TANDEM" migrate deploy --url "$url" >out 2>err &
    pid=$!
    for _ in $(seq 100); do grep -q 20260102000000_posts out && break; sleep 0.1; done
    sleep 1
    kill -TERM $pid
    rc=0
    wait $pid || rc=$?
    cat err
    [ "$rc" = 143 ]
    [ "$(q "SELECT to_regclass('big') IS NULL")" = t ]
    echo 'CREATE TABLE big (id int);' >migrations/20260103000000_slow/migration.sql
    exits 0 tandem migrate deploy --url "$url"
}

@test "DIRECT_URL wins for migrate" {
    two_migrations
    fresh cli_direct
    DATABASE_URL="postgresql://u@127.0.0.1:1/x" DIRECT_URL=$url exits 0 tandem migrate deploy
    has "DIRECT_URL" "$stderr"
}

@test "a Prisma project's history is taken over and given back" {
    two_migrations
    fresh cli_prisma
    q 'CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0)'
    sum=$(sha256sum migrations/20260101000000_users/migration.sql | cut -d' ' -f1)
    q "INSERT INTO _prisma_migrations VALUES (gen_random_uuid(), '$sum', now(), '20260101000000_users', NULL, NULL, now(), 1)"
    exits 3 tandem migrate status --url "$url"
    has "1 pending, 1 applied" "$output"
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL AND applied_steps_count = 1")" = 2 ]
    [ "$(q "SELECT to_regclass('tandem.migrations') IS NULL")" = t ]
}

@test "a byte order mark is no column: both engines point at the same place" {
    mkdir -p migrations/20260101000000_mark
    printf '\xef\xbb\xbf/* \xe6\x97\xa5 */ INSERT INTO nosuch VALUES (1);\r\n' >migrations/20260101000000_mark/migration.sql
    fresh cli_mark
    exits 65 tandem migrate deploy --url "$url"
    has "migration.sql:1:21" "$stderr"
    exits 65 tandem migrate deploy --url sqlite:app.db
    has "migration.sql:1:21" "$stderr"
}

# says URL CODE WHY NEXT: deploy to URL exits CODE, for that reason, with that next step.
says() {
    exits "$2" tandem migrate deploy --url "$1"
    has "= why:  $3" "$stderr"
    has "= next: $4" "$stderr"
    [ "$(wc -l <.stderr)" -le 4 ]
}

@test "a server that cannot be used: each reason, its exit code, the next step" {
    two_migrations
    fresh cli_reach
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP ROLE IF EXISTS td_weak" -c "CREATE ROLE td_weak LOGIN"
    says "postgresql://u@localhost/x?host=/nowhere" 69 'socket "/nowhere/.s.PGSQL.5432" failed: No such file' "Check host"
    says "postgresql://u@nosuchhost.invalid/x" 69 "could not translate host name" "Check host and port"
    says "${url/postgres@/nobody-of-that-name@}" 77 'role "nobody-of-that-name" does not exist' "Check user"
    says "$url&options=-c%20nonsense%3D1" 78 "unrecognized configuration parameter" "Check the parameters"
    says "$url&target_session_attrs=foo" 78 "invalid target_session_attrs" "Check the parameters"
    says "$url&service=nosuch" 78 "libpq cannot read" "Check the parameters"
    weak=${url/postgres@/td_weak@}
    says "${weak/cli_reach/cli_never}" 77 "permission denied to create database" "Let a superuser make it"
    says "$weak" 77 "permission denied for database cli_reach" "let the owner of the database"
    psql -XAtq "$TANDEM_TEST_PG" -c "ALTER ROLE td_weak CONNECTION LIMIT 0"
    says "$weak" 69 "too many connections" "End other connections"
    psql -XAtq "$TANDEM_TEST_PG" -c "ALTER DATABASE cli_reach ALLOW_CONNECTIONS false"
    says "$url" 69 'database "cli_reach" is not currently accepting' "Check host"
    exits 69 tandem db wait --timeout 0.3 --url "postgresql://u@localhost/x?host=/nowhere"
    has '= why:  socket "/nowhere' "$stderr"
    exits 69 tandem migrate status --url "postgresql://u@localhost/x?host=/nowhere"
    has "20260102000000_posts unknown" "$output"
    exits 69 tandem migrate status --short --url "postgresql://u@localhost/x?host=/nowhere"
    has "No such file" "$output"
}

@test "--dry-run changes neither database by a byte" {
    two_migrations
    fresh cli_dry
    printf '{ "databases": { "sqlite": "file:./app.db", "postgres": "%s" } }' "$url" >tandem.json
    exits 0 tandem migrate deploy --on both
    migration 20260103000000_more <<'SQL'
ALTER TABLE posts ADD COLUMN title text NOT NULL DEFAULT '';
CREATE TYPE mood AS ENUM ('sad', 'glad');
ALTER TABLE users ALTER COLUMN email TYPE varchar(200);
INSERT INTO users (email) VALUES ('a@b');
SQL
    migration 20260104000000_apart <<<'CREATE INDEX CONCURRENTLY i ON posts (title);'
    pg_dump "$url" >pg.before
    sha256sum app.db >sqlite.before
    ls -la >ls.before
    exits 0 tandem migrate deploy --dry-run --on both
    has "CREATE INDEX CONCURRENTLY i" "$output"
    exits 0 tandem migrate deploy --dry-run --on both --json
    [ "$(json '[[m["transactional"] for m in d["migrations"]] for d in a["databases"]]')" = "[[true, true], [true, false]]" ]
    pg_dump "$url" >pg.after
    # a dump begins and ends with a random word
    diff <(grep -v '^.\(un\)\?restrict' pg.before) <(grep -v '^.\(un\)\?restrict' pg.after)
    sha256sum -c sqlite.before
    [ "$(ls -A | grep -c '^app.db')" = 1 ]
}

@test "an ordinary role deploys: no superuser, no extension, nothing of ours outside the schema tandem" {
    two_migrations
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS cli_plain" -c "DROP ROLE IF EXISTS td_plain" \
        -c "CREATE ROLE td_plain LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE" -c "CREATE DATABASE cli_plain OWNER td_plain"
    url=${TANDEM_TEST_PG/\/postgres\?/\/cli_plain?}
    url=${url/postgres@/td_plain@}
    before=$(q "SELECT count(*) FROM pg_extension")
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT count(*) FROM pg_extension")" = "$before" ]
    [ "$(q "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")" = posts,users ]
    [ "$(q "SELECT string_agg(nspname, ',') FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public$)'")" = tandem ]
    exits 0 tandem migrate status --url "$url"
}

@test "each schema of a database has a history of its own" {
    two_migrations
    fresh cli_schemas
    for schema in one two; do
        exits 3 tandem migrate status --url "$url&schema=$schema"
        exits 0 tandem migrate deploy --url "$url&schema=$schema"
        has "2 migrations applied, 0 before" "$output"
        exits 0 tandem migrate status --url "$url&schema=$schema"
    done
    [ "$(q "SELECT count(*) FROM pg_tables WHERE tablename = 'users' AND schemaname IN ('one', 'two')")" = 2 ]
    [ "$(q "SELECT count(*), count(DISTINCT schema) FROM tandem.migrations")" = "4|2" ]
    [ "$(q "SELECT count(*) FROM tandem.migration_text")" = 4 ]
    migration 20260103000000_bad <<<"CREATE TABLE bad (n int); SELECT 1/0;"
    exits 65 tandem migrate deploy --url "$url&schema=two"
    rm -r migrations/20260103000000_bad
    exits 0 tandem migrate status --url "$url&schema=one"
    exits 3 tandem migrate status --url "$url"
    mkdir other && mv migrations/20260101000000_users other
    exits 0 tandem migrate deploy --migrations other --url "$url&schema=Third's"
    exits 0 tandem migrate status --migrations other --url "$url&schema=Third's"
}

@test "two histories of one schema: refused, with what to do; an empty one of Prisma's is left alone" {
    two_migrations
    fresh cli_two_histories
    exits 0 tandem migrate deploy --url "$url"
    q "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
       migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
       started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)"
    exits 0 tandem migrate status --url "$url"
    exits 0 tandem migrate deploy --url "$url"
    has "nothing to apply" "$output"
    q "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', 'another', now())"
    exits 4 tandem migrate deploy --url "$url"
    has TD-MIG-022 "$stderr"
    has "DELETE FROM tandem.migrations m WHERE m.schema = 'public'::text" "$stderr"
    exits 4 tandem migrate status --url "$url"
    q "DELETE FROM tandem.migrations m WHERE m.schema = 'public'::text"
    exits 4 tandem migrate status --url "$url"
    hasnt TD-MIG-022 "$stderr"
}

@test "of two databases, errors and suggested commands name the one that is meant" {
    two_migrations
    fresh cli_which
    printf '{ "databases": { "sqlite": "file:./app.db", "postgres": "%s" } }' "$url" >tandem.json
    tandem migrate deploy -q
    migration 20260103000000_tags <<<'CREATE TABLE tags (id int);'
    exits 0 tandem migrate resolve --applied 20260103000000_tags --on sqlite
    # what SQLite has already does not keep PostgreSQL from getting it
    exits 0 tandem migrate resolve --applied 20260103000000_tags
    has "sqlite: \"20260103000000_tags\" is recorded as applied already" "$stderr"
    has "postgres  1 migration marked" "$output"
    exits 4 tandem migrate resolve --applied 20260103000000_tags
    has "sqlite: " "$(grep '^error' <<<"$stderr")"
    exits 0 tandem migrate status
    q "UPDATE tandem.migrations SET checksum = 'x' WHERE name LIKE '%tags'" >/dev/null
    exits 4 tandem migrate deploy --json
    has "postgres: " "$(json 'a["error"]["summary"]')"
    command=$(json 'a["error"]["next"][0]["command"]')
    [ "$command" = "tandem migrate resolve --applied 20260103000000_tags --on postgres" ]
    exits 4 tandem migrate status
    has "$command" "$output"
    eval "$command"
    exits 0 tandem migrate status
    migration 20260104000000_bad <<<'INSERT INTO users (email) SELECT NULL;'
    exits 65 tandem migrate deploy --on postgres
    hasnt "error[TD-DB-011]: postgres: " "$stderr"
    sqlite3 app.db 'DROP TABLE tandem_migrations'
    exits 4 tandem migrate status
    has "--baseline 20260104000000_bad --on sqlite" "$output"
}

@test "the README's folder is one that a plain PostgreSQL takes" {
    python3 - "$TANDEM_SOURCE" <<'PY'
import pathlib, re, runpy, sys
source = pathlib.Path(sys.argv[1])
own = runpy.run_path(source / "tests/cli/readme.py")
block = re.search(r"```\n(.*?)```", (source / "README.md").read_text(), re.S).group(1)
own["make_files"](pathlib.Path("."), own["steps"](block)[0][1])
PY
    fresh cli_readme
    exits 0 tandem migrate deploy --url "$url"
    has "2 migrations applied" "$output"
}

@test "what the file is not to blame for is not to be corrected in the file" {
    fresh cli_cure
    migration 20260101000000_slow <<<"SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(5);"
    exits 75 tandem migrate deploy --url "$url"
    has "raise statement_timeout" "$stderr"
    hasnt "correct the file" "$stderr"
    migration 20260101000000_slow <<<"SET LOCAL ROLE pg_monitor; CREATE TABLE t (n int);"
    exits 77 tandem migrate deploy --url "$url"
    hasnt "correct the file" "$stderr"
    migration 20260101000000_slow <<<"SELECT nothing;"
    exits 65 tandem migrate deploy --url "$url"
    has "correct the file" "$stderr"
}

# A server that goes away, on a cluster of this file's own: killed, restarted, its backend killed, in the middle of a
# deploy and while one waits for the lock.
load helper

setup_file() {
    lib=$(cd "$BATS_TEST_DIRNAME/../lib" && pwd)
    dir=$(mktemp -d "${TANDEM_TEST_TMP:-/tmp}/tdpg.XXXXXX")
    export lib dir
    admin=$("$lib/pg.sh" start "$dir")
    bin=$(dirname "$(head -1 "$dir/data/postmaster.opts" | cut -d' ' -f1)")
    export admin bin
}

teardown_file() {
    "$lib/pg.sh" stop "$dir"
}

pg_ctl() {
    local owner
    owner=$(stat -c %U "$dir/data")
    if [ "$(id -u)" = 0 ]; then
        set -- setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups "$bin/pg_ctl" "$@"
    else
        set -- "$bin/pg_ctl" "$@"
    fi
    (cd "$dir" && "$@" -D "$dir/data" -l "$dir/server.log" -w -t 30 >/dev/null 2>&1)
}

# A database, and a folder whose last migration takes its time.
prepare() {
    psql -XAtq "$admin" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1" 2>/dev/null
    url=${admin/\/postgres\?/\/$1?}
    two_migrations
    migration 20260103000000_slow <<<"CREATE TABLE slow (id int); ${2:-SELECT pg_sleep(30);}"
}

q() { psql -XAtq "$url" -c "$1"; }

start_deploy() {
    "$TANDEM" migrate deploy --wait=60 --url "$url" >out 2>err 3>&- &
    pid=$!
    for _ in $(seq 200); do
        [ "$(q "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ] && return
        sleep 0.1
    done
    cat out err
    return 1
}

# ends CODE: the deploy that was started does, soon.
ends() {
    local rc=0
    wait "$pid" || rc=$?
    [ "$rc" = "$1" ] || { echo "exit $rc"; cat out err; return 1; }
}

# Only the last commit of a deploy waits for the disk: a server that is killed may have forgotten the ones before it.
goes_on() {
    echo 'CREATE TABLE slow (id int);' >migrations/20260103000000_slow/migration.sql
    [ "$(q "SELECT to_regclass('slow') IS NULL")" = t ]
    SECONDS=0
    exits 0 tandem migrate deploy --url "$url"
    [ "$SECONDS" -lt 5 ]
    [ "$(q "SELECT count(*) || ' ' || count(DISTINCT name) FROM tandem.migrations WHERE finished_at IS NOT NULL")" = "3 3" ]
}

@test "the server is killed in the middle: 69, and the next deploy goes on" {
    prepare killed
    start_deploy
    pg_ctl -m immediate stop
    ends 69
    grep -q "TD-DB-001" err
    grep -q "run the same command" err
    exits 69 tandem migrate deploy --url "$url"
    exits 69 tandem migrate status --url "$url"
    pg_ctl start
    goes_on
}

@test "the server is shut down in the middle: 69 with its own words" {
    prepare shutdown
    start_deploy
    pg_ctl -m fast restart
    ends 69
    grep -q "terminating connection due to administrator command" err
    goes_on
}

@test "the backend is killed: the server starts anew, the next deploy goes on" {
    prepare backend
    start_deploy
    kill -9 "$(q "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")"
    ends 69
    for _ in $(seq 100); do q 'SELECT 1' >/dev/null 2>&1 && break; sleep 0.1; done
    goes_on
}

@test "the server is killed in a statement that runs alone: an invalid index is not left, the next deploy goes on" {
    prepare alone 'CREATE TABLE c (n int); CREATE INDEX CONCURRENTLY c_n ON c (n); SELECT pg_sleep(30);'
    start_deploy
    pg_ctl -m immediate restart
    ends 69
    echo 'CREATE TABLE slow (id int); CREATE TABLE c (n int); CREATE INDEX CONCURRENTLY c_n ON c (n); SELECT 7;' \
        >migrations/20260103000000_slow/migration.sql
    exits 0 tandem migrate deploy --url "$url"
    [ "$(q "SELECT indisvalid FROM pg_index WHERE indexrelid = 'c_n'::regclass")" = t ]
    [ "$(q "SELECT count(*) FROM tandem.journal")" = 0 ]
}

@test "the server restarts while a deploy waits for the lock: 69, nothing held" {
    prepare waiting 'SELECT pg_sleep(30);'
    start_deploy
    first=$pid
    "$TANDEM" migrate deploy --wait=60 --url "$url" >out2 2>err2 3>&- &
    second=$!
    for _ in $(seq 100); do grep -q 'another deploy on host' err2 && break; sleep 0.1; done
    grep -q 'another deploy on host' err2
    pg_ctl -m immediate restart
    ends 69
    rc=0
    wait $second || rc=$?
    [ "$rc" = 69 ] || { echo "exit $rc"; cat out2 err2; return 1; }
    goes_on
    [ "$(q "SELECT count(*) FROM tandem.lease")" = 0 ]
}

@test "db wait is there when the server comes back" {
    prepare back
    pg_ctl -m immediate stop
    "$TANDEM" db wait --timeout 30 --url "$url" >out 2>err 3>&- &
    pid=$!
    sleep 1
    pg_ctl start
    ends 0
}

# Run by tests/lib/pg.sh with --tcp: TANDEM_TEST_PG is a superuser's URL. Where a pooler stands in between it is a real
# pgbouncer in transaction mode with fewer servers than clients, so that each transaction may meet another backend.
load helper

setup_file() {
    local rest=${TANDEM_TEST_PG#*127.0.0.1:}
    export server_port=${rest%%/*}
    [ -x /usr/sbin/pgbouncer ] || return 0
    pooler_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export pooler_port
    cat >"$BATS_FILE_TMPDIR/pgbouncer.ini" <<INI
[databases]
* = host=127.0.0.1 port=$server_port user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
ignore_startup_parameters = extra_float_digits
INI
    cd / && run_as_nobody /usr/sbin/pgbouncer -q \
        /dev/fd/0 <"$BATS_FILE_TMPDIR/pgbouncer.ini" >"$BATS_FILE_TMPDIR/pooler.log" 2>&1 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/pid"
    for _ in $(seq 50); do
        psql -XAtqc 'SELECT 1' "postgresql://postgres@127.0.0.1:$pooler_port/postgres" >/dev/null 2>&1 && return
        sleep 0.1
    done
    cat "$BATS_FILE_TMPDIR/pooler.log"
    return 1
}

teardown_file() {
    [ ! -f "$BATS_FILE_TMPDIR/pid" ] || kill "$(cat "$BATS_FILE_TMPDIR/pid")"
}

run_as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    fi
    exec "$@"
}

# TANDEM_LONG=1: twenty rounds in each way.
rounds() { seq "$([ "${TANDEM_LONG:-}" = 1 ] && echo 20 || echo 2)"; }

# Seven migrations, one of which PostgreSQL runs piece by piece.
seven_migrations() {
    for i in 1 2 3 4 5 6; do
        migration "2026010${i}000000_m" <<<"CREATE TABLE t$i (n int); INSERT INTO t$i VALUES (1);"
    done
    migration 20260107000000_alone <<<"INSERT INTO t1 VALUES (2); CREATE INDEX CONCURRENTLY i1 ON t1 (n);"
}

# race URL...: a deployer for each, all at once; all end well, and together they have applied each migration once.
race() {
    local i=0 pids=()
    rm -f out.*
    for u; do
        i=$((i + 1))
        (tandem migrate deploy --wait=120 --url "$u" >"out.$i" 2>&1; echo "exit $?" >>"out.$i") &
        pids[i]=$!
    done
    wait "${pids[@]}"
    [ "$(tail -qn1 out.* | sort -u)" = "exit 0" ] && [ "$(cat out.* | grep -c ' applied  2026')" = 7 ] && return
    tail -n +1 out.*
    return 1
}

# once URL: nothing is there twice, nothing is left.
once() {
    [ "$(psql -XAtq "$1" -c "SELECT count(*) || ',' || count(DISTINCT name) FROM tandem.migrations")" = 7,7 ]
    [ "$(psql -XAtq "$1" -c "SELECT count(*) || ',' || sum(n) FROM t1")" = 2,3 ]
    [ "$(psql -XAtq "$1" -c "SELECT count(*) FROM tandem.lease")" = 0 ]
    [ "$(psql -XAtq "$1" -c "SELECT count(*) FROM tandem.journal")" = 0 ]
}

fresh() {
    psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS race WITH (FORCE)" -c "CREATE DATABASE race" 2>/dev/null
    direct="postgresql://postgres@127.0.0.1:$server_port/race"
    pooled="postgresql://postgres@127.0.0.1:$pooler_port/race"
}

@test "eight deployers at once on SQLite: each migration once, nobody fails" {
    seven_migrations
    for round in $(rounds); do
        rm -f app.db*
        for _ in 1 2 3 4 5 6 7 8; do set -- "$@" sqlite:app.db; done
        race "${@:1:8}"
        [ "$(sqlite3 app.db "SELECT count(*) || ',' || count(DISTINCT name) FROM tandem_migrations")" = 7,7 ]
        [ "$(sqlite3 app.db "SELECT count(*) || ',' || sum(n) FROM t1")" = 2,3 ]
        [ "$(sqlite3 app.db "SELECT count(*) FROM tandem_lease")" = 0 ]
    done
}

@test "eight deployers at once on PostgreSQL: each migration once, nobody fails" {
    seven_migrations
    for round in $(rounds); do
        fresh
        race "$direct" "$direct" "$direct" "$direct" "$direct" "$direct" "$direct" "$direct"
        once "$direct"
    done
}

# Each prepared statement used to be parsed and described in two goes, between which another client's could come.
@test "eight deployers at once through pgbouncer: each migration once, nobody fails" {
    [ -x /usr/sbin/pgbouncer ] || skip "pgbouncer is not installed"
    seven_migrations
    for round in $(rounds); do
        fresh
        race "$pooled" "$pooled" "$pooled" "$pooled" "$pooled" "$pooled" "$pooled" "$pooled"
        once "$direct"
    done
}

@test "four deployers direct and four through pgbouncer: each migration once, nobody fails" {
    [ -x /usr/sbin/pgbouncer ] || skip "pgbouncer is not installed"
    seven_migrations
    for round in $(rounds); do
        fresh
        race "$direct" "$pooled" "$direct" "$pooled" "$direct" "$pooled" "$direct" "$pooled"
        once "$direct"
    done
}

# stolen EXTRA-SQL: a deployer waits in CREATE INDEX CONCURRENTLY while another takes its lease and does EXTRA-SQL.
stolen() {
    fresh
    migration 20260101000000_log <<<"CREATE TABLE log (n int);"
    tandem migrate deploy --url "$direct"
    migration 20260102000000_alone <<<"INSERT INTO log VALUES (1); CREATE INDEX CONCURRENTLY i ON log (n); INSERT INTO log VALUES (2);"
    (echo "BEGIN; INSERT INTO log VALUES (0); SELECT 1;"; while [ ! -f go ]; do sleep 0.1; done; echo "ROLLBACK;") |
        psql -XAtq "$direct" >blocker 2>&1 &
    until grep -q 1 blocker; do sleep 0.05; done
    (code=0; tandem migrate deploy --wait=5 --url "$direct" >out 2>&1 || code=$?; echo "exit $code" >>out) &
    until [ "$(psql -XAtq "$direct" -c "SELECT running FROM tandem.journal")" = 1 ]; do sleep 0.1; done
    psql -XAtq "$direct" -c "UPDATE tandem.lease SET owner = 'another', expires_at = now() + '1 h'" -c "$1"
    touch go
    wait
}

@test "a deployer whose lease was taken over meanwhile does not wind the journal back" {
    stolen "UPDATE tandem.journal SET statements_applied = 3, running = NULL"
    has "exit 75" "$(cat out)"
    has TD-MIG-010 "$(cat out)"
    [ "$(psql -XAtq "$direct" -c "SELECT statements_applied, running FROM tandem.journal")" = "3|" ]
    [ "$(psql -XAtq "$direct" -c "SELECT count(*) FROM log")" = 1 ]
}

@test "a deployer whose lease was taken over meanwhile does not touch the row that another has finished" {
    stolen "UPDATE tandem.migrations SET finished_at = now(), checksum = 'its own'; DELETE FROM tandem.journal"
    [ "$(psql -XAtq "$direct" -c "SELECT checksum, error FROM tandem.migrations WHERE name LIKE '%alone'")" = "its own|" ]
    [ "$(psql -XAtq "$direct" -c "SELECT count(*) FROM tandem.journal")" = 0 ]
}

# The index of a larger folder: commands answer the same with it, without it, and whatever became of it.
load helper

many_migrations() {
    local i
    for i in $(seq 100 169); do
        migration "20260101000${i}_step" <<<"CREATE TABLE t$i (id integer PRIMARY KEY);"
    done
    sleep 2.1 # younger files are read each time
}

index() { find "$XDG_CACHE_HOME" -type f 2>/dev/null; }

# Skips where the file system is none of those that it is used on.
needs_index() { [ -n "$(index)" ] || skip "no index on $(stat -f -c %T .)"; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset DATABASE_URL DIRECT_URL GITHUB_ACTIONS CI NO_COLOR TANDEM_REMOTE_URL
    export TERM=dumb LC_ALL=C.UTF-8 XDG_CACHE_HOME=$BATS_TEST_TMPDIR/.cache HOME=$BATS_TEST_TMPDIR/nowhere
    mkdir "$XDG_CACHE_HOME"
    many_migrations
    exits 0 tandem migrate deploy --url sqlite:app.db
    needs_index
}

@test "status and deploy answer the same with the index and without" {
    for command in "status" "status --short" "status --json" "deploy" "deploy --json" "deploy --dry-run"; do
        # shellcheck disable=SC2086
        exits 0 tandem migrate $command --url sqlite:app.db
        with=$output
        # shellcheck disable=SC2086
        exits 0 env TANDEM_NO_CACHE=1 "$TANDEM" migrate $command --url sqlite:app.db
        [ "$with" = "$output" ]
    done
}

@test "with the index no file is read that did not change" {
    command -v strace >/dev/null || skip "no strace"
    strace -f -o trace "$TANDEM" migrate status --url sqlite:app.db >/dev/null || skip "strace may not"
    [ "$(grep -c 'openat(.*migration\.sql' trace)" = 0 ]
}

@test "an edit of the same size and time is found by status and deploy" {
    touch -r migrations/20260101000105_step/migration.sql then
    sed -i s/t105/x105/ migrations/20260101000105_step/migration.sql
    sed -i s/integer/bigint\ / migrations/20260101000105_step/migration.sql
    touch -r then migrations/20260101000105_step/migration.sql
    exits 4 tandem migrate status --url sqlite:app.db
    has "1 edited, 69 applied" "$output"
    exits 4 tandem migrate deploy --url sqlite:app.db
    has "20260101000105_step" "$stderr"
}

@test "line ends that were changed are forgiven as before, and pending migrations are applied" {
    sed -i 's/$/\r/' migrations/20260101000105_step/migration.sql
    exits 0 tandem migrate status --url sqlite:app.db
    sleep 2.1
    exits 0 tandem migrate status --url sqlite:app.db # noted with the checksum that it has now
    exits 0 tandem migrate status --url sqlite:app.db
    migration 20260102000000_more <<<"ALTER TABLE t100 ADD COLUMN a text;"
    exits 3 tandem migrate status --url sqlite:app.db
    exits 0 tandem migrate deploy --url sqlite:app.db
    has "1 migration applied, 70 before" "$output"
    exits 0 tandem migrate deploy --url sqlite:new.db
    has "71 migrations applied, 0 before" "$output"
}

@test "texts that the database lost are kept again" {
    sqlite3 app.db "DELETE FROM tandem_migration_text WHERE name LIKE '%105_step'"
    exits 0 tandem migrate deploy --url sqlite:app.db
    [ "$(sqlite3 app.db "SELECT text FROM tandem_migration_text WHERE name LIKE '%105_step'")" = \
        "CREATE TABLE t105 (id integer PRIMARY KEY);" ]
}

@test "garbage, a directory or a link in its place, and no home: no error, no difference" {
    exits 0 tandem migrate status --url sqlite:app.db
    want=$output path=$(index)
    head -c 5000 /dev/urandom >"$path"
    exits 0 tandem migrate status --url sqlite:app.db
    [ "$want" = "$output" ]
    if [ "$(id -u)" = 0 ]; then # another user's
        exits 0 tandem migrate status --url sqlite:app.db
        chown 65534 "$path"
        exits 0 tandem migrate status --url sqlite:app.db
        [ "$want" = "$output" ] && [ "$(stat -c %u "$path")" = 0 ]
    fi
    rm "$path" && mkdir "$path"
    exits 0 tandem migrate status --url sqlite:app.db
    [ "$want" = "$output" ]
    rmdir "$path" && ln -s /dev/zero "$path"
    exits 0 tandem migrate status --url sqlite:app.db
    [ "$want" = "$output" ]
    exits 0 env -u HOME -u XDG_CACHE_HOME "$TANDEM" migrate status --url sqlite:app.db
    [ "$want" = "$output" ]
    exits 0 env XDG_CACHE_HOME=/nonexistent/at/all "$TANDEM" migrate status --url sqlite:app.db
    [ "$want" = "$output" ]
    exits 0 env XDG_CACHE_HOME=relative "$TANDEM" migrate status --url sqlite:app.db
    [ "$want" = "$output" ] && [ ! -e relative ]
}

@test "below HOME it is made for the user alone; not in another user's home, and not when it is not wanted" {
    mkdir home read-only others
    exits 0 env -u XDG_CACHE_HOME HOME="$PWD/home" TANDEM_NO_CACHE=1 "$TANDEM" migrate status --url sqlite:app.db
    [ -z "$(ls -A home)" ]
    exits 0 env -u XDG_CACHE_HOME HOME="$PWD/home" "$TANDEM" migrate status --url sqlite:app.db
    [ "$(stat -c %a home/.cache/tandem home/.cache/tandem/*)" = "$(printf '700\n600')" ]
    chmod 500 read-only
    exits 0 env -u XDG_CACHE_HOME HOME="$PWD/read-only" "$TANDEM" migrate status --url sqlite:app.db
    [ "$(id -u)" = 0 ] || return 0
    chown 65534 others
    exits 0 env -u XDG_CACHE_HOME HOME="$PWD/others" "$TANDEM" migrate status --url sqlite:app.db
    [ -z "$(ls -A others)" ]
}

@test "many at once, while a file is edited: each answer is true, and what is left is a good index" {
    for i in $(seq 20); do
        rm -rf "$XDG_CACHE_HOME/tandem"
        for _ in 1 2 3 4; do tandem migrate status --short --url sqlite:app.db >>answers & done
        wait
    done
    [ "$(sort -u answers)" = "sqlite: in sync, 70 applied" ]
    [ "$(index | wc -l)" = 1 ]
    sed -i s/t105/x105/ migrations/20260101000105_step/migration.sql
    for _ in 1 2 3 4; do tandem migrate status --short --url sqlite:app.db >>edited || true; done
    [ "$(sort -u edited)" = "sqlite: 1 edited, 69 applied" ]
}

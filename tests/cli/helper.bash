# For all files here: a directory of its own for each test, no settings from outside, and a few short words.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset DATABASE_URL DIRECT_URL GITHUB_ACTIONS CI NO_COLOR TANDEM_REMOTE_URL
    export TERM=dumb LC_ALL=C.UTF-8 XDG_CACHE_HOME=$BATS_TEST_TMPDIR/.cache
}

tandem() { "$TANDEM" "$@"; }

# exits CODE COMMAND...: stdout in $output, stderr in $stderr; fails unless the exit code is CODE.
exits() {
    local want=$1 got=0
    shift
    output=$("$@" 2>"$BATS_TEST_TMPDIR/.stderr") || got=$?
    stderr=$(cat "$BATS_TEST_TMPDIR/.stderr")
    [ "$got" = "$want" ] && return 0
    printf 'exit %s, expected %s: %s\n--- stdout\n%s\n--- stderr\n%s\n' "$got" "$want" "$*" "$output" "$stderr"
    return 1
}

# has TEXT WHERE: TEXT is part of WHERE.
has() {
    [[ $2 == *"$1"* ]] && return 0
    printf 'not found: %s\n--- in\n%s\n' "$1" "$2"
    return 1
}

hasnt() {
    [[ $2 != *"$1"* ]] && return 0
    printf 'found: %s\n--- in\n%s\n' "$1" "$2"
    return 1
}

# json EXPRESSION: evaluates Python on the answer `a` in $output; prints what it gives.
json() {
    python3 -c 'import json, sys
a = json.loads(sys.argv[1])
v = eval(sys.argv[2])
print(json.dumps(v) if isinstance(v, (dict, list, bool)) or v is None else v)' "$output" "$1"
}

# migration NAME < SQL
migration() {
    mkdir -p "migrations/$1"
    cat >"migrations/$1/migration.sql"
}

two_migrations() {
    migration 20260101000000_users <<'SQL'
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());
SQL
    migration 20260102000000_posts <<'SQL'
CREATE TABLE posts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    author integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    body jsonb NOT NULL DEFAULT '{}'
);
SQL
}

# unprivileged COMMAND...: as somebody who is not root; the test is skipped where that cannot be.
unprivileged() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    fi
}

load helper

commands() { # from the table itself, as the man pages' names have it
    tandem help --manual man
    ls man | sed -n 's/^tandem-\(.*\)\.1\.scd$/\1/p' | sed 's/^migrate-/migrate /; s/^db-/db /; s/^sync-/sync /; s/^tenant-/tenant /'
}

@test "no command: usage on stderr, 64" {
    exits 64 tandem
    [ -z "$output" ]
    has "usage: tandem COMMAND" "$stderr"
}

@test "asked-for help goes to stdout, 0" {
    exits 0 tandem --help
    has "migrate deploy" "$output"
    [ -z "$stderr" ]
    exits 0 tandem migrate --help
    has "tandem migrate COMMAND" "$output"
    exits 0 tandem help db
    has "db wait" "$output"
}

@test "every command has help, two ways, with its exit codes" {
    n=0
    while read -r c; do
        # shellcheck disable=SC2086
        exits 0 tandem help $c
        first=$output
        has "usage: tandem $c" "$first"
        has "exit codes:" "$first"
        has "  64 " "$first"
        # shellcheck disable=SC2086
        exits 0 tandem $c --help
        [ "$output" = "$first" ]
        n=$((n + 1))
    done < <(commands)
    [ "$n" = 32 ]
}

@test "every man page compiles with scdoc" {
    command -v scdoc >/dev/null || skip "scdoc is not installed"
    tandem help --manual man
    n=0
    for f in man/*.scd; do
        scdoc <"$f" >"${f%.scd}" || return 1
        grep -q '^\.SH NAME' "${f%.scd}"
        n=$((n + 1))
    done
    [ "$n" = 33 ]
}

@test "help and man page of a command list the same options and exit codes" {
    tandem help --manual man
    for c in deploy report status resolve show; do
        tandem help migrate $c >text
        grep -oE '^ +(-., )?--[a-z-]+' text | grep -oE '\-\-[a-z-]+' | sort -u >in-help
        grep -oE '\*--[a-z-]+' man/tandem-migrate-$c.1.scd | tr -d '*' | sort -u >in-man
        diff in-help in-man
        sed -n '/^exit codes/,/^$/p' text | grep -oE '^  [0-9]+' | tr -d ' ' >in-help
        sed -n '/^# EXIT/,/^# [A-D F-Z]/p' man/tandem-migrate-$c.1.scd | grep -oE '^\*[0-9]+' | tr -d '*' >in-man
        diff in-help in-man
    done
}

@test "every command and option that an error text or the README names exists" {
    [ "$(cd "$TANDEM_SOURCE" && grep -rhoE '(`|  )tandem [a-z]+( [a-z]+)?( [A-Z%][A-Zs]*)?( --[a-z-]+)*|tandem (migrate|db|sync|tenant) [a-z]+( --[a-z-]+)*' \
        --include=*.c --include=*.def --include=README.md core drivers sync tools README.md | sed 's/^[` ]*//' | sort -u |
        tee "$BATS_TEST_TMPDIR/named" | wc -l)" -gt 10 ]
    while read -r _ first second rest; do
        case $first-$second in migrate-[a-z]* | db-[a-z]* | sync-[a-z]* | tenant-[a-z]*) ;; *) rest="$second $rest" second= ;; esac
        # shellcheck disable=SC2086
        tandem help $first $second >text || { echo "no command: tandem $first $second" && return 1; }
        for o in $(echo "$rest" | grep -oE '\-\-[a-z-]+' || :); do
            grep -qE -- "$o( |\[|=|$)" text || { echo "tandem $first $second has no $o" && return 1; }
        done
    done <"$BATS_TEST_TMPDIR/named"
}

@test "unknown commands and options are 64, with what was meant" {
    exits 64 tandem migrate deplyo
    has "error[TD-CLI-001]" "$stderr"
    has 'Did you mean `tandem migrate deploy`?' "$stderr"
    exits 64 tandem deploy
    has 'tandem migrate deploy' "$stderr"
    exits 64 tandem migrate status --shrt
    has 'Did you mean --short?' "$stderr"
    exits 64 tandem -Z version
    has 'unknown option "-Z"' "$stderr"
    exits 64 tandem frobnicate
    hasnt "Did you mean" "$stderr"
}

@test "wrong values and operands are 64" {
    for args in "migrate deploy --on mars" "migrate deploy --wait=x" "migrate deploy --lock-timeout -1" "migrate show" \
        "migrate show a b" "completion" "completion tcsh" "migrate resolve" "--color blue version" \
        "migrate resolve --applied a --baseline b" "version --short" "migrate deploy --dry-run=yes" "help nothing" \
        "migrate report --format yaml" "-C /nowhere/at/all version" "migrate deploy --url="; do
        # shellcheck disable=SC2086
        exits 64 tandem $args || { echo "$args"; return 1; }
        has "error[TD-CLI-" "$stderr"
        [ -z "$output" ]
        [ "$(wc -l <.stderr)" -le 4 ]
    done
}

@test "global options count before and after the command" {
    exits 0 tandem --json version
    before=$output
    exits 0 tandem version --json
    [ "$output" = "$before" ]
    exits 0 tandem version --format json
    [ "$output" = "$before" ]
    [ "$(json 'a["schema"]')" = 1 ]
    two_migrations
    exits 0 tandem migrate --migrations migrations report
    exits 0 tandem --migrations migrations migrate report
}

@test "wrong use with --json is one JSON object on stdout" {
    exits 64 tandem --json migrate deplyo
    [ "$(json 'a["error"]["code"]')" = TD-CLI-001 ]
    [ "$(json 'a["error"]["next"][0]["command"]')" = "tandem migrate deploy" ]
    [ -z "$stderr" ]
    exits 64 tandem migrate deploy --nope --json
    [ "$(json 'a["error"]["severity"]')" = error ]
}

@test "version: one line; also --version and -V" {
    exits 0 tandem version
    [[ $output =~ ^tandem\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    v=$output
    exits 0 tandem --version
    [ "$output" = "$v" ]
    exits 0 tandem -V
    [ "$output" = "$v" ]
}

@test "-C changes directory before anything is looked for" {
    mkdir sub
    (cd sub && two_migrations)
    exits 0 tandem -C sub migrate report
    has "migrations/20260101000000_users/migration.sql:1:1" "$output"
}

@test "explain knows every code, and only those" {
    tandem explain >codes
    [ "$(wc -l <codes)" -ge 60 ]
    [ -z "$(cut -d' ' -f1 codes | sort | uniq -d)" ]
    while read -r code _; do
        exits 0 tandem explain "$code"
        [ "${#output}" -gt 60 ]
    done < <(shuf -n 15 --random-source=/dev/zero codes)
    exits 0 tandem explain td-base-005
    has "TD-BASE-005" "$output"
    exits 64 tandem explain TD-BASE-0055
    has "Did you mean \`tandem explain TD-BASE-005" "$stderr"
    for code in $(tandem explain | grep -oE '\[P[0-9]+\]' | tr -d '[]'); do
        exits 0 tandem explain "$code"
        has "[$code]" "$output"
    done
    exits 0 tandem explain p3009
    has TD-MIG-007 "$output"
    exits 64 tandem explain P3018
    has "at the head of the message" "$stderr"
    exits 64 tandem explain P9999
    exits 0 tandem explain --json
    [ "$(json 'len(a["codes"])')" = "$(wc -l <codes)" ]
    [ "$(json 'sorted({len(c["explanation"]) > 20 for c in a["codes"]})')" = "[true]" ]
}

@test "every code that the sources use is explained" {
    tandem explain | cut -d' ' -f1 | sort >known
    sed -n 's/^TD_CODE([A-Z_0-9]*, "\(TD-[A-Z]*-[0-9]*\)".*/\1/p' "$TANDEM_SOURCE"/core/base/codes/*.def | sort >defined
    diff known defined
}

@test "completion scripts load and complete" {
    tandem completion bash >c.bash
    bash -n c.bash
    try() { bash -c 'source c.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tandem; echo "${COMPREPLY[*]}"' -- "$@"; }
    [ "$(try tandem mig)" = migrate ]
    [ "$(try tandem migrate de)" = deploy ]
    [ "$(try tandem migrate deploy --dr)" = --dry-run ]
    [ "$(try tandem migrate deploy --on '')" = "sqlite postgres both" ]
    [ "$(try tandem completion f)" = fish ]
    two_migrations
    [ "$(try tandem migrate show 202601020)" = 20260102000000_posts ]
    [ "$(try tandem migrate resolve --applied 202601020)" = 20260102000000_posts ]
    [ "$(try tandem migrate deploy --skip tr)" = trigger ]
    [ "$(try tandem help migrate sh)" = show ]
    ln -s "$TANDEM" tandem
    [ "$(PATH=$PWD:$PATH try tandem explain TD-CLI-010)" = TD-CLI-010 ]
    # options before the command; readline breaks words at ":" and "="
    [ "$(try tandem -C /tmp --json mig)" = migrate ]
    [ "$(try tandem --url sqlite : x migrate st)" = status ]
    [ "$(try tandem --url = sqlite : x migrate st)" = status ]
    [ "$(try tandem migrate deploy --on = sq)" = sqlite ]
    # names are anybody's: nothing in them is run, and each comes as one word
    migration '2027_$(touch ran)`touch ran`' </dev/null
    migration '2027 a*b' </dev/null
    migration "2027_it's" </dev/null
    [ "$(try tandem migrate deploy --to 2027 | wc -w)" = 6 ]
    [ "$(try tandem migrate deploy --to '2027\ a')" = '2027\ a\*b' ]
    [ "$(try tandem migrate show "'2027 a")" = '2027 a*b' ]
    [ "$(try tandem migrate show 2027_i)" = "2027_it\\'s" ]
    [ ! -e ran ]
    tandem completion zsh >c.zsh
    tandem completion fish >c.fish
    [ -s c.zsh ] && [ -s c.fish ]
    ! command -v zsh >/dev/null || zsh -n c.zsh
    command -v fish >/dev/null || skip "fish is not installed"
    fish -n c.fish
    [ "$(fish -c "source c.fish; complete -C 'tandem migrate dep'" | cut -f1)" = deploy ]
    [ "$(fish -c "source c.fish; complete -C 'tandem migrate show 202601020'" | cut -f1)" = 20260102000000_posts ]
}

@test "no colour off a terminal, colour when asked for" {
    exits 64 tandem migrate deplyo
    hasnt $'\033' "$stderr"
    exits 64 tandem --color always migrate deplyo
    has $'\033[31m' "$stderr"
    NO_COLOR=1 exits 64 tandem migrate deplyo
    hasnt $'\033' "$stderr"
}

@test "a full or closed stdout is an error, not silence" {
    [ -e /dev/full ] || skip "no /dev/full"
    two_migrations
    for c in help "version --json" "migrate status --json --url sqlite:app.db" "migrate nothing --json" "completion bash"; do
        for to in /dev/full -; do
            rc=0
            # shellcheck disable=SC2086
            if [ $to = - ]; then "$TANDEM" $c >&- 2>err || rc=$?; else "$TANDEM" $c >$to 2>err || rc=$?; fi
            [ "$rc" != 0 ]
            grep -q TD-CLI-010 err || { echo "$c $to" && return 1; }
        done
    done
}

@test "in GitHub Actions an error is an annotation, too" {
    migration 20260101000000_bad <<<'SELECT 1; CREATE TABLE t (id int, EXCLUDE USING gist (id WITH =));'
    GITHUB_ACTIONS=true exits 65 tandem migrate show 20260101000000_bad
    has "::error file=migrations/20260101000000_bad/migration.sql,line=1," "$stderr"
}

@test "every answer and every failure is one JSON object with --json, wherever the option stands" {
    two_migrations
    head -c 5000 /dev/urandom >junk
    n=0
    for url in sqlite:app.db sqlite:junk sqlite:/nowhere/x.db sqlite:migrations nonsense postgresql://u@127.0.0.1:1/x; do
        for c in "migrate status" "migrate deploy --dry-run" "migrate deploy" "migrate deploy" "migrate status" \
            "migrate resolve --applied 20260101000000_users" "migrate resolve --applied nobody" "migrate resolve" \
            "migrate resolve --baseline 20260102000000_posts" "migrate deploy --to nobody" "migrate deploy --skip x" \
            "migrate deploy --on mars" "migrate status --on both" "migrate status --migrations nowhere" \
            "migrate status --config nowhere" "--read-only migrate deploy" "doctor" "db create" "db wait --timeout 0"; do
            # shellcheck disable=SC2086
            one_object $c --url "$url"
            n=$((n + 1))
        done
    done
    [ "$n" = 114 ]
    for c in "migrate report" "migrate show 20260101000000_users" "migrate show nobody" "explain" "explain TD-DB-001" \
        "explain nothing" "version" "help" "help nothing" "completion bash" "completion" "migrate nothing" "nothing" "" \
        "migrate" "--help" "--version" "-C /nowhere version" "--format nothing version"; do
        # shellcheck disable=SC2086
        one_object $c
    done
}

# one_object ARGUMENTS: stdout is an object of ours, an error is in it when the exit code says so, stderr is NDJSON.
one_object() {
    code=0
    "$TANDEM" "$@" --json >out 2>err || code=$?
    python3 - "$code" "$*" <<'PY'
import json, sys
code, command = int(sys.argv[1]), sys.argv[2]
try:
    a = json.load(open("out"))
    assert a["schema"] == 1 and "command" in a
    assert code < 5 or "error" in a or a["databases"][0]["error"], "no error"
    assert code == 0 or code < 5 or "next" in (a.get("error") or a["databases"][0]["error"])
    for line in open("err"):
        json.loads(line)
except Exception as e:
    sys.exit(f"{command}: exit {code}: {e!r}\n{open('out').read()}\n{open('err').read()}")
PY
}

@test "a mistyped command: what was meant, of its own group" {
    for pair in "migrate deplyo=migrate deploy" "deplyo=migrate deploy" "status=migrate status" "migrte deploy=migrate" \
        "db wiat=db wait" "versoin=version" "help stauts=migrate status" "help migrate stauts=migrate status"; do
        # shellcheck disable=SC2086
        exits 64 tandem ${pair%%=*}
        has "Did you mean \`tandem ${pair#*=}\`?" "$stderr"
    done
    exits 64 tandem migrate nothing
    has '`tandem help migrate`' "$stderr"
}

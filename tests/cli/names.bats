# Names that a shell, a terminal or JSON would take for something else; and locales.
load helper

hostile=20260103000000_$'\033[31mred\n\xc2\x9b'
spaced="20260104000000_a b;touch \$(x) 'y"

hostile_names() {
    two_migrations
    migration "$hostile" <<<'CREATE TABLE red (n int);'
    migration "$spaced" <<<'CREATE TABLE spaced (n int);'
}

# No byte that a terminal would act on, but line ends.
is_clean() {
    [ -z "$(tr -d '\n' <"$1" | LC_ALL=C grep -a -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xff')" ] && return 0
    cat -v "$1"
    return 1
}

@test "names of any language are shown as they are, in any locale" {
    migration 20260101000000_añadir_日本 <<<'CREATE TABLE "日本" (id int);'
    for locale in C POSIX C.UTF-8 nonsense; do
        LC_ALL=$locale exits 3 tandem migrate status --url sqlite:app.db
        has "20260101000000_añadir_日本 pending" "$output"
    done
    LC_ALL='' LANG=C exits 0 tandem migrate report
    has "migrations/20260101000000_añadir_日本/migration.sql" "$output"
}

@test "no control character of a name reaches the terminal, from any command" {
    hostile_names
    for step in fresh deployed edited; do
        for c in "migrate status" "migrate status --short" "migrate report" "migrate report --format text" \
            "migrate deploy --dry-run" "doctor" "migrate status --trace" "migrate deploy --trace"; do
            # shellcheck disable=SC2086
            tandem $c --url "sqlite:$(printf 'a\033[1mb').db" >out 2>err || true
            is_clean out && is_clean err || { echo "$step: $c" && return 1; }
        done
        for n in "$hostile" "$spaced"; do
            tandem migrate show "$n" >out 2>err && is_clean out && is_clean err
            [ "$step" != deployed ] || echo '-- edited' >>"migrations/$n/migration.sql"
        done
    done
    [ "$(tandem migrate status --url "sqlite:$(printf 'a\033[1mb').db" 2>&1 | wc -l)" -gt 5 ]
    GITHUB_ACTIONS=true tandem migrate deploy --url "sqlite:$(printf 'a\033[1mb').db" >out 2>err || true
    is_clean err
}

@test "suggested commands are quoted: copied into a shell they do what they say" {
    hostile_names
    tandem migrate deploy -q --url "sqlite:it's here.db"
    for n in "$hostile" "$spaced"; do echo '-- edited' >>"migrations/$n/migration.sql"; done
    exits 4 tandem migrate status --url "sqlite:it's here.db"
    grep '^  tandem' <<<"$output" >commands
    [ "$(wc -l <commands)" = 2 ]
    tandem() { "$TANDEM" "$@"; }
    . ./commands
    exits 0 tandem migrate status --url "sqlite:it's here.db"
    mv "migrations/$spaced" "migrations/20260101000001_it's late"
    exits 4 tandem migrate deploy --json --url "sqlite:it's here.db"
    eval "$(json 'a["error"]["next"][0]["command"]') --url \"sqlite:it's here.db\""
    exits 4 tandem migrate deploy --url "sqlite:it's here.db"
    grep -oE "mv 'migrations/.*" .stderr >move
    . ./move
    [ ! -e "migrations/20260101000001_it's late" ]
    exits 3 tandem migrate status --url "sqlite:it's here.db"
    has "_it's late" "$output"
}

@test "--json stays JSON whatever things are called" {
    hostile_names
    for c in "migrate status" "migrate report" "migrate deploy --dry-run" "doctor" "migrate deploy" "migrate status" \
        "db create"; do
        # shellcheck disable=SC2086
        output=$(tandem $c --json --url "sqlite:$(printf 'a\033[1m"\xff').db" 2>err) || true
        [ "$(json 'a["schema"]')" = 1 ]
        [[ $output != *$'\033'* ]]
    done
    output=$(tandem migrate show "$hostile" --json) || true
    [ "$(json 'a["name"].endswith("red\n\u009b")')" = true ]
}

@test "byte for byte off a terminal: SQL is passed on as it is written" {
    migration 20260101000000_x <<<$'CREATE TABLE x (t text DEFAULT \'\033[31m\r\');\r'
    tandem migrate show 20260101000000_x --on postgres >out
    cmp out migrations/20260101000000_x/migration.sql
    command -v script >/dev/null || skip "script is not installed"
    script -qec "$TANDEM migrate show 20260101000000_x --on postgres" typescript >/dev/null
    ! grep -q $'\033\[31m' typescript
    grep -q 'DEFAULT' typescript
}

@test "a name that is not UTF-8 is refused, before either engine is asked" {
    two_migrations
    migration $'20260103000000_\xff' <<<'CREATE TABLE x (n int);'
    for url in sqlite:app.db postgresql://u@127.0.0.1:1/x; do
        exits 65 tandem migrate deploy --url "$url"
        has "is not UTF-8" "$stderr"
        has "mv $'migrations/20260103000000_\\377' migrations/NAME" "$stderr"
        hasnt "applied" "$output"
    done
}

@test "a line end in a name begins no line of its own: a CI system would take it for a command" {
    migration $'20260101000000_\n::warning::x' <<<'CREATE TABLE x (n int);'
    for c in "migrate deploy" "migrate status" "migrate status --short" "migrate report" "doctor" "migrate deploy --dry-run"; do
        # shellcheck disable=SC2086
        tandem $c --url $'sqlite:\n::error::.db' >out 2>err || true
        ! grep -E '^ *::' out err || { echo "$c" && return 1; }
    done
    tandem migrate show $'20260101000000_\n::warning::x' >out
    ! grep -E '^ *::' out
}

@test "a URL in the wrong place: its password is masked, in every form" {
    two_migrations
    url='postgresql://app:S3cr3tPw@db/prod'
    while IFS='|' read -r args; do
        for form in "" --json --trace; do
            # shellcheck disable=SC2086
            GITHUB_ACTIONS=true tandem ${args//URL/$url} $form >out 2>err || true
            ! grep -r S3cr3tPw out err || { echo "$args $form" && return 1; }
            grep -q 'app:\*\*\*@' out err || { echo "$args $form: not named" && return 1; }
        done
    done <<'END'
migrate status URL
URL migrate deploy
migrate show URL
explain URL
migrate deploy --url sqlite:app.db --to URL
migrate deploy --url sqlite:app.db --skip URL
migrate status --config URL
migrate status --url sqlite:app.db --migrations URL
migrate status --wait=URL
migrate status --color URL
-C URL version
migrate status --env-file DATABASE_URL=URL
migrate deploy --url file:URL
END
}

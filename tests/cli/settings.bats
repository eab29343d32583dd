# Where settings come from, and what is said when they are wrong: .env, tandem.json, flags, URLs.
load helper

# env CONTENTS: .env is that (printf's escapes); where the database of `status` then comes from.
source_with() {
    printf "$1" >.env
    exits 3 tandem migrate status --json
    json 'a["databases"][0]["url"] + " " + a["databases"][0]["source"]'
}

@test ".env as Node's dotenv reads it" {
    two_migrations
    [ "$(source_with 'DATABASE_URL=file:./x.db')" = "file:./x.db .env:1" ]
    [ "$(source_with '# a\r\nexport DATABASE_URL="file:./x.db" # b\r\n')" = "file:./x.db .env:2" ]
    [ "$(source_with "\xef\xbb\xbfDATABASE_URL='file:./x y.db'\n")" = "file:./x y.db .env:1" ]
    [ "$(source_with 'A="several\nlines"\nDATABASE_URL=`file:./x.db`\n')" = 'file:./x.db .env:3' ]
    [ "$(source_with 'D=x\nDATABASE_URL=file:./${D}.db\n')" = 'file:./${D}.db .env:2' ]
    [ "$(source_with 'DATABASE_URL=file:./a.db\nDATABASE_URL=file:./b.db')" = "file:./b.db .env:2" ]
    [ "$(source_with 'DIRECT_URL=\nDATABASE_URL=file:./a.db\n')" = "file:./a.db .env:2" ]
}

@test ".env that cannot be used: each with its reason" {
    two_migrations
    printf 'DATABASE_URL=\n' >.env
    exits 78 tandem migrate status
    has "TD-CONFIG-006" "$stderr"
    printf '\nDATABASE_URL="file:./unclosed.db\n' >.env
    exits 78 tandem migrate status
    has "--> .env:2:1" "$stderr"
    has "quotation mark" "$stderr"
    chmod 777 . && chmod 000 .env
    exits 77 unprivileged "$TANDEM" migrate status
    has "--no-env-file" "$stderr"
    exits 3 unprivileged "$TANDEM" migrate status --no-env-file --url sqlite:app.db
    rm -f .env && mkdir .env # a Python environment, say
    exits 3 tandem migrate status --url sqlite:app.db
}

@test "a file that a flag names must be there: 78" {
    two_migrations
    for args in "--env-file nowhere" "--env-file migrations" "--config nowhere" "--config migrations"; do
        # shellcheck disable=SC2086
        exits 78 tandem migrate status --url sqlite:app.db $args
        has "TD-CONFIG-007" "$stderr"
        has "= next:" "$stderr"
    done
    exits 78 tandem migrate status --url sqlite:app.db --migrations nowhere
    has "TD-MIG-001" "$stderr"
    exits 64 tandem migrate show 20260101000000_user
    has "TD-MIG-005" "$stderr"
    rm migrations/20260102000000_posts/migration.sql
    exits 65 tandem migrate status --url sqlite:app.db
    has "TD-MIG-002" "$stderr"
}

@test "tandem.json: places are exact, a byte order mark is none" {
    two_migrations
    printf '\xef\xbb\xbf{ "databases": { "sqlite": "file:./a.db" } }' >tandem.json
    exits 3 tandem migrate status
    while IFS='|' read -r place text; do
        printf '%b' "$text" >tandem.json
        exits 78 tandem migrate status
        has "--> tandem.json:$place" "$stderr"
        [ "$(wc -l <.stderr)" -le 4 ]
        has "= next:" "$stderr"
    done <<'END'
1:1|
1:2|{
1:1|[]
1:16|{ "databases": [] }
1:27|{ "databases": {"sqlite": 5 } }
1:20|{"migrations":"m", "migrations":"n"}
1:38|{"databases":{"sqlite":"file:./a.db",}}
1:52|{"databases":{"sqlite":"file:./a.db"},"migrations":""}
2:3|{\n  "databses": 1}
1:70|{"databases":{"sqlite":"file:./a.db"},"sync":{"tables":{"a":{"scope":"tenent"}}}}
2:33|{"databases":{"sqlite":"file:./a.db"},\n "sqlite":{"skip":["procedure", "triger"]}}
1:24|{"databases":{"sqlite":"env:NOT_SET"}}
1:24|{"databases":{"sqlite":"postgres://x/y"}}
END
    python3 -c "print('{\"databases\":' * 100000)" >tandem.json
    exits 78 tandem migrate status
    rm tandem.json && mkdir tandem.json
    exits 78 tandem migrate status
    has "TD-CONFIG-007" "$stderr"
}

@test "a mistyped URL: what was meant, and nothing of what may be a password" {
    two_migrations
    while IFS='|' read -r url text; do
        exits 78 tandem migrate status --url "$url"
        has "$text" "$stderr"
        hasnt s3cret "$stderr"
    done <<'END'
postgre://u:s3cret@h/db|Did you mean postgres://?
postgressql://u:s3cret@h/db|Did you mean postgresql://?
sqllite:foo.db|Did you mean sqlite:?
./x.db|file: in front of the path
x.sqlite3|file: in front of the path
"file:x.db|quotation mark
host=h password=s3cret|as a URL
mysql://root:s3cret@h/x|no database of kind "mysql"
u:s3cret@h/db|percent-encoded
file:|it names no file
postgres://u:s3#cret@h/x|percent-encoded
END
}

@test "--skip and sqlite.skip take kinds and places, nothing else, also when nothing is pending" {
    two_migrations
    exits 64 tandem migrate deploy --url sqlite:app.db --skip triger
    has 'Did you mean "trigger"?' "$stderr"
    [ ! -e app.db ]
    exits 0 tandem migrate deploy -q --url sqlite:app.db --skip TRIGGER
    exits 64 tandem migrate deploy --url sqlite:app.db --skip nonsense
    has "materialized" "$stderr"
    exits 64 tandem migrate report --skip nonsense
    exits 0 tandem migrate deploy --url sqlite:app.db --skip migrations/20260101000000_users/migration.sql:1
    hasnt warning "$stderr"
    exits 0 tandem migrate deploy --url sqlite:app.db --skip migrations/renamed/migration.sql:1
    has "there is no such migration" "$stderr"
}

@test "--wait takes its seconds with a blank, too" {
    two_migrations
    exits 0 tandem migrate deploy --wait 0 --url sqlite:app.db
    exits 0 tandem --wait 0.5 migrate deploy --url sqlite:app.db
    exits 0 tandem migrate deploy --url sqlite:app.db --wait
    exits 64 tandem migrate deploy --wait=x --url sqlite:app.db
    exits 64 tandem migrate deploy --wait x --url sqlite:app.db
}

@test "paths are taken from where they are written, with blanks and quotes in them, from a folder below, too" {
    mkdir -p "it's a dir/sub"
    cd "it's a dir"
    two_migrations
    printf '{ "databases": { "sqlite": "file:./app.db" }, "migrations": "./migrations" }' >tandem.json
    cd sub
    exits 0 tandem --config ../tandem.json migrate deploy
    [ -e ../app.db ] && [ ! -e app.db ]
    exits 0 tandem -C .. migrate status
    exits 0 tandem migrate status --url sqlite:../app.db --migrations ../migrations
    printf "DATABASE_URL='file:./app.db'" >../.env
    exits 0 tandem migrate status --env-file ../.env --migrations ../migrations
}

@test "a database whose variable is not set is no database less" {
    two_migrations
    printf '{"databases":{"sqlite":"file:./e.db","postgres":"env:PROD_URL"}}' >tandem.json
    for c in "migrate deploy" "migrate status" "migrate deploy --dry-run" "db create"; do
        # shellcheck disable=SC2086
        exits 78 tandem $c
        has 'databases.postgres reads "PROD_URL", which is not set' "$stderr"
        has "--on sqlite" "$stderr"
        [ -z "$output" ] && [ ! -e e.db ]
    done
    exits 1 tandem doctor
    has 'reads "PROD_URL", which is not set' "$output"
    has "file:./e.db" "$output"
    exits 0 tandem migrate deploy --on sqlite
    exits 0 tandem migrate status --url file:./e.db
    exits 0 tandem migrate report
    DATABASE_URL=file:./other.db exits 3 tandem migrate status # stronger than tandem.json, and alone
    has "other.db" "$output"
    exits 78 tandem migrate status --url env:PROD_URL
    has "= next:" "$stderr"
}

@test "a pipe as tandem.json or .env is not waited for; one that --config names is read" {
    two_migrations
    mkfifo tandem.json .env
    exits 78 timeout 10 "$TANDEM" migrate status --url sqlite:app.db
    has "a pipe" "$stderr"
    rm tandem.json
    exits 78 timeout 10 "$TANDEM" migrate status
    has ".env (a pipe)" "$stderr"
    exits 78 tandem migrate status --no-env-file
    has "--no-env-file" "$stderr"
    hasnt "not there), and" "$stderr"
    rm .env && mkdir .env
    exits 78 tandem migrate status
    has ".env (a directory)" "$stderr"
    exits 3 tandem migrate status --config <(echo '{"databases":{"sqlite":"file:./app.db"}}')
}

@test "a place to skip is one where a statement stands, however it is spelt" {
    two_migrations
    file=migrations/20260102000000_posts/migration.sql
    printf '\n\nCREATE TABLE posts (id int);\n\n\n\nCREATE TABLE more (id int);\n' >$file
    for line in 1 5 99 99999999999; do
        exits 64 tandem migrate deploy --url sqlite:app.db --skip $file:$line
        has "--skip: no statement is at" "$stderr"
    done
    has "$file:7" "$stderr"
    printf '{"sqlite":{"skip":["trigger", "./%s:99"]}}' $file >tandem.json
    exits 78 tandem migrate report
    has "tandem.json:1:31" "$stderr"
    has "$file:7" "$stderr"
    rm tandem.json
    for way in $file ./$file "$PWD/$file" 20260102000000_posts/migration.sql "migrations/../$file"; do
        exits 0 tandem migrate report --skip "$way:3"
        has "$file:3:1"$'\t'skipped "$output"
        hasnt warning "$stderr"
    done
    tandem migrate deploy -q --url sqlite:app.db
    exits 64 tandem migrate deploy --url sqlite:app.db --skip $file:99 # nothing is pending
}

@test "parameters of a URL: known ones hold, unknown ones are told of" {
    two_migrations
    tandem migrate deploy -q --url sqlite:app.db --to 20260101000000_users
    for mode in mode=ro immutable=1; do
        exits 77 tandem migrate deploy --url "file:app.db?$mode"
        exits 3 tandem migrate status --url "file:app.db?$mode"
        hasnt warning "$stderr"
    done
    exits 1 tandem migrate deploy --url 'file:new.db?mode=rw'
    [ ! -e new.db ]
    exits 78 tandem migrate status --url 'file:app.db?mode=r'
    exits 3 tandem migrate status --url 'file:app.db?connection_limit=1&moed=ro'
    has 'warning: the URL'"'"'s parameter "moed" is not known and left out; was "mode" meant?' "$stderr"
    exits 69 tandem migrate status --url 'postgresql://u@127.0.0.1:1/x?sslmoed=require&pool_timeout=5'
    has '"sslmoed" is not known and left out; was "sslmode" meant?' "$stderr"
    exits 69 tandem migrate status --url 'postgresql://u@127.0.0.1:1/x?pool_timeout=5&statement_cache_size=0&schema=a'
    hasnt warning "$stderr"
    exits 1 tandem doctor --url 'postgresql://u@127.0.0.1:1/x?sslmoed=require'
    has sslmoed "$output"
}

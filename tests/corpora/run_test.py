#!/usr/bin/env python3
"""tests/corpora/run finds what it is for: a folder that holds, one that is refused, one whose rows differ, none at all.

usage: run_test.py TANDEM ROOT
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

TABLE = """CREATE TYPE kind AS ENUM ('a', 'b');
CREATE TABLE p (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, kind kind, at timestamptz, doc jsonb);
CREATE TABLE c (p integer NOT NULL REFERENCES p, n numeric(6,2), PRIMARY KEY (p, n));
"""
FOLDERS = {
    "holds": [TABLE, "UPDATE p SET name = name || kind::text, doc = doc || '{\"k\": 1}' WHERE kind IS NOT NULL;",
              "ALTER TABLE p ALTER COLUMN kind TYPE text;"],
    "not_null": [TABLE, "ALTER TABLE p ADD COLUMN must integer NOT NULL;"],
    "differs": [TABLE, "-- tandem: postgres\nUPDATE p SET kind = 'b';"],
    "alone": [TABLE + "CREATE TABLE z (id integer PRIMARY KEY, at timestamptz);",
              "UPDATE z SET at = at AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC';"],
    "refused": [TABLE, "CREATE PROCEDURE q() LANGUAGE sql AS 'SELECT 1';"],
    "broken": [TABLE, "SELECT no_such_column FROM p;"],
}


def lay_out(root):
    for name, texts in FOLDERS.items():
        for i, text in enumerate(texts):
            folder = root / name / "migrations" / f"2026010100000{i}_m"
            folder.mkdir(parents=True)
            (folder / "migration.sql").write_text(text, encoding="utf-8")


def run(tandem, root, *args):
    done = subprocess.run([sys.executable, str(root / "tests/corpora/run"), *args, "--json", "--program", tandem],
                          capture_output=True, text=True, check=False)
    return done.returncode, {r["project"]: r for r in map(json.loads, done.stdout.splitlines())}, done.stderr


def main():
    tandem, root = sys.argv[1], pathlib.Path(sys.argv[2])
    if not shutil.which("psql"):
        print("skipped: psql is missing")
        return 77
    failed = []

    def check(what, good, told=""):
        if not good:
            failed.append(what)
            print(f"FAILED {what}: {told}")

    with tempfile.TemporaryDirectory(prefix="tandem-corpora-", dir="/tmp") as temporary:
        folders = pathlib.Path(temporary)
        lay_out(folders)
        code, out, told = run(tandem, root, str(folders), "holds", "not_null", "--rows", "--at", "each")
        check("what holds gives 0, with rows compared", code == 0 and out["holds"]["values"] > 50 and
              out["holds"]["filled"] == 4 and out["holds"]["differ"] == 0, (code, out, told))
        check("a table that can have no rows stays empty", code == 0 and out["not_null"]["filled"] == 0, out)
        code, out, told = run(tandem, root, str(folders / "differs"), "--rows")
        check("rows that differ give 1", code == 1 and out["differs"]["rows_differ"] > 0 and
              "kind is 'b' on PostgreSQL" in out["differs"]["first_problem"], (code, out, told))
        code, out, told = run(tandem, root, str(folders / "alone"), "--rows")
        check("rows that SQLite alone refuses give 1, the others are compared", code == 1 and out["alone"]["values"] > 20
              and out["alone"]["first_problem"].count("SQLite alone refuses") == 1, (code, out, told))
        code, out, told = run(tandem, root, str(folders), "refused", "broken")
        check("what is refused gives 1", code == 1 and out["refused"]["refused"] == 1 and
              out["refused"]["sqlite"] == "no" and out["refused"]["postgres"] == "ok", (code, out, told))
        check("what PostgreSQL refuses gives 1", out["broken"]["postgres"] == "no", out)
        code, out, told = run(tandem, root, str(folders / "refused" / "migrations"), "--skip", "procedure")
        check("kinds can be skipped", code == 0 and out["migrations"]["skipped"] == 1, (code, out, told))
        code, _, told = run(tandem, root, str(folders / "nothing"))
        check("no folder gives 2", code == 2 and "no <name>/migration.sql" in told, (code, told))
    code, out, told = run(tandem, root, str(root), "--rows")
    check("the schema of migrations/ holds, rows too", code == 0, (out, told))
    print(f"{len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/env python3
"""Migrations and what they must do to both engines, each case a few lines of SQL.

usage: ddl.py TANDEM FILE [CASE]

FILE is SQL cut into steps by lines that begin with --@ :
    --@ case NAME                a new, empty pair of databases; NAME is what is promised
    --@ migration NAME           what follows is NAME/migration.sql
    --@ deploy                   all that is pending, to both engines; must succeed
    --@ deploy fails [SQLSTATE]  must fail on both, at the same place if PostgreSQL tells one, and leave SQLite's schema
                                 and rows as they were; the last migration is taken away again
    --@ deploy refused [TEXT]    must fail on SQLite only, before anything is applied, with TEXT in the message
    --@ both                     queries: each gives the same rows on both engines, and some
    --@ write                    statements for psql and the plain sqlite3 shell alike
    --@ shell                    statements for the plain sqlite3 shell
    --@ shell refuses            statements, each on a line of its own, that stock SQLite must refuse
    --@ postgres                 statements for psql
    --@ sqlite                   queries on the file; each is followed by its rows on lines --= a|b (none: no rows)
    --@ lowered NAME N TEXT      `migrate show NAME --on sqlite` has N lines with TEXT (a regular expression)
    --@ fates NAME WORDS         what `migrate report` says of NAME's statements, one word each
Every case ends with SQLite's integrity_check and foreign_key_check and with `migrate status` in sync.
"""
import pathlib
import re
import sys

from engines import Crash, Engines, Findings, write_folder


def read(path):
    """[(case, [(step, argument, text, line)])]"""
    cases, steps = [], None
    for n, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("--@"):
            if steps:
                step, argument, text, at = steps[-1]
                steps[-1] = (step, argument, text + line + "\n", at)
            continue
        step, _, argument = line[3:].strip().partition(" ")
        if step == "case":
            steps = []
            cases.append((argument, steps))
        else:
            steps.append((step, argument.strip(), "", n))
    return cases


def statements(text):
    """Statements that end with a semicolon at a line's end."""
    return [s.strip() for s in re.split(r";\s*\n", text + "\n") if s.strip()]


def cell(value):
    """As psql -At prints it, as far as the queries of the cases go."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return str(value)


class Case:
    def __init__(self, e, found, file, name, number):
        self.e, self.found, self.file, self.name = e, found, file, name
        self.dir = e.dir / f"case{number}"
        self.folder, self.path = self.dir / "migrations", self.dir / "c.db"
        self.folder.mkdir(parents=True)
        self.pg, self.last = e.database("cases"), None

    def check(self, good, what, line):
        return self.found.check(good, f"{self.file}:{line}: {self.name}: {what}")

    def run(self, steps):
        for step, argument, text, line in steps:
            try:
                good = getattr(self, "step_" + step)(argument, text, line)
            except Crash as crash:
                good = self.check(False, f"crash\n{crash}", line)
            except Exception as error:  # the next case may still tell something
                good = self.check(False, f"{step} {argument}: {error}", line)
            if good is False and step in ("deploy", "shell", "postgres", "write"):
                return
        self.end(steps[-1][3])

    def step_migration(self, name, text, line):
        write_folder(self.folder, [(name, text)])
        self.last = name

    def deploy_sqlite(self):
        return self.e.deploy(self.e.sqlite_url(self.path), self.folder)

    def deploy_postgres(self):
        return self.e.deploy(self.e.pg_url(self.pg), self.folder)

    def step_deploy(self, how, text, line):
        word, _, argument = how.partition(" ")
        if word == "":
            on_pg, on_sqlite = self.deploy_postgres(), self.deploy_sqlite()
            good = self.check(on_pg.code == 0, f"deploy on PostgreSQL\n{on_pg}", line)
            return self.check(on_sqlite.code == 0, f"deploy on SQLite\n{on_sqlite}", line) and good
        before = self.e.dump(self.path) if self.path.exists() else ""
        on_sqlite = self.deploy_sqlite()
        after = self.e.dump(self.path) if self.path.exists() else ""
        good = self.check(on_sqlite.code != 0, "SQLite should fail", line)
        self.check(before == after, f"SQLite's file is not as it was\n--- before\n{before}\n--- after\n{after}", line)
        self.check(f"{self.last}/migration.sql:" in on_sqlite.err, f"the error has no place\n{on_sqlite}", line)
        if word == "fails":
            self.fails_alike(argument, on_sqlite, line)
        else:
            self.check(argument in on_sqlite.err, f"the message lacks {argument!r}\n{on_sqlite}", line)
        for file in (self.folder / self.last).iterdir():
            file.unlink()
        (self.folder / self.last).rmdir()
        return good

    def fails_alike(self, sqlstate, on_sqlite, line):
        on_pg = self.deploy_postgres()
        self.check(on_pg.code != 0, "PostgreSQL should fail", line)
        for engine, result in (("PostgreSQL", on_pg), ("SQLite", on_sqlite)):
            self.check(sqlstate in result.err, f"{engine}: no SQLSTATE {sqlstate}\n{result}", line)
        lines = [set(re.findall(r"migration\.sql:(\d+)", r.err)) for r in (on_pg, on_sqlite)]
        self.check(not lines[0] or lines[0] == lines[1], f"not the same line\n{on_pg}\n{on_sqlite}", line)

    def step_both(self, argument, text, line):
        for query in statements(text):
            on_pg = self.e.psql(self.pg, query + ";")
            on_sqlite = [[cell(c) for c in row] for row in self.e.sqlite(self.path, query)]
            self.check(on_pg == on_sqlite, f"{query}\n  PostgreSQL {on_pg}\n  SQLite     {on_sqlite}", line)
            self.check(on_pg != [], f"{query}\n  no rows: the case tests nothing", line)

    def step_write(self, argument, text, line):
        self.step_postgres(argument, text, line)
        return self.step_shell("", text, line)

    def step_postgres(self, argument, text, line):
        self.e.psql(self.pg, text)

    def step_shell(self, argument, text, line):
        if argument == "refuses":
            for statement, taken in zip(statements(text), self.e.shell_accepts(self.path, statements(text))):
                self.check(not taken, f"the plain shell may do {statement}", line)
            return True
        result = self.e.shell(self.path, "PRAGMA foreign_keys=ON;\n" + text)
        return self.check(result.code == 0 and result.err == "", f"sqlite3 shell\n{result}", line)

    def step_sqlite(self, argument, text, line):
        for query, rows in re.findall(r"((?:(?!--=)[^\n]*\n)+)((?:--=[^\n]*\n)*)", text):
            if not query.strip():
                continue
            want = [r[3:].strip() for r in rows.splitlines()]
            got = ["|".join(str(c) for c in row) for row in self.e.sqlite(self.path, query)]
            self.check(want == got, f"{query.strip()}\n  expected {want}\n  got      {got}", line)

    def step_lowered(self, argument, text, line):
        name, count, pattern = argument.split(" ", 2)
        shown = self.e.run("migrate", "show", name, "--on", "sqlite", "--migrations", self.folder)
        hits = [s for s in shown.out.splitlines() if re.search(pattern, s)]
        self.check(shown.code == 0 and len(hits) == int(count),
                   f"{len(hits)} lines of migrate show have {pattern!r}, not {count}\n{shown}", line)

    def step_fates(self, argument, text, line):
        name, _, words = argument.partition(" ")
        report = self.e.run("migrate", "report", "--format", "tsv", "--migrations", self.folder)
        fates = [c[1] for c in (s.split("\t") for s in report.out.splitlines())
                 if f"{name}/migration.sql:" in c[0]]
        self.check(fates == words.split(), f"expected {words.split()}, got {fates}\n{report}", line)

    def end(self, line):
        if not self.path.exists():
            return
        self.check(self.e.sqlite(self.path, "PRAGMA integrity_check") == [["ok"]], "integrity_check", line)
        self.check(self.e.sqlite(self.path, "PRAGMA foreign_key_check") == [], "foreign_key_check", line)
        for url in (self.e.sqlite_url(self.path), self.e.pg_url(self.pg)):
            status = self.e.run("migrate", "status", "--url", url, "--migrations", self.folder)
            self.check(status.code == 0, f"status is not in sync\n{status}", line)


def main():
    tandem, path = sys.argv[1:3]
    found = Findings()
    with Engines(tandem) as e:
        for number, (name, steps) in enumerate(read(path)):
            if len(sys.argv) < 4 or sys.argv[3] in name:
                Case(e, found, pathlib.Path(path).name, name, number).run(steps)
    found.end()


if __name__ == "__main__":
    main()

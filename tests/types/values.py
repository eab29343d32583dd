#!/usr/bin/env python3
"""The type table: every type's edge values on both engines, accepted or refused alike and equal when read back.

usage: values.py TANDEM FILE [TYPE]

FILE has blocks of lines:
    type T              the column's type, as in CREATE TABLE
    setup SQL           statements that must come before (CREATE TYPE ...)
    as T                what the type is made of, where mapping.py cannot know it (enum, a domain's base)
    sorts               ORDER BY must give the same order on both engines
    LITERAL             a value: any constant expression; NULL too
    refused LITERAL why SQLite refuses what PostgreSQL takes: the differences that the type table names
    shell LITERAL       a storage form that a CHECK must refuse from the plain sqlite3 shell

Each value goes the ways that a migration has: INSERT by assignment, the same through an explicit cast, and as a
column's DEFAULT that the plain sqlite3 shell then uses. PostgreSQL itself says what is accepted and what is read back.
"""
import pathlib
import re
import sys

import mapping
from engines import Engines, Findings, write_folder

CREATE = "CREATE TABLE v (id integer PRIMARY KEY, c {type});\n"


class Case:
    def __init__(self, type_):
        self.type, self.setup, self.as_, self.sorts = type_, [], type_, False
        self.values, self.differs, self.shell = [], [], []


def read(path):
    cases = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "type":
            cases.append(Case(rest))
        elif word == "setup":
            cases[-1].setup.append(rest)
        elif word == "as":
            cases[-1].as_ = rest
        elif word == "sorts":
            cases[-1].sorts = True
        elif word == "shell":
            cases[-1].shell.append(rest)
        elif word == "refused":
            cases[-1].differs.append(re.match(r"'(?:[^']|'')*'|\S+", rest).group(0))
        else:
            cases[-1].values.append(line)
    return cases


class Runner:
    def __init__(self, e, case, found):
        self.e, self.case, self.found, self.files = e, case, found, 0
        self.dir = e.dir / re.sub(r"\W", "_", case.type)
        self.base = [("1_setup", "".join(s + "\n" for s in case.setup) + "SELECT 1;\n"),
                     ("2_table", CREATE.format(type=case.type))]

    def check(self, good, what):
        return self.found.check(good, f"{self.case.type}: {what}")

    def sqlite(self, migrations):
        """A new SQLite file with these migrations; returns (path, result of the deploy)."""
        self.files += 1
        here = self.dir / str(self.files)
        path = here / "v.db"
        write_folder(here / "m", migrations)
        return path, self.e.deploy(self.e.sqlite_url(path), here / "m")

    def run(self):
        case = self.case
        self.rows = dict(enumerate(case.values, 1))
        self.rows.update({n + 1000: f"CAST({v} AS {case.type})" for n, v in enumerate(case.values, 1)})
        differs = {n: v for n, v in enumerate(case.differs, 2001)}
        accepted = self.ask({**self.rows, **differs})
        self.check(not set(differs) - accepted, "PostgreSQL refuses what only SQLite should")
        good = {n: v for n, v in self.rows.items() if n in accepted}
        bad = {n: v for n, v in {**self.rows, **differs}.items() if n not in good}
        path = self.accept(good)
        if path is None:
            return
        self.compare(path, good)
        self.refuse(bad)
        self.shell_refuses()
        self.defaults({n: v for n, v in good.items() if n < 1000})

    @staticmethod
    def insert(n, value):
        return f"INSERT INTO v (id, c) VALUES ({n}, {value});\n"

    def ask(self, rows):
        """What PostgreSQL takes: each row by itself, in a database without tandem."""
        self.database = self.e.database("asked")
        self.e.psql(self.database, "\n".join(self.case.setup) + CREATE.format(type=self.case.type))
        self.e.psql_run(self.database, "".join(self.insert(n, v) for n, v in rows.items()))
        return {int(r[0]) for r in self.e.psql(self.database, "SELECT id FROM v")}

    def accept(self, good):
        """Deploys all good rows to both engines; what SQLite refuses is found one by one."""
        rows = list(good.items())
        text = [("3_rows", "".join(self.insert(n, v) for n, v in rows) or "SELECT 1;\n")]
        path, result = self.sqlite(self.base + text)
        if result.code != 0:
            path, table = self.sqlite(self.base)
            if not self.check(table.code == 0, f"the table itself is refused\n{table}"):
                return None
            for n, v in rows:
                _, one = self.sqlite(self.base + [("3_rows", self.insert(n, v))])
                if not self.check(one.code == 0, f"SQLite refuses {v}\n{one.err}"):
                    del good[n]
            text = [("3_rows", "".join(self.insert(n, v) for n, v in good.items()) or "SELECT 1;\n")]
            path, result = self.sqlite(self.base + text)
            if not self.check(result.code == 0, f"the rows are accepted one by one but not together\n{result}"):
                return None
        self.database = self.e.database("deployed")
        write_folder(self.dir / "pg", self.base + text)
        result = self.e.deploy(self.e.pg_url(self.database), self.dir / "pg")
        self.check(result.code == 0, f"PostgreSQL through the program\n{result}")
        return path

    def same(self, stored, printed):
        if mapping.opaque(self.case.as_) and stored is not None and printed is not None:
            literal = str(stored).replace("'", "''")
            return self.e.psql(self.database, f"SELECT ('{literal}'::{self.case.type})")[0][0] == printed
        return mapping.same(self.case.as_, stored, printed)

    def compare(self, path, good):
        on_pg = {int(n): v for n, v in self.e.psql(self.database, "SELECT id, c FROM v")}
        on_sqlite = dict(self.e.sqlite(path, "SELECT id, c FROM v"))
        self.check(on_pg.keys() == on_sqlite.keys(), "not the same rows")
        for n in sorted(on_pg.keys() & on_sqlite.keys()):
            self.check(self.same(on_sqlite[n], on_pg[n]),
                       f"{good[n]}: PostgreSQL has {on_pg[n]!r}, SQLite stores {on_sqlite[n]!r}")
        if self.case.sorts:
            order = "SELECT id FROM v WHERE c IS NOT NULL ORDER BY c, id"
            a, b = [int(r[0]) for r in self.e.psql(self.database, order)], [r[0] for r in self.e.sqlite(path, order)]
            self.check(a == b, f"sorts differently:\n  {[good[n] for n in a]}\n  {[good[n] for n in b]}")

    def refuse(self, bad):
        """Each bad row by itself; `differs` lists those that only SQLite refuses."""
        if mapping.opaque(self.case.as_):
            return
        for n, v in bad.items():
            path, result = self.sqlite(self.base + [("3_rows", self.insert(n, v))])
            if self.check(result.code != 0, f"SQLite accepts {v} and stores " + (
                    repr(self.e.sqlite(path, "SELECT c FROM v")) if result.code == 0 else "")):
                self.check(not path.exists() or self.tables(path) == [], f"{v}: refused, but something was left behind")
                self.check("migration.sql:1:" in result.err, f"{v}: the error has no place\n{result}")

    def tables(self, path):
        """Rows of the table, if it is there at all."""
        names = [r[0] for r in self.e.sqlite(path, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return self.e.sqlite(path, "SELECT * FROM v") if "v" in names else []

    def shell_refuses(self):
        if not self.case.shell:
            return
        path, result = self.sqlite(self.base)
        if not self.check(result.code == 0, f"deploy\n{result}"):
            return
        taken = self.e.shell_accepts(path, [f"INSERT INTO v (id, c) VALUES ({n}, {v})"
                                            for n, v in enumerate(self.case.shell)])
        for v, accepted in zip(self.case.shell, taken):
            self.check(not accepted, f"the plain shell may write {v}")

    def defaults(self, good):
        """DEFAULT value, used by the plain shell."""
        tables = {n: f"CREATE TABLE d{n} (id integer PRIMARY KEY, c {self.case.type} DEFAULT {v});\n"
                  for n, v in good.items()}
        accepted = {n: t for n, t in tables.items()
                    if self.e.psql_run(self.database, t + f"INSERT INTO d{n} (id) VALUES (1);").err == ""}
        path, result = self.sqlite(self.base + [("3_defaults", "".join(accepted.values()) or "SELECT 1;\n")])
        if result.code != 0:
            for n, t in list(accepted.items()):
                _, one = self.sqlite(self.base + [("3_defaults", t)])
                if not self.check(one.code == 0, f"SQLite refuses DEFAULT {good[n]}\n{one.err}"):
                    del accepted[n]
            path, result = self.sqlite(self.base + [("3_defaults", "".join(accepted.values()) or "SELECT 1;\n")])
            if not self.check(result.code == 0, f"defaults one by one but not together\n{result}"):
                return
        taken = self.e.shell_accepts(path, [f"INSERT INTO d{n} (id) VALUES (1)" for n in accepted])
        for n, ok in zip(accepted, taken):
            if not self.check(ok, f"the plain shell cannot use DEFAULT {good[n]}"):
                continue
            stored = self.e.sqlite(path, f"SELECT c FROM d{n}")[0][0]
            printed = self.e.psql(self.database, f"SELECT c FROM d{n}")[0][0]
            self.check(self.same(stored, printed),
                       f"DEFAULT {good[n]}: PostgreSQL has {printed!r}, SQLite stores {stored!r}")


def main():
    tandem, path = sys.argv[1:3]
    found = Findings()
    with Engines(tandem) as e:
        for case in read(path):
            if len(sys.argv) < 4 or case.type == sys.argv[3]:
                Runner(e, case, found).run()
    found.end()


if __name__ == "__main__":
    main()

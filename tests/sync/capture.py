#!/usr/bin/env python3
"""Any program writes to an SQLite file with capture: from what was noted the rows as they were can be put together.

usage: capture.py CAPTURE_TOOL [--seeds N] [--first SEED]

Random statements run through Python's sqlite3 and through the sqlite3 shell: plain ones and upserts, each conflict
word, REPLACE onto rows of other keys, changes and swaps of keys, cascades, bulk updates, savepoints, rollbacks. After
each batch the table as it was before = the rows that were not noted, and those that were, as they were noted. That holds
for each row, so a note that is missing or wrong shows, and one too many does not.
"""
import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile

SCHEMAS = {
    "uuid key": ("""
CREATE TABLE t (id TEXT NOT NULL, code TEXT, n INTEGER, blob BLOB, x REAL, CONSTRAINT t_pkey PRIMARY KEY (id)) STRICT;
CREATE UNIQUE INDEX by_code ON t (code);
CREATE UNIQUE INDEX by_lower ON t (lower("code") DESC, n) WHERE n > 2;
CREATE TABLE child (id TEXT NOT NULL PRIMARY KEY, t TEXT REFERENCES t (id) ON DELETE CASCADE ON UPDATE CASCADE,
    n INTEGER UNIQUE) STRICT;
""", {"t": ["id"], "child": ["id"]}),
    "composite key": ("""
CREATE TABLE t (tenant INTEGER NOT NULL, id INTEGER NOT NULL, code TEXT COLLATE NOCASE, n INTEGER, blob BLOB, x REAL,
    PRIMARY KEY (tenant, id), UNIQUE (code));
CREATE TABLE child (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER, t INTEGER, n INTEGER,
    FOREIGN KEY (tenant, t) REFERENCES t (tenant, id) ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TRIGGER touched AFTER UPDATE OF code ON t WHEN NEW.n IS OLD.n BEGIN
    UPDATE t SET n = coalesce(n, 0) + 1 WHERE tenant = NEW.tenant AND id = NEW.id; END;
""", {"t": ["tenant", "id"], "child": ["id"]}),
    "strange names": ('''
CREATE TABLE "it's a ""table""" ("the ""key""" INTEGER NOT NULL PRIMARY KEY, "select" TEXT, n INTEGER, blob BLOB, x REAL);
CREATE UNIQUE INDEX [an index, (odd)] ON "it's a ""table""" ("select" COLLATE NOCASE DESC, coalesce(n, ','));
''', {'it\'s a "table"': ['the "key"']}),
    "without rowid": ("""
CREATE TABLE t (id TEXT PRIMARY KEY, code TEXT UNIQUE, n INTEGER, blob BLOB, x REAL) WITHOUT ROWID;
""", {"t": ["id"]}),
}
CODES = ["a", "A", "b", "B", "c", "it's", "", None]
NUMBERS = [None, -1, 0, 1, 2, 3, 4, 9007199254740993]
WORDS = ["", "OR REPLACE ", "OR IGNORE ", "OR FAIL ", "OR ABORT ", "OR ROLLBACK "]


def ident(name):
    return '"' + name.replace('"', '""') + '"'


def literal(v):
    if v is None:
        return "NULL"
    if isinstance(v, bytes):
        return f"x'{v.hex()}'"
    return "'" + v.replace("'", "''") + "'" if isinstance(v, str) else repr(v)


class Columns:
    def __init__(self, db, table, key):
        self.info = db.execute(f"PRAGMA table_info({ident(table)})").fetchall()
        self.names, self.key, self.table = [c[1] for c in self.info], key, table

    def value(self, rng, name):
        kind = next(c[2] for c in self.info if c[1] == name)
        if name in self.key:
            v = rng.randrange(1, 7)
            return f"k{v}" if kind == "TEXT" else v
        if name == "t":
            v = rng.randrange(1, 7)
            return f"k{v}" if kind == "TEXT" else v
        if kind == "INTEGER":
            return rng.choice(NUMBERS)
        if kind == "BLOB":
            return rng.choice([None, b"", b"a\0b", b"\xff"])
        if kind == "REAL":
            return rng.choice([None, 0.1, 0.1 + 0.2, 1e300])
        return rng.choice(CODES)


def statement(rng, c):
    """One statement on the table, as text."""
    t = ident(c.table)
    names = [n for n in c.names if n in c.key or rng.random() < 0.8]
    row = lambda: "(" + ", ".join(literal(c.value(rng, n)) for n in names) + ")"
    where = lambda: f"{ident(rng.choice(c.names))} IN ({literal(c.value(rng, rng.choice(c.names)))}, " + \
        f"{literal(c.value(rng, rng.choice(c.names)))})"
    sets = lambda: ", ".join(f"{ident(n)} = {literal(c.value(rng, n))}" for n in rng.sample(c.names, rng.randrange(1, 3)))
    key = ", ".join(ident(k) for k in c.key)
    kind = rng.randrange(12)
    into = f"INTO {t} ({', '.join(map(ident, names))}) VALUES {', '.join(row() for _ in range(rng.randrange(1, 4)))}"
    if kind < 4:
        return f"INSERT {rng.choice(WORDS)}{into}"
    if kind == 4:
        return f"REPLACE {into}"
    if kind == 5:
        return f"INSERT {into} ON CONFLICT DO NOTHING"
    if kind == 6:
        return f"INSERT {into} ON CONFLICT ({key}) DO UPDATE SET {sets()}"
    if kind < 9:
        return f"UPDATE {rng.choice(WORDS)}{t} SET {sets()} WHERE {where()}"
    if kind == 9:
        k = ident(c.key[-1])
        return f"UPDATE {rng.choice(WORDS)}{t} SET {k} = CASE {k} WHEN {literal(c.value(rng, c.key[-1]))} THEN " \
               f"{literal(c.value(rng, c.key[-1]))} ELSE {k} END"
    if kind == 10:
        return f"UPDATE {rng.choice(WORDS)}{t} SET {sets()}"
    return f"DELETE FROM {t}" + (f" WHERE {where()}" if rng.random() < 0.9 else "")


def batch(rng, columns):
    """Some statements, with transactions around and between them."""
    out = []
    for _ in range(rng.randrange(1, 8)):
        out.append(statement(rng, rng.choice(columns)))
    if rng.random() < 0.3:
        out = ["BEGIN", *out, rng.choice(["COMMIT", "ROLLBACK"])]
    elif rng.random() < 0.3:
        out = ["SAVEPOINT s", *out[:2], "SAVEPOINT inner", *out[2:], rng.choice(["RELEASE inner", "ROLLBACK TO inner"]),
               "RELEASE s"]
    return out


def rows(db, c, table=None, names=None):
    names = names or c.names
    got = db.execute(f"SELECT {', '.join(map(ident, names))} FROM {ident(table or c.table)}").fetchall()
    at = [names.index(k) for k in c.key]
    return {tuple(r[i] for i in at): r for r in got}


class Failed(Exception):
    pass


def check(db, c, before, ran):
    """Puts the table as it was together from what was noted."""
    now = rows(db, c)
    noted = rows(db, c, f"tandem_base_{c.table}", [*c.names, "tandem_existed"])
    was = {k: r for k, r in now.items() if k not in noted}
    was |= {k: r[:-1] for k, r in noted.items() if r[-1] == 1}
    if was != before:
        lost = {k for k in before.keys() | was.keys() if before.get(k) != was.get(k)}
        raise Failed(f"{c.table}: " + "; ".join(f"{k} was {before.get(k)}, noted {was.get(k)}" for k in lost) +
                     "\n" + "\n".join(ran))


def tool(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)


def install(path, keys):
    for table, key in keys.items():
        done = tool(path, "install", table, *key)
        if done.returncode != 0:
            raise Failed(done.stderr)
        if tool(path, "check", table, *key).returncode != 0:
            raise Failed(f"{table}: not whole after it was made")


def run_python(path, statements, pragmas):
    db = sqlite3.connect(path, isolation_level=None)
    for p in pragmas:
        db.execute(p)
    for s in statements:
        try:
            db.execute(s)
        except sqlite3.Error as e:
            if "tandem" in str(e):
                raise Failed(f"{e}: {s}") from e
    if db.in_transaction:
        db.execute("ROLLBACK")
    db.close()


def run_shell(path, statements, pragmas):
    done = subprocess.run(["sqlite3", path], input=";\n".join([*pragmas, *statements, "ROLLBACK"]) + ";\n",
                          capture_output=True, text=True, check=False)
    if "tandem" in done.stderr:
        raise Failed(done.stderr)


def seed(n, path):
    rng = random.Random(n)
    name = rng.choice(list(SCHEMAS))
    ddl, keys = SCHEMAS[name]
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(ddl)
    columns = [Columns(db, t, k) for t, k in keys.items()]
    for c in columns:
        for _ in range(6):
            try:
                db.execute(statement(rng, c))
            except sqlite3.Error:
                pass
    install(path, keys)
    pragmas = [f"PRAGMA foreign_keys = {rng.randrange(2)}", f"PRAGMA recursive_triggers = {rng.randrange(2)}"]
    before, ran = [rows(db, c) for c in columns], []
    for i in range(6):
        statements = batch(rng, columns)
        ran += statements
        (run_shell if i == 3 else run_python)(path, statements, pragmas)
        for c, old in zip(columns, before):
            check(db, c, old, [f"seed {n}, {name}", *pragmas, *ran])
    db.close()


# --- what random statements do not show

def test_silent_while_sync_writes(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(SCHEMAS["uuid key"][0])
    install(path, {"t": ["id"]})
    tool(path, "apply", "t")
    db.execute("INSERT INTO t (id) VALUES ('a')")
    assert db.execute("SELECT count(*) FROM tandem_base_t").fetchone() == (0,)
    tool(path, "rest", "t")
    db.execute("INSERT INTO t (id) VALUES ('b')")
    assert db.execute("SELECT id, tandem_existed FROM tandem_base_t").fetchall() == [("b", 0)]


def test_removed_without_trace(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(SCHEMAS["strange names"][0])
    table = 'it\'s a "table"'
    before = db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall()
    install(path, {table: ['the "key"']})
    assert tool(path, "remove", table).returncode == 0
    db.execute("DROP TABLE tandem_meta")
    assert db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall() == before


def test_a_table_that_was_changed_is_noticed_and_keeps_its_notes(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, gone TEXT, n INTEGER);"
                     "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2);")
    install(path, {"t": ["id"]})
    db.execute("UPDATE t SET n = 5 WHERE id = 1")
    db.execute("DROP TRIGGER tandem_sync_ad_t")
    assert tool(path, "check", "t", "id").returncode == 1
    db.executescript("DROP TRIGGER tandem_sync_bi_t; DROP TRIGGER tandem_sync_bu_t; DROP TRIGGER tandem_sync_ai_t;"
                     "DROP TRIGGER tandem_sync_au_t; ALTER TABLE t DROP COLUMN gone;"
                     "ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'given'")
    install(path, {"t": ["id"]})
    assert db.execute("SELECT id, n, more, tandem_existed FROM tandem_base_t").fetchall() == [(1, 1, "given", 1)]
    db.execute("CREATE UNIQUE INDEX u ON t (more, n)")
    assert tool(path, "check", "t", "id").returncode == 1
    install(path, {"t": ["id"]})
    db.execute("INSERT OR REPLACE INTO t (id, n) VALUES (9, 2)")
    assert db.execute("SELECT id, n, tandem_existed FROM tandem_base_t ORDER BY id").fetchall() == \
        [(1, 1, 1), (2, 2, 1), (9, None, 0)]


def test_values_are_kept_bit_for_bit(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, v ANY) STRICT")
    values = [0.1 + 0.2, 9007199254740993, b"a\0b", "a\0b", float("inf"), -0.0, "1.10", None, "", b""]
    for i, v in enumerate(values):
        db.execute("INSERT INTO t VALUES (?, ?)", (f"{i:02}", v))
    install(path, {"t": ["id"]})
    db.execute("UPDATE t SET v = 'changed'")
    got = [r[0] for r in db.execute("SELECT v FROM tandem_base_t ORDER BY id")]
    assert list(map(repr, got)) == list(map(repr, values)), got


def test_what_does_not_fit_is_an_error(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, tandem_existed TEXT)")
    for args in (("t", "id"), ("none", "id"), ("t", "nothing")):
        done = tool(path, "install", *args)
        assert done.returncode == 2 and done.stderr != "", args
    assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'tandem%'").fetchone() == (0,)


def main():
    global TOOL
    p = argparse.ArgumentParser()
    p.add_argument("tool")
    p.add_argument("--seeds", type=int, default=150)
    p.add_argument("--first", type=int, default=1)
    args = p.parse_args()
    TOOL, failed = args.tool, 0
    work = [(name, f) for name, f in globals().items() if name.startswith("test_")]
    work += [(f"seed {n}", lambda path, n=n: seed(n, path)) for n in range(args.first, args.first + args.seeds)]
    for name, f in work:
        with tempfile.TemporaryDirectory() as d:
            try:
                f(os.path.join(d, "c.db"))
            except (AssertionError, Failed, sqlite3.Error) as e:
                failed += 1
                print(f"FAILED {name}: {type(e).__name__} {e}")
    print(f"{len(work)} checks, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

"""Rows through migrations: some are deployed, every table is filled on PostgreSQL, the rows are copied into the SQLite
file by the stock library, the rest is deployed on both, and all rows are compared.

Generated rows may be such that PostgreSQL refuses the migrations ahead (a column that becomes NOT NULL, a key that
becomes unique): then SQLite must refuse, too, and tamer rows take their place, until both come to the end."""
import datetime
import pathlib
import re
import shutil
import sqlite3

import fill
import stored
from project import quoted, stock

LEVELS = [["plain", "plain", "null", "edge", "edge", "edge", "edge", "plain", "plain", "edge"],
          ["plain", "plain", "plain", "plain", "null"], ["plain"] * 3, ["large"] * 3, ["plain"]]
MOST_TRIES = 40


def file_name(columns):
    c = columns[0]
    return c.table if c.schema == "public" else f"{c.schema}.{c.table}"


def names(columns):
    return ", ".join(quoted(c.column) for c in columns)


def read(server, database, columns):
    name = f"{quoted(columns[0].schema)}.{quoted(columns[0].table)}"
    return server.rows(database, f"SELECT {', '.join(quoted(c.column) + '::text' for c in columns)} FROM {name}") \
        if columns else []


def on_sqlite(db, columns):
    """The columns that the file has, too: what --skip left out is not compared."""
    have = {r[1] for r in db.execute(f"PRAGMA table_xinfo({quoted(file_name(columns))})")}
    return [c for c in columns if c.column in have]


def copy(server, database, file, found):
    """All rows of PostgreSQL into the file, triggers aside; problems are returned."""
    db, problems, count = stock(file), [], 0
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {quoted(name)}")
    for columns in found.values():
        used = [c for c in on_sqlite(db, columns) if not c.generated or c.counts]
        if not used:
            continue
        db.execute(f"DELETE FROM {quoted(file_name(columns))}")
        sql = f"INSERT INTO {quoted(file_name(columns))} ({names(used)}) VALUES ({', '.join('?' * len(used))})"
        for row in read(server, database, used):
            try:
                db.execute(sql, [stored.stored(stored.short(c), v) for c, v in zip(used, row)])
                count += 1
            except (sqlite3.Error, ValueError, TypeError, OverflowError) as e:
                problems.append(f"copying {file_name(columns)}: {e}: {dict(zip([c.column for c in used], row))}")
    counters(server, database, db)
    for _, sql in triggers:
        db.execute(sql)
    db.commit()
    db.close()
    return count, problems


def counters(server, database, db):
    """Sequences go on from where PostgreSQL's are."""
    for schema, name in server.rows(database, "SELECT schemaname, sequencename FROM pg_sequences"):
        full = f"{quoted(schema)}.{quoted(name)}"
        last, called = server.rows(database, f"SELECT last_value, is_called FROM {full}")[0]
        mine = name if schema == "public" else f"{schema}.{name}"
        db.execute("UPDATE tandem_sequences SET last_value = ?, is_called = ? WHERE name = ?",
                   (int(last), int(called == "t"), mine))
        owner = db.execute("SELECT owner_table FROM tandem_sequences WHERE name = ?", (mine,)).fetchone()
        if owner and owner[0] and db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").fetchone():
            db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?",
                       (int(last) if called == "t" else int(last) - 1, owner[0]))


def agree(c, value, text, since):
    if value is not None and text is not None and "timestamp" in c.type:
        if since and text[:10] >= since and str(value)[:10] >= since and text[:4] < "3000" > str(value)[:4]:
            return True  # now(), on each engine at its own time
    return stored.same(stored.short(c), value, text)


def match(columns, want, have, since, free=()):
    """Rows of one side without their like on the other; `free` columns may differ."""
    missing = []
    for row in want:
        like = next((h for h in have if all(c.column in free or agree(c, x, y, since)
                                            for c, x, y in zip(columns, h, row))), None)
        if like is None:
            missing.append(row)
        else:
            have.remove(like)
    return missing


def told(columns, missing, have):
    """Rows without their like in words: two of them that agree in most columns are one row with a difference."""
    for row in missing:
        shares = [sum(agree(c, x, y, "") for c, x, y in zip(columns, h, row)) for h in have]
        if shares and max(shares) * 2 >= len(columns):
            near = have.pop(shares.index(max(shares)))
            yield ", ".join(f"{c.column} is {y!r} on PostgreSQL, {x!r} on SQLite"
                            for c, x, y in zip(columns, near, row) if not agree(c, x, y, "")) + f" (row {row[:2]})"
        else:
            yield f"only on PostgreSQL: {dict(zip([c.column for c in columns], row))}"
    for row in have:
        yield f"only on SQLite: {dict(zip([c.column for c in columns], row))}"


def compare(server, databases, file, since):
    """`databases`: PostgreSQL twice. Columns in which its two runs differ (random values) are not compared."""
    db, problems, rows, values = stock(file), [], 0, 0
    for columns in fill.tables(server, databases[0]).values():
        columns = on_sqlite(db, columns)
        if not columns:
            continue
        want = read(server, databases[0], columns)
        have = db.execute(f"SELECT {names(columns)} FROM {quoted(file_name(columns))}").fetchall()
        rows, values = rows + len(want), values + len(want) * len(columns)
        missing = match(columns, want, have, since)
        if missing or have:
            twice = read(server, databases[1], columns)
            free = {c.column for i, c in enumerate(columns) if {r[i] for r in twice} != {r[i] for r in want}}
            missing = match(columns, missing, have, since, free)
        problems += [f"{file_name(columns)}: {text}" for text in told(columns, missing, have)]
    db.close()
    return rows, values, problems


class Halfway:
    """Both engines at one migration, kept as a template and a file to begin from again and again."""

    def __init__(self, p, server, work, name):
        self.p, self.server, self.name = p, server, name
        self.template, self.file = f"half_{p.key}", str(work / f"{p.key}.half.db")
        pathlib.Path(self.file).unlink(missing_ok=True)
        server.create(self.template)
        self.errors = [p.deploy(server.database(self.template), "--to", name),
                       p.deploy("sqlite:" + self.file, "--to", name)]

    def texts(self):
        return [(self.p.folder / m / "migration.sql").read_text(encoding="utf-8-sig", errors="replace")
                for m in self.p.migrations if m > self.name]

    def attempt(self, level, without):
        """((PostgreSQL's error, SQLite's error), problems, counts) with rows of one level in all but some tables."""
        a, b, file = f"rows_{self.p.key}", f"again_{self.p.key}", self.file.replace(".half.db", ".rows.db")
        self.server.create(a, self.template)
        shutil.copy(self.file, file)
        db = stock(file)
        found = {oid: columns for oid, columns in fill.tables(self.server, a).items()
                 if on_sqlite(db, columns) and columns[0].table not in without}
        db.close()
        self.tables = {c[0].table for c in found.values()}
        held = {oid for oid, c in found.items() if read(self.server, a, c[:1])}
        full = fill.fill(self.server, a, {o: c for o, c in found.items() if o not in held}, level,
                         fill.Ahead(self.texts()))
        before, problems = copy(self.server, a, file, fill.tables(self.server, a))
        self.server.create(b, a)
        since = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        errors = [self.p.deploy(self.server.database(a)), self.p.deploy("sqlite:" + file)]
        rows = values = 0
        if not any(errors):
            self.p.deploy(self.server.database(b))
            rows, values, more = compare(self.server, (a, b), file, since)
            problems += more
        self.server.drop(a)
        self.server.drop(b)
        return errors, problems, (len(full | held), before, rows, values)

    def close(self):
        self.server.drop(self.template)


def blamed(p, error, tables):
    """The table that an error names; failing that, those that the migration names."""
    found = re.search(r'(?:relation|table) "([^"]+)"', error)
    if found and found.group(1) in tables:
        return {found.group(1)}
    failed = re.search(r'migration "([^"]+)"', error)
    text = (p.folder / failed.group(1) / "migration.sql").read_text(errors="replace") if failed else ""
    return {t for t in tables if re.search(rf"\b{re.escape(t)}\b", text)}


def at_one(half):
    """Problems and counts at one place: from the wildest rows on down to such as PostgreSQL takes all the way. A table
    whose rows no kind of value helps (a new column is NOT NULL from the beginning) stays empty, and so does one whose rows
    SQLite alone refuses, which is a problem: the others are compared all the same."""
    problems, counts, level, without = [], [0] * 4, 0, set()
    for _ in range(MOST_TRIES):
        errors, bad, counts = half.attempt(LEVELS[level], without)
        problems += bad
        if not any(errors):
            return problems, counts
        if not errors[0]:
            problems.append(f"SQLite alone refuses: {errors[1]}")
            more = blamed(half.p, errors[1], half.tables) - without
            if not more:
                return problems, counts
            without = without | more
            continue
        if not errors[1]:
            problems.append(f"PostgreSQL alone refuses: {errors[0]}")
        hopeless = "contains null values" in errors[0]
        more = blamed(half.p, errors[0], half.tables) - without
        if not hopeless and level + 1 < len(LEVELS):
            level += 1
        elif more:
            without, level = without | more, 0
        else:
            break
    return problems + ([f"PostgreSQL takes no rows through: {errors[0]}"] if errors[0] else []), counts


def places(p, at):
    last = len(p.migrations) - 1
    if at == "each":
        return p.migrations[:last]
    shares = [tuple(map(int, share.split("/"))) for share in at.split(",")]
    return [p.migrations[min(max(last * above // below, 0), last)] for above, below in shares]


def through(p, server, work, at, out):
    problems, total = [], [0] * 4
    for name in places(p, at):
        half = Halfway(p, server, work, name)
        bad, counts = ([e for e in half.errors if e], [0] * 4) if any(half.errors) else at_one(half)
        problems += [f"from {name}: {b}" for b in dict.fromkeys(bad)]
        total = [x + y for x, y in zip(total, counts)]
        half.close()
    out.update(filled=total[0], rows=total[2], values=total[3], rows_differ=len(problems))
    return problems

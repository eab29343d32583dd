"""The facts of a schema, asked of each database itself: tables, columns, NOT NULL, primary and foreign keys, unique
sets, indexes. Indexes that SQLite has no kind of (gin, gist, brin) are speed only and are left out."""
import collections
import json

from project import OWN_SCHEMAS, OWN_TABLES, quoted, stock

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
TABLES = f"""c.relkind = 'r' AND NOT c.relispartition AND n.nspname <> ALL ('{{{",".join(OWN_SCHEMAS)}}}')
  AND c.relpersistence <> 't'"""
NAME = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname"
NAMES = """(SELECT coalesce(json_agg(coalesce(a.attname, '(expression)') ORDER BY x.o), '[]')
  FROM unnest({keys}) WITH ORDINALITY x(n, o)
  LEFT JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = x.n AND x.n > 0 {where})"""
COLUMNS = f"""SELECT {NAME}, a.attname, a.attnotnull FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE {TABLES}"""
KEYS = f"""SELECT {NAME}, k.contype, {NAMES.format(keys="k.conkey", table="k.conrelid", where="")},
  CASE fn.nspname WHEN 'public' THEN '' ELSE fn.nspname || '.' END || f.relname,
  {NAMES.format(keys="k.confkey", table="k.confrelid", where="")}, k.confdeltype, k.confupdtype
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
  WHERE {TABLES} AND k.contype IN ('p', 'f')"""
INDEXES = f"""SELECT {NAME}, i.indisunique, i.indpred IS NOT NULL,
  {NAMES.format(keys="i.indkey::int2[]", table="i.indrelid", where="WHERE x.o <= i.indnkeyatts")}
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_am am ON am.oid = ic.relam JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {TABLES} AND NOT i.indisprimary AND am.amname IN ('btree', 'hash')"""


def of_postgres(server, database):
    facts = set()
    for table, column, not_null in server.rows(database, COLUMNS):
        facts.add(("table", table))
        if column is not None:
            facts.add(("column", table, column))
            if not_null == "t":
                facts.add(("not null", table, column))
    for table, kind, columns, target, target_columns, on_delete, on_update in server.rows(database, KEYS):
        columns, target_columns = tuple(json.loads(columns)), tuple(json.loads(target_columns))
        facts.add(("primary key", table, columns) if kind == "p" else
                  ("foreign key", table, columns, target, target_columns, ACTIONS[on_delete], ACTIONS[on_update]))
    for table, unique, partial, columns in server.rows(database, INDEXES):
        facts.add(("unique" if unique == "t" else "index", table, tuple(json.loads(columns)), partial == "t"))
    return {f for f in facts if not OWN_TABLES.match(f[1])}


def keys_of_sqlite(db, table):
    found = collections.defaultdict(list)
    for row in db.execute(f"PRAGMA foreign_key_list({quoted(table)})"):
        found[row[0]].append(row)
    for rows in found.values():
        rows.sort(key=lambda r: r[1])
        target, to = rows[0][2], [r[4] for r in rows]
        if None in to:
            to = [r[1] for r in sorted(db.execute(f"PRAGMA table_info({quoted(target)})"), key=lambda r: r[5]) if r[5]]
        yield ("foreign key", table, tuple(r[3] for r in rows), target, tuple(to), rows[0][6], rows[0][5])


def of_sqlite(file):
    db, facts = stock(file), set()
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        if OWN_TABLES.match(table):
            continue
        facts.add(("table", table))
        key = []
        for _, column, _, not_null, _, in_key, hidden in db.execute(f"PRAGMA table_xinfo({quoted(table)})"):
            if hidden == 1:
                continue
            facts.add(("column", table, column))
            if not_null or in_key:
                facts.add(("not null", table, column))
            if in_key:
                key.append((in_key, column))
        if key:
            facts.add(("primary key", table, tuple(c for _, c in sorted(key))))
        facts.update(keys_of_sqlite(db, table))
        for _, index, unique, origin, partial in db.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
            if origin != "pk":
                columns = tuple(r[2] or "(expression)" for r in db.execute(f"PRAGMA index_xinfo({quoted(index)})")
                                if r[5])
                facts.add(("unique" if unique else "index", table, columns, bool(partial)))
    db.close()
    return facts


def differences(postgres, sqlite):
    return ([f"only on PostgreSQL: {f}" for f in sorted(postgres - sqlite, key=repr)] +
            [f"only on SQLite: {f}" for f in sorted(sqlite - postgres, key=repr)])

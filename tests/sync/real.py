#!/usr/bin/env python3
"""Sync between a real PostgreSQL, real SQLite files and real processes, each run from one seed.

usage: real.py TANDEM [--seeds FIRST COUNT] [--jobs N] [--keep DIR] [--verbose]

TANDEM_TEST_PG is the URL of a server whose superuser it is (tests/lib/pg.sh with ...). A seed makes a schema, tenants,
devices, policies, writes on both sides by whatever programs write with, runs of devices between them, killed, cut off
and two at once. At the end every device runs until nothing is left, and then must hold:

    equal      `sync verify` says so, and so does a comparison of its own, which knows nothing of tandem's
    whole      PRAGMA integrity_check and foreign_key_check are clean
    alone      no value of another tenant is anywhere in the file's bytes
    not lost   each value written to a device was once the server's (which keeps a history here), or is in a conflict or a
               reject
"""
import argparse
import base64
import collections
import concurrent.futures
import decimal
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

# Seeds that failed once: they run before all others.
FAILED_ONCE = [8, 13, 18, 25, 33, 53, 65, 84, 1037, 1046, 1129]

TANDEM = URL = None


class Failed(Exception):
    pass


# ---- values: what each type's are on either side, and as both sides' are compared

def quoted(s):
    return "'" + s.replace("'", "''") + "'"


def literal(v):
    if v is None:
        return "NULL"
    if isinstance(v, bytes):
        return f"x'{v.hex()}'"
    if isinstance(v, bool):
        return str(int(v))
    if isinstance(v, float) and v in (float("inf"), float("-inf")):
        return "9e999" if v > 0 else "-9e999"
    return quoted(v) if isinstance(v, str) else repr(v)


class Value:
    """pg: its text on PostgreSQL (None: NULL), lite: on SQLite."""
    def __init__(self, pg, lite):
        self.pg, self.lite = pg, lite

    def in_pg(self, c):
        return "NULL" if self.pg is None else f"{quoted(self.pg)}::{c.type}"

    def in_lite(self):
        return literal(self.lite)


NULL = Value(None, None)
WORDS = ["", "a", "B", "über", "it's", "back\\slash", "line\nbreak", "tab\there", "\"q\"", "{1,2}", "日本", "NULL", "\\N"]
TYPES = {  # name: (sort, share)
    "smallint": "int", "integer": "int", "bigint": "int", "boolean": "bool", "real": "real", "double precision": "float",
    "numeric(10,2)": "num", "numeric(12,0)": "num", "numeric": "numeric", "text": "text", "varchar(40)": "text",
    "uuid": "uuid", "timestamptz": "time", "timestamp": "time", "date": "time", "time": "time", "json": "json",
    "jsonb": "json", "bytea": "bytes", "mood": "enum", "integer[]": "array", "text[]": "array", "interval": "opaque",
    "inet": "opaque", "timestamptz(3)": "time", "char(4)": "char",
}


def uuid(rng, prefix="0"):
    return f"{prefix}{rng.getrandbits(28):07x}-0000-4000-8000-{rng.getrandbits(48):012x}"


def random_value(rng, c, mark, fresh):
    """`mark` goes into texts; `fresh` is a number that no other value has."""
    if not c.not_null and rng.random() < 0.12:
        return NULL
    t = c.type
    text = lambda: f"{mark}{rng.choice(WORDS)}{fresh}"
    if TYPES[t] == "int":
        top = {"smallint": 32767, "integer": 2147483647, "bigint": 9223372036854775807}[t]
        v = rng.choice([0, 1, -1, top, -top - 1, fresh % 30000, fresh % 30000])
        return Value(str(v), v)
    if t == "boolean":
        v = rng.random() < 0.5
        return Value("t" if v else "f", int(v))
    if t == "real":
        v = rng.choice([0.1, 1.5, -2.25, 3e30, fresh / 4])
        v = struct.unpack("f", struct.pack("f", v))[0]
        return Value(repr(v), v)
    if t == "double precision":
        v = rng.choice([0.1, 0.1 + 0.2, 1e300, -5e-324, float("inf"), fresh / 7])
        return Value(repr(v).replace("inf", "Infinity"), v)
    if t == "numeric(10,2)":
        v = f"{rng.randrange(-9, 9999)}.{rng.randrange(100):02}"
        return Value(v, float(v))
    if t == "numeric(12,0)":
        return Value(str(fresh), fresh)
    if t == "numeric":
        v = rng.choice([f"{fresh}.10", "0.000000000000000000001", "123456789012345678901234567890", "NaN", f"-{fresh}.5"])
        return Value(v, v)
    if TYPES[t] == "text":
        v = text()
        return Value(v, v)
    if t == "char(4)":
        v = f"{fresh % 10000:4}".strip()
        return Value(v, v)
    if t == "uuid":
        v = uuid(rng)
        return Value(v, v)
    if TYPES[t] == "time":
        micro = fresh * 7919 % 1000000 if t != "timestamptz(3)" else fresh * 7919 % 1000 * 1000
        day, clock = f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}", f"10:{fresh % 60:02}:07.{micro:06}"
        if t == "date":
            return Value(day, day)
        if t == "time":
            return Value(clock, clock)
        z = "Z" if t.startswith("timestamptz") else ""
        return Value(f"{day}T{clock}{z}", f"{day}T{clock}{z}")
    if TYPES[t] == "json":
        v = json.dumps(rng.choice([{"k": text(), "n": fresh}, [fresh, text(), None], {"a": {"b": fresh}, "k": text()},
                                   {"n": fresh}, text()]))
        return Value(v, v)
    if t == "bytea":
        v = rng.choice([b"", b"\0\xff", mark.encode() + b"\0" + str(fresh).encode()])
        return Value("\\x" + v.hex(), v)
    if t == "mood":
        v = rng.choice(["sad", "ok", "happy"])
        return Value(v, v)
    if t == "integer[]":
        v = [rng.choice([fresh, 0, None]) for _ in range(rng.randrange(3))]
        return Value("{" + ",".join("NULL" if x is None else str(x) for x in v) + "}", json.dumps(v, separators=(",", ":")))
    if t == "text[]":
        v = [rng.choice([text(), "", None]) for _ in range(rng.randrange(3))]
        item = lambda x: "NULL" if x is None else '"' + x.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return Value("{" + ",".join(map(item, v)) + "}", json.dumps(v, separators=(",", ":"), ensure_ascii=False))
    if t == "interval":
        v = f"{fresh % 300 + 2} days"
        return Value(v, v)
    if t == "inet":
        v = f"10.0.{fresh // 256 % 256}.{fresh % 256}"
        return Value(v, v)
    raise AssertionError(t)


def comparable(v):
    """A value of either side, or of JSON within it, that equals the other's when they are the same."""
    if isinstance(v, bool) or v is None or isinstance(v, (str, bytes)):
        return v
    if isinstance(v, (int, decimal.Decimal)):
        v = decimal.Decimal(v)
        return "NaN" if v.is_nan() else v.normalize()
    if isinstance(v, float):
        return decimal.Decimal(repr(v)).normalize()
    if isinstance(v, list):
        return tuple(map(comparable, v))
    return tuple(sorted((k, comparable(x)) for k, x in v.items()))


def numbers(text):
    return json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def clock(text):
    text = text.replace(" ", "T").removesuffix("Z").removesuffix("+00:00").removesuffix("+00")
    if ":" in text:
        head, _, micro = text.partition(".")
        text = f"{head}.{micro:0<6}"
    return text


def of_sqlite(c, v):
    sort = TYPES[c.type]
    if v is None:
        return None
    if sort == "bool":
        return bool(v)
    if sort == "real":
        return struct.pack("f", v)
    if sort == "float":
        return struct.pack("d", v + 0.0)
    if sort == "numeric":
        return comparable(decimal.Decimal(v))
    if sort in ("json", "array"):
        return comparable(numbers(v))
    return clock(v) if sort == "time" else v.rstrip(" ") if sort == "char" else comparable(v)


def of_json(c, v):
    """Of to_jsonb(row), or of a text that PostgreSQL printed."""
    sort = TYPES[c.type]
    if v is None:
        return None
    if sort == "bool":
        return v if isinstance(v, bool) else v in ("t", "true")
    if sort in ("real", "float"):
        v = float(str(v).replace("Infinity", "inf"))
        return struct.pack("f" if sort == "real" else "d", v + 0.0)
    if sort in ("int", "num", "numeric"):
        return comparable(decimal.Decimal(v))
    if sort == "bytes":
        return bytes.fromhex(v[2:])
    if sort == "json" and c.plain_json:
        return comparable(numbers(v))
    return clock(v) if sort == "time" else v.rstrip(" ") if sort == "char" else comparable(v)


# ---- schemas

class Column:
    def __init__(self, name, type_, not_null=False, default=None):
        self.name, self.type, self.not_null, self.default = name, type_, not_null, default
        self.plain_json = False  # in a text of its own, not inside another JSON value


class Foreign:
    def __init__(self, table, columns, ref, ref_columns, rest=""):
        self.table, self.columns, self.ref, self.ref_columns, self.rest = table, columns, ref, ref_columns, rest


class Table:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.columns, self.key, self.foreign, self.unique, self.after = [], [], [], [], []
        self.tenant = None     # the column
        self.path = None       # the Foreign
        self.movable = False
        self.policies = {}
        self.policy = None
        self.touched = False   # an updated_at trigger

    def column(self, name):
        return next(c for c in self.columns if c.name == name)

    def add(self, *args, **more):
        self.columns.append(Column(*args, **more))
        return self.columns[-1]


KEYS = {"uuid": ["uuid"], "integer": ["integer"], "bigint": ["bigint"], "text": ["text"], "pair": ["integer", "text"],
        "triple": ["date", "smallint", "varchar(40)"], "stamp": ["timestamptz", "uuid"]}


class Schema:
    def __init__(self, rng):
        self.rng = rng
        self.tenant_type = rng.choice(["uuid", "text", "integer", "bigint"])
        self.tables = []
        self.moves = rng.random() < 0.4
        self.make_tenants()
        n = rng.randrange(0, 8)
        for i in range(n):
            kinds = ["own", "own", "own", "path", "shared", "local", "members"]
            self.make(f"t{i}", rng.choice(kinds))
        for t in self.tables:
            if rng.random() < 0.15 and t.kind in ("own", "path"):
                t.name = f"Odd {t.name}"
        self.cycle()
        self.decide_policies()
        self.decide_moves()

    def of(self, *kinds):
        return [t for t in self.tables if t.kind in kinds]

    def make_tenants(self):
        t = Table("tenants", "tenants")
        t.add("id", self.tenant_type, not_null=True)
        t.add("name", "text", not_null=True)
        t.key = ["id"]
        t.tenant = t.columns[0]
        self.more_columns(t, 1)
        self.tables.append(t)

    def more_columns(self, t, least=0):
        rng = self.rng
        for i in range(rng.randrange(least, 6)):
            c = t.add(f"c{i}", rng.choice(list(TYPES)), not_null=rng.random() < 0.25)
            if rng.random() < 0.3 and TYPES[c.type] in ("int", "text"):
                c.default = "7" if TYPES[c.type] == "int" else "'given'"
        if rng.random() < 0.4 and t.kind != "local":
            t.add("updated_at", "timestamptz", not_null=True, default="now()")
            t.touched = True

    def make_key(self, t, with_tenant):
        name = self.rng.choice(list(KEYS))
        own = []
        for i, type_ in enumerate(KEYS[name]):
            own.append(t.add("id" if i == 0 else f"id{i}", type_, not_null=True).name)
        t.key = ([t.tenant.name] if with_tenant else []) + own

    def make(self, name, kind):
        rng = self.rng
        if kind == "path" and not self.of("own", "path"):
            kind = "own"
        if kind == "members" and self.of("people"):
            kind = "own"
        if kind == "members":
            self.make_people(name)
            return
        t = Table(name, kind)
        if kind == "own":
            t.tenant = t.add("tenant" if rng.random() < 0.7 else "owner id", self.tenant_type, not_null=True)
            self.make_key(t, rng.random() < 0.5)
            rest = rng.choice(["", " ON DELETE CASCADE"])
            t.foreign.append(Foreign(t, [t.tenant.name], self.tables[0], ["id"], rest))
        else:
            self.make_key(t, False)
        if kind == "path":
            self.refer(t, rng.choice(self.of("own", "path")), "up", path=True)
        if kind in ("own", "path"):
            for i, p in enumerate(self.of("own", "shared")):
                if rng.random() < 0.3:
                    self.refer(t, p, f"ref{i}")
            if rng.random() < 0.3:
                self.refer(t, t, "self")
            if self.of("junction") and rng.random() < 0.3 and kind == "own":
                self.refer_member(t)
        self.more_columns(t, 1)
        self.uniques(t)
        self.tables.append(t)

    def refer_member(self, t):
        j = self.of("junction")[0]
        t.add("member", j.column("person").type)
        t.foreign.append(Foreign(t, [t.tenant.name, "member"], j, ["tenant", "person"],
                                 self.rng.choice([" ON DELETE SET NULL (member)", " ON DELETE CASCADE"])))

    def make_people(self, name):
        rng = self.rng
        p = Table(name, "people")
        p.add("id", rng.choice(["uuid", "integer", "text"]), not_null=True)
        p.key = ["id"]
        self.more_columns(p, 1)
        j = Table(f"{name}_of", "junction")
        j.tenant = j.add("tenant", self.tenant_type, not_null=True)
        j.add("person", p.columns[0].type, not_null=True)
        if rng.random() < 0.5:
            j.key = ["tenant", "person"]
        else:
            j.add("id", "uuid", not_null=True)
            j.key = rng.choice([["id"], ["tenant", "id"]])
            j.unique.append(("columns", ["tenant", "person"], ""))
        j.foreign.append(Foreign(j, ["tenant"], self.tables[0], ["id"], " ON DELETE CASCADE"))
        j.foreign.append(Foreign(j, ["person"], p, ["id"], " ON DELETE CASCADE"))
        self.more_columns(j)
        self.tables += [p, j]

    def refer(self, t, p, prefix, path=False):
        """To `p`, with the tenant where both have it and p's key is led by it."""
        rng = self.rng
        own, columns = [], []
        not_null = rng.random() < (0.8 if path else 0.2) and p is not t
        for k in p.key:
            if p.tenant is not None and k == p.tenant.name:
                if t.tenant is None:
                    own.append(t.add(f"{prefix} {k}", p.column(k).type, not_null=not_null).name)
                    columns.append(own[-1])
                else:
                    columns.append(t.tenant.name)
                continue
            own.append(t.add(f"{prefix}_{k}", p.column(k).type, not_null=not_null).name)
            columns.append(own[-1])
        rest = rng.choice(["", " ON DELETE CASCADE", " ON DELETE RESTRICT"])
        if not not_null and rng.random() < 0.5:
            rest = " ON DELETE SET NULL" + (f" ({', '.join(map(ident, own))})" if own != columns else "")
        if rng.random() < 0.3:
            rest += " ON UPDATE CASCADE"
        if rng.random() < 0.2 and "RESTRICT" not in rest:
            rest += " DEFERRABLE INITIALLY DEFERRED"
        f = Foreign(t, columns, p, list(p.key), rest)
        t.foreign.append(f)
        if path:
            t.path = f

    def cycle(self):
        """Two tables that refer to one another."""
        rng, own = self.rng, self.of("own")
        if len(own) < 2 or rng.random() < 0.5:
            return
        a, b = rng.sample(own, 2)
        n = len(a.foreign)
        self.refer(a, b, "round")
        f = a.foreign[n]
        for c in f.columns:
            a.column(c).not_null = c == a.tenant.name or c in a.key
        del a.foreign[n]
        a.after.append(f)

    def uniques(self, t):
        rng = self.rng
        if rng.random() < 0.5:
            return
        c = t.add("code", rng.choice(["text", "text", "integer", "varchar(40)"]))
        led = [t.tenant.name, "code"] if t.tenant is not None and rng.random() < 0.6 else ["code"]
        way = rng.choice(["columns", "columns", "index", "partial", "expression"])
        if way == "expression" and TYPES[c.type] != "text":
            way = "index"
        if way == "partial":
            t.add("live", "boolean", not_null=True, default="true")
        t.unique.append((way, led, ""))

    def decide_policies(self):
        rng = self.rng
        for t in self.tables:
            if t.kind in ("local", "shared"):
                continue
            if rng.random() < 0.4:
                t.policy = rng.choice(["server", "device", "manual"])
            for c in t.columns:
                if c.name in t.key or rng.random() < 0.7 or any(c.name in f.columns for f in t.foreign + t.after):
                    continue
                fits = ["server", "device", "manual"]
                if TYPES[c.type] in ("int", "num"):
                    fits += ["sum", "max", "min"]
                if TYPES[c.type] == "text" and c.name != "code":
                    fits += ["concat", "max"]
                if c.type == "jsonb":
                    fits += ["json-merge"] * 3
                if t.touched:
                    fits += ["latest(updated_at)"]
                t.policies[c.name] = rng.choice(fits)

    def decide_moves(self):
        """Rows of what may change their tenant without leaving behind, or taking along, a reference across tenants?"""
        for t in self.of("own"):
            refers = any(f.ref.kind not in ("tenants", "shared") for f in t.foreign + t.after)
            referred = any(f.ref is t for o in self.tables for f in o.foreign + o.after)
            t.movable = self.moves and not refers and not referred

    def sql(self):
        rng = self.rng
        out = ["CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');",
               "CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
               "    NEW.updated_at := now();\n    RETURN NEW;\nEND\n$$;"]
        for t in self.tables:
            lines = []
            for c in t.columns:
                lines.append(f"{ident(c.name)} {c.type}" + (" NOT NULL" if c.not_null else "") +
                             (f" DEFAULT {c.default}" if c.default else ""))
            lines.append(f"PRIMARY KEY ({', '.join(map(ident, t.key))})")
            lines += [f.sql() for f in t.foreign]
            lines += [f"UNIQUE ({', '.join(map(ident, led))}) {rest}".rstrip() for way, led, rest in t.unique
                      if way == "columns"]
            out.append(f"CREATE TABLE {ident(t.name)} (\n    " + ",\n    ".join(lines) + "\n);")
            for i, (way, led, _) in enumerate(t.unique):
                keys = ", ".join(map(ident, led))
                if way == "expression":
                    keys = ", ".join([*map(ident, led[:-1]), f"lower({ident(led[-1])})"])
                if way != "columns":
                    out.append(f"CREATE UNIQUE INDEX {ident(f'{t.name} u{i}')} ON {ident(t.name)} ({keys})" +
                               (" WHERE live;" if way == "partial" else ";"))
            if t.touched:
                out.append(f"CREATE TRIGGER {ident(t.name + '_touched')} BEFORE UPDATE ON {ident(t.name)}\n"
                           "    FOR EACH ROW EXECUTE FUNCTION set_updated_at();")
        for t in self.tables:
            for i, f in enumerate(t.after):
                out.append(f"ALTER TABLE {ident(t.name)} ADD CONSTRAINT {ident(f'{t.name} round{i}')} {f.sql()};")
        del rng
        return "\n".join(out) + "\n"

    def config(self):
        tables = {}
        for t in self.tables:
            e = {}
            if t.kind == "local":
                e["scope"] = "local"
            elif t.kind == "shared":
                e["scope"] = "shared"
            elif t.kind == "path":
                e = {"scope": "path", "through": t.path.ref.name, "column": t.path.columns[0]}
            elif t.kind == "people":
                e = {"scope": "membership", "through": next(j.name for j in self.of("junction"))}
            if t.policy:
                e["policy"] = t.policy
            if t.policies:
                e["columns"] = t.policies
            if e:
                tables[t.name] = e
        return {"migrations": "migrations", "sync": {"tenant": "tenants", "tables": tables}}

    def belongs(self, t, alias, tenant):
        """The row's tenant is this one, written without tandem's help."""
        if t.tenant is not None:
            return f"{alias}.{ident(t.tenant.name)} = {tenant}"
        if t.kind == "people":
            j = self.of("junction")[0]
            return f"EXISTS (SELECT 1 FROM {ident(j.name)} {alias}j WHERE {alias}j.person = {alias}.id AND " \
                   f"{alias}j.tenant = {tenant})"
        if t.kind == "path":
            p = t.path.ref
            on = " AND ".join(f"{alias}p.{ident(r)} = {alias}.{ident(c)}"
                              for c, r in zip(t.path.columns, t.path.ref_columns))
            return f"EXISTS (SELECT 1 FROM {ident(p.name)} {alias}p WHERE {on} AND {self.belongs(p, alias + 'p', tenant)})"
        return "true"


def foreign_sql(f):
    return f"FOREIGN KEY ({', '.join(map(ident, f.columns))}) REFERENCES {ident(f.ref.name)} " \
           f"({', '.join(map(ident, f.ref_columns))}){f.rest}"


Foreign.sql = foreign_sql


def ident(name):
    return '"' + name.replace('"', '""') + '"'


# ---- writes

class Writer:
    """Random statements for one side; `side` is "pg" or "lite"."""
    def __init__(self, run, side):
        self.run, self.rng, self.schema, self.side = run, run.rng, run.schema, side
        self.prefix = ""

    def mark(self, t, tenant):
        s = self.schema
        if t.kind in ("own", "tenants", "junction") or (t.kind == "path" and not s.moves):
            return f"@T{tenant}@"
        return ""

    def lit(self, c, v):
        return v.in_pg(c) if self.side == "pg" else v.in_lite()

    def tenant(self, tenant):
        c = self.schema.tables[0].columns[0]
        return self.lit(c, self.run.tenants[tenant])

    def key_value(self, t, name, tenant):
        """From a few, so that they meet."""
        c, n = t.column(name), self.rng.randrange(1, 9)
        if self.rng.random() < 0.1:
            n += self.run.fresh()
        if self.rng.random() < 0.95:
            n += 100000 * (tenant + 1)
        if c.type in ("integer", "bigint"):
            return Value(str(n), n)
        if c.type == "smallint":
            return Value(str(n % 3000), n % 3000)
        if c.type == "uuid":
            v = f"{n:08x}-0000-4000-8000-000000000000"
            return Value(v, v)
        if c.type == "date":
            v = f"2026-01-{n % 28 + 1:02}"
            return Value(v, v)
        if c.type == "timestamptz":
            v = f"2026-01-{n % 28 + 1:02}T00:00:00.{n % 1000:03}000Z"
            return Value(v, v)
        v = f"{self.mark(t, tenant)}k{n}" if n % 5 else f"{self.mark(t, tenant)}k, \"{n}\" 'ü"
        return Value(v, v)

    def parent(self, f, tenant, salt):
        """Per column of `f` that is not the tenant's the SQL of one parent's; the same parent for all."""
        out = {}
        p = f.ref
        where = self.schema.belongs(p, "p", self.tenant(tenant)) if self.side == "pg" else "true"
        if self.side == "lite" and p.kind in ("own", "junction"):
            where = f"p.{ident(p.tenant.name)} = {self.tenant(tenant)}"
        keys = " || ".join(f"p.{ident(k)}" + ("::text" if self.side == "pg" else "") for k in p.key)
        # some order that the salt decides
        order = f"md5({keys} || '{salt}')" if self.side == "pg" else \
            f"(length({keys}) * 31 + unicode(substr({keys}, -1)) * {salt % 97 + 1}) % 101, {keys}"
        for c, r in zip(f.columns, f.ref_columns):
            if f.table.tenant is not None and c == f.table.tenant.name:
                continue
            out[c] = f"(SELECT p.{ident(r)} FROM {ident(p.name)} p WHERE {where} ORDER BY {order} LIMIT 1)"
        return out

    def row(self, t, tenant, only=None, constant=False):
        """SQL of values by column. `constant`: no subqueries, so that COPY can have it."""
        rng, out = self.rng, {}
        mark = self.mark(t, tenant)
        for c in t.columns:
            if t.tenant is c and t.kind != "tenants":
                out[c.name] = self.run.tenants[tenant]
            elif c.name in t.key and t.kind != "tenants":
                out[c.name] = self.key_value(t, c.name, tenant)
            elif t.kind == "tenants" and c.name == "id":
                out[c.name] = self.run.tenants[tenant]
            elif c.name == "code":
                n = rng.randrange(1, 7)
                v = f"{mark}{rng.choice('uU')}{n}"
                out[c.name] = NULL if rng.random() < 0.2 else Value(str(n), n) if c.type == "integer" else Value(v, v)
            elif c.name == "updated_at":
                continue
            else:
                out[c.name] = random_value(rng, c, mark, self.run.fresh())
            if c.default and rng.random() < 0.3 and c.name in out and c.name not in t.key:
                del out[c.name]
        text = {n: self.lit(t.column(n), v) for n, v in out.items()}
        for f in t.foreign + t.after:
            names = [c for c in f.columns if t.tenant is None or c != t.tenant.name]
            if f.ref.kind == "tenants" or any(c in t.key and t.kind != "junction" for c in names):
                continue
            if t.kind != "junction" and rng.random() < 0.3 and not any(t.column(c).not_null for c in names):
                text.update({c: "NULL" for c in names})
                out.update({c: NULL for c in names})
            elif constant:
                if any(t.column(c).not_null for c in names):
                    return None
                text.update({c: "NULL" for c in names})
                out.update({c: NULL for c in names})
            else:
                text.update(self.parent_any(f, tenant, rng.randrange(10000)))
        if only is not None:
            text = {k: v for k, v in text.items() if k in only}
        return out if constant else text

    def parent_any(self, f, tenant, salt):
        if f.ref.kind == "people" and self.side == "pg":  # a new member may be anybody
            p = f.ref
            return {f.columns[0]: f"(SELECT p.id FROM {ident(p.name)} p ORDER BY md5(p.id::text || '{salt}') LIMIT 1)"}
        return self.parent(f, tenant, salt)

    def some(self, t, tenant, share=3):
        """A condition that a part of the tenant's rows meets."""
        rng = self.rng
        keys = " || ".join(f"x.{ident(k)}" + ("::text" if self.side == "pg" else "") for k in t.key)
        if self.side == "pg":
            pick = f"('x' || left(md5({keys} || '{rng.randrange(1000)}'), 6))::bit(24)::int % {share} = 0"
            return f"{self.schema.belongs(t, 'x', self.tenant(tenant))} AND {pick}"
        if share == 1:
            return "1"
        return f"(unicode(substr({keys}, -1 - {rng.randrange(2)})) + length({keys})) % {share} = {rng.randrange(share)}"

    def sets(self, t, tenant):
        rng = self.rng
        names = [c.name for c in t.columns if c.name not in t.key and c is not t.tenant and c.name != "updated_at"]
        if t.kind == "path" and self.side == "pg" and not self.schema.moves:
            pass
        if not names:
            return None
        picked = rng.sample(names, min(len(names), rng.randrange(1, 4)))
        for f in t.foreign + t.after:  # all of a reference or none
            mine = [c for c in f.columns if t.tenant is None or c != t.tenant.name]
            if any(c in picked for c in mine):
                picked += [c for c in mine if c not in picked and c not in t.key]
        row = self.row(t, tenant, only=picked)
        return ", ".join(f"{ident(k)} = {v}" for k, v in row.items()) or None

    def statement(self, tenant):
        rng, s = self.rng, self.schema
        weights = {"own": 6, "path": 5, "junction": 4, "people": 4, "tenants": 1, "shared": 2, "local": 1}
        if self.side == "lite":
            weights["shared"] = 0.3
            weights["local"] = 1
        t = rng.choices(s.tables, [weights[t.kind] for t in s.tables])[0]
        return self.on_table(t, tenant)

    def on_table(self, t, tenant):
        rng = self.rng
        kind = rng.choices(["insert", "upsert", "update", "bulk", "delete", "key", "swap", "special"],
                           [5, 3, 6, 1, 2, 1, 1, 3])[0]
        name = ident(t.name)
        if t.kind == "tenants" and kind not in ("update", "bulk"):
            if self.side == "lite" and rng.random() < 0.1:
                return f"INSERT INTO {name} (id, name) VALUES ({literal(self.run.other_tenant.lite)}, 'mine')"
            kind = "update"
        if kind in ("update", "bulk", "swap"):
            if kind == "swap" and t.unique and t.unique[0][1][-1] == "code":
                made = self.swap(t, tenant)
                if made:
                    return made
            sets = self.sets(t, tenant)
            if sets is None:
                return "SELECT 1"
            word = ""
            if self.side == "lite":
                word = rng.choice(["", "", "OR REPLACE ", "OR IGNORE "])
            return f"UPDATE {word}{name} AS x SET {sets} WHERE {self.some(t, tenant, 1 if kind == 'bulk' else 3)}"
        if kind == "delete":
            return f"DELETE FROM {name} AS x WHERE {self.some(t, tenant, 5)}"
        if kind == "key":
            made = self.change_key(t, tenant)
            if made:
                return made
        if kind == "special" and self.side == "pg":
            return self.special_pg(t, tenant)
        rows = [self.row(t, tenant) for _ in range(rng.choice([1, 1, 2, 4]))]
        cols = [c for c in rows[0] if all(c in r for r in rows)]
        values = ", ".join("(" + ", ".join(r[c] for c in cols) + ")" for r in rows)
        into = f"INTO {name} ({', '.join(map(ident, cols))}) VALUES {values}"
        keys = ", ".join(map(ident, t.key))
        if kind == "upsert":
            sets = ", ".join(f"{ident(c)} = excluded.{ident(c)}" for c in cols if c not in t.key and
                             (t.tenant is None or c != t.tenant.name))
            if sets:
                return f"INSERT {into} ON CONFLICT ({keys}) DO UPDATE SET {sets}"
        if self.side == "lite":
            return f"INSERT {rng.choice(['', 'OR REPLACE ', 'OR IGNORE ', 'OR REPLACE '])}{into}"
        return f"INSERT {into}" + rng.choice(["", " ON CONFLICT DO NOTHING"])

    def change_key(self, t, tenant):
        own = [k for k in t.key if t.tenant is None or k != t.tenant.name]
        if t.kind in ("junction", "tenants") or not own:
            return None
        k = self.rng.choice(own)
        if any(k in f.columns for f in t.foreign + t.after):
            return None
        new = self.lit(t.column(k), self.key_value(t, k, tenant))
        keys = ", ".join(map(ident, t.key))
        tail = f"({keys}) = (SELECT {', '.join(f'x.{ident(c)}' for c in t.key)} FROM {ident(t.name)} x WHERE " \
               f"{self.some(t, tenant)} LIMIT 1)"
        word = self.rng.choice(["", "OR REPLACE "]) if self.side == "lite" else ""
        return f"UPDATE {word}{ident(t.name)} SET {ident(k)} = {new} WHERE {tail}"

    def swap(self, t, tenant):
        """By way of NULL: A takes B's and B takes A's."""
        c, name = ident("code"), ident(t.name)
        keys = " || ".join(f"x.{ident(k)}" + ("::text" if self.side == "pg" else "") for k in t.key)
        two = f"SELECT {keys} AS k, x.code FROM {name} x WHERE x.code IS NOT NULL AND " \
              f"{self.some(t, tenant, 1)} ORDER BY 1 LIMIT 2"
        tmp = f"swap{self.run.fresh()}"
        if any(TYPES[t.column(k).type] == "bytes" for k in t.key):
            return None
        create = f"CREATE TEMP TABLE {tmp} AS {two}"
        return f"{create}; UPDATE {name} AS x SET {c} = NULL WHERE {keys} IN (SELECT k FROM {tmp}); " \
               f"UPDATE {name} AS x SET {c} = (SELECT o.code FROM {tmp} o WHERE o.k <> {keys} LIMIT 1) " \
               f"WHERE {keys} IN (SELECT k FROM {tmp}); DROP TABLE {tmp}"

    def special_pg(self, t, tenant):
        rng, name = self.rng, ident(t.name)
        kind = rng.choice(["copy", "copy", "merge", "merge", "move", "move", "truncate", "nothing"])
        if kind == "copy":
            rows = [self.row(t, tenant, constant=True) for _ in range(rng.randrange(1, 4))]
            if rows[0] is None:
                return "SELECT 1"
            cols = [c for c in rows[0] if all(c in r for r in rows)]
            esc = lambda v: "\\N" if v.pg is None else v.pg.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
            lines = "\n".join("\t".join(esc(r[c]) for c in cols) for r in rows)
            return f"COPY {name} ({', '.join(map(ident, cols))}) FROM stdin;\n{lines}\n\\."
        if kind == "merge":
            row = self.row(t, tenant)
            sets = self.sets(t, tenant)
            cols = list(row)
            if sets is None:
                return "SELECT 1"
            on = " AND ".join(f"x.{ident(k)} = s.{ident(k)}" for k in t.key)
            return f"MERGE INTO {name} x USING (SELECT {', '.join(f'{row[c]} AS {ident(c)}' for c in cols)}) s ON {on} " \
                   f"WHEN MATCHED AND {rng.choice(['true', 'false'])} THEN UPDATE SET {sets} WHEN MATCHED THEN DELETE " \
                   f"WHEN NOT MATCHED THEN INSERT ({', '.join(map(ident, cols))}) VALUES " \
                   f"({', '.join(f's.{ident(c)}' for c in cols)})"
        if kind == "move" and t.movable:
            to = rng.randrange(len(self.run.tenants))
            texts = self.row(t, to, only=[c.name for c in t.columns if c.name not in t.key and c.name != "updated_at"])
            for c in t.columns:  # nothing of the old tenant's stays
                if c.name not in texts and c.name not in t.key and c.name != "updated_at":
                    texts[c.name] = self.lit(c, random_value(rng, c, self.mark(t, to), self.run.fresh()))
            texts[t.tenant.name] = self.tenant(to)
            for k in t.key:
                if k != t.tenant.name and TYPES[t.column(k).type] == "text":
                    texts[k] = self.lit(t.column(k), self.key_value(t, k, to))
            sets = ", ".join(f"{ident(k)} = {v}" for k, v in texts.items())
            return f"UPDATE {name} AS x SET {sets} WHERE {self.some(t, tenant, 4)}"
        if kind == "truncate" and rng.random() < 0.15 and t.kind not in ("tenants", "people", "junction"):
            return f"TRUNCATE {name}" + rng.choice(["", " CASCADE"])
        return "SELECT 1"

    def batch(self, tenants, least=1, most=6):
        rng = self.rng
        out = [self.statement(rng.choice(tenants)) for _ in range(rng.randrange(least, most + 1))]
        if rng.random() < 0.3:
            out = ["BEGIN", *out, rng.choice(["COMMIT", "COMMIT", "ROLLBACK"])]
        elif rng.random() < 0.3:
            n = len(out) // 2
            out = ["BEGIN", *out[:n], "SAVEPOINT s", *out[n:], rng.choice(["RELEASE s", "ROLLBACK TO s"]), "COMMIT"]
        return out


# ---- the sides

class Psql:
    """A session kept open: a long writer."""
    def __init__(self, url):
        self.p = subprocess.Popen(["psql", "-XAtq", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, env=dict(os.environ, PGAPPNAME="writer"))

    def run(self, sql):
        self.p.stdin.write(sql + ";\n\\echo done-here\n")
        self.p.stdin.flush()
        out = []
        for line in self.p.stdout:
            if line.strip() == "done-here":
                break
            out.append(line)
        return "".join(out)

    def close(self):
        self.p.stdin.close()
        self.p.wait()


NEW = object()  # among a row's written columns: the row is new


class Device:
    def __init__(self, path, tenant):
        self.path, self.tenant = path, tenant
        self.pending, self.sent = {}, []


def merged(old, new):
    """Writes by key of row: a dict of columns, or None for a delete."""
    out = dict(old)
    for k, v in new.items():
        if v is None and NEW in (out.get(k) or {}):
            del out[k]  # made and deleted before it was ever sent
            continue
        out[k] = {**out[k], **v} if v is not None and out.get(k) is not None else v
    return out


class Run:
    def __init__(self, seed, directory, verbose=False):
        self.seed, self.dir, self.verbose = seed, directory, verbose
        self.rng = random.Random(seed)
        self.counter, self.log = 1000, []
        self.name = f"real_{os.getpid()}_{seed}"
        self.url = re.sub(r"/postgres(?=\?|$)", f"/{self.name}", URL)
        self.stats = collections.Counter()
        self.schema = Schema(self.rng)
        t = self.schema.tables[0].columns[0].type
        self.tenants = []
        for i in range(self.rng.randrange(2, 5) + 1):
            v = f"{i:08x}-aaaa-4000-8000-000000000000" if t == "uuid" else f"ten'ant {i}" if t == "text" else i + 1
            self.tenants.append(Value(str(v), v))
        self.other_tenant = self.tenants.pop()
        self.devices = []

    def fresh(self):
        self.counter += 1
        return self.counter

    def note(self, *what):
        self.log.append(" ".join(map(str, what)))

    # -- processes

    def tandem(self, *args, ok=(0,), stop=None):
        self.note("tandem", *args)
        env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DIRECT_URL", "TANDEM_REMOTE_URL")}
        p = subprocess.Popen([TANDEM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.dir, env=env)
        if stop is not None:
            return p
        return self.ended(p, args, ok)

    def ended(self, p, args, ok, timeout=60):
        try:
            out, err = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as e:
            p.kill()
            p.communicate()
            raise Failed(f"tandem {' '.join(args)} is still running") from e
        self.note(f"  -> {p.returncode} {err.decode(errors='replace').strip()}")
        if p.returncode not in ok:
            raise Failed(f"tandem {' '.join(args)} exits {p.returncode}\n{err.decode(errors='replace')}"
                         f"{out.decode(errors='replace')}")
        return p.returncode, out.decode()

    def psql(self, statements, rollback=False, check=False):
        script = ["SET lock_timeout = '300ms'"] + (["\\set ON_ERROR_ROLLBACK on"] if rollback else []) + \
                 (["\\set ON_ERROR_STOP on"] if check else [])
        text = "".join(s + ("\n" if s.startswith("\\") or s.endswith("\\.") else ";\n") for s in [*script, *statements])
        done = subprocess.run(["psql", "-XAtq", self.url], input=text, capture_output=True, text=True, check=False,
                              env=dict(os.environ, PGAPPNAME="writer", PGCLIENTENCODING="UTF8"))
        self.note("psql:\n" + text + done.stderr)
        self.stats["pg errors"] += done.stderr.count("ERROR:")
        for bad in re.findall(r"ERROR:.*(?:syntax|does not exist|type|ambiguous|tandem).*", done.stderr):
            self.stats[f"! {bad[:150]}"] += 1
        if check and done.returncode != 0:
            raise Failed(f"psql: {done.stderr}\n{text}")
        return done.stdout

    # -- what is there

    def server_rows(self, t, tenant):
        s = self.schema
        where = s.belongs(t, "x", self.tenants[tenant].in_pg(s.tables[0].columns[0]))
        out = self.psql([f"SELECT to_jsonb(x) FROM {ident(t.name)} x WHERE {where}"], check=True)
        rows = {}
        for line in out.splitlines():
            row = numbers(line)
            row = {c.name: of_json(c, row[c.name]) for c in t.columns}
            rows[tuple(row[k] for k in t.key)] = row
        return rows

    def local_rows(self, db, t):
        there = {r[1] for r in db.execute(f"PRAGMA table_info({ident(t.name)})")}
        columns = [c for c in t.columns if c.name in there]
        got = db.execute(f"SELECT {', '.join(ident(c.name) for c in columns)} FROM {ident(t.name)}").fetchall()
        rows = {}
        for r in got:
            row = {c.name: of_sqlite(c, v) for c, v in zip(columns, r)}
            rows[tuple(row[k] for k in t.key)] = row
        return rows

    def travelling(self):
        return [t for t in self.schema.tables if t.kind != "local"]

    # -- setting up

    def set_up(self):
        os.makedirs(f"{self.dir}/migrations/20260101000000_init")
        with open(f"{self.dir}/migrations/20260101000000_init/migration.sql", "w") as f:
            f.write(self.schema.sql())
        with open(f"{self.dir}/tandem.json", "w") as f:
            json.dump(self.schema.config(), f, indent=1)
        admin(f"CREATE DATABASE {self.name}")
        self.tandem("migrate", "deploy", "--url", self.url)
        self.psql(["CREATE SCHEMA audit",
                   "CREATE TABLE audit.log (seq bigserial, tbl text, op text, old jsonb, new jsonb)",
                   "CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit.log (tbl, op,"
                   " old, new) VALUES (TG_TABLE_NAME, TG_OP, CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,"
                   " CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END); RETURN NULL; END $$",
                   "CREATE FUNCTION audit.gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit.log (tbl, op)"
                   " VALUES (TG_TABLE_NAME, 'TRUNCATE'); RETURN NULL; END $$"] +
                  [f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {ident(t.name)} FOR EACH ROW EXECUTE FUNCTION"
                   f" audit.note(); CREATE TRIGGER audit_gone AFTER TRUNCATE ON {ident(t.name)} EXECUTE FUNCTION audit.gone()"
                   for t in self.travelling()], check=True)
        w = Writer(self, "pg")
        before = self.rng.random() < 0.5
        if before:
            self.tandem("sync", "enable", "--url", self.url)
        first = self.schema.tables[0]
        for i in range(len(self.tenants)):
            row = w.row(first, i)
            self.psql([f"INSERT INTO {ident(first.name)} ({', '.join(map(ident, row))}) VALUES ({', '.join(row.values())})"])
        fill = []
        for t in self.schema.tables[1:]:
            for i in range(len(self.tenants)):
                for _ in range(self.rng.randrange(2, 5)):
                    row = w.row(t, i)
                    fill.append(f"INSERT INTO {ident(t.name)} ({', '.join(map(ident, row))}) VALUES "
                                f"({', '.join(row.values())}) ON CONFLICT DO NOTHING")
        self.psql(fill)
        if not before:
            self.tandem("sync", "enable", "--url", self.url)
        for i in range(self.rng.choice([1, 2, 2, 3])):
            self.clone()

    def clone(self):
        i = len(self.devices)
        tenant = 0 if self.rng.random() < 0.75 else 1
        d = Device(f"{self.dir}/d{i}.db", tenant)
        self.tandem("sync", "clone", "--remote", self.url, "--tenant", self.tenants[tenant].pg, "--local", d.path)
        self.devices.append(d)

    # -- acts

    def write_server(self):
        w = Writer(self, "pg")
        self.psql(w.batch(range(len(self.tenants))), rollback=self.rng.random() < 0.6)

    def write_device(self, d, alone=True):
        w = Writer(self, "lite")
        statements = w.batch([d.tenant])
        if alone and self.rng.random() < 0.15:
            self.write_shell(d, statements)
            return
        db = sqlite3.connect(d.path, isolation_level=None, timeout=20)
        pragmas = [f"PRAGMA foreign_keys = {int(self.rng.random() < 0.7)}",
                   f"PRAGMA recursive_triggers = {int(self.rng.random() < 0.3)}"]
        for p in pragmas:
            db.execute(p)
        self.note(f"sqlite {d.path}", *pragmas)
        db.execute("BEGIN IMMEDIATE")
        before = {t.name: self.local_rows(db, t) for t in self.travelling()}
        for s in statements:
            if s in ("BEGIN", "COMMIT", "ROLLBACK"):
                continue
            self.lite(db, s)
        if db.in_transaction:
            after = {t.name: self.local_rows(db, t) for t in self.travelling()}
            try:
                db.execute("COMMIT")
                self.noticed(d, before, after)
            except sqlite3.Error as e:
                self.note(f"  commit: {e}")
                db.execute("ROLLBACK")
        db.close()

    def lite(self, db, sql):
        try:
            self.note("  " + sql)
            for part in (sql.split("; ") if sql.startswith("CREATE TEMP") else [sql]):
                db.execute(part)
            self.stats["lite done"] += 1
        except sqlite3.Error as e:
            self.stats["lite errors"] += 1
            self.note(f"    {e}")
            if re.search("syntax|no such|ambiguous|tandem", str(e)):
                self.stats[f"! {e}: {sql[:100]}"] += 1
            if "tandem" in str(e):
                raise Failed(f"{e}: {sql}") from e

    def write_shell(self, d, statements):
        db = sqlite3.connect(d.path, isolation_level=None, timeout=20)
        before = {t.name: self.local_rows(db, t) for t in self.travelling()}
        db.close()
        text = ";\n".join(statements) + ";\n"
        done = subprocess.run(["sqlite3", d.path], input=text, capture_output=True, text=True, check=False)
        self.note(f"sqlite3 {d.path}:\n{text}{done.stderr}")
        if "tandem" in done.stderr:
            raise Failed(done.stderr)
        db = sqlite3.connect(d.path, isolation_level=None, timeout=20)
        self.noticed(d, before, {t.name: self.local_rows(db, t) for t in self.travelling()})
        db.close()

    def noticed(self, d, before, after):
        new = {}
        for t in self.travelling():
            old_rows, rows = before[t.name], after[t.name]
            for k in old_rows.keys() - rows.keys():
                new[(t.name, k)] = None
            for k, row in rows.items():
                old = old_rows.get(k)
                changed = {**row, NEW: True} if old is None else {c: v for c, v in row.items() if old[c] != v}
                if changed:
                    new[(t.name, k)] = changed
        self.stats["local writes"] += len(new)
        d.pending = merged(d.pending, new)

    def sync(self, d, how="plain"):
        args = ["sync", "run", "--local", d.path, "--json"]
        sent, d.pending = d.pending, {}
        self.stats[f"run {how}"] += 1
        if how == "plain":
            code, _ = self.tandem(*args, ok=(0, 5))
        else:
            p = self.tandem(*args, stop=True)
            code = self.disturb(d, p, args, how)
        if code in (0, 5):
            d.sent.append({k: v if v is None else {c: x for c, x in v.items() if c not in (d.pending.get(k) or {})}
                           for k, v in sent.items() if k not in d.pending or (v is not None and d.pending[k] is not None)})
        else:
            d.pending = merged(sent, d.pending)

    def disturb(self, d, p, args, how):
        rng = self.rng
        if how == "kill":
            time.sleep(rng.random() ** 2 * 0.25)
            p.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            return self.ended(p, args, (0, 5, -9, -15, 143, 75))[0]
        if how == "terminate":
            time.sleep(rng.random() ** 2 * 0.2)
            self.psql(["SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                       " AND pid <> pg_backend_pid() AND application_name <> 'writer'"])
            return self.ended(p, args, (0, 5, 69))[0]
        if how == "two":
            other = rng.choice(self.devices)
            q = self.tandem("sync", "run", "--local", other.path, stop=True)
            self.ended(q, ["other"], (0, 5, 75))
            return self.ended(p, args, (0, 5, 75))[0]
        if how == "writing":
            self.write_device(d, alone=False)
            return self.ended(p, args, (0, 5, 75))[0]
        raise AssertionError(how)

    def long_writer(self):
        """A transaction that is open while a device runs, and commits after it, or in the middle."""
        rng, w = self.rng, Writer(self, "pg")
        s = Psql(self.url)
        s.run("SET lock_timeout = '300ms'")
        s.run("BEGIN")
        for _ in range(rng.randrange(1, 4)):
            sql = w.statement(rng.randrange(len(self.tenants)))
            if sql.startswith("COPY") or "TRUNCATE" in sql:
                continue
            self.note("long writer:", sql)
            s.run(f"SAVEPOINT s; {sql}")
            s.run("ROLLBACK TO s" if rng.random() < 0.15 else "SELECT 1")
        prepared = rng.random() < 0.35
        if prepared:
            s.run(f"PREPARE TRANSACTION '{self.name}'")
        d = rng.choice(self.devices)
        sent, d.pending = d.pending, {}
        args = ["sync", "run", "--local", d.path, "--json"]
        p = self.tandem(*args, stop=True)
        try:
            p.wait(timeout=0.6)
        except subprocess.TimeoutExpired:
            self.stats["run waits for a writer"] += 1
        end = rng.choice(["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"])
        self.note("long writer:", end)
        s.run(f"{end} PREPARED '{self.name}'" if prepared else end)
        s.close()
        self.stats["long writers"] += 1
        if self.ended(p, args, (0, 5))[0] in (0, 5):
            d.sent.append(sent)

    def migrate(self):
        """A column more, on the server first; devices follow when they like."""
        rng = self.rng
        t = rng.choice(self.travelling())
        n = self.fresh()
        c = Column(f"more{n}", rng.choice(list(TYPES)))
        if TYPES[c.type] == "int" and rng.random() < 0.5:
            c.not_null, c.default = True, "5"
        directory = f"{self.dir}/migrations/20260201{n:06}_more"
        os.makedirs(directory)
        with open(f"{directory}/migration.sql", "w") as f:
            f.write(f"ALTER TABLE {ident(t.name)} ADD COLUMN {ident(c.name)} {c.type}" +
                    (f" NOT NULL DEFAULT {c.default}" if c.default else "") + ";\n")
        self.tandem("migrate", "deploy", "--url", self.url)
        t.columns.append(c)
        self.stats["migrations"] += 1

    def follow(self, d):
        self.tandem("migrate", "deploy", "--url", f"file:{d.path}")

    def act(self):
        rng = self.rng
        what = rng.choices(["server", "device", "run", "kill", "terminate", "two", "long", "writing", "clone", "migrate",
                            "follow"], [5, 6, 5, 2, 1, 1, 1, 1, 0.2, 0.3, 0.5])[0]
        d = rng.choice(self.devices)
        if what == "server":
            self.write_server()
        elif what == "device":
            self.write_device(d)
        elif what == "run":
            self.sync(d)
        elif what == "long":
            self.long_writer()
        elif what == "migrate":
            self.migrate()
        elif what == "follow":
            self.follow(d)
        elif what == "clone":
            if len(self.devices) < 3:
                self.clone()
        else:
            self.sync(d, what)

    # -- what must hold

    def settle(self):
        for d in self.devices:
            self.follow(d)
        for d in self.devices + self.devices:
            self.sync(d)
        for d in self.devices:
            _, out = self.tandem("sync", "run", "--local", d.path, "--json", ok=(0, 5))
            a = json.loads(out)
            if a["pushed"] or a["rejects"] or a["conflicts"]:
                raise Failed(f"{d.path} is not at rest after two rounds: {out}")

    def check(self):
        self.settle()
        history, gone = self.history()
        for d in self.devices:
            self.check_whole(d)
            self.check_equal(d)
            self.check_alone(d)
            self.check_not_lost(d, history, gone)

    def check_whole(self, d):
        db = sqlite3.connect(d.path)
        for pragma in ("integrity_check", "foreign_key_check"):
            got = db.execute(f"PRAGMA {pragma}").fetchall()
            if got not in ([("ok",)], []):
                raise Failed(f"{d.path}: {pragma}: {got[:5]}")
        for t in self.travelling():
            n = db.execute(f"SELECT count(*) FROM {ident('tandem_base_' + t.name)}").fetchone()[0]
            if n:
                raise Failed(f"{d.path}: {n} rows of {t.name} are pending")
        db.close()

    def check_equal(self, d):
        db = sqlite3.connect(d.path)
        for t in self.travelling():
            here, there = self.local_rows(db, t), self.server_rows(t, d.tenant)
            for k in here.keys() | there.keys():
                if here.get(k) != there.get(k):
                    raise Failed(f"{d.path}: {t.name} {k}:\n  here  {here.get(k)}\n  there {there.get(k)}")
            self.stats["rows compared"] += len(here)
        db.close()
        code, out = self.tandem("sync", "verify", "--local", d.path, ok=(0, 5))
        if code != 0:
            raise Failed(f"{d.path}: verify says it differs\n{out}")

    def check_alone(self, d):
        for end in ("", "-wal"):
            if not os.path.exists(d.path + end):
                continue
            with open(d.path + end, "rb") as f:
                data = f.read().upper()
            for i in range(len(self.tenants)):
                at = data.find(f"@T{i}@".encode())
                if i != d.tenant and at >= 0:
                    raise Failed(f"{d.path}{end} has a value of tenant {i}: {data[max(at - 60, 0):at + 60]}")

    def history(self):
        """Of each row: the values that each column ever had on the server, and whether it was ever deleted."""
        out = self.psql(["SELECT jsonb_build_array(tbl, old, new) FROM audit.log ORDER BY seq"], check=True)
        tables = {t.name: t for t in self.schema.tables}
        values, gone = collections.defaultdict(set), set()
        for line in out.splitlines():
            name, old, new = numbers(line)
            t = tables[name]
            rows = [{c.name: of_json(c, r[c.name]) for c in t.columns if c.name in r} if r else None for r in (old, new)]
            keys = [tuple(r[k] for k in t.key) if r else None for r in rows]
            if rows[1]:
                for c, v in rows[1].items():
                    values[(name, keys[1], c)].add(v)
            if keys[0] != keys[1] and keys[0] is not None:
                gone.add((name, keys[0]))
        return values, gone

    def kept(self, d):
        """Values in conflicts and rejects, by table and column; rows of which one is there."""
        db, tables = sqlite3.connect(d.path), {t.name: t for t in self.schema.tables}
        values, whole = collections.defaultdict(set), collections.Counter()
        known = lambda c, v: TYPES[c.type] not in ("array", "json", "opaque", "time") or v is None
        def add(t, c, v):
            try:
                values[(t.name, c.name)].add(of_json(c, v) if known(c, v) else of_text(c, v))
            except (ValueError, decimal.InvalidOperation):
                pass
        for name, column, mine in db.execute("SELECT tbl, column_name, mine FROM tandem_conflict"):
            if column is None:
                whole[name] += 1
            else:
                add(tables[name], tables[name].column(column), mine)
        for name, mine in db.execute("SELECT tbl, mine FROM tandem_reject"):
            whole[name] += mine is None
            for c, v in json.loads(mine or "{}").items():
                add(tables[name], tables[name].column(c), v)
        db.close()
        return values, whole

    def check_not_lost(self, d, history, gone):
        values, whole = self.kept(d)
        tables = {t.name: t for t in self.schema.tables}
        for sent in d.sent:
            for (name, key), row in sent.items():
                t = tables[name]
                if row is None:
                    there = any((name, key, c.name) in history for c in t.columns)
                    if there and (name, key) not in gone and not whole[name] and key in self.server_rows(t, d.tenant):
                        raise Failed(f"{d.path}: the delete of {name} {key} was lost")
                    continue
                for c, v in row.items():
                    way = t.policies.get(c, "")
                    if c in (NEW, "updated_at") or way in ("sum", "max", "min", "concat", "json-merge"):
                        continue
                    self.stats["writes traced"] += 1
                    if v not in history[(name, key, c)] and v not in values[(name, c)]:
                        raise Failed(f"{d.path}: {name} {key}: {c} = {v!r} was lost; the server had "
                                     f"{list(history[(name, key, c)])[:5]}")

    def go(self):
        try:
            self.set_up()
            for _ in range(self.rng.randrange(6, 22)):
                self.act()
            self.check()
        finally:
            for p in ("ROLLBACK PREPARED",):
                subprocess.run(["psql", "-XAtq", self.url, "-c", f"{p} '{self.name}'"], capture_output=True, check=False)
            if not self.verbose:
                admin(f"DROP DATABASE IF EXISTS {self.name} (FORCE)")


def of_text(c, v):
    """What PostgreSQL prints of the types whose text is not their JSON."""
    sort = TYPES[c.type]
    if sort == "json":
        return comparable(numbers(v))
    if sort == "time":
        return clock(v)
    if c.type == "inet":
        return v.removesuffix("/32")
    if sort == "array":
        items = re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}]+)', v.strip("{}"), re.S) if v != "{}" else []
        back = lambda x: re.sub(r"\\(.)", r"\1", x, flags=re.S)
        got = [None if bare == "NULL" else back(q) if not bare else bare for q, bare in items]
        return comparable([decimal.Decimal(x) if c.type == "integer[]" and x is not None else x for x in got])
    return v


def admin(sql):
    done = subprocess.run(["psql", "-XAtq", URL, "-c", sql], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr)


def one(seed, keep, verbose):
    start = time.monotonic()
    directory = f"{keep}/{seed}" if keep else tempfile.mkdtemp(prefix="real_")
    if keep:
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
    run = Run(seed, directory, verbose)
    failure = None
    try:
        run.go()
    except (Failed, sqlite3.Error) as e:
        failure = f"{type(e).__name__} {e}"
    except Exception as e:  # pylint: disable=broad-except
        import traceback
        failure = traceback.format_exc() + str(e)
    if keep:
        with open(f"{directory}/log", "w") as f:
            f.write("\n".join(run.log) + f"\n{failure}\n")
    else:
        shutil.rmtree(directory)
    return seed, failure, run.stats, time.monotonic() - start


def main():
    global TANDEM, URL
    p = argparse.ArgumentParser()
    p.add_argument("tandem")
    p.add_argument("--seeds", type=int, nargs=2, default=(1, 50), metavar=("FIRST", "COUNT"))
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--keep", help="a directory for what each seed leaves behind")
    p.add_argument("--verbose", action="store_true", help="tell what was done; leave the databases")
    args = p.parse_args()
    TANDEM, URL = os.path.abspath(args.tandem), os.environ["TANDEM_TEST_PG"]
    first, count = args.seeds
    seeds = [s for s in FAILED_ONCE if not first <= s < first + count] + list(range(first, first + count))
    if args.keep:
        args.keep = os.path.abspath(args.keep)
        os.makedirs(args.keep, exist_ok=True)
    stats, failed, took = collections.Counter(), [], 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for seed, failure, more, seconds in pool.map(lambda s: one(s, args.keep, args.verbose), seeds):
            stats += more
            took += seconds
            if failure:
                failed.append(seed)
                print(f"FAILED seed {seed}: {failure}", flush=True)
    for k, n in sorted(stats.items()):
        print(f"{n:8} {k}")
    print(f"{len(seeds)} seeds, {took / max(len(seeds), 1):.1f} s each, {len(failed)} failed {failed}")
    sys.exit(len(failed) > 0)


if __name__ == "__main__":
    main()

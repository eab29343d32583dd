"""Rows for every table of a PostgreSQL database: edge values of each type, NULLs, words that the migrations ahead look
for, each row with its foreign keys in place. PostgreSQL says which of them it takes."""
import itertools
import re

from project import OWN_SCHEMAS, quoted

COLUMNS = f"""SELECT coalesce(json_agg(json_build_object('oid', c.oid::int, 'schema', n.nspname, 'table', c.relname,
  'column', a.attname, 'type', format_type(coalesce(nullif(d.typbasetype, 0), a.atttypid),
    CASE d.typbasetype WHEN 0 THEN a.atttypmod ELSE d.typtypmod END),
  'declared', format_type(a.atttypid, a.atttypmod), 'category', d.typcategory, 'composite', d.typtype = 'c',
  'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum
    WHERE enumtypid IN (a.atttypid, d.typbasetype)),
  'elements', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = d.typelem),
  'generated', a.attgenerated <> '' OR a.attidentity = 'a', 'not_null', a.attnotnull OR d.typnotnull,
  'default', a.atthasdef OR a.attidentity <> '', 'not_null', a.attnotnull,
  'counts', coalesce(pg_get_expr(f.adbin, f.adrelid) LIKE '%nextval(%', false) OR a.attidentity <> '',
  'unique', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey)),
  'checked', EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'
    AND a.attnum = ANY (k.conkey))) ORDER BY c.oid, a.attnum), '[]')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type d ON d.oid = a.atttypid LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
WHERE c.relkind = 'r' AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
  AND n.nspname <> ALL ('{{{",".join(OWN_SCHEMAS)}}}') AND c.relname <> '_prisma_migrations'"""
KEYS = """SELECT coalesce(json_agg(json_build_array(k.conrelid::int, k.confrelid::int, k.confrelid::regclass::text,
  (SELECT json_agg(json_build_array(a.attname, b.attname,
     CASE a.atttypid WHEN 'bpchar'::regtype THEN a.atttypmod - 4 END) ORDER BY x.o)
   FROM unnest(k.conkey, k.confkey) WITH ORDINALITY x(l, r, o) JOIN pg_attribute a ON a.attrelid = k.conrelid AND
     a.attnum = x.l JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = x.r))
  ORDER BY array_length(k.conkey, 1) DESC, k.oid), '[]') FROM pg_constraint k WHERE k.contype = 'f'"""
COUNTERS = """SELECT format('SELECT setval(%L, greatest(coalesce(max(%I), 0) + 1, (SELECT last_value FROM %s)), false)
  FROM %I.%I;', s.oid::regclass, a.attname, s.oid::regclass, n.nspname, c.relname)
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S'"""

SYNONYMS = {"int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean",
            "float8": "double precision", "timestamptz": "timestamp with time zone",
            "timestamp": "timestamp without time zone", "float": "double precision", "decimal": "numeric"}
TEXTS = ["", "ä'\"\\%_\n\t\u00a0", "\U0001d4b3 \u6f22 e\u0301", "{}", " 12 ", "NULL", "x" * 3000, "a,b;c"]
INSTANTS = ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "infinity", "1969-12-31 23:59:59.999999",
            "0044-03-15 12:00:00 BC", "2024-02-29 12:34:56.5", "12345-06-07 08:09:10", "-infinity"]
JSONS = ["null", "[]", "{}", '"text"', "[1, [2, {\"k\": null}]]", '{"a": 1.10, "b": 9007199254740993, "": "ü\\n"}',
         "12345678901234567890.123", "true"]
EDGES = {
    "smallint": ["-32768", "32767", "0", "-1"], "integer": ["-2147483648", "2147483647", "0", "-1"],
    "bigint": ["-9223372036854775808", "9223372036854775807", "9007199254740993", "0"],
    "boolean": ["true", "false"], "real": ["3.4e38", "-1.5", "Infinity", "1e-45", "0.1"],
    "double precision": ["1.7976931348623157e308", "-0.1", "-Infinity", "5e-324", "1e15"],
    "numeric": ["123456789012345678901234567890.12345", "-0.000000001", "NaN", "0.10", "0"],
    "text": TEXTS, "character varying": TEXTS, "citext": TEXTS, "character": ["", "ä", "a b", "x"],
    "uuid": ["00000000-0000-0000-0000-00000000000", "ffffffff-ffff-ffff-ffff-fffffffffff"],
    "timestamp without time zone": INSTANTS, "timestamp with time zone": [t.replace(" BC", "+00 BC") for t in INSTANTS],
    "date": [t.split()[0] + (" BC" if "BC" in t else "") for t in INSTANTS],
    "time without time zone": ["00:00:00", "24:00:00", "23:59:59.999999"], "json": JSONS, "jsonb": JSONS,
    "bytea": ["\\x", "\\x00ff27", "\\x" + bytes(range(256)).hex()], "inet": ["::1", "10.0.0.0/8", "192.168.1.1"],
    "interval": ["0", "1 year -2 days 03:04:05.6", "-1 mon"],
}


class Column:
    def __init__(self, facts):
        self.width = 0  # of the char(n) that refers to it: SQLite compares the blanks of a char(n), too
        self.__dict__.update(facts)
        self.base = re.sub(r"\(.*?\)", "", self.type)
        self.mods = [int(n) for n in re.findall(r"-?\d+", "".join(re.findall(r"\(.*?\)", self.type)))]


def tables(server, database):
    found = {}
    for facts in server.json(database, COLUMNS):
        found.setdefault(facts["oid"], []).append(Column(facts))
    return found


class Ahead:
    """What the migrations ahead look for in columns: words that they compare with, types that they read text as."""

    def __init__(self, texts):
        self.words, self.casts, self.labels = {}, {}, {}
        for text in texts:
            text = re.sub(r"--[^\n]*", "", text)
            for name, labels in re.findall(r"CREATE TYPE (\S+) AS ENUM\s*\(([^)]*)\)", text, re.I):
                self.labels[bare(name)] = re.findall(r"'((?:[^']|'')*)'", labels)
            for column, casts in re.findall(r"\b(\w+)\"?((?:\s*::\s*[\w.\"]+)+)", text):
                self.casts[column] = bare(casts.split("::")[-1])
            for statement in re.split(r";\s*\n", text):
                self._words_of(statement)

    def _words_of(self, statement):
        if re.search(r"\b(UPDATE|INSERT|DELETE|SELECT)\b", statement, re.I):
            for word in re.findall(r"'((?:[^']|''){1,60})'", statement):
                self.words.setdefault(word.replace("''", "'"), set()).update(re.findall(r"\w+", statement))

    def own_words(self, column):
        return sorted(w for w, near in self.words.items() if column.table in near and column.column in near)

    def read_as(self, column, n):
        """A text that the migrations ahead can read as the type that they take it for; None: nothing is known."""
        type_ = SYNONYMS.get(self.casts.get(column.column), self.casts.get(column.column))
        if type_ in self.labels:
            return self.labels[type_][n % len(self.labels[type_])]
        if type_ is None or textual(type_) or not textual(column.base):
            return None
        return plain(Column({**column.__dict__, "type": type_, "labels": None, "elements": None}), n, self)


def textual(type_):
    return "text" in type_ or "char" in type_


def bare(name):
    return name.strip().replace('"', "").split(".")[-1].lower() if '"' not in name else \
        name.strip().replace('"', "").split(".")[-1]


def numeric(column, n):
    digits, scale = (column.mods + [0, 0])[:2] if column.mods else (20, 5)
    top = "9" * max(digits - scale, 0) + "." + "9" * scale
    return [top, "-" + top, "0", "1"][n % 4] if column.mods else EDGES["numeric"][n % 5]


def edge(column, n, known):
    if column.width or known.read_as(column, n) is not None or column.base == "character" and column.unique:
        return plain(column, n, known)
    if column.labels:
        return column.labels[-1 - n % len(column.labels)]
    if column.base == "numeric":
        return numeric(column, n)
    if column.base == "uuid":
        return EDGES["uuid"][n % 2] + f"{n % 16:x}"
    if column.base.endswith("[]"):
        return ["{}", '{"a b","c\\"d\\\\",NULL,""}' if column.base in ("text[]", "character varying[]") else "{NULL}"][n % 2]
    options = EDGES.get(column.base)
    if options is None:
        return plain(column, n, known)
    value = options[n % len(options)]
    return value + str(n) if column.unique and options is TEXTS else value


def found_object(known, column, n):
    """An object with the keys that migrations ask for, and values of each kind."""
    kinds = [f'"v{n}"', str(n), "true", "null", '{"id": "x", "value": 1}', '["a", "b"]', '[{"id": "y"}]', '"1.5"']
    keys = [w for w in known.own_words(column) if re.fullmatch(r"[\w.-]+", w)]
    return "{" + ", ".join(f'"{k}": {kinds[(i + n) % len(kinds)]}' for i, k in enumerate(keys[:30])) + "}"


def plain(column, n, known):
    """Distinct for each n wherever the type allows it."""
    day = f"2024-03-{n % 28 + 1:02d}"
    if column.labels:
        return column.labels[n % len(column.labels)]
    if column.elements:
        return "{" + ",".join('"' + e.replace('"', '\\"') + '"' for e in column.elements[:n % 3]) + "}"
    if column.base.endswith("[]"):
        return f"{{{n},{n + 1}}}"
    if column.base in ("json", "jsonb"):
        return found_object(known, column, n)
    read_as, asked = known.read_as(column, n), known.own_words(column)
    if read_as is not None:
        return read_as
    if column.base in ("text", "character varying", "citext") and asked and not column.unique and n % 2:
        return asked[n // 2 % len(asked)]
    if column.width or column.base == "character":
        return f"{n}{column.column}".ljust(column.width or (column.mods + [1])[0], "c")[:column.width or None]
    known_types = {
        "smallint": n + 1, "integer": n + 1, "bigint": n + 1, "numeric": n + 1, "real": n + 0.5,
        "double precision": n + 0.25, "boolean": "true" if n % 2 else "false", "bytea": f"\\x00ff{n:02x}",
        "uuid": f"00000000-0000-4000-8000-{n:012x}", "date": day, "time without time zone": f"10:11:{n % 60:02d}.5",
        "timestamp without time zone": f"{day} 10:11:12.123", "timestamp with time zone": f"{day} 10:11:12.123+00",
        "inet": f"10.0.0.{n}", "interval": f"{n + 1} days"}
    return str(known_types.get(column.base, f"{n}{column.column[:3]} v"))


def literal(column, value):
    return "'" + value.replace("'", "''") + "'::" + column.declared


def insert(columns, keys, values):
    """An INSERT whose keys are taken from the n-th row of the table that they refer to; None: left to the default."""
    given, joins, taken = dict(values), [], {}
    name = f"{quoted(columns[0].schema)}.{quoted(columns[0].table)}"
    for i, (target, pairs, n) in enumerate(keys):
        same = " AND ".join(f"x.{quoted(to)} = {taken[at]}" for at, to, _ in pairs if at in taken)
        joins.append(f"LEFT JOIN LATERAL (SELECT * FROM {target} x {'WHERE ' + same if same else ''} ORDER BY ctid "
                     f"OFFSET {n} % greatest((SELECT count(*) FROM {target}), 1) LIMIT 1) f{i} ON true")
        for at, to, _ in pairs:
            taken.setdefault(at, f"f{i}.{quoted(to)}")
    given.update({at: what for at, what in taken.items() if at in given})
    if not given:
        return f"INSERT INTO {name} DEFAULT VALUES;"
    return (f"INSERT INTO {name} ({', '.join(map(quoted, given))}) OVERRIDING USER VALUE SELECT "
            f"{', '.join(given.values())} FROM (SELECT) one {' '.join(joins)};")


def row(columns, keys, n, kind, known):
    """`kind`: edge, null, plain, large (numbers), default (what has one is left to it), least (only what must be given)."""
    values, m = {}, 4096 * (n + 1) - 1 if kind == "large" else n
    for c in columns:
        if c.generated or c.counts or kind in ("default", "least") and c.default or \
                kind in ("null", "least") and not c.not_null:
            if kind == "null" and not c.generated and not c.not_null:
                values[c.column] = "NULL"
            continue
        tame = kind != "edge" or c.checked or c.unique and c.base in ("smallint", "integer", "bigint")
        values[c.column] = literal(c, plain(c, m, known) if tame else edge(c, n, known))
    mine = [(target, pairs, to == oid) for oid, to, target, pairs in keys if oid == columns[0].oid]
    used = [(target, pairs, n) for target, pairs, itself in mine
            if all(values.get(at, "NULL") != "NULL" for at, _, _ in pairs) and not (itself and n == 0)]
    loose = {at for _, pairs, itself in mine if itself and n == 0 for at, _, _ in pairs}
    for c in columns:
        if c.column in loose and not c.not_null and c.column in values:
            values[c.column] = "NULL"
    return insert(columns, used, values.items())


def attempt(mark, statements):
    """The first that PostgreSQL takes, and a notice of it."""
    body = f"RAISE EXCEPTION 'none';"
    for statement in reversed(statements):
        body = f"BEGIN {statement} RAISE WARNING '{mark}'; EXCEPTION WHEN others THEN {body} END;"
    return f"DO $tandem$ BEGIN {body} END $tandem$;\n"


def fill(server, database, found, kinds, known):
    """Rows of `kinds` in each table, until a round adds nothing: tables wait for those that they refer to. Gives the
    tables that got some."""
    keys, done = server.json(database, KEYS), set()
    widths = {(to, column): width for _, to, _, pairs in keys for _, column, width in pairs if width}
    for c in itertools.chain(*found.values()):
        c.width = widths.get((c.oid, c.column), 0)
    fallback = ["plain", "default", "least"]
    while True:
        script = []
        for (oid, columns), (n, kind) in itertools.product(found.items(), enumerate(kinds)):
            if (oid, n) not in done:
                tries = [kind] + [f for f in fallback if f != kind]
                script.append(attempt(f"took {oid} {n}", [row(columns, keys, n, k, known) for k in tries]))
        took = re.findall(r"took (\d+) (\d+)", server.run(database, "".join(script)).stderr) if script else []
        if not took:
            break
        done.update((int(oid), int(n)) for oid, n in took)
    server.run(database, "".join(r[0] for r in server.rows(database, COUNTERS)))
    return {oid for oid, _ in done}

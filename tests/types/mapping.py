"""From what SQLite stores to what PostgreSQL prints: the type table, read backwards.

same(type, stored, printed) says whether a value read from SQLite is the value that PostgreSQL prints as text
(TimeZone UTC, DateStyle ISO). The rules, one a type:

  smallint integer bigint oid   INTEGER                                     -> digits
  boolean                       INTEGER 0, 1                                -> f, t
  real, double precision        REAL; -0 is not kept apart from 0           -> the shortest digits that give it
  numeric(p,0), p <= 18         INTEGER (s < 0: p - s <= 18)                -> digits
  numeric(p,s), p <= 15         REAL (s <= 15)                              -> s digits after the point
  other numeric                 TEXT                                        -> itself
  text varchar citext name      TEXT                                        -> itself
  char(n)                       TEXT                                        -> padded with blanks to n
  uuid                          TEXT, lower case                            -> itself
  inet cidr macaddr macaddr8    TEXT                                        -> itself
  timestamptz                   TEXT 2026-11-22T10:19:00.120000Z            -> 2026-11-22 10:19:00.12+00
  timestamp                     the same without Z                          -> 2026-11-22 10:19:00.12
  date, time, timetz            TEXT 2026-11-22, 10:19:00.120000[+02:00]    -> 2026-11-22, 10:19:00.12[+02]
     years above 9999           Y0010000-01-01...                           -> 10000-01-01
     years BC                   /9999956-03-15..., 10000000 - year          -> 0044-03-15... BC
     infinities                 infinity, -infinity                         -> themselves
  json                          TEXT                                        -> itself
  jsonb                         TEXT                                        -> equal as a value, numbers digit for digit
  bytea                         BLOB                                        -> \\x and hexadecimal digits
  enum                          TEXT                                        -> itself
  domain                        as its base type
  arrays                        TEXT, a JSON array: numbers and booleans as such, null, other elements as strings
  all others                    TEXT                                        -> itself (or what PostgreSQL reads it as:
                                                                               opaque() tells, the caller asks PostgreSQL)
"""
import decimal
import json
import re
import struct

INTEGERS = {"smallint", "integer", "bigint", "oid"}
TEXTS = {"text", "varchar", "citext", "name"}
TIMES = {"timestamptz", "timestamp", "date", "time", "timetz"}
NETWORK = {"inet", "cidr", "macaddr", "macaddr8"}
KNOWN = INTEGERS | TEXTS | TIMES | NETWORK | {"boolean", "real", "double precision", "numeric", "char", "uuid", "json", "jsonb",
                                    "bytea", "enum"}


def split(type_):
    """'numeric(10,2)' -> ('numeric', [10, 2]); 'text[][]' -> ('text[]', [])."""
    if type_.endswith("[]"):
        return "array", re.sub(r"(\[\])+$", "", type_)
    m = re.fullmatch(r"([a-z_0-9 ]+?)\s*(?:\(\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\))?", type_)
    return m.group(1), [int(x) for x in m.groups()[1:] if x is not None]


def opaque(type_):
    name, _ = split(type_)
    return name != "array" and name not in KNOWN


def shortest(x, single=False):
    """Digits as PostgreSQL prints a float."""
    if x != x:
        return "NaN"
    if x in (float("inf"), float("-inf")):
        return "Infinity" if x > 0 else "-Infinity"
    if single:
        try:
            x = struct.unpack("f", struct.pack("f", x))[0]
        except OverflowError:
            return "out of range for real"
        text = next(t for t in (f"{x:.{n}e}" for n in range(9))
                    if struct.pack("f", float(t)) == struct.pack("f", x))
    else:
        text = next(t for t in (f"{x:.{n}e}" for n in range(17)) if float(t) == x)
    mantissa, exponent = text.split("e")
    exponent, sign = int(exponent), "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "").rstrip("0") or "0"
    if exponent < -4 or exponent >= (6 if single else 15):
        return f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{'-' if exponent < 0 else '+'}" \
               f"{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    return sign + digits[:exponent + 1] + ("." + digits[exponent + 1:] if digits[exponent + 1:] else "")


def time_text(name, stored):
    """PostgreSQL's text of a canonical time; None when it is not in canonical form."""
    if stored in ("infinity", "-infinity") and name not in ("time", "timetz"):
        return stored
    clock = r"(\d\d:\d\d:\d\d)\.(\d{6})"
    if name in ("time", "timetz"):
        m = re.fullmatch(clock + (r"([+-]\d\d):(\d\d)(:\d\d)?" if name == "timetz" else ""), stored)
        if m is None:
            return None
        text = m.group(1) + ("." + m.group(2)).rstrip("0").rstrip(".")
        if name == "timetz":
            text += m.group(3) + (":" + m.group(4) if m.group(4) != "00" or m.group(5) else "") + (m.group(5) or "")
        return text
    m = re.fullmatch(r"(/\d{7}|\d{4}|Y\d{7})(-\d\d-\d\d)" +
                     {"date": "", "timestamp": "T" + clock, "timestamptz": "T" + clock + "Z"}[name], stored)
    if m is None:
        return None
    year, bc = m.group(1), ""
    if year[0] == "/":
        year, bc = f"{10000000 - int(year[1:]):04d}", " BC"
    elif year[0] == "Y":
        year = str(int(year[1:]))
        if int(year) <= 9999:
            return None
    text = year + m.group(2)
    if name != "date":
        text += " " + m.group(3) + ("." + m.group(4)).rstrip("0").rstrip(".")
    return text + ("+00" if name == "timestamptz" else "") + bc


def jsonb_value(text):
    """As jsonb compares: 1.0 equals 1, the last of duplicate keys counts, order of keys does not."""
    return json.loads(text, parse_int=decimal.Decimal, parse_float=decimal.Decimal)


def scalar(type_, stored):
    """PostgreSQL's text of a stored value that is not NULL; None when it is stored in a wrong form."""
    name, mods = split(type_)
    scale = mods[1] if len(mods) > 1 else 0
    if name in INTEGERS or name == "numeric" and mods and scale <= 0 and mods[0] - scale <= 18:
        return str(stored) if type(stored) is int else None
    if name == "boolean":
        return {0: "f", 1: "t"}.get(stored) if type(stored) is int else None
    if name in ("real", "double precision"):
        return shortest(stored, name == "real") if type(stored) is float else None
    if name == "numeric" and mods and mods[0] <= 15 and 0 < scale <= 15:
        return f"{stored:.{scale}f}" if type(stored) is float else None
    if name == "bytea":
        return "\\x" + stored.hex() if type(stored) is bytes else None
    if type(stored) is not str:
        return None
    if name == "char":
        return stored.ljust(mods[0] if mods else 1) if stored == stored.rstrip(" ") or \
            len(stored) == (mods[0] if mods else 1) else None
    if name == "uuid":
        return stored if stored == stored.lower() else None
    if name in TIMES:
        return time_text(name, stored)
    return stored


def pg_array(text):
    """The text of a PostgreSQL array as nested lists of text and None."""
    if text.startswith("["):
        return ("bounds", text)
    pos = 0

    def element():
        nonlocal pos
        if text[pos] == "{":
            pos += 1
            out = []
            while text[pos] != "}":
                out.append(element())
                if text[pos] == ",":
                    pos += 1
            pos += 1
            return out
        if text[pos] == '"':
            m = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S).match(text, pos)
            pos = m.end()
            return re.sub(r"\\(.)", r"\1", m.group(1), flags=re.S)
        m = re.compile(r"[^,}]*").match(text, pos)
        pos = m.end()
        return None if m.group(0) == "NULL" else m.group(0)
    return element()


def element_same(type_, leaf, printed):
    """One element of a JSON array; numbers come as ('number', text)."""
    name, _ = split(type_)
    if leaf is None or printed is None:
        return leaf is printed
    if isinstance(leaf, list) or isinstance(printed, list):
        return isinstance(leaf, list) and isinstance(printed, list) and len(leaf) == len(printed) and \
            all(element_same(type_, a, b) for a, b in zip(leaf, printed))
    if isinstance(leaf, bool):
        return name == "boolean" and printed == ("t" if leaf else "f")
    if isinstance(leaf, tuple):
        if name in ("real", "double precision"):
            return same(type_, float(leaf[1]), printed)
        return (name in INTEGERS or name == "numeric") and leaf[1] == printed
    if name == "bytea":
        return leaf == printed
    if name in TIMES:
        return time_text(name, leaf) == printed
    if name in INTEGERS or name == "boolean":
        return False
    if name in ("real", "double precision", "numeric"):
        return leaf == printed and leaf in ("NaN", "Infinity", "-Infinity")
    return same(type_, leaf, printed)


def same(type_, stored, printed):
    if stored is None or printed is None:
        return stored is printed
    name, element = split(type_)
    if name == "array":
        if type(stored) is not str:
            return False
        def keep(t):
            return ("number", t)
        return element_same(element, json.loads(stored, parse_int=keep, parse_float=keep), pg_array(printed))
    if name == "jsonb":
        return type(stored) is str and jsonb_value(stored) == jsonb_value(printed)
    if name in ("real", "double precision") and printed == "-0":
        printed = "0"
    text = scalar(type_, stored)
    if name in ("real", "double precision") and text == "-0":
        text = "0"
    return text == printed

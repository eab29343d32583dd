"""From what PostgreSQL prints to what SQLite stores: DESIGN's type table, written a second time on purpose."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "types"))
import mapping  # noqa: E402


def short(column):
    """format_type's words as mapping.py has them."""
    if column.labels:
        return "enum"
    if column.elements:
        return "text[]"
    text = re.sub(r"(timestamp|time)(\(\d\))? with time zone", r"\1tz\2", column.type)
    text = re.sub(r"(timestamp|time)(\(\d\))? without time zone", r"\1\2", text)
    text = re.sub(r"(timestamptz|timestamp|timetz|time)\(\d\)", r"\1", text)
    text = text.replace("character varying", "varchar").replace("character", "char")
    return text if re.fullmatch(r"[a-z][a-z0-9_ ]*(\([-0-9, ]*\))?(\[\])*", text) else "other"


def year(text):
    """A date as it sorts: 2024-..., Y0010000-..., /9999956-... for 44 BC."""
    digits, rest = text.split("-", 1)
    if rest.endswith(" BC"):
        return f"/{10000000 - int(digits):07d}-{rest[:-3]}"
    return f"Y{int(digits):07d}-{rest}" if int(digits) > 9999 else text


def instant(name, text):
    if text in ("infinity", "-infinity"):
        return text
    m = re.fullmatch(r"(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?( BC)?", text)
    return f"{year(m[1] + (m[4] or ''))}T{m[2]}.{(m[3] or '').ljust(6, '0')}" + ("Z" if name == "timestamptz" else "")


def element(type_, leaf):
    if leaf is None:
        return None
    if isinstance(leaf, list):
        return [element(type_, e) for e in leaf]
    name, _ = mapping.split(type_)
    if name == "boolean":
        return leaf == "t"
    if name in mapping.INTEGERS:
        return int(leaf)
    if name in ("real", "double precision", "numeric"):
        return float(leaf)
    return leaf if name in ("json", "jsonb", "bytea") else stored(type_, leaf)


def stored(type_, text):
    name, mods = mapping.split(type_)
    if text is None:
        return None
    if name == "array":
        return json.dumps(element(mods, mapping.pg_array(text)), ensure_ascii=False)
    scale = (mods + [0, 0])[1]
    if name in mapping.INTEGERS or name == "numeric" and mods and scale <= 0 and mods[0] - scale <= 18:
        return int(text)
    if name == "boolean":
        return int(text in ("t", "true"))
    if name in ("real", "double precision") or name == "numeric" and mods and mods[0] <= 15 and scale <= 15:
        return float(text)
    if name == "char":
        return text.ljust(mods[0] if mods else 1)
    if name == "bytea":
        return bytes.fromhex(text[2:])
    if name in ("timestamp", "timestamptz"):
        return instant(name, text)
    if name == "date":
        return text if "infinity" in text else year(text)
    if name == "time":
        return text.split(".")[0] + "." + text.partition(".")[2].ljust(6, "0")
    return text


def same(type_, value, text):
    """Does what SQLite has equal what PostgreSQL prints?"""
    name, mods = mapping.split(type_)
    if name == "boolean" and text is not None:
        text = text[0]
    if name == "char" and text is not None:
        text = text.ljust(mods[0] if mods else 1)
    return mapping.same(type_, value, text)

#!/usr/bin/env python3
"""Random expressions over columns of every type, at their edge values: both engines must give the same, or both fail.

usage: expressions.py TANDEM ANSWER [SEED [COUNT]]

Each expression is asked of PostgreSQL, and twice of SQLite: lowered as a query of tandem's own connection, and as schema
text (a view). Where PostgreSQL fails, SQLite must fail; where it gives a value, SQLite must give the same text of it.
What the lowering refuses is fine, as it has a place and a reason; but not everything may be refused. And each form over
each kind of column must have, as a view's column, the type that PostgreSQL gives it.
"""
import decimal
import json
import random
import re
import subprocess
import sys

from engines import Engines, Findings, write_folder

SCHEMA = """CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'Zen');
CREATE TABLE t (
  id integer PRIMARY KEY,
  i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision,
  n numeric, n5 numeric(5,0), n10 numeric(10,2), n20 numeric(20,4),
  b boolean, tx text, vc varchar(6), ch char(4), u uuid, en mood,
  tz timestamptz, ts timestamp, d date, tm time, iv interval,
  js json, jb jsonb, ai integer[], at text[], by bytea
);
"""

# Values as literals; each column is shuffled on its own, so that the rows mix them.
VALUES = {
    "i2": ["0", "1", "-1", "32767", "-32768", "7"],
    "i4": ["0", "1", "-1", "2147483647", "-2147483648", "10", "46341", "3"],
    "i8": ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "3037000500", "4294967296", "-7"],
    "f4": ["0", "1.5", "-0.1", "0.1", "3.4e38", "1.5e-38", "16777217", "2.5"],
    "f8": ["0", "1.5", "-2.5", "0.1", "1.7976931348623157e308", "5e-324", "9007199254740993", "1e15",
           "123456.789", "0.5"],
    "n": ["0", "1.0", "1.00", "-1", "12345678901234567890.123", "0.1", "0.10", "1e-10", "'NaN'", "-0.5", "100", "2.5"],
    "n5": ["0", "1", "-99999", "99999", "3"],
    "n10": ["0", "1.50", "-1.5", "99999999.99", "-99999999.99", "0.01", "2.25", "0.1"],
    "n20": ["0", "1.5", "-1.5000", "9999999999999999.9999", "0.0001", "1.2500"],
    "b": ["true", "false"],
    "tx": ["''", "'abc'", "'ABC'", "' a b '", "'12'", "'-3.50'", "'äöü€'", "'a%b_c'", "'x,y,,z'", "'2024-02-29'", "'it''s'",
           "'a.b.c'", "'true'", "'ǅ'"],
    "vc": ["''", "'abc'", "'aBc '", "'äöü'", "'b'", "'  x'"],
    "ch": ["''", "'a'", "'ab  '", "'abcd'", "'B'"],
    "u": ["'00000000-0000-0000-0000-000000000000'", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
          "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
    "en": ["'sad'", "'ok'", "'happy'", "'Zen'"],
    "tz": ["'2024-02-29 23:59:59.999999+00'", "'1970-01-01 00:00:00+00'", "'1969-12-31 23:59:59.5+00'",
           "'2000-01-01 12:34:56.7+02'", "'infinity'", "'2023-12-31 00:00:00+00'", "'0001-01-01 00:00:00+00'",
           "'9999-12-31 23:59:59.999999+00'", "'2021-01-03 10:00:00+00'"],
    "ts": ["'2024-02-29 23:59:59.999999'", "'1970-01-01 00:00:00'", "'1969-12-31 23:59:59.5'", "'2000-01-01 12:34:56.7'",
           "'-infinity'", "'2023-03-31 01:02:03.000004'", "'0044-03-15 00:00:00'", "'2020-12-31 08:00:00'"],
    "d": ["'2024-02-29'", "'1970-01-01'", "'1969-12-31'", "'2023-01-01'", "'2020-12-31'", "'infinity'", "'0001-01-01'",
          "'2021-01-03'", "'9999-12-31'"],
    "tm": ["'00:00'", "'24:00'", "'23:59:59.999999'", "'12:34:56.7'", "'01:02:03'"],
    "iv": ["'0'", "'1 day'", "'24 hours'", "'1 month'", "'30 days'", "'-1 year 2 mons'", "'1 day -25:00:00.5'",
           "'100000 hours'", "'360 days'", "'1 year'"],
    "js": ["'{\"a\": 1, \"b\": [1, 2.50, null]}'", "'[1, \"x\", true, null]'", "'null'", "'\"s\"'", "'1.10'",
           "'{\"a\":{\"b\":\"c\"}}'", "'{}'"],
    "jb": ["'{\"a\": 1, \"b\": [1, 2.50, null]}'", "'{\"b\":[1,2.50,null],\"a\":1}'", "'[1, \"x\", true, null]'", "'null'",
           "'\"s\"'", "'1.10'", "'1.1'", "'{\"a\": {\"b\": \"c\"}}'", "'{}'", "'[]'", "'{\"a\": 9007199254740993}'",
           "'{\"a\": true, \"c\": null}'", "'{\"a\": 1.0}'"],
    "ai": ["'{}'", "'{1,2,3}'", "'{NULL,1}'", "'{2147483647}'", "'{1,1}'"],
    "at": ["'{}'", "'{a,b}'", "'{\"a,b\",NULL,\"\"}'", "'{ä}'", "'{abc}'"],
    "by": ["'\\x'", "'\\x00ff'", "'\\x616263'"],
}
ROWS = 12

COLUMNS = {"int": ["i2", "i4", "i8"], "num": ["n", "n5", "n10", "n20"], "float": ["f4", "f8"], "bool": ["b"],
           "text": ["tx", "vc", "ch"], "uuid": ["u"], "enum": ["en"], "tz": ["tz"], "ts": ["ts"], "date": ["d"],
           "time": ["tm"], "iv": ["iv"], "json": ["js"], "jsonb": ["jb"], "ints": ["ai"], "texts": ["at"], "bytes": ["by"]}

CONSTANTS = {"int": ["0", "1", "2", "-1", "3", "7", "32767", "2147483647", "'5'::smallint", "9223372036854775807", "100"],
             "num": ["0.0", "1.0", "1.00", "0.1", "2.5", "-1.5", "1e3", "12345678901234567890.5", "3.14159::numeric(6,3)"],
             "float": ["0.1::float8", "1.5::real", "2::float8", "'1e10'::float8", "0.1::real"],
             "bool": ["i4 > 0", "true"], "text": ["'a'", "''", "'abc'", "'B'", "'ä'", "'%'", "'12'", "' '", "','"],
             "uuid": ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid"], "enum": ["'ok'::mood", "'Zen'::mood"],
             "tz": ["'2024-01-31 10:00:00+00'::timestamptz"], "ts": ["'2024-01-31 10:00:00.25'::timestamp"],
             "date": ["'2024-01-31'::date", "'1999-12-31'::date"], "time": ["'10:00'::time"],
             "iv": ["'1 day'::interval", "'1 month'::interval", "'90 minutes'::interval"],
             "json": ["'{\"a\": 2}'::json"], "jsonb": ["'{\"a\": 1}'::jsonb", "'[1]'::jsonb", "'1.0'::jsonb"],
             "ints": ["'{1,2}'::int[]", "ARRAY[3]"], "texts": ["'{a,b}'::text[]"], "bytes": ["'\\x61'::bytea"]}

SCALARS = ["int", "num", "float", "bool", "text", "uuid", "enum", "tz", "ts", "date", "time", "iv", "jsonb", "ints", "texts",
           "bytes"]

FIELDS = ["epoch", "year", "month", "day", "hour", "minute", "second", "dow", "isodow", "doy", "week", "quarter", "isoyear",
          "century", "decade", "millennium", "milliseconds", "microseconds"]
UNITS = ["microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade",
         "century"]
PATTERNS = ["YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS", "YYYY", "MM", "DD", "YYYYMMDD", "HH24:MI", "YYYY-MM", "DD.MM.YYYY",
            "DD/MM/YYYY", "HH12:MI AM", "Mon DD, YYYY", "MS", "US", "YYYY-\"Q\"Q", "IYYY-IW", "FMMonth", "Day", "DDD", "D"]

# What makes a value of a type: {t} is an expression of type t, {=a} all of one type. Words after | are chosen from.
FORMS = {
    "int": ["{int} + {int}", "{int} - {int}", "{int} * {int}", "{int} / {int}", "{int} % {int}", "- {int}", "abs({int})",
            "length({text})", "char_length({text})", "octet_length({text})", "position({text} in {text})",
            "strpos({text}, {text})", "({num})::int", "({float})::int", "({num})::bigint", "({int})::smallint",
            "({int})::int", "({bool})::int", "{date} - {date}", "mod({int}, {int})", "array_length({ints}, 1)",
            "cardinality({texts})", "jsonb_array_length({jsonb})", "({text})::int", "{int} & {int}", "{int} | {int}",
            "{int} # {int}", "{int} << 2", "{int} >> 1", "{int} >> 31", "~ {int}", "sign({int})::int", "ascii({text})", "({ints})[1]",
            "length({bytes})", "extract({FIELD} from {ts})::int", "array_position({ints}, {int}::int)", "gcd({int}, {int})",
            "(jb->>'a')::int", "num_nulls({text}, {int})", "bit_length({text})", "@ {int}", "div({int}, {int})::bigint"],
    "num": ["{num} + {num}", "{num} - {num}", "{num} * {num}", "{num} / {num}", "{num} % {num}", "- {num}", "abs({num})",
            "round({num})", "round({num}, 1)", "trunc({num})", "trunc({num}, 1)", "ceil({num})", "floor({num})",
            "({int})::numeric", "({num})::numeric(10,2)", "({float})::numeric", "{num} + {int}", "{int} * {num}",
            "extract({FIELD} from {tz})", "extract({FIELD} from {ts})", "extract({FIELD} from {date})", "sign({num})",
            "mod({num}, {num})", "(jb->>'a')::numeric", "({text})::numeric", "extract({IFIELD} from {iv})",
            "greatest({num}, {num})", "least({num}, {int})", "extract(epoch from {ts} - {ts})", "extract(epoch from {tz} - {tz})", "extract(day from {tz} - {tz})", "date_part('day', {ts} - {ts})::numeric", "extract(epoch from {tz} - {ts})", "({num})::numeric(20,4)", "({int})::numeric(5,0)",
            "extract({TFIELD} from {time})", "sqrt({num})", "power({num}, 3)", "({num}) ^ ({int} % 5)",
            "power(1 + {num}, -7)", "trim_scale({num})", "n10 + n10", "n10 * n5", "n10 * i4", "n5 + 1", "n10 / 2"],
    "float": ["{float} + {float}", "{float} - {float}", "{float} * {float}", "{float} / {float}", "- {float}", "abs({float})",
              "({int})::float8", "({num})::float8", "({float})::real", "{float} * {int}", "round({float})", "trunc({float})",
              "ceil({float})", "floor({float})", "sqrt({float})", "date_part('{FIELD}', {ts})", "date_part('epoch', {tz})", "power({float}, 2)",
              "({text})::float8", "{float} + {num}", "power({float}, {float})", "{float} ^ {float}", "exp({float})",
              "ln({float})", "log({float})", "cbrt({float})", "degrees({float})", "radians({float})", "sin({float})",
              "cos({float})", "tan({float})", "asin({float})", "acos({float})", "atan({float})",
              "atan2({float}, {float})", "sign({float})"],
    "bool": ["{=a} = {=a}", "{=a} <> {=a}", "{=a} < {=a}", "{=a} >= {=a}", "{int} = {num}", "{float} = {num}",
             "{int} < {float}", "f4 = 0.1::float8", "f4 = {float}", "NOT {bool}", "{bool} AND {bool}", "{bool} OR {bool}",
             "{bool} AND {bool} AND {bool}", "{int} <> 0 AND {int} / {int} > 1", "({bool} OR {bool}) AND NOT {bool}",
             "{=a} IS NULL", "{=a} IS DISTINCT FROM {=a}", "{=a} IN ({=a}, {=a})", "{=a} NOT IN ({=a}, NULL)",
             "{=a} BETWEEN {=a} AND {=a}", "{text} LIKE 'a%'", "{text} ILIKE '%B%'", "{text} LIKE {text}", "{text} ~ '^[a-z]'",
             "starts_with({text}, {text})", "{text} ^@ {text}", "{bool} IS TRUE", "{jsonb} @> {jsonb}", "{jsonb} ? 'a'", "{ints} @> {ints}",
             "{int} = ANY ({ints})", "{text} = ANY ({texts})", "{text} <> ALL ({texts})", "({int}, {text}) < ({int}, {text})",
             "({=a}, {=b}) = ({=a}, {=b})", "({int})::int::bool", "({text})::bool", "{date} < {ts}", "{tz} = {tz}",
             "({num}, {iv}) >= ({num}, {iv})", "{texts} && {texts}", "{ints} && {ints}", "{texts} @> {texts}", "{ints} <@ {ints}", "isfinite({ts})", "ch = {text}", "ch = vc", "jb = jb",
             "{text} SIMILAR TO '%(b|c)%'", "{=a} IN (SELECT {=a} FROM t)", "{bool} = {bool}", "{float} = {float}"],
    "text": ["{text} || {text}", "upper({text})", "lower({text})", "trim({text})", "btrim({text}, 'a ')", "ltrim({text})",
             "rtrim({text}, 'c')", "substring({text} from 2)", "substring({text} from 2 for 2)", "substr({text}, {int}::int)",
             "substr({text}, 1, {int}::int)", "left({text}, 2)", "left({text}, -1)", "right({text}, 2)", "right({text}, -1)",
             "replace({text}, {text}, {text})", "split_part({text}, ',', 2)", "split_part({text}, {text}, 1)",
             "split_part({text}, '.', -1)", "concat({any}, {any})", "concat_ws('-', {any}, {any}, {any})", "({int})::text",
             "({num})::text", "({float})::text", "({bool})::text", "({tz})::text", "({ts})::text", "({date})::text",
             "({iv})::text", "({jsonb})::text", "({uuid})::text", "({enum})::text", "({ints})::text", "({time})::text",
             "{text} || {int}", "{int} || {text}", "{text} || {num}", "{text} || {date}", "({text})::varchar(2)",
             "({text})::char(3)", "to_char({ts}, '{PATTERN}')", "to_char({tz}, '{PATTERN}')", "to_char({date}, '{PATTERN}')",
             "jb->>'a'", "jb->>'b'", "jb->>0", "js->>'a'", "jb#>>'{a,b}'", "jb#>>'{b,1}'", "jb#>>'{a}'", "jb#>>array['a', 'b']", "right({text}, 0)", "left({text}, {int}::int)",
             "substring({text} from {int}::int for {int}::int)", "js#>>'{a,b}'", "js->>1", "jb->>-1",
             "md5({text})", "repeat({text}, 2)", "reverse({text})", "lpad({text}, 5, '*')", "rpad({text}, 2)", "initcap({text})",
             "to_char({int}, '999')", "to_char({num}, 'FM999990.00')", "coalesce({text}, {text})", "nullif({text}, {text})",
             "({text})::name", "repeat({text}, 30)::name", "translate({text}, 'ab', 'x')", "array_to_string({texts}, ',')", "encode({bytes}, 'hex')",
             "jsonb_typeof({jsonb})", "greatest({text}, {text})", "least({text}, {text})", "format('%s-%s', {any}, {any})",
             "quote_literal({text})", "overlay({text} placing 'x' from 2)", "chr(65)", "({texts})[2]", "(jb->'a')::text",
             "(js->'b')::text", "(jb#>'{a}')::text", "jb->'a'->>'b'", "to_hex({int})", "({bytes})::text",
             "regexp_replace({text}, '[a-b]', 'X')", "string_to_array({text}, ',')::text"],
    "tz": ["{tz} + {int} * interval '2 hours'", "{tz} + {iv}", "{tz} - {iv}", "date_trunc('{UNIT}', {tz})", "({ts})::timestamptz", "({date})::timestamptz",
           "{ts} AT TIME ZONE 'UTC'", "{ts} AT TIME ZONE '05:30'", "to_timestamp({int})", "greatest({tz}, {tz})", "({tz})::timestamptz(3)"],
    "ts": ["ts + interval '1 day'", "ts - interval '36 hours'", "{ts} + {int} * interval '1 day'",
           "{ts} - interval '90 minutes' * {int}::int", "{date} + interval '1 day -5 seconds' * {int}", "{ts} + {iv}", "{ts} - {iv}", "date_trunc('{UNIT}', {ts})", "({tz})::timestamp", "({date})::timestamp",
           "{tz} AT TIME ZONE 'UTC'", "{tz} AT TIME ZONE interval '-1:30'", "{date} + {iv}", "{date} + {time}", "least({ts}, {ts})", "({ts})::timestamp(0)",
           "({text})::timestamp", "date_trunc('{UNIT}', {date}::timestamp)"],
    "date": ["({ts})::date", "({tz})::date", "{date} + {int}::int", "{date} - {int}::int", "date_trunc('{UNIT}', {ts})::date",
             "({text})::date", "greatest({date}, {date})", "{date} + 1", "{date} - 30"],
    "time": ["({ts})::time", "{time} + {iv}", "greatest({time}, {time})", "({time})::time(0)"],
    "iv": ["{ts} - {ts}", "{tz} - {tz}", "{iv} + {iv}", "{iv} - {iv}", "{iv} * 2", "{iv} / 2", "- {iv}", "age({ts}, {ts})",
           "greatest({iv}, {iv})", "least({iv}, {iv})", "{time} - {time}", "({time})::interval", "justify_hours({iv})",
           "date_trunc('{UNIT}', {iv})"],
    "jsonb": ["jb->'a'", "jb->'b'", "jb->0", "jb#>'{a,b}'", "to_jsonb({any})", "({jsonb}) || ({jsonb})", "jb - 'a'",
              "jsonb_build_object('k', {any})", "jsonb_build_array({any}, {any})", "(js)::jsonb", "jsonb_set({jsonb}, '{a}', '5')",
              "jb->'b'->1", "jsonb_strip_nulls({jsonb})"],
    "json": ["js->'a'", "js->0", "(jb)::json", "json_build_object('k', {any})"],
    "uuid": ["({text})::uuid", "coalesce({uuid}, {uuid})"],
    "enum": ["({text})::mood", "coalesce({enum}, {enum})", "greatest({enum}, {enum})", "least({enum}, {enum})"],
    "ints": ["{ints} || {ints}", "array_append({ints}, {int}::int)", "array_remove({ints}, 1)", "({ints})[1:2]",
             "ARRAY[[{int}::int, 2], [3, {int}::int]]", "ARRAY[{ints}, {ints}]", "ARRAY[ARRAY[1, 2]] || ARRAY[3, {int}::int]"],
    "texts": ["{texts} || {texts}", "string_to_array({text}, ',')", "array_append({texts}, {text})", "ARRAY[{text}, {text}]"],
    "bytes": ["{bytes} || {bytes}", "decode(encode({bytes}, 'hex'), 'hex')", "convert_to({text}, 'UTF8')"],
}
ANY_TYPE = ["coalesce({=a}, {=a})", "CASE WHEN i4 > 0 AND {bool} THEN {=a} ELSE {=a} END", "CASE WHEN i4 > 0 AND {bool} THEN {=a} END",
            "nullif({=a}, {=a})", "CASE {=b} WHEN {=b} THEN {=a} ELSE {=a} END", "({=a})"]

# Whole queries: how rows are told apart, put in order and counted.
QUERIES = ["SELECT DISTINCT {A} AS x FROM t ORDER BY 1", "SELECT max({A}) AS x FROM t", "SELECT min({A}) AS x FROM t",
           "SELECT count(DISTINCT {A}) AS x FROM t", "SELECT count(*) AS x FROM t GROUP BY {A} ORDER BY 1",
           "SELECT id AS x FROM t ORDER BY {A}, id", "SELECT id AS x FROM t ORDER BY {A} DESC NULLS LAST, id",
           "SELECT count(*) AS x FROM (SELECT {A} FROM t UNION SELECT {B} FROM t) q",
           "SELECT count(*) AS x FROM (SELECT {A} FROM t INTERSECT SELECT {B} FROM t) q",
           "SELECT count(*) AS x FROM (SELECT {A} FROM t EXCEPT SELECT {B} FROM t) q",
           "SELECT count(*) AS x FROM (SELECT {A} FROM t INTERSECT ALL SELECT {B} FROM t) q",
           "SELECT count(*) AS x FROM (SELECT {A} FROM t EXCEPT ALL SELECT {B} FROM t) q",
           "SELECT id AS x FROM t WHERE {A} IN (SELECT {B} FROM t) ORDER BY id",
           "SELECT id AS x FROM t WHERE {A} = ANY (SELECT {B} FROM t) ORDER BY id",
           "SELECT id AS x FROM t WHERE {A} NOT IN (SELECT {B} FROM t WHERE {B} IS NOT NULL) ORDER BY id",
           "SELECT sum({A}) AS x FROM t", "SELECT avg({A}) AS x FROM t", "SELECT bool_or({A}) AS x FROM t",
           "SELECT rank() OVER (ORDER BY {A}) AS x FROM t ORDER BY id",
           "SELECT lag({A}) OVER (ORDER BY id) AS x FROM t ORDER BY id",
           "SELECT last_value({A}) OVER (PARTITION BY b ORDER BY {B}, id) AS x FROM t ORDER BY id",
           "SELECT count({A}) FILTER (WHERE {B} IS NOT NULL) AS x FROM t", "SELECT array_agg({A} ORDER BY {B}, id)::text AS x FROM t",
           "SELECT jsonb_agg({A} ORDER BY id)::text AS x FROM t WHERE id < 4",
           "SELECT id AS x FROM t q WHERE EXISTS (SELECT 1 FROM t r WHERE r.{a} > q.{a}) ORDER BY id",
           "SELECT id AS x FROM t WHERE {A} > ALL (SELECT {B} FROM t WHERE id < 5) ORDER BY id",
           "SELECT id AS x FROM t WHERE ({A} <= ANY (SELECT {B} FROM t WHERE id > 8)) IS NULL ORDER BY id",
           "SELECT id AS x FROM t WHERE ({A}, id) IN (SELECT {B}, id FROM t) ORDER BY id",
           "SELECT x FROM (VALUES (1, {A0}), (2, {B0})) v(n, x) ORDER BY n",
           "SELECT (SELECT {A} FROM t r WHERE r.id = q.id) AS x FROM t q ORDER BY id",
           "WITH w AS (SELECT {A} AS x FROM t) SELECT x FROM w WHERE x IS NOT NULL ORDER BY x LIMIT 3",
           "SELECT count(*) AS x FROM t HAVING count(DISTINCT {A}) > 2",
           "SELECT count(*) OVER (PARTITION BY {A}) AS x FROM t ORDER BY id",
           "SELECT q.id AS x FROM t AS q JOIN t AS r ON q.{a} = r.{a} ORDER BY q.id, r.id",
           "SELECT count(*) AS x FROM t q JOIN t r USING ({a})", "SELECT count(*) AS x FROM t q NATURAL JOIN t r",
           "SELECT string_agg({A}::text, ',' ORDER BY {A}, id) AS x FROM t",
           "SELECT x FROM (SELECT {A} AS x FROM t UNION SELECT {B} FROM t) q ORDER BY x",
           "SELECT DISTINCT ON ({A}) {A} AS x FROM t ORDER BY {A}, id"]

# Whose types alone are compared.
TYPED = ["{int} ^ {int}", "{num} ^ 2", "floor({int})", "ceil({int})", "round({int})", "round({int}, -1)", "trunc({int})",
         "{float} * {int}", "{float} + {num}", "{int} / {float}", "power({num}, 2)", "sqrt({num})", "ln({num})", "exp({num})",
         "log({num})", "sqrt({int})", "power({int}, {int})", "date_trunc('day', {date})", "{date} + {time}", "{time} + {date}",
         "{time} - {time}", "{iv} + {date}", "{iv} + {tz}", "{iv} + {time}", "({ts})::timestamp(3) + {iv}",
         "date_trunc('hour', ({ts})::timestamp(3))", "date_trunc('hour', ({tz})::timestamptz(0))", "substring({bytes} from 2)",
         "substring({text} from 2)", "({date})::timestamp(2)", "now()", "CURRENT_DATE", "CURRENT_TIMESTAMP(2)", "LOCALTIMESTAMP",
         "CURRENT_TIME", "'x'", "NULL", "1", "1.5", "3000000000", "true", "-9223372036854775808", "-2147483648", "-i2",
         "({text})::varchar(3)", "({text})::char(5)", "({num})::numeric(7,3)", "upper(vc)", "vc || ch", "ch || 'x'", "i4 || 'x'",
         "coalesce(vc, 'x')", "coalesce(ch, 'x')", "coalesce(i4, 1.5)", "coalesce(n10, 0)", "coalesce(n10, n5)", "nullif(n10, 0)", "nullif(vc, '')",
         "nullif(i4, 1.5)", "coalesce(d, ts)", "coalesce(ts, tz)", "coalesce(f4, n)", "coalesce(f4, f8)", "coalesce(i8, f4)", "greatest(i2, i8)", "greatest(vc, tx)",
         "CASE WHEN b THEN i4 ELSE n10 END", "CASE WHEN b THEN vc ELSE 'x' END", "CASE WHEN b THEN ch END", "ARRAY[i4, n10]",
         "ARRAY[i2, i8]", "ARRAY['a', vc]", "ARRAY[vc]", "ARRAY[d, ts]", "ARRAY[[1, 2], [3, 4]]", "ai[1]", "at[1:2]", "ai || 5", "array_agg(vc)", "array_agg(n10)",
         "string_agg(vc, ',')", "sum(i2)", "sum(i4)", "sum(i8)", "sum(n10)", "sum(f4)", "sum(f8)", "sum(iv)", "avg(i4)", "avg(n10)", "avg(f4)",
         "avg(iv)", "min(vc)", "max(ch)", "max(n10)", "min(d)", "max(tm)", "max(at)", "max(en)", "min(i2)", "count(*)", "bool_and(b)", "stddev(i4)", "stddev(f8)",
         "variance(n10)", "bit_and(i2)", "bit_or(i8)", "jsonb_agg(i4)", "json_agg(i4)", "jsonb_object_agg(tx, i4)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY i4)",
         "mode() WITHIN GROUP (ORDER BY vc)",
         "row_number() OVER ()", "rank() OVER (ORDER BY id)", "ntile(2) OVER (ORDER BY id)", "percent_rank() OVER (ORDER BY id)",
         "cume_dist() OVER (ORDER BY id)", "lag(vc) OVER (ORDER BY id)", "lead(n10, 1, 0) OVER (ORDER BY id)", "first_value(ch) OVER (ORDER BY id)",
         "sum(n10) OVER (ORDER BY id)", "sum(i4) OVER ()", "nth_value(i2, 2) OVER (ORDER BY id)", "(SELECT max(n10) FROM t)", "(SELECT vc FROM t LIMIT 1)",
         "ARRAY(SELECT i2 FROM t)", "EXISTS (SELECT 1 FROM t)", "i4 IN (1, 2)", "js->'a'", "jb->>'a'", "jb#>'{a}'", "js#>>'{a}'", "to_json(i4)",
         "extract(epoch from tz)", "date_part('day', d)", "age(ts)", "age(tz, tz)", "to_timestamp(0)", "to_date('1', 'DD')", "to_number('1', '9')",
         "to_char(d, 'YYYY')", "make_date(1, 1, 1)", "make_interval(days => 1)", "timezone('UTC', tz)", "tz AT TIME ZONE 'UTC'", "ts AT TIME ZONE 'UTC'",
         "generate_series(1, 2)", "unnest(ai)", "unnest(at)", "md5(tx)", "sha256(by)", "length(by)", "get_byte(by, 0)", "by || by", "overlay(tx placing 'a' from 1)",
         "width_bucket(f8, 0, 1, 2)", "div(i4, i2)", "mod(i2, i8)", "gcd(i2, i4)", "lcm(i8, i2)", "sign(i4)", "sign(n10)", "abs(i2)", "abs(n10)", "@ n10", "|/ i4",
         "i2 + i4", "i2 + i2", "i2 * i8", "i4 / n10", "i8 % i4", "f4 + f4", "f4 + f8", "f4 - i2", "n10 + f8", "- n10", "- f4", "~ i2", "i2 & i4", "i8 | i2", "i2 << 1", "i8 >> 1",
         "d + 1", "d - d", "ts - ts", "ts - d", "tz - ts", "d - iv", "iv * 2", "2 * iv", "iv / 2", "iv - iv", "- iv", "'1 day'::interval(0)", "interval '1' day",
         "current_user", "random()", "gen_random_uuid()", "pi()", "regexp_match(tx, 'a')", "regexp_split_to_array(tx, 'a')", "string_to_array(vc, ',')",
         "array_append(ai, 1)", "array_cat(ai, ai)", "array_to_string(ai, ',')", "array_position(ai, 1)", "array_positions(ai, 1)", "array_remove(at, 'a')", "tx COLLATE \"C\"",
         "i4 BETWEEN 1 AND 2", "b AND b", "tx LIKE 'a'", "tx IS NULL", "(1, 2) = (1, 2)", "concat(1, 2)", "format('%s', 1)", "encode(by, 'hex')", "decode('', 'hex')",
         "num_nulls(1)", "jsonb_build_object('a', 1)", "to_jsonb(i4)", "jsonb_set(jb, '{a}', '1')", "jsonb_array_length(jb)", "jsonb_typeof(jb)", "n10::text", "n10::int", "f8::numeric"]
UNIONS = [("i4", "n10"), ("i2", "i8"), ("d", "ts"), ("ts", "tz"), ("vc", "'x'"), ("vc", "tx"), ("ch", "vc"), ("n10", "n5"), ("n10", "n10"), ("vc", "vc"), ("i4", "NULL"),
          ("vc", "NULL"), ("NULL", "vc"), ("f4", "n"), ("f4", "i8"), ("f4", "f8"), ("1", "2.5"), ("'a'", "'b'"), ("en", "'ok'"), ("n10", "0"), ("tz", "'2020-01-01'")]

PLACE = r"\{(=[ab]|any|[IT]?FIELD|UNIT|PATTERN|" + "|".join(COLUMNS) + r")\}"


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def leaf(self, type_):
        of = COLUMNS[type_] if type_ not in CONSTANTS or self.random.random() < 0.75 else CONSTANTS[type_]
        return self.random.choice(of)

    def expression(self, type_, depth):
        if depth == 0 or type_ not in FORMS or self.random.random() < 0.1:
            return self.leaf(type_)
        if self.random.random() < 0.12:
            return self.fill(self.random.choice(ANY_TYPE), depth, {"a": type_})
        return self.fill(self.random.choice(FORMS[type_]), depth, {})

    def fill(self, form, depth, types):
        def part(m):
            word = m.group(1)
            if word in ("FIELD", "IFIELD", "TFIELD"):
                few = {"FIELD": FIELDS, "IFIELD": FIELDS[:7], "TFIELD": FIELDS[4:7]}[word]
                return self.random.choice(few)
            if word == "UNIT":
                return self.random.choice(UNITS)
            if word == "PATTERN":
                return self.random.choice(PATTERNS)
            if word == "any":
                word = self.random.choice(SCALARS)
            elif word.startswith("="):
                word = types.setdefault(word[1:], self.random.choice(SCALARS))
            inner = self.expression(word, depth - 1)
            return inner if re.fullmatch(r"\w+|\w+\([^()]*\)", inner) else f"({inner})"
        return re.sub(PLACE, part, form)

    def columns(self):
        """Each form, its places filled with the columns of their types, a different one each time."""
        turn = {}

        def part(m):
            word = m.group(1)
            few = {"FIELD": FIELDS, "IFIELD": FIELDS[:7], "TFIELD": FIELDS[4:7], "UNIT": UNITS, "PATTERN": PATTERNS}.get(word)
            if few is None:
                few = COLUMNS["text" if word == "any" or word.startswith("=") else word]
            turn[word] = turn.get(word, -1) + 1
            return few[turn[word] % len(few)]
        for form in [f for forms in FORMS.values() for f in forms] + TYPED:
            for _ in range(6 if "{int}" in form or "{num}" in form or "{float}" in form else 2):
                yield re.sub(PLACE, part, form)
        for form in ANY_TYPE:
            for columns in COLUMNS.values():
                for a in columns:
                    yield form.replace("{=a}", a, 1).replace("{=a}", columns[0]).replace("{=b}", "i4").replace("{bool}", "b")

    def query(self):
        type_ = self.random.choice(SCALARS)
        form = self.random.choice(QUERIES)
        a, b = self.expression(type_, self.random.choice((0, 0, 1))), self.expression(type_, self.random.choice((0, 0, 1)))
        constants = CONSTANTS.get(type_, ["NULL"])
        form = form.replace("{A0}", self.random.choice(constants)).replace("{B0}", self.random.choice(constants))
        return form.replace("{A}", a).replace("{B}", b).replace("{a}", self.random.choice(COLUMNS[type_]))


def rows(seed):
    shuffle = random.Random(seed)
    columns = {c: (v * ROWS)[:ROWS] for c, v in VALUES.items()}
    for c, values in columns.items():
        more = VALUES[c][ROWS:]
        values[:len(more)] = more
        shuffle.shuffle(values)
    lines = []
    for i in range(ROWS):
        lines.append(f"({i + 1}, " + ", ".join(columns[c][i] if shuffle.random() < 0.95 else "NULL" for c in VALUES) + ")")
    lines.append(f"({ROWS + 1}, " + ", ".join("NULL" for _ in VALUES) + ")")
    return f"INSERT INTO t (id, {', '.join(VALUES)}) VALUES\n" + ",\n".join(lines) + ";\n"


TRY = r"""CREATE FUNCTION try(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text; r text := 'rows';
BEGIN
  FOR v IN EXECUTE 'SELECT (x)::text FROM (' || q || ') q(x)' LOOP r := r || E'\t' || coalesce(v, 'null'); END LOOP;
  RETURN r;
EXCEPTION WHEN OTHERS THEN RETURN E'fails\t' || SQLSTATE || ' ' || SQLERRM;
END $$;
"""


def ask_postgres(e, database, queries):
    script = "".join(f"SELECT try($q${q}$q$);\n" for q in queries)
    done = subprocess.run(["psql", "-X", "-q", "-At", "-h", str(e.dir), "-U", "tester", "-d", database, "-f", "-"],
                          env=e.env, input="SET client_min_messages = error;\n" + script, capture_output=True, text=True,
                          encoding="utf-8")
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout.split("\n")[:-1]


def ask_sqlite(answer, schema, path, word, queries):
    done = subprocess.run([answer, schema, path], input="".join(f"{word}\t{q}\n" for q in queries), capture_output=True,
                          text=True, encoding="utf-8")
    if done.returncode != 0 or "Sanitizer" in done.stderr or "runtime error" in done.stderr:
        raise RuntimeError(f"answer: exit {done.returncode}\n{done.stderr}")
    return done.stdout.split("\n")[:-1]


def invalid(answer):
    """Not a question of values: PostgreSQL cannot read it."""
    return re.match(r"fails\t(42|0A)", answer) is not None


# Where SQLite fails and says so, and PostgreSQL has a value: NaN in a number, the text of a container found in jsonb, a
# sum of more than 64 bits, a numeric of more than 15 digits.
LOUD = {"query": r"fails\t(22003 SQLite cannot store NaN|0A000)|age\(.* fails\t22008",
        "view": r"(->|#>|sum\(|\bn\d*\b|\b(d|tz|ts)\b).* fails\t22003 integer overflow"}


def value(text, chance):
    """A view keeps values, not texts: jsonb has no blanks there. `chance`: which of 1.50 and 1.5 is left."""
    if chance and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return decimal.Decimal(text)
    if text[:1] in "[{":
        try:
            return json.loads(text, parse_float=decimal.Decimal)
        except ValueError:
            pass
    return text


def agree(word, query, infinite, postgres, sqlite):
    if sqlite.startswith("refused") or re.search(LOUD[word], f"{query} {sqlite}") or word == "view" and infinite:
        return True
    if postgres.startswith("fails"):
        return sqlite.startswith("fails") or "avg(" in query  # of squares that overflow
    postgres, sqlite = (re.sub(r"-0(?![.\d])", "0", s) for s in (postgres, sqlite))  # SQLite loses the sign
    if re.search("DISTINCT|UNION", query) and re.search(r"\biv\b", query):
        return postgres.count("\t") == sqlite.count("\t")
    if word == "view" and re.search(r"upper|lower", query):  # of ASCII alone
        postgres, sqlite = postgres.casefold(), sqlite.casefold()
    chance = "DISTINCT" in query or "UNION" in query  # which of two equal texts is left
    if word == "view" or chance:
        return [value(v, chance) for v in postgres.split("\t")] == [value(v, chance) for v in sqlite.split("\t")]
    return postgres == sqlite


class Differ:
    def __init__(self, e, answer, seed, found):
        self.e, self.answer, self.found, self.seed = e, answer, found, seed
        text = SCHEMA + rows(seed)
        write_folder(e.dir / "migrations", [("1_t", text)])
        self.schema, self.path, self.pg = e.dir / "migrations/1_t/migration.sql", e.dir / "t.db", e.database("expressions")
        for url in (e.sqlite_url(self.path), e.pg_url(self.pg)):
            done = e.deploy(url, e.dir / "migrations")
            if done.code != 0:
                raise RuntimeError(str(done))
        e.psql(self.pg, TRY)
        self.lines = re.findall(r"^\(.*\)", rows(seed), re.M)
        self.refused, self.carried = {"query": 0, "view": 0}, {"query": 0, "view": 0}

    def infinite(self, query):
        """Do infinite times take part? In schema text they have no year."""
        row = re.search(r"WHERE id = (\d+)$", query)
        lines = [self.lines[int(row.group(1)) - 1]] if row else self.lines
        return any("infinity" in line for line in lines) and re.search(r"\b(tz|ts|d)\b", query)

    def compare(self, batch):
        """batch: (expression, queries) pairs; the first query of an expression that differs is told."""
        flat = [(what, q) for what, queries in batch for q in queries]
        postgres = ask_postgres(self.e, self.pg, [q for _, q in flat])
        for word in ("query", "view"):
            sqlite = ask_sqlite(self.answer, self.schema, self.path, word, [q for _, q in flat])
            told = set()
            for (what, q), p, s in zip(flat, postgres, sqlite):
                if invalid(p):
                    continue
                (self.refused if s.startswith("refused") else self.carried)[word] += 1
                if not agree(word, q, self.infinite(q), p, s) and what not in told:
                    told.add(what)
                    self.found.check(False, f"{word}\t{q}\n  PostgreSQL {p}\n  SQLite     {s}")
                elif what not in told:
                    self.found.checks += 1


TYPES = """CREATE FUNCTION try_types(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
  EXECUTE 'CREATE TEMP VIEW made AS ' || q;
  SELECT string_agg(format_type(atttypid, atttypmod), E'\\t' ORDER BY attnum) INTO r FROM pg_attribute
    WHERE attrelid = 'made'::regclass AND attnum > 0;
  DROP VIEW made;
  RETURN E'types\\t' || r;
EXCEPTION WHEN OTHERS THEN RETURN E'fails\\t' || SQLSTATE || ' ' || SQLERRM;
END $$;
"""


def compare_types(d, g):
    """Are they PostgreSQL's where the lowering carries the query at all?"""
    d.e.psql(d.pg, TYPES)
    queries = [f"SELECT {x} AS x FROM t" for x in g.columns()]
    queries += [f"SELECT {a} AS x FROM t UNION ALL SELECT {b} FROM t" for a, b in UNIONS]
    queries = list(dict.fromkeys(queries))
    literals = ", ".join("'" + q.replace("'", "''") + "'" for q in queries)
    postgres = d.e.psql(d.pg, f"SELECT try_types(q) FROM unnest(ARRAY[{literals}]) WITH ORDINALITY u(q, n) ORDER BY n")
    sqlite = ask_sqlite(d.answer, d.schema, d.path, "type", queries)
    for q, (p,), s in zip(queries, postgres, sqlite):
        if not invalid(p) and not s.startswith("refused"):
            d.found.check(p == s, f"{q}\n  PostgreSQL {p}\n  SQLite     {s}")


def main():
    tandem, answer = sys.argv[1:3]
    seed, count = int(sys.argv[3]) if len(sys.argv) > 3 else 1, int(sys.argv[4]) if len(sys.argv) > 4 else 300
    found = Findings()
    with Engines(tandem) as e:
        g, differ = Generator(seed), Differ(e, answer, seed, found)
        compare_types(differ, g)
        batch = []
        for _ in range(count):
            x = g.expression(g.random.choice(list(FORMS)), g.random.choice((1, 1, 2, 3)))
            batch.append((x, [f"SELECT ({x}) AS x FROM t WHERE id = {i + 1}" for i in range(ROWS + 1)]))
            q = g.query()
            batch.append((q, [q]))
        differ.compare(batch)
        print(f"seed {seed}: carried {differ.carried}, refused {differ.refused}")
        found.check(all(differ.carried.values()), "nothing was carried")
    found.end()


if __name__ == "__main__":
    main()

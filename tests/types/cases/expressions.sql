--@ case checks and generated columns fail where PostgreSQL fails: overflow, division by zero
--@ migration 1_init
CREATE TABLE c (
  id integer PRIMARY KEY, a smallint, b integer, c bigint, x double precision,
  CHECK (a + a > -70000), CHECK (b + 1 > -5), CHECK (c * 2 <> 7), CHECK (b / a < 1000000000), CHECK (- a <> 5),
  CHECK (abs(b) >= 0), CHECK (x * x >= 0), CHECK (c % a IS DISTINCT FROM 99)
);
INSERT INTO c VALUES (1, 1, 1, 1, 1.5), (2, NULL, NULL, NULL, NULL), (3, 3, -4, 4611686018427387903, 1e150);
--@ deploy
--@ both
SELECT count(*) FROM c;
--@ shell refuses
INSERT INTO c (id, a) VALUES (10, 32767);
INSERT INTO c (id, b) VALUES (11, 2147483647);
INSERT INTO c (id, b) VALUES (12, -2147483648);
INSERT INTO c (id, c) VALUES (13, 9223372036854775807);
INSERT INTO c (id, a, b) VALUES (14, 0, 1);
INSERT INTO c (id, a) VALUES (15, -32768);
INSERT INTO c (id, x) VALUES (16, 1e200);
INSERT INTO c (id, a, c) VALUES (17, 0, 1);
--@ case sums and products of prices keep their digits in views
--@ migration 1_init
CREATE TABLE line (id integer PRIMARY KEY, price numeric(10,2), quantity integer, rate numeric(5,4));
INSERT INTO line VALUES (1, 0.10, 3, 0.1250), (2, 99999999.99, 2, 0.0001), (3, -1.15, 7, 1.0000), (4, NULL, 1, NULL);
CREATE VIEW totals AS SELECT id, price * quantity AS total, price + 0.05 AS more, price * rate AS tax,
  round(price * rate, 2) AS rounded, 'is ' || price AS words, coalesce(price, 0) AS known FROM line;
CREATE VIEW whole AS SELECT sum(price) AS s, sum(quantity * price) AS total FROM line;
--@ deploy
--@ sqlite
SELECT id, total, more, tax, rounded, words, known FROM totals ORDER BY id;
--= 1|0.3|0.15|0.0125|0.01|is 0.10|0.1
--= 2|199999999.98|100000000.04|9999.999999|10000.0|is 99999999.99|99999999.99
--= 3|-8.05|-1.1|-1.15|-1.15|is -1.15|-1.15
--= 4|None|None|None|None|None|0.0
SELECT s, total FROM whole;
--= 99999998.94|199999992.23
--@ case equal values are one value, whatever their text
--@ migration 1_init
CREATE TABLE v (id integer PRIMARY KEY, n numeric, j jsonb, i interval, r real);
INSERT INTO v VALUES (1, 1.0, '{"a": 1.0}', '1 day', 0.1), (2, 1.00, '{"a": 1}', '24 hours', 0.1), (3, 10, '[]', '1 month', 2);
CREATE TABLE r (what text PRIMARY KEY, n bigint);
INSERT INTO r SELECT 'distinct n', count(*) FROM (SELECT DISTINCT n FROM v) q;
INSERT INTO r SELECT 'distinct j', count(*) FROM (SELECT DISTINCT j FROM v) q;
INSERT INTO r SELECT 'union i', count(*) FROM (SELECT i FROM v UNION SELECT i FROM v) q;
INSERT INTO r SELECT 'except n', count(*) FROM (SELECT n FROM v EXCEPT SELECT 1.000) q;
INSERT INTO r SELECT 'except all n', count(*) FROM (SELECT n FROM v EXCEPT ALL SELECT 1.000) q;
INSERT INTO r SELECT 'intersect all', count(*) FROM (SELECT n FROM v INTERSECT ALL SELECT n FROM v WHERE id < 2) q;
INSERT INTO r SELECT 'in', count(*) FROM v WHERE n IN (SELECT 1.000);
INSERT INTO r SELECT 'row in', count(*) FROM v WHERE (n, j) IN (SELECT 1.000, '{"a": 1.00}'::jsonb);
INSERT INTO r SELECT 'not in', count(*) FROM v WHERE n NOT IN (SELECT NULL::numeric);
INSERT INTO r SELECT 'real', count(*) FROM v WHERE r = 0.1::double precision;
INSERT INTO r SELECT 'real of real', count(*) FROM v WHERE r = 0.1::real;
INSERT INTO r SELECT 'first', (array_agg(id ORDER BY j, id))[1] FROM v;
INSERT INTO r SELECT 'greatest', count(*) FROM v WHERE greatest(i, interval '25 hours') = interval '25 hours';
CREATE VIEW equal AS SELECT a.id AS a, b.id AS b FROM v a JOIN v b ON a.n = b.n;
CREATE VIEW ordered AS SELECT rank() OVER (ORDER BY n) AS place, id FROM v;
CREATE VIEW groups AS SELECT count(*) AS n FROM v GROUP BY n;
--@ deploy
--@ both
SELECT what, n FROM r ORDER BY what;
SELECT a, b FROM equal ORDER BY a, b;
SELECT place, id FROM ordered ORDER BY id;
SELECT n FROM groups ORDER BY n;
--@ migration 2_using
INSERT INTO r SELECT 'using', count(*) FROM v a JOIN v b USING (n);
--@ deploy refused USING or NATURAL
--@ case checks of numerics without a size compare digits, not doubles
--@ migration 1_init
CREATE TABLE n (id integer PRIMARY KEY, v numeric, CHECK (v > -12.5), CHECK (v <= 100), CHECK (v <> 7.0));
INSERT INTO n VALUES (1, 100.000), (2, 0), (3, -12.4999999999999999999999999999), (4, 99.99999999999999999999999), (5, NULL);
--@ deploy
--@ shell refuses
INSERT INTO n VALUES (10, '100.00000000000000000000000001');
INSERT INTO n VALUES (11, '-12.50');
INSERT INTO n VALUES (12, '7.00');
INSERT INTO n VALUES (13, 'NaN');
INSERT INTO n VALUES (14, 'Infinity');
INSERT INTO n VALUES (15, '-Infinity');
INSERT INTO n VALUES (16, '-100');
--@ case views of times, parts of text and JSON use what stock SQLite has
--@ migration 1_init
CREATE TABLE e (id integer PRIMARY KEY, at timestamptz, until timestamptz, d date, name text, note varchar(20), data jsonb);
INSERT INTO e VALUES
  (1, '2024-02-29 23:59:59.5+00', '2024-03-01 01:00:00+00', '2024-02-29', 'Ann Lee', NULL, '{"a": {"b": "x"}, "n": 1}'),
  (2, '1969-12-31 00:00:00+00', '1970-01-02 00:00:00.000001+00', '2023-01-01', '', 'n', '{"a": {"b": 2}}'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE VIEW times AS SELECT id, extract(year from at)::int AS y, extract(dow from at)::int AS dow,
  extract(doy from d)::int AS doy, extract(hour from at)::int AS h, to_char(at, 'YYYY-MM-DD HH24:MI') AS c,
  to_char(d, 'Mon DD, YYYY') AS m, date_trunc('month', at)::date::text AS month, (until::date - at::date) AS days,
  (d + 30)::text AS later, (at + interval '36 hours')::text AS t, extract(epoch from until - at)::int AS s,
  d + 7 > at::date AS soon FROM e;
CREATE VIEW texts AS SELECT id, concat(name, ' ', note, id) AS c, concat_ws(', ', name, note) AS ws, left(name, 3) AS l,
  right(name, -1) AS r, split_part(name, ' ', 2) AS p, substring(name from id for 2) AS s, position('e' in name) AS at,
  lpad(name, 4, 'xyz') || '|' || rpad(name, 7) || '|' || rpad(name, 0, 'x') || lpad(name, 2, '') AS padded,
  data #>> '{a,b}' AS j, name ^@ 'A' AS starts FROM e;
--@ deploy
--@ both
SELECT y, dow, doy, h, c, m, month, days, later, t, s FROM times ORDER BY id;
SELECT count(*) FROM times WHERE soon;
SELECT c, ws, l, r, p, s, at, j, padded FROM texts ORDER BY id;
SELECT id FROM texts WHERE starts;
--@ case names are cut, char(n) joins by its length, and RETURNING behind FROM and USING gives the target's columns
--@ migration 1_init
CREATE TABLE land (code char(2) PRIMARY KEY, label text);
CREATE TABLE town (id integer PRIMARY KEY, code char(2), n integer);
INSERT INTO land VALUES ('de', repeat('ä', 40)), ('a', 'x');
INSERT INTO town VALUES (1, 'de', 1), (2, 'a', 2), (3, 'a', 3);
CREATE TABLE seen (id integer, what text);
INSERT INTO seen SELECT length(label::name), 'name' FROM land WHERE code = 'de';
INSERT INTO seen SELECT id, 'join' FROM land JOIN town USING (code);
UPDATE town SET n = n * 10 FROM land WHERE land.code = town.code AND label = 'x' RETURNING town.id, n + 1;
DELETE FROM town USING land WHERE land.code = town.code AND label = 'x' AND id = 3 RETURNING town.*;
INSERT INTO seen SELECT n, 'n' FROM town;
--@ deploy
--@ both
SELECT id, what FROM seen ORDER BY what, id;
--@ migration 2_joined
DELETE FROM town USING land WHERE land.code = town.code RETURNING label;
--@ deploy refused RETURNING of what FROM or USING joined

--@ case md5 of a random text is a random text, in schema text too
--@ migration 1_init
CREATE FUNCTION unique_name() RETURNS text LANGUAGE sql AS $$ SELECT 'new_' || substr(md5(random()::text), 0, 25) $$;
CREATE TABLE t (id integer PRIMARY KEY, a text DEFAULT md5(random()::text || clock_timestamp()::text)::uuid::text,
    b uuid DEFAULT md5('salt' || random()::varchar)::uuid, c varchar(40) NOT NULL UNIQUE DEFAULT unique_name());
INSERT INTO t (id) VALUES (1), (2);
ALTER TABLE t ADD COLUMN d text NOT NULL UNIQUE DEFAULT md5(CURRENT_TIMESTAMP::text || gen_random_uuid()::text);
--@ deploy
--@ write
INSERT INTO t (id) VALUES (3);
--@ both
SELECT id, length(a), length(c), length(d) FROM t WHERE a = lower(a) ORDER BY id;
SELECT count(DISTINCT a), count(DISTINCT b), count(DISTINCT c), count(DISTINCT d) FROM t;
SELECT count(*) FROM t WHERE a LIKE '________-____-____-____-____________';
--@ migration 2_few_values
CREATE TABLE u (id integer PRIMARY KEY, a text DEFAULT md5(random()::integer::text));
--@ deploy refused md5() needs a function
--@ migration 2_null
CREATE TABLE u (id integer PRIMARY KEY, a text DEFAULT md5(random()::text || NULL));
--@ deploy refused needs a function

--@ case get_bit of bit strings; types of functions have neither digits nor lengths
--@ migration 1_init
CREATE FUNCTION in_mask(mask bit(8), n text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE n WHEN 'a' THEN get_bit(mask, 7) WHEN 'b' THEN get_bit(mask, 1) ELSE 0 END = 1 $$;
CREATE FUNCTION more(x numeric(4,0), y varchar(2)) RETURNS numeric(6,1) LANGUAGE sql AS $$ SELECT x + 0.25 $$;
CREATE FUNCTION longer(y varchar(2)) RETURNS varchar(3) LANGUAGE sql AS $$ SELECT y || 'abcd' $$;
CREATE TABLE t (id integer PRIMARY KEY, b bit(8), v varbit, s text, n numeric, CHECK (get_bit(b, 0) = 1));
INSERT INTO t VALUES (1, B'10000001', B'101', longer('long'), more(1.5, 'abc'));
INSERT INTO t SELECT 2, NULL, v, get_bit(b, id)::text || get_bit(v, id + 1), get_bit(b, 7) FROM t;
INSERT INTO t VALUES (3, B'10000001', B'10', 'a', 3);
CREATE UNIQUE INDEX one ON t (n) WHERE in_mask(b, s);
CREATE VIEW w AS SELECT id, get_bit(v, 1) AS second, get_bit(v, id - 2) AS nth, in_mask(b, 'a') AS a, in_mask(b, 'b') AS b
    FROM t WHERE id > 1;
--@ deploy
--@ both
SELECT id, s, n FROM t ORDER BY id;
SELECT id, second, nth FROM w ORDER BY id;
SELECT id FROM w WHERE a AND NOT b;
--@ shell refuses
INSERT INTO t VALUES (4, '00000001', '1', 'a', 4)
INSERT INTO t VALUES (4, '10000001', '1', 'a', 3)
--@ migration 2_outside
INSERT INTO t SELECT 4, b, v, get_bit(v, 2)::text, 4 FROM t WHERE id = 3;
--@ deploy fails 2202E

--@ case AND and OR stop where the result is known, and at no NULL
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x integer, y integer, s text, CHECK (x > 0 OR 10 / y > 0));
INSERT INTO t VALUES (1, 1, 0, 'a'), (2, 2, 5, '7'), (3, NULL, 5, '8'), (4, 5, NULL, NULL);
CREATE TABLE u AS SELECT id, (y <> 0 AND 10 / y > 1)::integer AS a, (y = 0 OR 10 / y > 1)::integer AS o,
  (NOT (y = 0 OR 10 / y > 1))::integer AS n, (s ~ '^[0-9]+$' AND s::integer > 7)::integer AS c,
  ((y = 0 OR (s ~ '^[0-9]+$' AND s::integer > 7)) AND x > 0)::integer AS nested FROM t;
CREATE VIEW v AS SELECT id, (y <> 0 AND 10 / y > 1)::integer AS a, (y = 0 OR 10 / y > 1)::integer AS o,
  CASE WHEN y <> 0 AND 10 / y > 1 THEN 'yes' WHEN x IS NULL OR 10 / x > 4 THEN 'or' ELSE 'no' END AS c FROM t;
UPDATE t SET s = CASE WHEN x > 1 AND 10 / y > 1 THEN 'both' WHEN y IS NOT NULL AND 10 / (y + 1) > 1 THEN 'late'
  ELSE 'none' END;
CREATE TABLE f AS SELECT count(*) FILTER (WHERE y <> 0 AND 10 / y > 1) AS n, count(*) AS all FROM t;
--@ deploy
--@ lowered 1_init 1 WHEN "t"."y" IS NOT NULL AND pg_div
--@ both
SELECT * FROM u ORDER BY id;
SELECT * FROM v ORDER BY id;
SELECT * FROM f;
SELECT id, s FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t (id, y) VALUES (9, 0)
UPDATE t SET x = NULL, y = 0 WHERE id = 1
--@ migration 2_case
UPDATE t SET x = CASE WHEN NULL::integer > 1 AND 10 / y > 1 THEN 1 ELSE 2 END WHERE id = 1;
--@ deploy fails 22012
--@ migration 2_filter
CREATE TABLE g AS SELECT count(*) FILTER (WHERE x > 10 - id * NULL AND 10 / y > 1) AS n FROM t;
--@ deploy fails 22012
--@ migration 2_value
CREATE TABLE g AS SELECT x IS NULL OR x > NULL::integer OR 10 / y > 1 AS b FROM t;
--@ deploy fails 22012

--@ case functions of numbers, in data and in what is stored
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x double precision, y double precision);
INSERT INTO t VALUES (1, 2, 0.5), (2, 0.5, -1), (3, 1, 1e3), (4, 0.1, 52.520008), (5, NULL, 3);
CREATE TABLE u AS SELECT id, power(x, y / 10) AS a, sqrt(x) AS b, ln(x) AS c, exp(-x) AS d, log(x) AS e, log10(x) AS f,
  cbrt(y) AS g, degrees(x) AS h, radians(y) AS i, sin(y) AS j, cos(y) AS k, tan(x) AS l, atan(y) AS m, atan2(x, y) AS n,
  asin(x / 3) AS o, acos(-x / 3) AS p, x ^ 2 AS q, trunc(y) AS r, sign(y) AS s, floor(y) AS f2, ceil(y) AS c2 FROM t;
CREATE VIEW v AS SELECT id, power(x, y / 10) AS a, sqrt(x) AS b, ln(x) AS c, exp(-x) AS d, degrees(x) AS h,
  radians(y) AS i, sin(y) AS j, cos(y) AS k, tan(x) AS l, atan(y) AS m, atan2(x, y) AS n, asin(x / 3) AS o,
  acos(-x / 3) AS p, x ^ 2 AS q, trunc(y) AS r, sign(y) AS s FROM t;
CREATE VIEW km AS SELECT a.id, b.id AS other, 2 * 6371 * asin(sqrt(sin(radians(b.y - a.y) / 2) ^ 2 +
  cos(radians(a.y)) * cos(radians(b.y)) * sin(radians(b.x - a.x) / 2) ^ 2)) AS d FROM t a JOIN t b ON a.id < b.id;
CREATE TABLE w (x double precision CHECK (sqrt(x) < 10), l double precision CHECK (ln(l) < 2),
  p double precision CHECK (power(10.0, p) > 1), e double precision CHECK (exp(e) >= 0), a double precision CHECK (asin(a) > 0));
INSERT INTO w VALUES (4, 1, 2, 3, 0.5), ('0', 1, 'Infinity', '-Infinity', NULL), (NULL, NULL, NULL, NULL, 1);
--@ deploy
--@ both
SELECT id, a + 0.1, b + 0.1, c + 0.1, d + 0.1, e + 0.1, f + 0.1, g + 0.1, h + 0.1, i + 0.1, j + 0.1, k + 0.1, l + 0.1, m + 0.1, n + 0.1, o + 0.1, p + 0.1, q + 0.1, r + 0.1, s + 0.1, f2 + 0.1, c2 + 0.1
  FROM u ORDER BY id;
SELECT id, other, d FROM km ORDER BY id, other;
SELECT count(*) FROM u a JOIN v b ON a.id = b.id WHERE a.a = b.a AND a.b = b.b AND a.c = b.c AND a.d = b.d
  AND a.h = b.h AND a.i = b.i AND a.j = b.j AND a.k = b.k AND a.l = b.l AND a.m = b.m AND a.n = b.n AND a.o = b.o
  AND a.p = b.p AND a.q = b.q AND a.r = b.r AND a.s = b.s;
--@ shell refuses
INSERT INTO w (x) VALUES (-1.0)
INSERT INTO w (x) VALUES (100.0)
INSERT INTO w (l) VALUES (0.0)
INSERT INTO w (p) VALUES (400.0)
INSERT INTO w (p) VALUES (-400.0)
INSERT INTO w (e) VALUES (800.0)
INSERT INTO w (e) VALUES (-800.0)
INSERT INTO w (a) VALUES (1.5)
--@ migration 2_sqrt
INSERT INTO w (x) VALUES (-1);
--@ deploy fails
--@ migration 2_overflow
INSERT INTO w (e) VALUES (800);
--@ deploy fails
--@ migration 2_asin
UPDATE t SET x = asin(x) WHERE id = 1;
--@ deploy fails

--@ case elements of arrays, labels of an enum, polymorphic functions and a column's own sequence, in views and indexes
--@ migration 1_init
CREATE TYPE size AS ENUM ('s', 'm', 'x l');
CREATE FUNCTION pick(c boolean, a anyelement, b anyelement) RETURNS anyelement LANGUAGE sql AS
  $$ SELECT CASE WHEN c THEN a ELSE b END $$;
CREATE TABLE t (id serial PRIMARY KEY, value text[], x text[], n integer[], b bigint, at timestamp(3), s size);
CREATE VIEW v AS SELECT id, value && x AS o, value @> x AS c, x <@ value AS d, n @> '{3}' AS three, n[1] AS n1,
  value[2] AS v2, value[0] AS v0, b >> 3 AS shifted, id >> 31 AS far, pick(id > 1, b, NULL) AS p1,
  pick(b > 3, 1, 0) AS p2, pick(true, at, NULL)::text AS p3 FROM t;
CREATE VIEW over_v AS SELECT sum(p2) * 2 AS twice, max(shifted | 1) + max(far & 3) AS bits FROM
  (SELECT *, ~ n1 AS inverse FROM v) AS x WHERE coalesce(inverse, 0) * 1 < 5;
CREATE VIEW sums AS SELECT max(pick(s = 's', b, NULL)) AS most, sum(pick(s = 'm'::size, 1, 0)) AS n FROM t;
CREATE VIEW sizes AS SELECT unnest(enum_range(NULL::size)) AS s;
CREATE UNIQUE INDEX t_first ON t (s, (n[1]));
INSERT INTO t (value, x, n, b, at, s) VALUES ('{a,b}', '{b}', '{1,2}', 17, '2020-01-01', 's'),
  (NULL, '{}', '{{3,4}}', -17, NULL, 'm'), ('{b,NULL}', '{NULL}', '{NULL}', 9223372036854775807, NULL, NULL),
  ('{{a,b},{c,NULL}}', '{c,c}', '{}', 0, '2021-02-03 04:05:06.789', NULL);
SELECT setval(pg_get_serial_sequence('t', 'id'), 41);
INSERT INTO t (s) SELECT unnest(enum_range(NULL::size));
UPDATE t SET b = pick(at >= now() - interval '100 years', 18, 0) WHERE id = 1;
UPDATE t SET b = nextval(pg_get_serial_sequence('public.t', 'id')), s = enum_last(s) WHERE id = 42;
--@ migration 2_label
ALTER TYPE size ADD VALUE 'big' BEFORE 'm';
--@ deploy
--@ shell refuses
INSERT INTO t (s, n) VALUES ('s', '[1]');
--@ both
SELECT id, n1, v2, v0, shifted, far, p1, p2, p3 FROM v ORDER BY id;
SELECT count(*) FROM v WHERE o;
SELECT count(*) FROM v WHERE NOT o;
SELECT id FROM v WHERE c ORDER BY id;
SELECT id FROM v WHERE NOT c ORDER BY id;
SELECT id FROM v WHERE d OR three ORDER BY id;
SELECT count(*) FROM v WHERE NOT three;
SELECT * FROM sums;
SELECT * FROM over_v;
SELECT count(*) FROM sizes;
SELECT count(*) FROM sizes WHERE s = 'big';
SELECT id, b, s FROM t ORDER BY id;

--@ case what becomes a query on SQLite is refused where SQLite takes none
--@ migration 1_case
CREATE TABLE t (id integer PRIMARY KEY, tags text[] CHECK ('a' = ANY (tags)));
--@ deploy refused this expression becomes a query on SQLite
--@ migration 1_case
CREATE TABLE t (id integer PRIMARY KEY, tags text[]);
CREATE UNIQUE INDEX ON t ((tags && '{a}'));
--@ deploy refused this expression becomes a query on SQLite
--@ migration 1_case
CREATE TABLE t (id integer PRIMARY KEY, tags text[], old boolean GENERATED ALWAYS AS ('a' = ANY (tags)) STORED);
--@ deploy refused this expression becomes a query on SQLite

--@ case times plus and minus a number of intervals, in generated columns, checks and views
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, n integer, at timestamp, tz timestamptz, d date,
  soon timestamp GENERATED ALWAYS AS (CASE WHEN n > 0 THEN at + n * INTERVAL '1 second' END) STORED,
  due timestamptz DEFAULT now() + 2 * interval '1 day', CHECK (at - interval '1 day' * n < '2100-01-01'));
CREATE VIEW v AS SELECT id, (at + n * interval '1 day 2 hours')::text AS a, (tz - (n * interval '1 week'))::text AS b,
  (d + interval '90 minutes' * id)::text AS c FROM t;
INSERT INTO t VALUES (1, 5, '2020-02-28 23:59:59.5', '2020-01-01', '2020-12-31'), (2, NULL, '2020-01-01', NULL, NULL),
  (3, -40, '2020-01-01', '2020-01-01', '1999-01-01'), (4, 0, NULL, 'infinity', NULL);
--@ deploy
--@ shell refuses
INSERT INTO t (id, n, at) VALUES (9, -29220, '2020-01-01T00:00:00.000000');
INSERT INTO t (id, n, at) VALUES (9, 1, '9999-12-31T23:59:59.000000');
--@ both
SELECT id, n, d FROM t ORDER BY id;
SELECT * FROM v WHERE id < 4 ORDER BY id;
SELECT count(*) FROM t WHERE due > tz;
--@ sqlite
SELECT soon FROM t WHERE id = 1;
--= 2020-02-29T00:00:04.500000

--@ case columns made by queries have PostgreSQL's types, so that what is computed from them later is the same
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a integer, b bigint, n numeric(8,2), f real, d date, tm time, ts timestamp(3), v varchar(3),
    y bytea);
INSERT INTO t VALUES (1, 7, 12, 5.25, 1.5, '2024-02-28', '10:20:30', '2024-02-28 10:20:30.125', 'abc', '\x0102'),
    (2, -5, 3, 0.10, 2.5, '2024-03-01', '23:59:59.5', '2024-03-01 00:00:00.5', NULL, '\x03');
CREATE TABLE bits AS SELECT a & 3 AS x1, a | b AS x2, a # 1 AS x3, ~ a AS x4, a << 2 AS x5, b >> 1 AS x6, @ a AS x7, a ^ 2 AS x8 FROM t;
CREATE TABLE common AS SELECT a AS amt FROM t UNION ALL SELECT n FROM t;
CREATE MATERIALIZED VIEW dates AS SELECT d AS at FROM t UNION ALL SELECT ts FROM t;
CREATE TABLE words AS SELECT v AS word FROM t UNION ALL SELECT 'longer than three';
CREATE TABLE floats AS SELECT floor(a) AS x1, round(a) AS x2, round(a, -1) AS x3, f * a AS x4, f + n AS x5, f / a AS x6 FROM t;
CREATE TABLE times AS SELECT date_trunc('day', d) AS x1, d + tm AS x2, tm + d AS x3, tm - time '01:00' AS x4,
    interval '1 day' + d AS x5, ts + interval '1 ms' AS x6, date_trunc('hour', ts) AS x7 FROM t;
CREATE TABLE rest AS SELECT substring(y from 1 for 1) AS x1, max(n) OVER () AS x2, lag(n, 1, 0) OVER (ORDER BY id) AS x3,
    nullif(a, 1.5) AS x4, CASE WHEN a > 0 THEN v END AS x5 FROM t;
CREATE TABLE shown (id integer PRIMARY KEY, x text);
INSERT INTO shown SELECT row_number() OVER (ORDER BY amt), (amt / 2)::text FROM common;
INSERT INTO shown SELECT 10 + row_number() OVER (ORDER BY x1), (x1 / 2)::text || ' ' || (x3 / 2)::text || ' ' || (x4 / 2)::text || ' ' || (x8 / 2)::text FROM bits;
INSERT INTO shown SELECT 20 + row_number() OVER (ORDER BY x1), (x1 / 2)::text || ' ' || (x2 / 2)::text || ' ' || (x3 / 20)::text || ' ' || x4 || ' ' || x5 || ' ' || x6 FROM floats;
INSERT INTO shown SELECT 30 + row_number() OVER (ORDER BY x1), x1 || ' ' || x2 || ' ' || x3 || ' ' || x4 || ' ' || x5 || ' ' || x6 || ' ' || x7 FROM times;
INSERT INTO shown SELECT 40 + row_number() OVER (ORDER BY at), at::text FROM dates;
INSERT INTO shown SELECT 50 + row_number() OVER (ORDER BY word), word || '!' FROM words;
INSERT INTO shown SELECT 60 + row_number() OVER (ORDER BY x1), x1::text || ' ' || x2 || ' ' || x3 || ' ' || x4 FROM rest;
INSERT INTO words VALUES ('any length');
INSERT INTO rest (x1, x5) VALUES ('\x00', 'longer');
--@ deploy
--@ both
SELECT id, x FROM shown ORDER BY id;
SELECT word FROM words WHERE word IS NOT NULL ORDER BY word;

--@ case negative constants have PostgreSQL's types
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text);
CREATE TABLE made AS SELECT -9223372036854775808 AS a, -2147483648 AS b, -2147483649 AS c;
INSERT INTO t SELECT 1, (a / 7)::text || ' ' || (b / 7)::text || ' ' || (c / 7)::text FROM made;
INSERT INTO t VALUES (2, (-2147483648 / 7)::text), (3, (-9223372036854775808 / 7)::text);
--@ deploy
--@ both
SELECT id, x FROM t ORDER BY id;
--@ migration 2_abs
INSERT INTO t VALUES (4, abs(-2147483648));
--@ deploy fails 22003
--@ migration 2_made
INSERT INTO t SELECT 4, abs(a)::text FROM made;
--@ deploy fails 22003

--@ case roots and whole powers of numerics are numerics with all their digits
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, n numeric(10,2), i integer, x text);
INSERT INTO t (id, n, i) VALUES (1, 2, 3), (2, 1000.05, -2), (3, 0, 0), (4, 99999999.99, 5);
UPDATE t SET x = sqrt(n)::text || ' ' || round(sqrt(n), 3) || ' ' || power(n + 1, i) || ' ' || (n ^ 2)::text;
INSERT INTO t (id, x) VALUES (5, sqrt(2.0)::text), (6, power(1.05, 12)::text), (7, round(power(1.05, 12), 2)::text), (8, power(2, -3.0)::text),
    (9, sqrt(2)::text), (10, power(2, 0.5::float8)::text), (11, pow(1.1, 20)::text);
CREATE TABLE made AS SELECT id, sqrt(n) AS x1, power(n + 1, 2) AS x2 FROM t WHERE n IS NOT NULL;
INSERT INTO t (id, x) SELECT id + 20, (x1 / 2)::text || ' ' || (x2 / 3)::text FROM made;
--@ deploy
--@ both
SELECT id, x FROM t ORDER BY id;
--@ migration 2_negative
UPDATE t SET x = sqrt(n - 5)::text;
--@ deploy fails 2201F
--@ migration 2_zero
UPDATE t SET x = power(n, -1)::text WHERE id = 3;
--@ deploy fails 2201F
--@ migration 2_exp
UPDATE t SET x = exp(n)::text;
--@ deploy refused exp() of a numeric is not carried
--@ migration 2_power
UPDATE t SET x = power(n, 0.5)::text;
--@ deploy refused what may be no whole number
--@ migration 2_check
ALTER TABLE t ADD CHECK (sqrt(n) < 100000);
--@ deploy refused stock SQLite does not have

--@ case what PostgreSQL takes is not said to be refused by it
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, d date, tm time, x text, y bytea, i integer DEFAULT position('\x02'::bytea in '\x010203'::bytea));
INSERT INTO t (id, d, tm, y) VALUES (1, '2024-060', '10:20:30', '\x010203'), (2, date '2023-365', '00:00', '\x02'), (3, '2024/001', '24:00', '');
UPDATE t SET x = (tm + d)::text || ' ' || quote_literal(id) || ' ' || quote_nullable(d) || ' ' || position('\x02'::bytea in y)
    || ' ' || to_char(0, 'FM9.99') || to_char(id / 1000.0, 'FM99.99') || to_char(0, 'FM0.99');
--@ deploy
--@ both
SELECT id, x, i FROM t ORDER BY id;
--@ migration 2_overlay
UPDATE t SET y = overlay(y placing '\xff' from 2);
--@ deploy refused overlay() of bytea is not carried
--@ migration 2_trim
UPDATE t SET y = trim('\x00'::bytea from y);
--@ deploy refused btrim() of bytea is not carried
--@ migration 2_bits
UPDATE t SET i = ('x' || x)::bit(32)::int;
--@ deploy refused cannot carry the cast from text to bit(32)
--@ migration 2_roman
UPDATE t SET x = to_char(id, 'RN');
--@ deploy refused the picture "RN" is not carried
--@ migration 2_percent
UPDATE t SET x = to_char(id, '99%');
--@ deploy refused the picture "99%" is not carried
--@ migration 2_back
UPDATE t SET x = 'y' WHERE x ~ '(.)\1';
--@ deploy refused the back-reference in the regular expression
--@ migration 2_back2
UPDATE t SET x = regexp_replace(x, '(.)\1', '\1', 'g');
--@ deploy refused the back-reference in the regular expression
--@ migration 2_replaced
UPDATE t SET x = regexp_replace(x, '(\d)-', '\1_', 'g');
--@ deploy
--@ both
SELECT id, x FROM t ORDER BY id;

--@ case logarithms of numerics have PostgreSQL's digits
--@ migration 1_init
CREATE TABLE v (id serial PRIMARY KEY, x numeric, n numeric(12,4));
INSERT INTO v (x, n) VALUES (1, 2), (10, 0.5), (2, 1.0001), (0.1, 7), (1000000, 10), (1e100, 3), (1e-100, 8), (9999, 100), (10001, 1.5),
  (1.1, 0.9), (1.00000000000012, 5), (0.99999987, 6), (123456789012345678901234.5678, 12.3456), (NULL, NULL), ('Infinity', 2), ('NaN', 2);
CREATE TABLE r AS SELECT id, ln(x)::text AS a, log(x)::text AS b, log(n, x)::text AS c, log10(n)::text AS d, round(ln(n), 3) AS e,
  coalesce(log(2, 8 / 4), 0)::integer AS f FROM v;
--@ deploy
--@ both
SELECT id, a, b, c, d, f FROM r ORDER BY id;
--@ migration 2_zero
INSERT INTO v (x) SELECT ln(x - x) FROM v WHERE id = 2;
--@ deploy fails 2201E
--@ migration 2_negative
INSERT INTO v (x) SELECT log(2, -x) FROM v WHERE id = 2;
--@ deploy fails 2201E
--@ migration 2_one
INSERT INTO v (x) SELECT log(x, 5) FROM v WHERE id = 1;
--@ deploy fails 22012

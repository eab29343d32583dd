--@ case constants that stock SQLite cannot compute are stored as their values
--@ migration 1_init
CREATE DOMAIN percent AS integer DEFAULT 50 CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE t (id integer PRIMARY KEY, a bytea DEFAULT decode('0000', 'hex'), b text DEFAULT upper('ab') || md5('x'),
    c integer DEFAULT '2.5'::float8, d bigint DEFAULT '1e18'::float8, e text[] DEFAULT string_to_array('a,b', ','),
    f jsonb DEFAULT jsonb_build_object('a', 1), g date DEFAULT '2020-01-31'::date + 3, h text DEFAULT concat('a', 1, true),
    i percent DEFAULT NULL, j percent, k integer DEFAULT 7::percent,
    CHECK (c < '7.5'::float8::integer));
--@ deploy
--@ write
INSERT INTO t (id) VALUES (1);
--@ both
SELECT b, c, d, f, g, h, i, j, k FROM t;
--@ sqlite
SELECT hex(a) FROM t;
--= 0000
--@ shell refuses
INSERT INTO t (id, c) VALUES (2, 8)

--@ case a cast to a domain tests its constraints
--@ migration 1_init
CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN share AS percent NOT NULL CHECK (VALUE > 10);
CREATE TABLE t (id integer PRIMARY KEY, n integer);
INSERT INTO t VALUES (1, 50::share), (2, NULL::percent);
--@ deploy
--@ migration 2_above
INSERT INTO t SELECT 3, (n + 60)::percent FROM t WHERE id = 1;
--@ deploy fails 23514
--@ migration 2_below
INSERT INTO t VALUES (3, 5::share);
--@ deploy fails 23514
--@ migration 2_null
INSERT INTO t SELECT 3, n::share FROM t WHERE id = 2;
--@ deploy fails 23502
--@ both
SELECT id, n FROM t ORDER BY id;

--@ case a conversion over columns in a CHECK fails in the plain shell as on PostgreSQL
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a bigint CHECK (a::integer > -5), b double precision CHECK (b::smallint IN (0, 2, 4)));
--@ deploy
--@ write
INSERT INTO t VALUES (1, 2147483647, 2.5), (2, NULL, 3.5), (3, -4, NULL), (4, 0, 0.5), (5, 0, 1.5);
--@ shell refuses
INSERT INTO t VALUES (6, 2147483648, 0);
INSERT INTO t VALUES (6, 0, 2.51);
INSERT INTO t VALUES (6, 0, 1e10);
--@ both
SELECT count(*) FROM t;


--@ case the fields and digits of an interval are those of its type
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a interval(0), b interval hour, c interval year to month,
    d interval DEFAULT interval '30' day, e interval day DEFAULT '5', f interval minute to second DEFAULT '10:20',
    g text DEFAULT (interval '5' hour)::text, i interval, x text);
INSERT INTO t (id, a, b, c, i, x) VALUES (1, '1.6 seconds', '1 day 02:30', '14', '1 year 2 mons 3 days 04:05:06.789', '30'),
    (2, '-1.5 seconds', '7', '1 year 20 days', '-04:05:06.5', '1 day 10');
INSERT INTO t (id, a, b, c, i, x) SELECT id + 2, i, i, i, i, x FROM t;
INSERT INTO t (id, i) VALUES (10, interval '5' minute), (11, interval '5' hour), (12, interval '5' day),
    (13, interval '5' month), (14, interval '5' year), (15, cast('5' AS interval hour)), (16, '5'::interval day),
    (17, '1.6 seconds'::interval(0)), (18, '1 day 2 hours'::interval day), (19, interval '10:20' minute to second),
    (20, interval '1 10' day to hour), (21, interval '1 2:03' day to minute), (22, interval '3' second(2)),
    (23, interval '1.2345' second(2)), (24, interval '1-2' year to month), (25, '1 2 hours'), (26, interval '14' year to month),
    (27, interval '10:20.5'), (28, interval '1 10:20' day to second), (29, interval '-1.5' year);
INSERT INTO t (id, i) SELECT id + 30, x::interval hour FROM t WHERE id < 5;
INSERT INTO t (id, i) SELECT id + 40, i::interval day to minute FROM t WHERE id < 5;
INSERT INTO t (id, i) SELECT id + 50, i::interval second(1) FROM t WHERE id < 5;
CREATE TABLE kept (id integer, at timestamp);
INSERT INTO kept VALUES (1, '2026-01-01'), (2, '2026-02-27');
DELETE FROM kept WHERE at < timestamp '2026-03-01' - interval '30' day;
CREATE VIEW v AS SELECT id, at + interval '2' day AS later, interval '90' minute AS i FROM kept;
CREATE TABLE made AS SELECT i::interval(0) AS a, interval '1' hour AS b FROM t WHERE id < 3;
--@ deploy
--@ both
SELECT id, a, b, c, d, e, f, g, i FROM t ORDER BY id;
SELECT id FROM kept;
SELECT i FROM v;
SELECT a, b FROM made ORDER BY a;
--@ sqlite
SELECT later FROM v;
--= 2026-03-01T00:00:00.000000
--@ migration 2_types
ALTER TABLE t ALTER COLUMN i TYPE interval(0), ALTER COLUMN d TYPE interval hour;
--@ deploy
--@ both
SELECT id, d, i FROM t ORDER BY id;

--@ case an interval becomes the time that is left of whole days
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, i interval, z timetz, c time, s text);
INSERT INTO t VALUES (1, '90 minutes', '10:00+02', '90 minutes'::interval::time), (2, '25 hours', '23:59:59.5-03', '25 hours'::interval::time),
    (3, '-1 hour', NULL, '3 days'::interval::time), (4, '1 mon 2 days 03:04:05.678', '00:00', '-25 hours'::interval::time(0));
INSERT INTO t (id, c) SELECT id + 10, i::time FROM t;
INSERT INTO t (id, c) SELECT id + 20, z::time FROM t WHERE id < 10;
UPDATE t SET s = c::text;
--@ deploy
--@ both
SELECT id, s FROM t ORDER BY id;

--@ case elements get the size that the type of their array says
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, n numeric[], n1 numeric(5,1)[], ts timestamp[], i interval day[], v varchar(3)[], w text[], x text);
INSERT INTO t (id, n, ts, i, v, w) VALUES (1, '{1.26,NULL}', '{2024-01-01 10:00:00.6}', '{30 days 2 hours,30}', '{abc}', '{abcdef}');
UPDATE t SET n1 = n, x = n::numeric(5,1)[]::text || ' ' || ts::timestamp(0)[]::text || ' ' || i::text || ' ' || v::varchar(3)[]::text;
INSERT INTO t (id, x) VALUES (2, ('{30}'::interval day[])::text), (3, (|/ 2.0)::text);
--@ deploy
--@ both
SELECT id, x FROM t ORDER BY id;
--@ sqlite
SELECT n1, i FROM t WHERE id = 1;
--= [1.3,null]|["30 days","00:00:00"]
--@ migration 2_varchar
UPDATE t SET x = (w::varchar(2)[])::text || ' ' || w::char(8)[]::text || ' ' || array_append(v, 'x')::text;
UPDATE t SET v = array_append(v, 'xyz');
--@ deploy
--@ both
SELECT id, x FROM t ORDER BY id;
--@ migration 3_assigned
UPDATE t SET v = w;
--@ deploy fails 22001
--@ migration 3_appended
UPDATE t SET v = array_append(v, 'long');
--@ deploy fails 22001

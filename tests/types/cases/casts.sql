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


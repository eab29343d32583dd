Data statements inside migrations: what SQLite takes as it is, and what has to be rewritten.

--@ case UPDATE FROM, tuples in SET, joins and windows
--@ migration 1_init
CREATE TABLE a (id integer PRIMARY KEY, n integer, t text);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer, n integer, t text);
INSERT INTO a VALUES (1, 10, 'x'), (2, 20, 'y'), (3, NULL, NULL);
INSERT INTO b VALUES (1, 1, 100, 'p'), (2, 2, 200, 'q'), (3, NULL, NULL, 'r');
--@ migration 2_data
UPDATE a SET n = b.n, t = a.t || b.t FROM b WHERE b.a_id = a.id;
UPDATE a AS x SET (n, t) = (x.n + 1, 'tuple') WHERE x.id = 2;
UPDATE a SET (n, t) = (SELECT max(b.n), min(b.t) FROM b) WHERE a.id = 3;
CREATE TABLE r (id serial PRIMARY KEY, k text, v text);
INSERT INTO r (k, v) SELECT 'right', coalesce(a.t, '-') || coalesce(b.t, '-') FROM a RIGHT JOIN b ON b.a_id = a.id ORDER BY b.id;
INSERT INTO r (k, v) SELECT 'full', coalesce(a.t, '-') || coalesce(b.t, '-') FROM a FULL JOIN b ON b.a_id = a.id ORDER BY a.id, b.id;
INSERT INTO r (k, v) SELECT 'filter', count(*) FILTER (WHERE n > 150)::text FROM b;
INSERT INTO r (k, v) SELECT 'window', (sum(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING))::text FROM b ORDER BY id;
INSERT INTO r (k, v) SELECT 'rank', rank() OVER (ORDER BY n DESC)::text FROM b ORDER BY id;
INSERT INTO r (k, v) SELECT 'distinct', count(*)::text FROM b WHERE n IS DISTINCT FROM 100;
--@ deploy
--@ both
SELECT * FROM a ORDER BY id;
SELECT * FROM r ORDER BY id;

--@ case upsert, RETURNING and WITH
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, k text, n integer, CONSTRAINT t_k UNIQUE (k));
INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2);
--@ migration 2_data
INSERT INTO t VALUES (3, 'a', 10) ON CONFLICT (k) DO UPDATE SET n = t.n + excluded.n;
INSERT INTO t VALUES (4, 'b', 10) ON CONFLICT ON CONSTRAINT t_k DO UPDATE SET n = excluded.n WHERE t.n > 100;
INSERT INTO t VALUES (5, 'b', 10) ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (6, 'c', 6) RETURNING id;
INSERT INTO t SELECT id + 100, k || k, n FROM t ON CONFLICT DO NOTHING;
WITH x AS (SELECT max(n) AS m FROM t) UPDATE t SET n = m FROM x WHERE id = 2;
WITH x AS MATERIALIZED (SELECT 7 AS id) INSERT INTO t SELECT id, 'd', id FROM x;
WITH RECURSIVE s(i) AS (SELECT 200 UNION ALL SELECT i + 1 FROM s WHERE i < 203)
INSERT INTO t SELECT i, 's' || i, i FROM s;
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;

--@ case ON CONFLICT DO UPDATE meets a row twice: also by a default, a generated column, an expression, an equal value
--@ migration 1_init
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE g (id integer GENERATED ALWAYS AS IDENTITY UNIQUE, n integer DEFAULT 3, f double precision, x text, third integer GENERATED ALWAYS AS (n / 3) STORED PRIMARY KEY, half double precision GENERATED ALWAYS AS (f / 2) STORED UNIQUE);
CREATE TABLE m (id serial PRIMARY KEY, email text, name text DEFAULT 'None', gone boolean NOT NULL DEFAULT false, made timestamp NOT NULL DEFAULT now(), token uuid DEFAULT gen_random_uuid());
CREATE UNIQUE INDEX m_email ON m (lower(email)) WHERE NOT gone;
CREATE UNIQUE INDEX m_day ON m (name, date(made)) WHERE email IS NULL;
CREATE UNIQUE INDEX m_token ON m ((left(token::text, 8)));
CREATE TABLE v (n numeric UNIQUE, c citext UNIQUE, b char(4) UNIQUE, k text, live boolean DEFAULT true, x text, up text GENERATED ALWAYS AS (upper(k)) STORED);
CREATE UNIQUE INDEX v_k ON v (k) WHERE live;
CREATE UNIQUE INDEX v_up ON v ((up || coalesce(x, '')));
CREATE TABLE w (k integer UNIQUE, live boolean, at timestamp DEFAULT now() UNIQUE, x text);
INSERT INTO g (n, x) VALUES (1, 'a'), (3, 'b') ON CONFLICT (third) DO UPDATE SET x = excluded.x;
INSERT INTO g (n, f, x) VALUES (4, 5, 'c'), (6, 4, 'd') ON CONFLICT (third) DO UPDATE SET x = excluded.x || g.x;
INSERT INTO g (n, f, x) VALUES (20, 5, 'c'), (30, 4, 'd') ON CONFLICT (half) DO UPDATE SET x = excluded.x || g.x;
INSERT INTO m (email, gone) VALUES ('A@b', false), ('a@B', true), ('a@b', true), ('c@d', false), (NULL, false) ON CONFLICT (lower(email)) WHERE NOT gone DO UPDATE SET name = 'twice';
INSERT INTO m (email, name) SELECT v || '@B', v FROM (VALUES ('a'), ('e')) s (v) ON CONFLICT (lower(email)) WHERE NOT gone DO UPDATE SET name = m.name || excluded.name;
INSERT INTO m (email, name) VALUES (NULL, 'None'), (NULL, 'Some'), ('x', 'Some'), ('y', 'Some') ON CONFLICT (name, date(made)) WHERE email IS NULL DO UPDATE SET name = m.name || '+';
INSERT INTO v (n, c, b, k, live, x) VALUES (1, 'a', 'a', 'k', true, '1'), (2.5, 'b', 'b', 'k', false, '2'), (3, 'c', 'c', 'k', false, '3') ON CONFLICT (k) WHERE live DO UPDATE SET x = 'twice';
--@ deploy
--@ both
SELECT n, x, third FROM g WHERE f IS NULL ORDER BY n;
SELECT n, x, third FROM g WHERE half = 2 OR half = 2.5 ORDER BY n;
SELECT email, name FROM m WHERE NOT gone ORDER BY coalesce(email, ''), name;
SELECT n, c, b, k, x, up FROM v ORDER BY b;
--@ migration 2_generated
INSERT INTO g (f) VALUES (0), (6), (9) ON CONFLICT (third) DO UPDATE SET x = excluded.x;
--@ deploy fails 21000
--@ migration 2_generated_constraint
INSERT INTO g (n, x) VALUES (100, 'a'), (100 + 1, 'b') ON CONFLICT ON CONSTRAINT g_pkey DO UPDATE SET x = excluded.x;
--@ deploy fails 21000
--@ migration 2_expression
INSERT INTO m (email) VALUES ('z@z'), ('Z@z') ON CONFLICT (lower(email)) WHERE NOT gone DO UPDATE SET name = 'twice';
--@ deploy fails 21000
--@ migration 2_expression_of_query
INSERT INTO m (email) SELECT v || '@z' FROM (VALUES ('z'), ('Z')) s (v) ON CONFLICT (lower(email)) WHERE NOT gone DO UPDATE SET name = 'twice';
--@ deploy fails 21000
--@ migration 2_expression_over_default
INSERT INTO m (name) VALUES ('z'), ('z') ON CONFLICT (name, date(made)) WHERE email IS NULL DO UPDATE SET gone = true;
--@ deploy fails 21000
--@ migration 2_partial
INSERT INTO v (k) VALUES ('p'), ('p') ON CONFLICT (k) WHERE live DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_expression_over_generated
INSERT INTO v (k, live) VALUES ('p', false), ('P', false) ON CONFLICT ((up || coalesce(x, ''))) DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_default
INSERT INTO w (k) VALUES (1), (2) ON CONFLICT (at) DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_whole_key
INSERT INTO w (k, live, at) VALUES (1, false, '2020-01-01'), (1, false, '2020-01-02') ON CONFLICT (k) WHERE live DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_numeric
INSERT INTO v (n) VALUES (7.0), (7.00) ON CONFLICT (n) DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_citext
INSERT INTO v (c) VALUES ('q'), ('Q') ON CONFLICT (c) DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_char
INSERT INTO v (b) VALUES ('q'), ('q ') ON CONFLICT (b) DO UPDATE SET x = 'twice';
--@ deploy fails 21000
--@ migration 2_drawn
INSERT INTO m (email) VALUES ('z@z'), ('y@z') ON CONFLICT ((left(token::text, 8))) DO UPDATE SET name = 'twice';
--@ deploy refused reads the default of "token"

--@ case data-modifying WITH
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, n integer);
CREATE TABLE archive (id integer PRIMARY KEY, n integer);
INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
--@ migration 2_data
WITH gone AS (DELETE FROM t WHERE n > 1 RETURNING id, n) INSERT INTO archive SELECT id, n * 10 FROM gone;
--@ deploy
--@ both
SELECT 't', id, n FROM t UNION ALL SELECT 'archive', id, n FROM archive ORDER BY 1, 2;

--@ case DELETE USING, TRUNCATE and FOR UPDATE
--@ migration 1_init
CREATE TABLE a (id serial PRIMARY KEY, n integer);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer);
CREATE TABLE c (id serial PRIMARY KEY, n integer);
INSERT INTO a (n) VALUES (1), (2), (3);
INSERT INTO b VALUES (1, 2), (2, 3);
INSERT INTO c (n) VALUES (1), (2);
--@ migration 2_data
DELETE FROM a USING b WHERE b.a_id = a.id AND b.id = 1;
DELETE FROM a AS x USING b AS y WHERE y.a_id = x.id AND x.n > 2;
TRUNCATE TABLE c RESTART IDENTITY;
INSERT INTO c (n) VALUES (9);
SELECT * FROM a WHERE id = 1 FOR UPDATE;
TRUNCATE b CASCADE;
--@ deploy
--@ both
SELECT 'a', id, n FROM a UNION ALL SELECT 'c', id, n FROM c ORDER BY 1, 2;
SELECT count(*) FROM b;

--@ case DISTINCT ON, LATERAL, VALUES with names and generate_series
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, g text, n integer);
CREATE TABLE r (id serial PRIMARY KEY, k text, v text);
INSERT INTO t VALUES (1, 'a', 5), (2, 'a', 7), (3, 'b', NULL), (4, 'b', 1), (5, NULL, 2);
--@ migration 2_data
INSERT INTO r (k, v) SELECT DISTINCT ON (g) 'first', g || id FROM t ORDER BY g, n DESC NULLS LAST;
INSERT INTO r (k, v) SELECT 'values', x || y::text FROM (VALUES ('p', 1), ('q', 2)) AS v(x, y) ORDER BY y;
INSERT INTO r (k, v) SELECT 'series', i::text FROM generate_series(2, 8, 3) AS i ORDER BY i;
INSERT INTO r (k, v) SELECT 'asc', id::text FROM t ORDER BY n;
INSERT INTO r (k, v) SELECT 'desc', id::text FROM t ORDER BY n DESC, id;
UPDATE t SET n = v.m FROM (VALUES (1, 50), (2, 70)) AS v(id, m) WHERE v.id = t.id;
INSERT INTO t VALUES (6, DEFAULT, 6);
UPDATE t SET g = DEFAULT WHERE id = 4;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;
SELECT * FROM t ORDER BY id;

--@ case LATERAL as a correlated sub-query
--@ migration 1_init
CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer, n integer);
CREATE TABLE r (id integer, n integer);
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1, 1, 5), (2, 1, 9), (3, 2, 1);
--@ migration 2_data
INSERT INTO r SELECT a.id, x.m FROM a, LATERAL (SELECT max(n) AS m FROM b WHERE b.a_id = a.id) x;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case casts, escapes, and names that are qualified
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, v text);
--@ migration 2_data
INSERT INTO public.t VALUES (1, '12'::integer + 1), (2, E'a\nb\x41'), (3, 7 / 2), (4, -7 / 2), (5, 7 % -3),
    (6, 7.0 / 2), (7, '1.10'::numeric), (8, (1 = 1)), (9, true::text), (10, 'x' || NULL), (11, 10::text || '%');
INSERT INTO t SELECT 12, public.t.v FROM public.t WHERE public.t.id = 1;
INSERT INTO t VALUES (13, round(2.5)), (14, round(-2.5)), (15, round(2.5::float8)), (16, 2 ^ 10), (17, 'a'::char(3)),
    (18, 1e3), (19, '2026-01-31'::date + 1), (20, 0.1::float8 + 0.2::float8), (21, length('äöü')), (22, 5::bigint * 3);
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;

--@ case division by zero, overflow and bad casts are errors
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, n integer, s text);
INSERT INTO t VALUES (1, 0, 'abc'), (2, 2147483647, '1');
--@ deploy
--@ migration 2_bad
UPDATE t SET n = 1 / n;
--@ deploy fails 22012
--@ migration 2_bad
UPDATE t SET n = n + 1;
--@ deploy fails 22003
--@ migration 2_bad
UPDATE t SET n = s::integer;
--@ deploy fails 22P02
--@ migration 2_bad
SELECT 1;

UPDATE t SET n = 'x';
--@ deploy fails 22P02
--@ migration 2_bad
INSERT INTO t VALUES (1, 1, 'twice');
--@ deploy fails 23505
--@ migration 2_bad
INSERT INTO t VALUES (NULL, 1, 'no key');
--@ deploy fails 23502
--@ migration 2_bad
INSERT INTO nothing VALUES (1);
--@ deploy fails 42P01
--@ migration 2_bad
UPDATE t SET nothing = 1;
--@ deploy fails 42703

--@ case text functions
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, v text);
INSERT INTO t (v) VALUES (concat('a', NULL, 1, true)), (concat_ws('-', 'a', NULL, 'b')), (upper('äß')), (lower('ÄÖ')),
    (left('hello', 2)), (right('hello', -2)), (split_part('a.b.c', '.', 2)), (strpos('hello', 'l')::text),
    (position('l' in 'hello')::text), (lpad('7', 3, '0')), (rpad('7', 3)), (repeat('ab', 2)), (initcap('hello wORLD')),
    (btrim('xxaxx', 'x')), (ltrim('  a')), (substring('hello' from 2 for 3)), (substring('foobar' from 'o(.)b')),
    (regexp_replace('a1b22', '[0-9]+', '#', 'g')), (md5('x')), (encode('\x00ff', 'hex')), (chr(228)), (reverse('abc')),
    (translate('abc', 'ab', 'x')), (greatest(1, NULL, 3)::text), (least('b', 'a')), (format('%s-%I-%L', 1, 'a b', 'c''d')),
    (to_char(1234.5, 'FM9999.00')), (replace('aXa', 'X', 'y')), (nullif('a', 'a')), (quote_literal('a''b')),
    (length('日本')::text), (octet_length('日本')::text), (string_to_array('a,b', ',')::text), (ascii('A')::text);
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;

--@ case LIKE, ILIKE, SIMILAR TO and regular expressions
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, s text);
CREATE TABLE r (k integer, id integer);
INSERT INTO t VALUES (1, 'Anna'), (2, 'anna'), (3, 'Änne'), (4, 'a_b%c'), (5, 'a*b?c[d]'), (6, ''), (7, NULL);
INSERT INTO r SELECT 1, id FROM t WHERE s LIKE 'a%';
INSERT INTO r SELECT 2, id FROM t WHERE s ILIKE 'A%';
INSERT INTO r SELECT 3, id FROM t WHERE s LIKE '%\_%';
INSERT INTO r SELECT 4, id FROM t WHERE s LIKE '%#%%' ESCAPE '#';
INSERT INTO r SELECT 5, id FROM t WHERE s NOT LIKE '%n%';
INSERT INTO r SELECT 6, id FROM t WHERE s LIKE '%*%?%[d]';
INSERT INTO r SELECT 7, id FROM t WHERE s ~ '^[Aa]n+a$';
INSERT INTO r SELECT 8, id FROM t WHERE s ~* 'ANNA';
INSERT INTO r SELECT 9, id FROM t WHERE s !~ 'n';
INSERT INTO r SELECT 10, id FROM t WHERE s SIMILAR TO '(A|a)%a';
INSERT INTO r SELECT 11, id FROM t WHERE s ILIKE 'änne';
INSERT INTO r SELECT 12, id FROM t WHERE s LIKE ANY (ARRAY['A%', 'ä%']);
--@ deploy
--@ both
SELECT * FROM r ORDER BY k, id;

--@ case aggregates
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, g text, n integer, x numeric, b boolean);
CREATE TABLE r (id serial PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'a', 1, 1.10, true), (2, 'a', 2, 2.25, false), (3, 'b', NULL, 0.1, NULL);
INSERT INTO r (v) SELECT string_agg(g, ',' ORDER BY id DESC) FROM t;
INSERT INTO r (v) SELECT string_agg(DISTINCT g, ',' ORDER BY g) FROM t;
INSERT INTO r (v) SELECT sum(x)::text FROM t;
INSERT INTO r (v) SELECT avg(n)::text FROM t;
INSERT INTO r (v) SELECT bool_and(b)::text || bool_or(b)::text FROM t;
INSERT INTO r (v) SELECT array_agg(n ORDER BY id)::text FROM t;
INSERT INTO r (v) SELECT jsonb_agg(g ORDER BY id)::text FROM t;
INSERT INTO r (v) SELECT count(DISTINCT g)::text FROM t HAVING count(*) > 2;
INSERT INTO r (v) SELECT max(x)::text || min(g) FROM t;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case jsonb in data statements
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, j jsonb);
CREATE TABLE r (id serial PRIMARY KEY, v text);
INSERT INTO t VALUES (1, '{"a": {"b": [1, 2.50, "x"]}, "n": 9007199254740993, "t": "text"}'), (2, '[]'), (3, NULL);
UPDATE t SET j = jsonb_set(j, '{a,c}', '"new"') WHERE id = 1;
UPDATE t SET j = j || '{"z": null}'::jsonb WHERE j ? 'a';
INSERT INTO r (v) SELECT j ->> 't' FROM t ORDER BY id;
INSERT INTO r (v) SELECT (j -> 'a')::text FROM t WHERE id = 1;
INSERT INTO r (v) SELECT j #>> '{a,b,1}' FROM t WHERE id = 1;
INSERT INTO r (v) SELECT (j ->> 'n')::bigint + 1 FROM t WHERE id = 1;
INSERT INTO r (v) SELECT jsonb_typeof(j) FROM t ORDER BY id;
INSERT INTO r (v) SELECT k FROM t, jsonb_object_keys(j) AS k WHERE id = 1 ORDER BY k;
INSERT INTO r (v) SELECT e::text FROM t, jsonb_array_elements(j -> 'a' -> 'b') WITH ORDINALITY AS x(e, n) WHERE id = 1 ORDER BY n;
INSERT INTO r (v) SELECT jsonb_build_object('id', id, 'l', jsonb_build_array(1, 'x', NULL, true))::text FROM t WHERE id = 2;
INSERT INTO r (v) SELECT count(*)::text FROM t WHERE j @> '{"a": {"b": ["x"]}}';
INSERT INTO r (v) SELECT (j - 't')::text FROM t WHERE id = 1;
INSERT INTO r (v) SELECT count(*)::text FROM t WHERE j = '[ ]';
--@ deploy
--@ both
SELECT id, v FROM r ORDER BY id;
SELECT id, j ->> 'n' FROM t ORDER BY id;

--@ case arrays in data statements
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text[], n integer[]);
CREATE TABLE r (id serial PRIMARY KEY, v text);
INSERT INTO t VALUES (1, '{x,y}', '{1,2,3}'), (2, '{}', NULL), (3, ARRAY['a b', NULL], ARRAY[4]);
UPDATE t SET a = array_append(a, 'z') WHERE 'x' = ANY (a);
UPDATE t SET n = n || 9 WHERE id = 1;
INSERT INTO r (v) SELECT a[1] FROM t ORDER BY id;
INSERT INTO r (v) SELECT array_length(n, 1)::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT cardinality(a)::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT unnest(a) FROM t WHERE id = 1;
INSERT INTO r (v) SELECT array_to_string(a, ',', '*') FROM t ORDER BY id;
INSERT INTO r (v) SELECT a::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT id::text FROM t WHERE id = ANY (ARRAY[1, 3]) ORDER BY id;
INSERT INTO r (v) SELECT id::text FROM t WHERE id <> ALL ('{1,3}'::int[]) ORDER BY id;
INSERT INTO r (v) SELECT id::text FROM t WHERE a @> ARRAY['x'] ORDER BY id;
INSERT INTO r (v) SELECT id::text FROM t WHERE a && ARRAY['z', 'q'] ORDER BY id;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case times and intervals in data statements
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, at timestamptz, d date, s timestamp(3));
CREATE TABLE r (id serial PRIMARY KEY, v text);
INSERT INTO t VALUES (1, '2026-01-31 10:19:00.123456+02', '2024-02-29', '2026-11-22 10:19:00.1235');
INSERT INTO r (v) SELECT (at + interval '1 month')::text FROM t;
INSERT INTO r (v) SELECT (at - interval '1 day 2 hours')::text FROM t;
INSERT INTO r (v) SELECT (d + 1)::text || (d - '2024-01-01'::date)::text FROM t;
INSERT INTO r (v) SELECT date_trunc('month', at)::text FROM t;
INSERT INTO r (v) SELECT extract(year FROM at)::text || extract(epoch FROM at)::text FROM t;
INSERT INTO r (v) SELECT to_char(at, 'YYYY-MM-DD HH24:MI') FROM t;
INSERT INTO r (v) SELECT at::date::text || s::text FROM t;
INSERT INTO r (v) SELECT (s::timestamptz > at)::text FROM t;
INSERT INTO r (v) SELECT to_timestamp(1700000000.5)::text;
INSERT INTO r (v) SELECT (at::timestamp - d)::text FROM t;
INSERT INTO r (v) SELECT count(*)::text FROM t WHERE at > now() - interval '100 years' AND d < CURRENT_DATE;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case numerics compute exactly
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a numeric, b numeric(10,2), c numeric(30,10));
CREATE TABLE r (id serial PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 12345678901234567890.123, 0.10, 1), (2, 9, 10, 2), (3, 10, 9.99, 12345678901234567890.0123456789);
INSERT INTO r (v) SELECT (a + 1)::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT (b * 3)::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT (c / 3)::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT id::text FROM t WHERE a > 9.5 ORDER BY a DESC;
INSERT INTO r (v) SELECT sum(c)::text || '/' || sum(b)::text FROM t;
INSERT INTO r (v) SELECT round(c, 2)::text FROM t ORDER BY id;
INSERT INTO r (v) SELECT (b = 0.1)::text FROM t ORDER BY id;
UPDATE t SET b = b + 0.005 WHERE id < 3;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;
SELECT id, a FROM t ORDER BY id;
SELECT count(*) FROM t WHERE id = 1 AND b > 0.10 AND b < 0.12;

--@ case views
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, n integer, at timestamptz);
CREATE VIEW v (key, label) AS SELECT id, upper(a) || '!' FROM t WHERE n > 1;
CREATE OR REPLACE VIEW w AS SELECT t.id, count(v.key) AS c FROM t LEFT JOIN v ON v.key <= t.id GROUP BY t.id;
INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', NULL);
--@ deploy
--@ both
SELECT * FROM v ORDER BY key;
SELECT * FROM w ORDER BY id;

--@ case CREATE TABLE AS, temporary tables and SELECT INTO
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
INSERT INTO t VALUES (1, 'x'), (2, 'y');
CREATE TABLE copy AS SELECT id, a || a AS aa FROM t;
CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT id FROM t WHERE id > 1;
INSERT INTO copy SELECT id + 10, 'tmp' FROM scratch;
SELECT id, aa INTO chosen FROM copy WHERE id > 1;
--@ deploy
--@ both
SELECT * FROM copy ORDER BY id;
SELECT * FROM chosen ORDER BY id;

--@ case sequences as objects
--@ migration 1_init
CREATE SEQUENCE s START 10 INCREMENT 5;
CREATE TABLE t (id integer PRIMARY KEY DEFAULT nextval('s'), a text);
INSERT INTO t (a) VALUES ('x'), ('y');
SELECT setval('s', 100);
INSERT INTO t (a) VALUES ('z');
INSERT INTO t (id, a) SELECT nextval('s') * 10, 'n';
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;

--@ case guards in DO blocks
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a') THEN
        ALTER TABLE t ADD COLUMN a text;
    END IF;
END $$;
DO $$ BEGIN
    CREATE TYPE mood AS ENUM ('sad', 'ok');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
    CREATE TYPE mood AS ENUM ('other');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
ALTER TABLE t ADD COLUMN m mood DEFAULT 'ok';
INSERT INTO t (id) VALUES (1);
--@ deploy
--@ both
SELECT * FROM t;

--@ case what has no meaning on SQLite is skipped
--@ migration 1_init
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
SET lock_timeout = '5s';
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), a text);
COMMENT ON TABLE t IS 'it''s a table';
COMMENT ON COLUMN t.a IS NULL;
GRANT SELECT ON t TO PUBLIC;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t ALTER COLUMN a SET STORAGE EXTERNAL;
ALTER TABLE t REPLICA IDENTITY FULL;
CREATE FUNCTION unused() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ANALYZE t;
--@ deploy
--@ fates 1_init skipped skipped carried skipped skipped skipped skipped skipped skipped skipped skipped
--@ shell
INSERT INTO t (a) VALUES ('x');
--@ sqlite
SELECT length(id), a FROM t
--= 36|x

--@ case marks: for one engine only
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
-- tandem: postgres
CREATE INDEX t_like ON t (a text_pattern_ops) WHERE a ~ '^[a-z]';
-- tandem: sqlite
/* CREATE INDEX t_mine ON t (a, id); */
--@ deploy
--@ sqlite
SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 't\_%' ESCAPE '\' ORDER BY 1
--= t_mine

--@ case what cannot be carried is refused before anything runs
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
--@ deploy
--@ migration 2_bad
CREATE TABLE u (id integer PRIMARY KEY, during tsrange, EXCLUDE USING gist (during WITH &&));
--@ deploy refused u_during_excl
--@ migration 2_bad
CREATE TABLE u (id integer PRIMARY KEY);
CREATE PROCEDURE p() LANGUAGE sql AS 'DELETE FROM t';
--@ deploy refused 2:

--@ case results that share a name
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, g text, n integer);
CREATE TABLE r (id serial PRIMARY KEY, a text, b text, c text);
INSERT INTO t VALUES (1, 'a', 5), (2, 'a', 7), (3, 'b', NULL);
--@ migration 2_data
INSERT INTO r (a, b) SELECT DISTINCT ON (g) 'first', g || id FROM t ORDER BY g, n DESC NULLS LAST;
INSERT INTO r (a, b) SELECT * FROM (SELECT 'x', g || id FROM t) AS s ORDER BY 2;
INSERT INTO r (a, b) SELECT p, q FROM (SELECT 'y', g || id FROM t) AS s(p, q) ORDER BY q;
INSERT INTO r (a, b, c) SELECT v.* FROM (SELECT lower(g), lower('Q'), id::text FROM t UNION SELECT 'u', 'v', 'w') AS v ORDER BY 3;
WITH w AS (SELECT upper(g), upper('k') FROM t) INSERT INTO r (a, b) SELECT * FROM w ORDER BY 1;
INSERT INTO r (a, b) SELECT 'in', id FROM t WHERE id IN (SELECT 2) OR (id, g) IN (SELECT 1, 'a') ORDER BY id;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case LATERAL sub-queries give as many rows as they have
--@ migration 1_init
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer, n integer, f double precision, y bytea, u numeric, m numeric(8,2),
    at timestamptz, ok boolean, j jsonb, d mood, t text[]);
CREATE TABLE r (id serial PRIMARY KEY, a integer, n bigint, f double precision, y bytea, u numeric, m numeric(8,2),
    at timestamptz, ok boolean, j jsonb, d mood, t text[], note text);
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO b VALUES (1, 1, 5, 0.1, '\x00ff', 1.10, 1.5, '2020-01-02 03:04:05.6+00', true, '{"b": 1.10, "a": [1]}', 'ok', '{a,"b c",NULL}'),
    (2, 1, 9, 1e300, NULL, 12345678901234567890.5, NULL, NULL, false, '"s"', 'bad', '{}'),
    (3, 2, 1, 'Infinity', '\x', NULL, 0.01, '1999-12-31 23:59:59.999999+00', NULL, 'null', NULL, NULL);
--@ migration 2_data
INSERT INTO r (a, n, note) SELECT a.id, x.m, 'max' FROM a, LATERAL (SELECT max(n) AS m FROM b WHERE b.a_id = a.id) x ORDER BY 1;
INSERT INTO r (a, n, f, y, u, m, at, ok, j, d, t, note)
    SELECT a.id, x.n, x.f, x.y, x.u, x.m, x.at, x.ok, x.j, x.d, x.t, 'all'
    FROM a LEFT JOIN LATERAL (SELECT * FROM b WHERE b.a_id = a.id ORDER BY b.n DESC) x ON true ORDER BY a.id, x.id;
INSERT INTO r (a, n, note) SELECT a.id, x.c, 'limit' FROM a JOIN LATERAL (SELECT n FROM b WHERE b.a_id = a.id ORDER BY n LIMIT 1) AS x(c) ON x.c > 1 ORDER BY 1;
INSERT INTO r (a, n, note) SELECT a.id, y.p, 'chain' FROM a CROSS JOIN LATERAL (SELECT a.k * 10 AS k10) x CROSS JOIN LATERAL (SELECT x.k10 + a.id AS p) y ORDER BY 1;
INSERT INTO r (a, note) SELECT a.id, x.note FROM a, LATERAL (VALUES ('v1'), ('v2')) AS x(note) ORDER BY 1, 2;
UPDATE r SET n = z.n + 100 FROM a, LATERAL (SELECT min(n) AS n FROM b WHERE b.a_id = a.id) z WHERE r.a = a.id AND r.note = 'v1';
--@ deploy
--@ both
SELECT id, a, n, note FROM r ORDER BY id;
SELECT r.id, b.id FROM r JOIN b ON r.a = b.a_id AND r.f = b.f AND r.n = b.n WHERE r.note = 'all' AND b.u IS NOT DISTINCT FROM r.u
    AND b.y IS NOT DISTINCT FROM r.y AND b.m IS NOT DISTINCT FROM r.m AND b.at IS NOT DISTINCT FROM r.at AND b.ok IS NOT DISTINCT FROM r.ok
    AND b.j IS NOT DISTINCT FROM r.j AND b.d IS NOT DISTINCT FROM r.d AND b.t IS NOT DISTINCT FROM r.t ORDER BY 1;

--@ case ORDER BY and DISTINCT inside aggregates
--@ migration 1_init
CREATE TYPE level AS ENUM ('low', 'mid', 'high');
CREATE TABLE t (id integer PRIMARY KEY, g text, n integer, s text, u numeric, l level, j jsonb);
CREATE TABLE r (id serial PRIMARY KEY, k text, g text, v text);
INSERT INTO t VALUES (1, 'a', 3, 'x', 1.10, 'high', '{"a": 1}'), (2, 'a', 1, 'y', 1.1, 'low', '{"a": 1.0}'),
    (3, 'a', 2, 'x', 10, 'mid', '2'), (4, 'b', NULL, 'q', 9.5, 'mid', NULL), (5, 'b', 7, NULL, NULL, 'high', '[]'),
    (6, NULL, 1, 'z', 2, 'low', '1');
--@ migration 2_data
INSERT INTO r (k, g, v) SELECT 'asc', g, string_agg(s, ',' ORDER BY n) FROM t GROUP BY g ORDER BY g;
INSERT INTO r (k, g, v) SELECT 'desc', g, string_agg(s || id, '-' ORDER BY n DESC, id) FROM t GROUP BY g ORDER BY g;
INSERT INTO r (k, g, v) SELECT 'enum', g, array_to_string(array_agg(l ORDER BY l DESC NULLS LAST), '+') FROM t GROUP BY g ORDER BY g;
INSERT INTO r (k, v) SELECT 'num', string_agg(id::text, ' ' ORDER BY u DESC NULLS LAST, id) FROM t;
INSERT INTO r (k, v) SELECT 'json', jsonb_agg(id ORDER BY s DESC NULLS LAST, id)::text FROM t;
INSERT INTO r (k, v) SELECT 'object', jsonb_object_agg(g, id ORDER BY id DESC)::text FROM t WHERE g IS NOT NULL;
INSERT INTO r (k, v) SELECT 'distinct', string_agg(DISTINCT s, ',') FROM t;
INSERT INTO r (k, v) SELECT 'distinct desc', string_agg(DISTINCT s, ',' ORDER BY s DESC) FROM t;
INSERT INTO r (k, v) SELECT 'distinct array', array_to_string(array_agg(DISTINCT n), ',', '-') FROM t;
INSERT INTO r (k, v) SELECT 'filter', string_agg(s, ',' ORDER BY id DESC) FILTER (WHERE n < 3) FROM t;
INSERT INTO r (k, v) SELECT 'none', string_agg(s, ',' ORDER BY id) FROM t WHERE false;
INSERT INTO r (k, g, v) SELECT 'extremes', min(l)::text, max(l)::text FROM t WHERE id > 1 AND id < 5;
INSERT INTO r (k, v) SELECT 'sum', sum(n ORDER BY id)::text FROM t;
INSERT INTO r (k, g, v) SELECT 'counts', count(DISTINCT u)::text, count(DISTINCT j)::text FROM t;
INSERT INTO r (k, v) SELECT 'distinct sum', (sum(DISTINCT u) = 22.6)::text FROM t;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case rows that nothing orders come as they were stored
--@ migration 1_init
CREATE TABLE t (name text PRIMARY KEY, team text NOT NULL, at integer NOT NULL DEFAULT 7);
CREATE INDEX t_team ON t (team, name);
CREATE INDEX t_at ON t (at, name);
CREATE TABLE u (id serial PRIMARY KEY, name text, team text);
CREATE TABLE rowids (rowid text PRIMARY KEY, x text UNIQUE);
INSERT INTO t (name, team) VALUES ('zoe', 'b'), ('max', 'a'), ('amy', 'b'), ('kim', 'a'), ('bob', 'b');
INSERT INTO rowids VALUES ('z', 'c'), ('a', 'b'), ('m', 'a');
CREATE TABLE copied AS SELECT name FROM t;
CREATE TABLE one (what text PRIMARY KEY, v text);
--@ migration 2_data
INSERT INTO u (name) SELECT name FROM t;
INSERT INTO u (name) SELECT x FROM rowids;
INSERT INTO u (name) SELECT name FROM t WHERE at > 5;
INSERT INTO u (name) SELECT s.name FROM (SELECT name, team FROM t WHERE at = 7) s;
INSERT INTO u (name) WITH c AS (SELECT name FROM t) SELECT name FROM c;
INSERT INTO u (name, team) SELECT name, team FROM t UNION ALL SELECT x, rowid FROM rowids;
INSERT INTO u (name) SELECT name || '!' FROM copied;
INSERT INTO u (name, team) SELECT name, unnest(ARRAY[team, 'x']) FROM t;
INSERT INTO one VALUES ('limit', (SELECT name FROM t LIMIT 1)), ('offset', (SELECT name FROM t OFFSET 2 LIMIT 1)),
  ('where', (SELECT name FROM t WHERE team = 'b' LIMIT 1)), ('either', (SELECT name FROM t WHERE at > 1 LIMIT 1)),
  ('union', (SELECT name FROM t UNION ALL SELECT x FROM rowids LIMIT 1)),
  ('array', array_to_string(ARRAY(SELECT name FROM t), ',')), ('agg', (SELECT string_agg(name, ',') FROM t)),
  ('tied', (SELECT string_agg(name, ',' ORDER BY at) FROM t)), ('json', (SELECT json_agg(name)::text FROM t)),
  ('number', (SELECT string_agg(name || n, ',' ORDER BY n) FROM (SELECT name, row_number() OVER () AS n FROM t) s)),
  ('lag', (SELECT string_agg(coalesce(l, '-'), ',') FROM (SELECT lag(name) OVER () AS l FROM t) s));
INSERT INTO one SELECT 'team ' || team, string_agg(name, ',') FROM t GROUP BY team;
UPDATE one SET v = v || (SELECT name FROM t WHERE team <> 'c' LIMIT 1) WHERE what = 'limit';
--@ deploy
--@ both
SELECT * FROM u ORDER BY id;
SELECT * FROM one ORDER BY what;

--@ case a query that reads itself, and one whose joins add rows, are left as they are
--@ migration 1_init
CREATE TABLE t (name text PRIMARY KEY, above text REFERENCES t);
CREATE TABLE u (name text PRIMARY KEY, n integer);
INSERT INTO t VALUES ('root', NULL), ('b', 'root'), ('a', 'b');
INSERT INTO u WITH RECURSIVE d AS (SELECT name, 1 AS n FROM t WHERE above IS NULL
  UNION ALL SELECT t.name, d.n + 1 FROM t JOIN d ON t.above = d.name) SELECT name, n FROM d;
CREATE TABLE v AS SELECT a.name AS x, b.name AS y FROM t a FULL JOIN u b ON a.above = b.name;
CREATE TABLE w AS SELECT count(*) AS n, max(name) AS m FROM t;
--@ deploy
--@ both
SELECT * FROM u ORDER BY n;
SELECT * FROM v ORDER BY coalesce(x, y), x IS NULL;
SELECT * FROM w;

--@ case a constant that is grouped or ordered by is no place of a result
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a integer);
INSERT INTO t VALUES (1, 1), (2, 2), (3, 2);
CREATE TABLE r (id serial PRIMARY KEY, k integer, n integer);
CREATE TABLE s (id serial PRIMARY KEY, k text, n integer);
CREATE TABLE b (id serial PRIMARY KEY, k boolean, n integer);
CREATE VIEW v AS SELECT -1 AS x, count(*) AS n FROM t GROUP BY 1 ORDER BY 1;
CREATE VIEW w AS SELECT count(*) AS n, 2 AS x FROM t GROUP BY 2 ORDER BY 2, 1;
--@ migration 2_data
INSERT INTO r (k, n) SELECT -1, count(*) FROM t GROUP BY 1;
INSERT INTO r (k, n) SELECT 2, count(*) FROM t GROUP BY 1;
INSERT INTO r (n, k) SELECT count(*), (3) FROM t GROUP BY 2;
INSERT INTO r (k, n) SELECT +4, count(*) FROM t GROUP BY 1 HAVING count(*) > 1;
INSERT INTO r (k, n) SELECT 5::integer, a FROM t GROUP BY 1, 2 ORDER BY 1, 2;
INSERT INTO r (k, n) SELECT -6 AS x, a FROM t ORDER BY x, id;
INSERT INTO r (k, n) SELECT DISTINCT ON (x) -7 AS x, a FROM t ORDER BY x, a DESC;
INSERT INTO r (k, n) SELECT 8, row_number() OVER (PARTITION BY 1 ORDER BY -1, id) FROM t ORDER BY id;
INSERT INTO r (k, n) SELECT NULL::integer, count(*) FROM t GROUP BY 1;
INSERT INTO b (k, n) SELECT true, count(*) FROM t GROUP BY 1;
INSERT INTO b (n, k) SELECT count(*), true FROM t GROUP BY 2;
INSERT INTO s (k, n) SELECT 'x', count(*) FROM t GROUP BY 1;
INSERT INTO s (n, k) SELECT count(*), '2' FROM t GROUP BY 2;
INSERT INTO s (k, n) SELECT 'y', a FROM t ORDER BY 1, id DESC;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;
SELECT id, CASE WHEN k THEN 1 ELSE 0 END, n FROM b ORDER BY id;
SELECT * FROM s ORDER BY id;
SELECT * FROM v;
SELECT * FROM w;

--@ case arrays within an array are its next dimension
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a int[][], b text[], x text, d int[] DEFAULT ARRAY[[1,2],[3,4]]);
INSERT INTO t (id, a, b) VALUES (1, ARRAY[[1,2],[3,4]], ARRAY[['a','b'],['c',NULL]]), (2, ARRAY[ARRAY[5,6]], '{}'),
    (3, ARRAY[[[1],[2]],[[3],[4]]], ARRAY[['x']]);
UPDATE t SET x = a::text || ' ' || (ARRAY[[1,2],[3,4]])[2][1] || ' ' || array_ndims(ARRAY[[id,2],[3,4]]) || ' '
    || to_jsonb(ARRAY[[id,2],[3,4]]) || ' ' || (ARRAY[[1,2]] || ARRAY[id,4])::text || ' ' || array_length(a, 2);
INSERT INTO t (id, a, x) SELECT id + 10, ARRAY[a, a], (ARRAY[a, a])::text FROM t;
INSERT INTO t (id, a) VALUES (20, ARRAY[[1,2],[3,4]]::int[]), (21, ARRAY['{}'::int[], NULL]);
CREATE TABLE made AS SELECT ARRAY[[id, 1], [2, 3]] AS m FROM t WHERE id = 1;
INSERT INTO t (id, x) SELECT 30, m::text FROM made;
--@ deploy
--@ both
SELECT id, x FROM t ORDER BY id;
--@ sqlite
SELECT a, b, d FROM t WHERE id IN (1, 3, 21) ORDER BY id;
--= [[1,2],[3,4]]|[["a","b"],["c",null]]|[[1,2],[3,4]]
--= [[[1],[2]],[[3],[4]]]|[["x"]]|[[1,2],[3,4]]
--= []|None|[[1,2],[3,4]]
--@ migration 2_ragged
UPDATE t SET a = ARRAY[[id], [1, 2]] WHERE id = 1;
--@ deploy fails 2202E

--@ case the text of an inet has its mask
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, i inet, x text, y varchar(30), c text);
INSERT INTO t (id, i) VALUES (1, '10.0.0.1'), (2, '10.0.0.0/8'), (3, '::1'), (4, NULL), (5, 'fe80::/10');
UPDATE t SET x = i::text, y = i, c = concat('a ', i);
INSERT INTO t (id, x) VALUES (10, '10.0.0.1'::inet::text), (11, 'at ' || '10.0.0.1'::inet);
CREATE VIEW v AS SELECT id, i::text AS x FROM t;
--@ deploy
--@ both
SELECT id, x, y, c FROM t ORDER BY id;
SELECT id, x FROM v ORDER BY id;

--@ case DO blocks that rows decide of: assertions, and one statement that they allow
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, name text, n integer);
INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2);
DO $$ BEGIN
    IF (SELECT count(*) FROM t WHERE n < 0) > 0 THEN RAISE EXCEPTION 'negative'; END IF;
    IF NOT EXISTS (SELECT 1 FROM t WHERE name = 'three') THEN
        INSERT INTO t (id, name, n) VALUES (3, 'three', '3');
    END IF;
    IF NOT EXISTS (SELECT FROM t WHERE name = 'two') THEN
        INSERT INTO t (id, name) VALUES (4, 'no');
    END IF;
    IF EXISTS (SELECT 1 FROM t WHERE name = 'three') THEN
        UPDATE t SET n = n + 10 WHERE id < 3;
    END IF;
    IF (SELECT max(n) FROM t) > 100 THEN DELETE FROM t; END IF;
END $$;
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;
--@ migration 2_asserts
SELECT 1;
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM t WHERE n > 11) THEN RAISE EXCEPTION 'too many: %', 1; END IF;
END $$;
--@ deploy fails P0001
--@ migration 2_else
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM t WHERE n > 5) THEN INSERT INTO t VALUES (5); ELSE INSERT INTO t VALUES (6); END IF;
END $$;
--@ deploy refused decided by more than the schema
--@ migration 2_two
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM t WHERE n > 5) THEN INSERT INTO t VALUES (5); INSERT INTO t VALUES (6); END IF;
END $$;
--@ deploy refused decided by more than the schema
--@ migration 2_schema
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM t WHERE n > 5) THEN ALTER TABLE t ADD COLUMN x integer; END IF;
END $$;
--@ deploy refused not decided by the schema

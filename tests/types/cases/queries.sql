Queries and names: what a name means, whole rows, patterns, keys, settings.

--@ case char(n) keeps its blanks before a pattern
--@ migration 1_init
CREATE DOMAIN code AS char(4);
CREATE TABLE t (id integer PRIMARY KEY, code char(5), d code, CHECK (code NOT LIKE 'bad'), CHECK (code !~ '^zz$'));
INSERT INTO t VALUES (1, 'ab', 'ab'), (2, 'abcde', 'abcd'), (3, 'bad', 'q'), (4, 'zz', NULL);
CREATE TABLE r (id serial PRIMARY KEY, k text, a boolean, b boolean, c boolean, d boolean);
INSERT INTO r (k, a, b, c, d) SELECT 'like', code LIKE 'ab', code LIKE 'ab   ', code LIKE 'ab%', d LIKE 'ab' FROM t ORDER BY id;
INSERT INTO r (k, a, b, c, d) SELECT 'ilike', code ILIKE 'AB', code ILIKE 'AB   ', code ILIKE 'AB_', d NOT ILIKE 'AB' FROM t ORDER BY id;
INSERT INTO r (k, a, b, c, d) SELECT '~', code ~ '^ab$', code ~ '^ab   $', code ~* '^AB *$', d !~ '^ab$' FROM t ORDER BY id;
INSERT INTO r (k, a, b, c, d) SELECT 'similar', code SIMILAR TO 'ab', code SIMILAR TO 'ab   ', code SIMILAR TO 'ab%', d SIMILAR TO 'ab' FROM t ORDER BY id;
INSERT INTO r (k, a, b, c, d) SELECT 'pattern', 'ab' LIKE code, 'ab   ' LIKE code, code LIKE code, code LIKE d FROM t ORDER BY id;
INSERT INTO r (k, a, b, c, d) SELECT 'text', code::text LIKE 'ab', code::text ~ '^ab$', 'ab'::char(5) LIKE 'ab', 'ab'::char(5) LIKE 'ab   ' FROM t ORDER BY id;
CREATE VIEW v AS SELECT id, code LIKE 'ab%' AS a, code LIKE '%b' AS b FROM t;
--@ deploy
--@ both
SELECT k, CAST(a AS int), CAST(b AS int), CAST(c AS int), CAST(d AS int) FROM r ORDER BY id;
SELECT id, CAST(a AS int), CAST(b AS int) FROM v ORDER BY id;

--@ case citext as text tells upper from lower case
--@ migration 1_init
CREATE EXTENSION citext;
CREATE TABLE t (id integer PRIMARY KEY, e citext);
INSERT INTO t VALUES (1, 'Ab'), (2, 'aB'), (3, 'cd');
CREATE UNIQUE INDEX t_text ON t ((e::text));
CREATE TABLE folded (id int PRIMARY KEY, e citext);
CREATE UNIQUE INDEX folded_e ON folded ((coalesce(e, 'none')));
INSERT INTO folded VALUES (1, 'Ab');
CREATE VIEW v AS SELECT id, e::text AS e FROM t;
CREATE TABLE r (id serial PRIMARY KEY, k text, a boolean, b boolean, c boolean);
INSERT INTO r (k, a, b, c) SELECT 'eq', e::text = 'ab', e = 'ab', e::text = 'Ab' FROM t ORDER BY id;
INSERT INTO r (k, a, b, c) SELECT 'in', e::text IN ('ab', 'x'), e IN ('ab', 'x'), e::varchar IN ('Ab', 'x') FROM t ORDER BY id;
INSERT INTO r (k, a, b, c) SELECT 'sub', e::text IN (SELECT e::text FROM t WHERE id = 1), e IN (SELECT e FROM t WHERE id = 1), e::text IN (SELECT lower(e) FROM t) FROM t ORDER BY id;
INSERT INTO r (k, a, b, c) SELECT 'view', v.e = 'ab', v.e = 'Ab', v.e < 'aa' FROM v ORDER BY id;
INSERT INTO r (k, a, b, c) SELECT 'typed', e = 'ab'::text, e = 'Ab'::text, 'ab'::text = e FROM t ORDER BY id;
INSERT INTO r (k, a, b, c) SELECT '~', e ~ '^ab$', e ~ '^AB', e::text ~ '^ab$' FROM t ORDER BY id;
INSERT INTO r (k, a, b, c) SELECT 'distinct', count(DISTINCT e) = 2, count(DISTINCT e::text) = 3, true FROM t;
INSERT INTO r (k, a, b, c) SELECT 'group ' || min(id) || count(*), true, true, true FROM t GROUP BY e ORDER BY min(id);
INSERT INTO r (k, a, b, c) SELECT 'group text ' || min(id) || count(*), true, true, true FROM t GROUP BY e::text ORDER BY min(id);
INSERT INTO r (k, a, b, c) SELECT 'coalesced ' || min(id) || count(*), true, true, true FROM t GROUP BY coalesce(e, 'x') ORDER BY min(id);
INSERT INTO r (k, a, b, c) SELECT 'lower', replace(e::text, 'a', 'x') = 'xB', lower(e) = 'ab', strpos(e::text, 'B') > 0 FROM t ORDER BY id;
--@ deploy
--@ both
SELECT k, CAST(a AS int), CAST(b AS int), CAST(c AS int) FROM r ORDER BY id;
SELECT id, e FROM v ORDER BY e;
--@ migration 2_folded
INSERT INTO folded VALUES (2, 'aB');
--@ deploy fails 23505
--@ migration 2_replace
UPDATE t SET e = replace(e, 'A', 'x');
--@ deploy refused replace(citext
--@ migration 2_split
SELECT regexp_replace(e, 'A', 'x') FROM t;
--@ deploy refused regexp_replace(citext

--@ case a schema before a function's name says whose it is
--@ migration 1_init
CREATE SCHEMA app;
CREATE FUNCTION app.length(x text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 42';
CREATE FUNCTION app.now() RETURNS text LANGUAGE sql AS $$SELECT 'soon'$$;
CREATE FUNCTION app.upper(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'up ' || x$$;
CREATE FUNCTION app.count(x int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT x + 1$$;
CREATE FUNCTION length(x text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 43';
CREATE FUNCTION reverse(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -x';
CREATE FUNCTION uuid_generate_v4() RETURNS text LANGUAGE sql AS $$SELECT 'mine'$$;
CREATE FUNCTION half(x numeric, y int DEFAULT 2) RETURNS numeric RETURN x * y;
CREATE FUNCTION app.inner_one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 77';
CREATE FUNCTION pathed() RETURNS int LANGUAGE sql IMMUTABLE SET search_path = app, pg_temp AS 'SELECT inner_one()';
CREATE FUNCTION zoned(x timestamptz) RETURNS text LANGUAGE sql SET timezone = 'Europe/Berlin' AS 'SELECT x::text';
CREATE TABLE r (id serial PRIMARY KEY, k text, v text);
INSERT INTO r (k, v) VALUES ('pathed', pathed()::text);
INSERT INTO r (k, v) SELECT 'length', app.length('abc') || ' ' || length('abc') || ' ' || pg_catalog.length('abc') || ' ' || public.length('abc');
INSERT INTO r (k, v) VALUES ('upper', app.upper('x') || upper('x') || pg_catalog.upper('x'));
CREATE FUNCTION max(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(a, 0) * 100 + b';
INSERT INTO r (k, v) VALUES ('max', max(3, 4)::text);
CREATE EXTENSION pgcrypto;
INSERT INTO r (k, v) VALUES ('uuid', length(public.gen_random_uuid()::text)::text);
INSERT INTO r (k, v) VALUES ('now', app.now()), ('uuid', uuid_generate_v4()), ('count', app.count(4)::text), ('reverse', reverse(4)::text || reverse('ab'::text));
INSERT INTO r (k, v) VALUES ('named', half(y => 9, x => 2)::text), ('default', half(3)::text), ('mixed', half(4, y => 5)::text), ('old', half(x := 7)::text);
CREATE TABLE d (id int PRIMARY KEY, n int DEFAULT app.length('abc'), CHECK (app.length('x') = 42));
INSERT INTO d (id) VALUES (1);
SET search_path = app, public;
INSERT INTO r (k, v) VALUES ('path', length('abc')::text);
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;
SELECT * FROM d;
--@ migration 2_absent
SELECT app.lower('abc');
--@ deploy refused app.lower
--@ migration 2_sum
SELECT sum(1, 2);
--@ deploy fails 42883
--@ migration 2_zoned
SELECT zoned('2024-01-01');
--@ deploy refused function "zoned"
--@ migration 2_rows
SELECT * FROM app.unnest(ARRAY[1]) x;
--@ deploy refused unnest
--@ migration 2_types
CREATE FUNCTION chr(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT x';
SELECT chr('65');
--@ deploy refused of PostgreSQL's

--@ case a query of WITH may be named like the table that it reads
--@ migration 1_init
CREATE SCHEMA s;
CREATE TABLE orders (id int PRIMARY KEY, v int);
CREATE TABLE s.orders (id int PRIMARY KEY, v int);
CREATE TABLE "Mixed" (id int PRIMARY KEY, v int);
INSERT INTO orders VALUES (1, 10), (2, 20);
INSERT INTO s.orders VALUES (5, 50);
INSERT INTO "Mixed" VALUES (7, 70);
CREATE TABLE r (n serial PRIMARY KEY, k text, id int, v int);
INSERT INTO r (k, id, v) WITH orders AS (SELECT id, v * 2 AS v FROM orders) SELECT 'same', id, v FROM orders ORDER BY id;
INSERT INTO r (k, id, v) WITH orders AS (SELECT id, v * 3 AS v FROM public.orders) SELECT 'public', o.id, orders.v FROM orders JOIN public.orders o ON o.id = orders.id ORDER BY o.id;
INSERT INTO r (k, id, v) WITH orders AS (SELECT id, v * 4 AS v FROM orders WHERE id = 1) SELECT 'union', id, v FROM orders UNION ALL SELECT 'union', id, v FROM public.orders;
INSERT INTO r (k, id, v) WITH orders AS (SELECT id, v FROM s.orders) SELECT 'other', id, v FROM orders;
INSERT INTO r (k, id, v) WITH mixed AS (SELECT 1 AS id, 2 AS v) SELECT 'mixed', m.id, t.v FROM mixed m, "Mixed" t;
INSERT INTO r (k, id, v) WITH a AS (SELECT 1 AS v) SELECT 'inner', 0, v FROM (WITH a AS (SELECT v + 1 AS v FROM a) SELECT v FROM a) x;
INSERT INTO r (k, id, v) WITH RECURSIVE orders(id, v) AS (SELECT 1, v FROM public.orders WHERE id = 2 UNION ALL SELECT id + 1, v FROM orders WHERE id < 3) SELECT 'recursive', id, v FROM orders;
WITH orders AS (SELECT id, v + 1 AS v FROM orders) UPDATE orders AS o SET v = orders.v FROM orders WHERE o.id = orders.id;
WITH orders AS (SELECT id FROM orders WHERE id = 1) DELETE FROM s.orders WHERE id = 4 + (SELECT id FROM orders);
WITH orders AS (SELECT id, v FROM orders LIMIT 1) INSERT INTO orders SELECT id + 100, v FROM orders;
CREATE VIEW w AS WITH orders AS (SELECT id, v FROM orders WHERE id > 1) SELECT * FROM orders;
--@ deploy
--@ both
SELECT * FROM r ORDER BY n;
SELECT * FROM orders ORDER BY id;
SELECT (SELECT count(*) FROM r);
SELECT * FROM w ORDER BY id;

--@ case names of what functions give in FROM
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, j jsonb, o jsonb, a int[], k json);
INSERT INTO t VALUES (1, '[{"x": 1}, {"x": 2}]', '{"p": 1, "q": "r"}', '{7,8}', '[3, "c"]');
CREATE TABLE r (id serial PRIMARY KEY, k text, v text);
INSERT INTO r (k, v) SELECT 'value', e.value->>'x' FROM t, jsonb_array_elements(j) e;
INSERT INTO r (k, v) SELECT 'alias', e->>'x' FROM t, jsonb_array_elements(t.j) AS e;
INSERT INTO r (k, v) SELECT 'bare', value->>'x' FROM t, jsonb_array_elements(j) AS e;
INSERT INTO r (k, v) SELECT 'renamed', x->>'x' || (e->>'x') FROM t, jsonb_array_elements(j) AS e(x);
INSERT INTO r (k, v) SELECT 'no alias', value::text || jsonb_array_elements.value::text FROM t, jsonb_array_elements(j);
INSERT INTO r (k, v) SELECT 'text', e.value || e FROM t, json_array_elements_text(k) e;
INSERT INTO r (k, v) SELECT 'ordinality', e.value::text || e.ordinality FROM t, jsonb_array_elements(j) WITH ORDINALITY e;
INSERT INTO r (k, v) SELECT 'named ordinality', x::text || n FROM t, jsonb_array_elements(j) WITH ORDINALITY e(x, n);
INSERT INTO r (k, v) SELECT 'each', e.key || e.value::text FROM t, jsonb_each(o) e;
INSERT INTO r (k, v) SELECT 'each text', key || value FROM t, jsonb_each_text(o) e;
INSERT INTO r (k, v) SELECT 'keys', keys FROM t, jsonb_object_keys(o) keys;
INSERT INTO r (k, v) SELECT 'unnest', (x + x.x)::text FROM t, unnest(a) x;
INSERT INTO r (k, v) SELECT 'unnest renamed', (y + x)::text FROM t, unnest(a) x(y);
INSERT INTO r (k, v) SELECT 'series', (n + n.n)::text FROM generate_series(1, 2) n;
INSERT INTO r (k, v) SELECT 'to_jsonb', to_jsonb(x)::text FROM t, unnest(a) x;
INSERT INTO r (k, v) SELECT 'agg', jsonb_agg(e)::text FROM t, jsonb_array_elements(j) e;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id;

--@ case whole rows: counted, tested, as JSON, their fields
--@ migration 1_init
CREATE TABLE u (id int PRIMARY KEY, name text, a int[]);
CREATE TABLE p (id int PRIMARY KEY, u_id int, title text);
INSERT INTO u VALUES (1, 'ann', '{1,2}'), (2, NULL, NULL), (3, 'cy', NULL);
INSERT INTO p VALUES (1, 1, 'x'), (2, 1, NULL), (3, 3, 'z');
CREATE TABLE r (n serial PRIMARY KEY, k text, v text);
INSERT INTO r (k, v) SELECT 'count', u.id || ' ' || count(p) || ' ' || count(p.*) || ' ' || count(*) FROM u LEFT JOIN p ON p.u_id = u.id GROUP BY u.id ORDER BY u.id;
INSERT INTO r (k, v) SELECT 'count inner', count(x)::text FROM (SELECT name FROM u) x;
INSERT INTO r (k, v) SELECT 'null', u.id || ' ' || coalesce(p.id, 0) || ' ' || (p IS NULL)::text || (p IS NOT NULL)::text || (p.* IS NULL)::text || (NOT p IS NULL)::text FROM u LEFT JOIN p ON p.u_id = u.id ORDER BY u.id, p.id;
INSERT INTO r (k, v) SELECT 'row', (ROW(id, name) IS NULL)::text || ((id, name) IS NOT NULL)::text FROM u ORDER BY id;
INSERT INTO r (k, v) SELECT 'where', u.id::text FROM u LEFT JOIN p ON p.u_id = u.id WHERE p IS NULL;
INSERT INTO r (k, v) SELECT 'to_jsonb', to_jsonb(p)::text FROM u LEFT JOIN p ON p.u_id = u.id ORDER BY u.id, p.id;
INSERT INTO r (k, v) SELECT 'star', to_jsonb(p.*)::text || row_to_json(p.*)::text FROM p ORDER BY id;
INSERT INTO r (k, v) SELECT 'json_agg', json_agg(x)::text FROM (SELECT id, name FROM u ORDER BY id) x;
INSERT INTO r (k, v) SELECT 'json_agg of arrays', json_agg(a ORDER BY id)::text FROM u;
INSERT INTO r (k, v) SELECT 'json_agg of null', json_agg(p ORDER BY u.id, p.id)::text FROM u LEFT JOIN p ON p.u_id = u.id;
INSERT INTO r (k, v) SELECT 'jsonb_agg', jsonb_agg(x ORDER BY x.id DESC)::text FROM (SELECT id, name FROM u) AS x;
INSERT INTO r (k, v) SELECT 'jsonb_agg of null', jsonb_agg(p ORDER BY u.id, p.id)::text FROM u LEFT JOIN p ON p.u_id = u.id;
INSERT INTO r (k, v) SELECT 'object', jsonb_object_agg(p.id, p)::text FROM p;
INSERT INTO r (k, v) SELECT 'sub-query', row_to_json((SELECT x FROM (SELECT u.id, u.name) x))::text || to_jsonb((SELECT p FROM p WHERE p.id = u.id))::text FROM u ORDER BY u.id;
INSERT INTO r (k, v) SELECT 'built', json_build_object('u', u, 'p', p)::text || jsonb_build_array(p, 1)::text FROM u LEFT JOIN p ON p.u_id = u.id ORDER BY u.id, p.id;
INSERT INTO r (k, v) SELECT 'field', (u).name || (u).id FROM u WHERE (u).id = 1;
CREATE TABLE made AS SELECT (u).name, (u).id FROM u;
CREATE VIEW counted AS SELECT u.id, count(p) AS n FROM u LEFT JOIN p ON p.u_id = u.id GROUP BY u.id;
--@ deploy
--@ both
SELECT * FROM r ORDER BY n;
SELECT name, id FROM made ORDER BY id;
SELECT * FROM counted ORDER BY id;
--@ migration 2_text
SELECT u::text FROM u;
--@ deploy refused the row of "u" as a value
--@ migration 2_array
SELECT array_agg(x) FROM (SELECT id FROM u) x;
--@ deploy refused array_agg of the row of "x"
--@ migration 2_distinct
SELECT count(DISTINCT u) FROM u;
--@ deploy refused count of the row of "u"
--@ migration 2_outer
SELECT count(x) FROM u LEFT JOIN (SELECT 1 AS id) x ON x.id = u.id;
--@ deploy refused whether the outer join has found a row of "x"
--@ migration 2_field
SELECT (u).nothing FROM u;
--@ deploy fails 42703

--@ case settings as dumps have them are left out, search_path by set_config is followed
--@ migration 1_init
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
SET timezone TO 'UTC';
SET TIME ZONE 'Etc/UTC';
SET TIME ZONE 0;
SET datestyle = 'ISO, MDY';
SET datestyle = iso, mdy;
SET bytea_output = 'hex';
SET intervalstyle TO postgres;
SET extra_float_digits TO 3;
SET escape_string_warning = off;
SET my.own = 'x';
RESET timezone;
SET TIME ZONE LOCAL;
SET LOCAL "TimeZone" = 'utc';
SELECT set_config('TimeZone', 'UTC', true), set_config('my.own', 'y', false);
CREATE SCHEMA s;
CREATE TABLE public.t (id int PRIMARY KEY, at timestamptz DEFAULT '2024-01-01 12:00');
SELECT pg_catalog.set_config('search_path', 's, public', false);
CREATE TABLE u (id int PRIMARY KEY);
INSERT INTO t (id) VALUES (1);
INSERT INTO s.u VALUES (2);
RESET search_path;
CREATE TABLE v (id int PRIMARY KEY);
INSERT INTO public.v VALUES (3);
--@ deploy
--@ both
SELECT id, '2024-01-01' FROM t UNION ALL SELECT id, 'v' FROM v ORDER BY 1;
--@ sqlite
SELECT at FROM t;
--= 2024-01-01T12:00:00.000000Z
SELECT id FROM "s.u";
--= 2
--@ migration 2_nothing_follows
CREATE TABLE before (id int PRIMARY KEY);
SET timezone TO 'Europe/Berlin';
CREATE TABLE w (id int PRIMARY KEY, n varchar(10) NOT NULL, at timestamptz);
CREATE INDEX ON w (n);
SET timezone TO 'UTC';
INSERT INTO w VALUES (1, 'x', '2024-06-01 12:00');
SET timezone TO 'Europe/Berlin';
--@ deploy
--@ sqlite
SELECT at FROM w;
--= 2024-06-01T12:00:00.000000Z

--@ case settings that change what follows are refused
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, d date, x text);
CREATE TABLE s (id int PRIMARY KEY, at timestamp);
--@ deploy
--@ migration 2_zone
SET timezone TO 'Europe/Berlin';
INSERT INTO t (id, at) VALUES (1, '2024-06-01 12:00');
--@ deploy refused the setting timezone = 'Europe/Berlin' is not carried
--@ migration 2_zone_local
SET LOCAL TIME ZONE '+05';
INSERT INTO t (id, at) VALUES (1, '2024-06-01 12:00');
--@ deploy refused the setting timezone = '+05'
--@ migration 2_zone_number
SET TIME ZONE -3;
INSERT INTO t (id, at) VALUES (1, '2024-06-01 12:00');
--@ deploy refused the setting timezone = '-3'
--@ migration 2_zone_interval
SET TIME ZONE INTERVAL '-03:00' HOUR TO MINUTE;
INSERT INTO t (id, at) VALUES (1, '2024-06-01 12:00');
--@ deploy refused the setting timezone = '-03:00'
--@ migration 2_default
SET timezone = 'America/New_York';
ALTER TABLE t ADD COLUMN made timestamptz DEFAULT '2024-06-01 12:00';
--@ deploy refused the setting timezone
--@ migration 2_type
SET timezone = 'America/New_York';
ALTER TABLE s ALTER COLUMN at TYPE timestamptz;
--@ deploy refused the setting timezone
--@ migration 2_config
SELECT set_config('TimeZone', 'Asia/Tokyo', false);
INSERT INTO t (id, at) VALUES (1, '2024-06-01 12:00');
--@ deploy refused the setting TimeZone = 'Asia/Tokyo'
--@ migration 2_dates
SET datestyle = 'ISO, DMY';
INSERT INTO t (id, d) VALUES (1, '02/03/2024');
--@ deploy refused the setting datestyle
--@ migration 2_bytes
SET bytea_output = 'escape';
INSERT INTO t (id, x) SELECT 1, '\x4142'::bytea::text;
--@ deploy refused the setting bytea_output
--@ migration 2_interval
SET intervalstyle = 'iso_8601';
INSERT INTO t (id, x) SELECT 1, '1 day'::interval::text;
--@ deploy refused the setting intervalstyle
--@ migration 2_digits
SET extra_float_digits = 0;
INSERT INTO t (id, x) SELECT 1, 0.1::float8::text;
--@ deploy refused the setting extra_float_digits
--@ migration 2_strings
SET standard_conforming_strings = off;
INSERT INTO t (id, x) VALUES (1, 'a\\b');
--@ deploy refused the setting standard_conforming_strings
--@ migration 2_nulls
SET transform_null_equals = on;
DELETE FROM t WHERE x = NULL;
--@ deploy refused the setting transform_null_equals
--@ migration 2_role
SET session_replication_role = replica;
INSERT INTO t (id) VALUES (1);
--@ deploy refused the setting session_replication_role
--@ migration 2_function
SELECT set_config('timezone', x, false) FROM t;
--@ deploy refused set_config

--@ case unique keys are equal by value, not by text
--@ migration 1_init
CREATE TABLE t (id numeric PRIMARY KEY, n numeric UNIQUE, b bpchar, s numeric(30, 4) UNIQUE, x text);
CREATE UNIQUE INDEX t_b ON t (b);
CREATE UNIQUE INDEX t_e ON t ((coalesce(n, 0))) WHERE x = 'no';
CREATE INDEX t_plain ON t (n, b);
INSERT INTO t VALUES (1.0, 1.50, 'a', 1.5, 'x'), (2, 100, 'b ', 2, 'y'), (3, 'NaN', NULL, NULL, 'z');
INSERT INTO t (id, n, x) VALUES (7, 1.5, 'lost') ON CONFLICT (n) DO NOTHING;
INSERT INTO t (id, n, x) VALUES (1.000, 9, 'won') ON CONFLICT (id) DO UPDATE SET x = excluded.x;
INSERT INTO t (id, n, x) VALUES (2.0, 9, 'too') ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET x = excluded.x;
--@ deploy
--@ both
SELECT id, n, b, x FROM t WHERE b IS NOT NULL ORDER BY id;
--@ shell refuses
INSERT INTO t (id, n) VALUES ('1.00', '5');
INSERT INTO t (id, n) VALUES ('9', '1.5');
INSERT INTO t (id, n) VALUES ('9', '100.00');
INSERT INTO t (id, n) VALUES ('9', 'NaN');
INSERT INTO t (id, n, b) VALUES ('9', '55', 'a  ');
INSERT INTO t (id, n) VALUES (NULL, '55');
--@ migration 2_again
INSERT INTO t (id, n) VALUES (8, 1.500);
--@ deploy fails 23505
--@ migration 2_key
INSERT INTO t (id, n) VALUES (1.0, 77);
--@ deploy fails 23505
--@ migration 2_jsonb
CREATE TABLE j (id int PRIMARY KEY, j jsonb UNIQUE);
--@ deploy refused values of type jsonb cannot be unique
--@ migration 2_jsonb_index
CREATE TABLE j (id int PRIMARY KEY, j jsonb);
CREATE UNIQUE INDEX ON j (j);
--@ deploy refused values of type jsonb cannot be unique
--@ migration 2_jsonb_expression
CREATE TABLE j (id int PRIMARY KEY, j jsonb);
CREATE UNIQUE INDEX ON j ((j -> 'a'));
--@ deploy refused values of type jsonb cannot be unique
--@ migration 2_interval
CREATE TABLE j (i interval PRIMARY KEY);
--@ deploy refused values of type interval cannot be unique
--@ migration 2_array
CREATE TABLE j (id int PRIMARY KEY, a numeric[]);
ALTER TABLE j ADD UNIQUE (id, a);
--@ deploy refused values of type numeric[] cannot be unique
--@ migration 2_foreign
CREATE TABLE c (n numeric REFERENCES t (n));
--@ deploy refused "c_n_fkey" compares values
--@ migration 2_scale
CREATE TABLE c (s numeric(30, 2) REFERENCES t (s));
--@ deploy refused "c_s_fkey" compares values
--@ migration 2_good
CREATE TABLE c (s numeric(30, 4) REFERENCES t (s));
CREATE TABLE j (id int PRIMARY KEY, j jsonb, a text[] UNIQUE, k numeric(10, 2) UNIQUE);
CREATE INDEX ON j (j);
CREATE UNIQUE INDEX ON j ((j ->> 'email'));
INSERT INTO c VALUES (1.50);
CREATE TABLE later (id numeric(10, 2) PRIMARY KEY, x text);
INSERT INTO later VALUES (1.50, 'a');
--@ deploy
--@ migration 3_altered
ALTER TABLE later ALTER COLUMN id TYPE numeric;
INSERT INTO later VALUES (1.6, 'b');
--@ deploy
--@ migration 4_again
INSERT INTO later VALUES (1.600, 'b');
--@ deploy fails 23505
--@ both
SELECT x FROM later ORDER BY x;
--@ migration 4_bad
ALTER TABLE j ALTER COLUMN k TYPE jsonb USING to_jsonb(k);
--@ deploy refused

--@ case set operations of more than 500 parts
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, n int, x text);
INSERT INTO t (n, x) SELECT 0, 'x' UNION ALL SELECT 1, 'x' UNION ALL SELECT 2, 'x' UNION ALL SELECT 3, 'x' UNION ALL SELECT 4, 'x' UNION ALL SELECT 5, 'x' UNION ALL SELECT 6, 'x' UNION ALL SELECT 7, 'x' UNION ALL SELECT 8, 'x' UNION ALL SELECT 9, 'x' UNION ALL SELECT 10, 'x' UNION ALL SELECT 11, 'x' UNION ALL SELECT 12, 'x' UNION ALL SELECT 13, 'x' UNION ALL SELECT 14, 'x' UNION ALL SELECT 15, 'x' UNION ALL SELECT 16, 'x' UNION ALL SELECT 17, 'x' UNION ALL SELECT 18, 'x' UNION ALL SELECT 19, 'x' UNION ALL SELECT 20, 'x' UNION ALL SELECT 21, 'x' UNION ALL SELECT 22, 'x' UNION ALL SELECT 23, 'x' UNION ALL SELECT 24, 'x' UNION ALL SELECT 25, 'x' UNION ALL SELECT 26, 'x' UNION ALL SELECT 27, 'x' UNION ALL SELECT 28, 'x' UNION ALL SELECT 29, 'x' UNION ALL SELECT 30, 'x' UNION ALL SELECT 31, 'x' UNION ALL SELECT 32, 'x' UNION ALL SELECT 33, 'x' UNION ALL SELECT 34, 'x' UNION ALL SELECT 35, 'x' UNION ALL SELECT 36, 'x' UNION ALL SELECT 37, 'x' UNION ALL SELECT 38, 'x' UNION ALL SELECT 39, 'x' UNION ALL SELECT 40, 'x' UNION ALL SELECT 41, 'x' UNION ALL SELECT 42, 'x' UNION ALL SELECT 43, 'x' UNION ALL SELECT 44, 'x' UNION ALL SELECT 45, 'x' UNION ALL SELECT 46, 'x' UNION ALL SELECT 47, 'x' UNION ALL SELECT 48, 'x' UNION ALL SELECT 49, 'x' UNION ALL SELECT 50, 'x' UNION ALL SELECT 51, 'x' UNION ALL SELECT 52, 'x' UNION ALL SELECT 53, 'x' UNION ALL SELECT 54, 'x' UNION ALL SELECT 55, 'x' UNION ALL SELECT 56, 'x' UNION ALL SELECT 57, 'x' UNION ALL SELECT 58, 'x' UNION ALL SELECT 59, 'x' UNION ALL SELECT 60, 'x' UNION ALL SELECT 61, 'x' UNION ALL SELECT 62, 'x' UNION ALL SELECT 63, 'x' UNION ALL SELECT 64, 'x' UNION ALL SELECT 65, 'x' UNION ALL SELECT 66, 'x' UNION ALL SELECT 67, 'x' UNION ALL SELECT 68, 'x' UNION ALL SELECT 69, 'x' UNION ALL SELECT 70, 'x' UNION ALL SELECT 71, 'x' UNION ALL SELECT 72, 'x' UNION ALL SELECT 73, 'x' UNION ALL SELECT 74, 'x' UNION ALL SELECT 75, 'x' UNION ALL SELECT 76, 'x' UNION ALL SELECT 77, 'x' UNION ALL SELECT 78, 'x' UNION ALL SELECT 79, 'x' UNION ALL SELECT 80, 'x' UNION ALL SELECT 81, 'x' UNION ALL SELECT 82, 'x' UNION ALL SELECT 83, 'x' UNION ALL SELECT 84, 'x' UNION ALL SELECT 85, 'x' UNION ALL SELECT 86, 'x' UNION ALL SELECT 87, 'x' UNION ALL SELECT 88, 'x' UNION ALL SELECT 89, 'x' UNION ALL SELECT 90, 'x' UNION ALL SELECT 91, 'x' UNION ALL SELECT 92, 'x' UNION ALL SELECT 93, 'x' UNION ALL SELECT 94, 'x' UNION ALL SELECT 95, 'x' UNION ALL SELECT 96, 'x' UNION ALL SELECT 97, 'x' UNION ALL SELECT 98, 'x' UNION ALL SELECT 99, 'x' UNION ALL SELECT 100, 'x' UNION ALL SELECT 101, 'x' UNION ALL SELECT 102, 'x' UNION ALL SELECT 103, 'x' UNION ALL SELECT 104, 'x' UNION ALL SELECT 105, 'x' UNION ALL SELECT 106, 'x' UNION ALL SELECT 107, 'x' UNION ALL SELECT 108, 'x' UNION ALL SELECT 109, 'x' UNION ALL SELECT 110, 'x' UNION ALL SELECT 111, 'x' UNION ALL SELECT 112, 'x' UNION ALL SELECT 113, 'x' UNION ALL SELECT 114, 'x' UNION ALL SELECT 115, 'x' UNION ALL SELECT 116, 'x' UNION ALL SELECT 117, 'x' UNION ALL SELECT 118, 'x' UNION ALL SELECT 119, 'x' UNION ALL SELECT 120, 'x' UNION ALL SELECT 121, 'x' UNION ALL SELECT 122, 'x' UNION ALL SELECT 123, 'x' UNION ALL SELECT 124, 'x' UNION ALL SELECT 125, 'x' UNION ALL SELECT 126, 'x' UNION ALL SELECT 127, 'x' UNION ALL SELECT 128, 'x' UNION ALL SELECT 129, 'x' UNION ALL SELECT 130, 'x' UNION ALL SELECT 131, 'x' UNION ALL SELECT 132, 'x' UNION ALL SELECT 133, 'x' UNION ALL SELECT 134, 'x' UNION ALL SELECT 135, 'x' UNION ALL SELECT 136, 'x' UNION ALL SELECT 137, 'x' UNION ALL SELECT 138, 'x' UNION ALL SELECT 139, 'x' UNION ALL SELECT 140, 'x' UNION ALL SELECT 141, 'x' UNION ALL SELECT 142, 'x' UNION ALL SELECT 143, 'x' UNION ALL SELECT 144, 'x' UNION ALL SELECT 145, 'x' UNION ALL SELECT 146, 'x' UNION ALL SELECT 147, 'x' UNION ALL SELECT 148, 'x' UNION ALL SELECT 149, 'x' UNION ALL SELECT 150, 'x' UNION ALL SELECT 151, 'x' UNION ALL SELECT 152, 'x' UNION ALL SELECT 153, 'x' UNION ALL SELECT 154, 'x' UNION ALL SELECT 155, 'x' UNION ALL SELECT 156, 'x' UNION ALL SELECT 157, 'x' UNION ALL SELECT 158, 'x' UNION ALL SELECT 159, 'x' UNION ALL SELECT 160, 'x' UNION ALL SELECT 161, 'x' UNION ALL SELECT 162, 'x' UNION ALL SELECT 163, 'x' UNION ALL SELECT 164, 'x' UNION ALL SELECT 165, 'x' UNION ALL SELECT 166, 'x' UNION ALL SELECT 167, 'x' UNION ALL SELECT 168, 'x' UNION ALL SELECT 169, 'x' UNION ALL SELECT 170, 'x' UNION ALL SELECT 171, 'x' UNION ALL SELECT 172, 'x' UNION ALL SELECT 173, 'x' UNION ALL SELECT 174, 'x' UNION ALL SELECT 175, 'x' UNION ALL SELECT 176, 'x' UNION ALL SELECT 177, 'x' UNION ALL SELECT 178, 'x' UNION ALL SELECT 179, 'x' UNION ALL SELECT 180, 'x' UNION ALL SELECT 181, 'x' UNION ALL SELECT 182, 'x' UNION ALL SELECT 183, 'x' UNION ALL SELECT 184, 'x' UNION ALL SELECT 185, 'x' UNION ALL SELECT 186, 'x' UNION ALL SELECT 187, 'x' UNION ALL SELECT 188, 'x' UNION ALL SELECT 189, 'x' UNION ALL SELECT 190, 'x' UNION ALL SELECT 191, 'x' UNION ALL SELECT 192, 'x' UNION ALL SELECT 193, 'x' UNION ALL SELECT 194, 'x' UNION ALL SELECT 195, 'x' UNION ALL SELECT 196, 'x' UNION ALL SELECT 197, 'x' UNION ALL SELECT 198, 'x' UNION ALL SELECT 199, 'x' UNION ALL SELECT 200, 'x' UNION ALL SELECT 201, 'x' UNION ALL SELECT 202, 'x' UNION ALL SELECT 203, 'x' UNION ALL SELECT 204, 'x' UNION ALL SELECT 205, 'x' UNION ALL SELECT 206, 'x' UNION ALL SELECT 207, 'x' UNION ALL SELECT 208, 'x' UNION ALL SELECT 209, 'x' UNION ALL SELECT 210, 'x' UNION ALL SELECT 211, 'x' UNION ALL SELECT 212, 'x' UNION ALL SELECT 213, 'x' UNION ALL SELECT 214, 'x' UNION ALL SELECT 215, 'x' UNION ALL SELECT 216, 'x' UNION ALL SELECT 217, 'x' UNION ALL SELECT 218, 'x' UNION ALL SELECT 219, 'x' UNION ALL SELECT 220, 'x' UNION ALL SELECT 221, 'x' UNION ALL SELECT 222, 'x' UNION ALL SELECT 223, 'x' UNION ALL SELECT 224, 'x' UNION ALL SELECT 225, 'x' UNION ALL SELECT 226, 'x' UNION ALL SELECT 227, 'x' UNION ALL SELECT 228, 'x' UNION ALL SELECT 229, 'x' UNION ALL SELECT 230, 'x' UNION ALL SELECT 231, 'x' UNION ALL SELECT 232, 'x' UNION ALL SELECT 233, 'x' UNION ALL SELECT 234, 'x' UNION ALL SELECT 235, 'x' UNION ALL SELECT 236, 'x' UNION ALL SELECT 237, 'x' UNION ALL SELECT 238, 'x' UNION ALL SELECT 239, 'x' UNION ALL SELECT 240, 'x' UNION ALL SELECT 241, 'x' UNION ALL SELECT 242, 'x' UNION ALL SELECT 243, 'x' UNION ALL SELECT 244, 'x' UNION ALL SELECT 245, 'x' UNION ALL SELECT 246, 'x' UNION ALL SELECT 247, 'x' UNION ALL SELECT 248, 'x' UNION ALL SELECT 249, 'x' UNION ALL SELECT 250, 'x' UNION ALL SELECT 251, 'x' UNION ALL SELECT 252, 'x' UNION ALL SELECT 253, 'x' UNION ALL SELECT 254, 'x' UNION ALL SELECT 255, 'x' UNION ALL SELECT 256, 'x' UNION ALL SELECT 257, 'x' UNION ALL SELECT 258, 'x' UNION ALL SELECT 259, 'x' UNION ALL SELECT 260, 'x' UNION ALL SELECT 261, 'x' UNION ALL SELECT 262, 'x' UNION ALL SELECT 263, 'x' UNION ALL SELECT 264, 'x' UNION ALL SELECT 265, 'x' UNION ALL SELECT 266, 'x' UNION ALL SELECT 267, 'x' UNION ALL SELECT 268, 'x' UNION ALL SELECT 269, 'x' UNION ALL SELECT 270, 'x' UNION ALL SELECT 271, 'x' UNION ALL SELECT 272, 'x' UNION ALL SELECT 273, 'x' UNION ALL SELECT 274, 'x' UNION ALL SELECT 275, 'x' UNION ALL SELECT 276, 'x' UNION ALL SELECT 277, 'x' UNION ALL SELECT 278, 'x' UNION ALL SELECT 279, 'x' UNION ALL SELECT 280, 'x' UNION ALL SELECT 281, 'x' UNION ALL SELECT 282, 'x' UNION ALL SELECT 283, 'x' UNION ALL SELECT 284, 'x' UNION ALL SELECT 285, 'x' UNION ALL SELECT 286, 'x' UNION ALL SELECT 287, 'x' UNION ALL SELECT 288, 'x' UNION ALL SELECT 289, 'x' UNION ALL SELECT 290, 'x' UNION ALL SELECT 291, 'x' UNION ALL SELECT 292, 'x' UNION ALL SELECT 293, 'x' UNION ALL SELECT 294, 'x' UNION ALL SELECT 295, 'x' UNION ALL SELECT 296, 'x' UNION ALL SELECT 297, 'x' UNION ALL SELECT 298, 'x' UNION ALL SELECT 299, 'x' UNION ALL SELECT 300, 'x' UNION ALL SELECT 301, 'x' UNION ALL SELECT 302, 'x' UNION ALL SELECT 303, 'x' UNION ALL SELECT 304, 'x' UNION ALL SELECT 305, 'x' UNION ALL SELECT 306, 'x' UNION ALL SELECT 307, 'x' UNION ALL SELECT 308, 'x' UNION ALL SELECT 309, 'x' UNION ALL SELECT 310, 'x' UNION ALL SELECT 311, 'x' UNION ALL SELECT 312, 'x' UNION ALL SELECT 313, 'x' UNION ALL SELECT 314, 'x' UNION ALL SELECT 315, 'x' UNION ALL SELECT 316, 'x' UNION ALL SELECT 317, 'x' UNION ALL SELECT 318, 'x' UNION ALL SELECT 319, 'x' UNION ALL SELECT 320, 'x' UNION ALL SELECT 321, 'x' UNION ALL SELECT 322, 'x' UNION ALL SELECT 323, 'x' UNION ALL SELECT 324, 'x' UNION ALL SELECT 325, 'x' UNION ALL SELECT 326, 'x' UNION ALL SELECT 327, 'x' UNION ALL SELECT 328, 'x' UNION ALL SELECT 329, 'x' UNION ALL SELECT 330, 'x' UNION ALL SELECT 331, 'x' UNION ALL SELECT 332, 'x' UNION ALL SELECT 333, 'x' UNION ALL SELECT 334, 'x' UNION ALL SELECT 335, 'x' UNION ALL SELECT 336, 'x' UNION ALL SELECT 337, 'x' UNION ALL SELECT 338, 'x' UNION ALL SELECT 339, 'x' UNION ALL SELECT 340, 'x' UNION ALL SELECT 341, 'x' UNION ALL SELECT 342, 'x' UNION ALL SELECT 343, 'x' UNION ALL SELECT 344, 'x' UNION ALL SELECT 345, 'x' UNION ALL SELECT 346, 'x' UNION ALL SELECT 347, 'x' UNION ALL SELECT 348, 'x' UNION ALL SELECT 349, 'x' UNION ALL SELECT 350, 'x' UNION ALL SELECT 351, 'x' UNION ALL SELECT 352, 'x' UNION ALL SELECT 353, 'x' UNION ALL SELECT 354, 'x' UNION ALL SELECT 355, 'x' UNION ALL SELECT 356, 'x' UNION ALL SELECT 357, 'x' UNION ALL SELECT 358, 'x' UNION ALL SELECT 359, 'x' UNION ALL SELECT 360, 'x' UNION ALL SELECT 361, 'x' UNION ALL SELECT 362, 'x' UNION ALL SELECT 363, 'x' UNION ALL SELECT 364, 'x' UNION ALL SELECT 365, 'x' UNION ALL SELECT 366, 'x' UNION ALL SELECT 367, 'x' UNION ALL SELECT 368, 'x' UNION ALL SELECT 369, 'x' UNION ALL SELECT 370, 'x' UNION ALL SELECT 371, 'x' UNION ALL SELECT 372, 'x' UNION ALL SELECT 373, 'x' UNION ALL SELECT 374, 'x' UNION ALL SELECT 375, 'x' UNION ALL SELECT 376, 'x' UNION ALL SELECT 377, 'x' UNION ALL SELECT 378, 'x' UNION ALL SELECT 379, 'x' UNION ALL SELECT 380, 'x' UNION ALL SELECT 381, 'x' UNION ALL SELECT 382, 'x' UNION ALL SELECT 383, 'x' UNION ALL SELECT 384, 'x' UNION ALL SELECT 385, 'x' UNION ALL SELECT 386, 'x' UNION ALL SELECT 387, 'x' UNION ALL SELECT 388, 'x' UNION ALL SELECT 389, 'x' UNION ALL SELECT 390, 'x' UNION ALL SELECT 391, 'x' UNION ALL SELECT 392, 'x' UNION ALL SELECT 393, 'x' UNION ALL SELECT 394, 'x' UNION ALL SELECT 395, 'x' UNION ALL SELECT 396, 'x' UNION ALL SELECT 397, 'x' UNION ALL SELECT 398, 'x' UNION ALL SELECT 399, 'x' UNION ALL SELECT 400, 'x' UNION ALL SELECT 401, 'x' UNION ALL SELECT 402, 'x' UNION ALL SELECT 403, 'x' UNION ALL SELECT 404, 'x' UNION ALL SELECT 405, 'x' UNION ALL SELECT 406, 'x' UNION ALL SELECT 407, 'x' UNION ALL SELECT 408, 'x' UNION ALL SELECT 409, 'x' UNION ALL SELECT 410, 'x' UNION ALL SELECT 411, 'x' UNION ALL SELECT 412, 'x' UNION ALL SELECT 413, 'x' UNION ALL SELECT 414, 'x' UNION ALL SELECT 415, 'x' UNION ALL SELECT 416, 'x' UNION ALL SELECT 417, 'x' UNION ALL SELECT 418, 'x' UNION ALL SELECT 419, 'x' UNION ALL SELECT 420, 'x' UNION ALL SELECT 421, 'x' UNION ALL SELECT 422, 'x' UNION ALL SELECT 423, 'x' UNION ALL SELECT 424, 'x' UNION ALL SELECT 425, 'x' UNION ALL SELECT 426, 'x' UNION ALL SELECT 427, 'x' UNION ALL SELECT 428, 'x' UNION ALL SELECT 429, 'x' UNION ALL SELECT 430, 'x' UNION ALL SELECT 431, 'x' UNION ALL SELECT 432, 'x' UNION ALL SELECT 433, 'x' UNION ALL SELECT 434, 'x' UNION ALL SELECT 435, 'x' UNION ALL SELECT 436, 'x' UNION ALL SELECT 437, 'x' UNION ALL SELECT 438, 'x' UNION ALL SELECT 439, 'x' UNION ALL SELECT 440, 'x' UNION ALL SELECT 441, 'x' UNION ALL SELECT 442, 'x' UNION ALL SELECT 443, 'x' UNION ALL SELECT 444, 'x' UNION ALL SELECT 445, 'x' UNION ALL SELECT 446, 'x' UNION ALL SELECT 447, 'x' UNION ALL SELECT 448, 'x' UNION ALL SELECT 449, 'x' UNION ALL SELECT 450, 'x' UNION ALL SELECT 451, 'x' UNION ALL SELECT 452, 'x' UNION ALL SELECT 453, 'x' UNION ALL SELECT 454, 'x' UNION ALL SELECT 455, 'x' UNION ALL SELECT 456, 'x' UNION ALL SELECT 457, 'x' UNION ALL SELECT 458, 'x' UNION ALL SELECT 459, 'x' UNION ALL SELECT 460, 'x' UNION ALL SELECT 461, 'x' UNION ALL SELECT 462, 'x' UNION ALL SELECT 463, 'x' UNION ALL SELECT 464, 'x' UNION ALL SELECT 465, 'x' UNION ALL SELECT 466, 'x' UNION ALL SELECT 467, 'x' UNION ALL SELECT 468, 'x' UNION ALL SELECT 469, 'x' UNION ALL SELECT 470, 'x' UNION ALL SELECT 471, 'x' UNION ALL SELECT 472, 'x' UNION ALL SELECT 473, 'x' UNION ALL SELECT 474, 'x' UNION ALL SELECT 475, 'x' UNION ALL SELECT 476, 'x' UNION ALL SELECT 477, 'x' UNION ALL SELECT 478, 'x' UNION ALL SELECT 479, 'x' UNION ALL SELECT 480, 'x' UNION ALL SELECT 481, 'x' UNION ALL SELECT 482, 'x' UNION ALL SELECT 483, 'x' UNION ALL SELECT 484, 'x' UNION ALL SELECT 485, 'x' UNION ALL SELECT 486, 'x' UNION ALL SELECT 487, 'x' UNION ALL SELECT 488, 'x' UNION ALL SELECT 489, 'x' UNION ALL SELECT 490, 'x' UNION ALL SELECT 491, 'x' UNION ALL SELECT 492, 'x' UNION ALL SELECT 493, 'x' UNION ALL SELECT 494, 'x' UNION ALL SELECT 495, 'x' UNION ALL SELECT 496, 'x' UNION ALL SELECT 497, 'x' UNION ALL SELECT 498, 'x' UNION ALL SELECT 499, 'x' UNION ALL SELECT 500, 'x' UNION ALL SELECT 501, 'x' UNION ALL SELECT 502, 'x' UNION ALL SELECT 503, 'x' UNION ALL SELECT 504, 'x' UNION ALL SELECT 505, 'x' UNION ALL SELECT 506, 'x' UNION ALL SELECT 507, 'x' UNION ALL SELECT 508, 'x' UNION ALL SELECT 509, 'x' UNION ALL SELECT 510, 'x' UNION ALL SELECT 511, 'x' UNION ALL SELECT 512, 'x' UNION ALL SELECT 513, 'x' UNION ALL SELECT 514, 'x' UNION ALL SELECT 515, 'x' UNION ALL SELECT 516, 'x' UNION ALL SELECT 517, 'x' UNION ALL SELECT 518, 'x' UNION ALL SELECT 519, 'x' UNION ALL SELECT 520, 'x' UNION ALL SELECT 521, 'x' UNION ALL SELECT 522, 'x' UNION ALL SELECT 523, 'x' UNION ALL SELECT 524, 'x' UNION ALL SELECT 525, 'x' UNION ALL SELECT 526, 'x' UNION ALL SELECT 527, 'x' UNION ALL SELECT 528, 'x' UNION ALL SELECT 529, 'x' UNION ALL SELECT 530, 'x' UNION ALL SELECT 531, 'x' UNION ALL SELECT 532, 'x' UNION ALL SELECT 533, 'x' UNION ALL SELECT 534, 'x' UNION ALL SELECT 535, 'x' UNION ALL SELECT 536, 'x' UNION ALL SELECT 537, 'x' UNION ALL SELECT 538, 'x' UNION ALL SELECT 539, 'x' UNION ALL SELECT 540, 'x' UNION ALL SELECT 541, 'x' UNION ALL SELECT 542, 'x' UNION ALL SELECT 543, 'x' UNION ALL SELECT 544, 'x' UNION ALL SELECT 545, 'x' UNION ALL SELECT 546, 'x' UNION ALL SELECT 547, 'x' UNION ALL SELECT 548, 'x' UNION ALL SELECT 549, 'x' UNION ALL SELECT 550, 'x' UNION ALL SELECT 551, 'x' UNION ALL SELECT 552, 'x' UNION ALL SELECT 553, 'x' UNION ALL SELECT 554, 'x' UNION ALL SELECT 555, 'x' UNION ALL SELECT 556, 'x' UNION ALL SELECT 557, 'x' UNION ALL SELECT 558, 'x' UNION ALL SELECT 559, 'x' UNION ALL SELECT 560, 'x' UNION ALL SELECT 561, 'x' UNION ALL SELECT 562, 'x' UNION ALL SELECT 563, 'x' UNION ALL SELECT 564, 'x' UNION ALL SELECT 565, 'x' UNION ALL SELECT 566, 'x' UNION ALL SELECT 567, 'x' UNION ALL SELECT 568, 'x' UNION ALL SELECT 569, 'x' UNION ALL SELECT 570, 'x' UNION ALL SELECT 571, 'x' UNION ALL SELECT 572, 'x' UNION ALL SELECT 573, 'x' UNION ALL SELECT 574, 'x' UNION ALL SELECT 575, 'x' UNION ALL SELECT 576, 'x' UNION ALL SELECT 577, 'x' UNION ALL SELECT 578, 'x' UNION ALL SELECT 579, 'x' UNION ALL SELECT 580, 'x' UNION ALL SELECT 581, 'x' UNION ALL SELECT 582, 'x' UNION ALL SELECT 583, 'x' UNION ALL SELECT 584, 'x' UNION ALL SELECT 585, 'x' UNION ALL SELECT 586, 'x' UNION ALL SELECT 587, 'x' UNION ALL SELECT 588, 'x' UNION ALL SELECT 589, 'x' UNION ALL SELECT 590, 'x' UNION ALL SELECT 591, 'x' UNION ALL SELECT 592, 'x' UNION ALL SELECT 593, 'x' UNION ALL SELECT 594, 'x' UNION ALL SELECT 595, 'x' UNION ALL SELECT 596, 'x' UNION ALL SELECT 597, 'x' UNION ALL SELECT 598, 'x' UNION ALL SELECT 599, 'x' UNION ALL SELECT 600, 'x' UNION ALL SELECT 601, 'x' UNION ALL SELECT 602, 'x' UNION ALL SELECT 603, 'x' UNION ALL SELECT 604, 'x' UNION ALL SELECT 605, 'x' UNION ALL SELECT 606, 'x' UNION ALL SELECT 607, 'x' UNION ALL SELECT 608, 'x' UNION ALL SELECT 609, 'x' UNION ALL SELECT 610, 'x' UNION ALL SELECT 611, 'x' UNION ALL SELECT 612, 'x' UNION ALL SELECT 613, 'x' UNION ALL SELECT 614, 'x' UNION ALL SELECT 615, 'x' UNION ALL SELECT 616, 'x' UNION ALL SELECT 617, 'x' UNION ALL SELECT 618, 'x' UNION ALL SELECT 619, 'x' UNION ALL SELECT 620, 'x' UNION ALL SELECT 621, 'x' UNION ALL SELECT 622, 'x' UNION ALL SELECT 623, 'x' UNION ALL SELECT 624, 'x' UNION ALL SELECT 625, 'x' UNION ALL SELECT 626, 'x' UNION ALL SELECT 627, 'x' UNION ALL SELECT 628, 'x' UNION ALL SELECT 629, 'x' UNION ALL SELECT 630, 'x' UNION ALL SELECT 631, 'x' UNION ALL SELECT 632, 'x' UNION ALL SELECT 633, 'x' UNION ALL SELECT 634, 'x' UNION ALL SELECT 635, 'x' UNION ALL SELECT 636, 'x' UNION ALL SELECT 637, 'x' UNION ALL SELECT 638, 'x' UNION ALL SELECT 639, 'x' UNION ALL SELECT 640, 'x' UNION ALL SELECT 641, 'x' UNION ALL SELECT 642, 'x' UNION ALL SELECT 643, 'x' UNION ALL SELECT 644, 'x' UNION ALL SELECT 645, 'x' UNION ALL SELECT 646, 'x' UNION ALL SELECT 647, 'x' UNION ALL SELECT 648, 'x' UNION ALL SELECT 649, 'x' UNION ALL SELECT 650, 'x' UNION ALL SELECT 651, 'x' UNION ALL SELECT 652, 'x' UNION ALL SELECT 653, 'x' UNION ALL SELECT 654, 'x' UNION ALL SELECT 655, 'x' UNION ALL SELECT 656, 'x' UNION ALL SELECT 657, 'x' UNION ALL SELECT 658, 'x' UNION ALL SELECT 659, 'x' UNION ALL SELECT 660, 'x' UNION ALL SELECT 661, 'x' UNION ALL SELECT 662, 'x' UNION ALL SELECT 663, 'x' UNION ALL SELECT 664, 'x' UNION ALL SELECT 665, 'x' UNION ALL SELECT 666, 'x' UNION ALL SELECT 667, 'x' UNION ALL SELECT 668, 'x' UNION ALL SELECT 669, 'x' UNION ALL SELECT 670, 'x' UNION ALL SELECT 671, 'x' UNION ALL SELECT 672, 'x' UNION ALL SELECT 673, 'x' UNION ALL SELECT 674, 'x' UNION ALL SELECT 675, 'x' UNION ALL SELECT 676, 'x' UNION ALL SELECT 677, 'x' UNION ALL SELECT 678, 'x' UNION ALL SELECT 679, 'x' UNION ALL SELECT 680, 'x' UNION ALL SELECT 681, 'x' UNION ALL SELECT 682, 'x' UNION ALL SELECT 683, 'x' UNION ALL SELECT 684, 'x' UNION ALL SELECT 685, 'x' UNION ALL SELECT 686, 'x' UNION ALL SELECT 687, 'x' UNION ALL SELECT 688, 'x' UNION ALL SELECT 689, 'x' UNION ALL SELECT 690, 'x' UNION ALL SELECT 691, 'x' UNION ALL SELECT 692, 'x' UNION ALL SELECT 693, 'x' UNION ALL SELECT 694, 'x' UNION ALL SELECT 695, 'x' UNION ALL SELECT 696, 'x' UNION ALL SELECT 697, 'x' UNION ALL SELECT 698, 'x' UNION ALL SELECT 699, 'x' UNION ALL SELECT 700, 'x' UNION ALL SELECT 701, 'x' UNION ALL SELECT 702, 'x' UNION ALL SELECT 703, 'x' UNION ALL SELECT 704, 'x' UNION ALL SELECT 705, 'x' UNION ALL SELECT 706, 'x' UNION ALL SELECT 707, 'x' UNION ALL SELECT 708, 'x' UNION ALL SELECT 709, 'x' UNION ALL SELECT 710, 'x' UNION ALL SELECT 711, 'x' UNION ALL SELECT 712, 'x' UNION ALL SELECT 713, 'x' UNION ALL SELECT 714, 'x' UNION ALL SELECT 715, 'x' UNION ALL SELECT 716, 'x' UNION ALL SELECT 717, 'x' UNION ALL SELECT 718, 'x' UNION ALL SELECT 719, 'x' UNION ALL SELECT 720, 'x' UNION ALL SELECT 721, 'x' UNION ALL SELECT 722, 'x' UNION ALL SELECT 723, 'x' UNION ALL SELECT 724, 'x' UNION ALL SELECT 725, 'x' UNION ALL SELECT 726, 'x' UNION ALL SELECT 727, 'x' UNION ALL SELECT 728, 'x' UNION ALL SELECT 729, 'x' UNION ALL SELECT 730, 'x' UNION ALL SELECT 731, 'x' UNION ALL SELECT 732, 'x' UNION ALL SELECT 733, 'x' UNION ALL SELECT 734, 'x' UNION ALL SELECT 735, 'x' UNION ALL SELECT 736, 'x' UNION ALL SELECT 737, 'x' UNION ALL SELECT 738, 'x' UNION ALL SELECT 739, 'x' UNION ALL SELECT 740, 'x' UNION ALL SELECT 741, 'x' UNION ALL SELECT 742, 'x' UNION ALL SELECT 743, 'x' UNION ALL SELECT 744, 'x' UNION ALL SELECT 745, 'x' UNION ALL SELECT 746, 'x' UNION ALL SELECT 747, 'x' UNION ALL SELECT 748, 'x' UNION ALL SELECT 749, 'x' UNION ALL SELECT 750, 'x' UNION ALL SELECT 751, 'x' UNION ALL SELECT 752, 'x' UNION ALL SELECT 753, 'x' UNION ALL SELECT 754, 'x' UNION ALL SELECT 755, 'x' UNION ALL SELECT 756, 'x' UNION ALL SELECT 757, 'x' UNION ALL SELECT 758, 'x' UNION ALL SELECT 759, 'x' UNION ALL SELECT 760, 'x' UNION ALL SELECT 761, 'x' UNION ALL SELECT 762, 'x' UNION ALL SELECT 763, 'x' UNION ALL SELECT 764, 'x' UNION ALL SELECT 765, 'x' UNION ALL SELECT 766, 'x' UNION ALL SELECT 767, 'x' UNION ALL SELECT 768, 'x' UNION ALL SELECT 769, 'x' UNION ALL SELECT 770, 'x' UNION ALL SELECT 771, 'x' UNION ALL SELECT 772, 'x' UNION ALL SELECT 773, 'x' UNION ALL SELECT 774, 'x' UNION ALL SELECT 775, 'x' UNION ALL SELECT 776, 'x' UNION ALL SELECT 777, 'x' UNION ALL SELECT 778, 'x' UNION ALL SELECT 779, 'x' UNION ALL SELECT 780, 'x' UNION ALL SELECT 781, 'x' UNION ALL SELECT 782, 'x' UNION ALL SELECT 783, 'x' UNION ALL SELECT 784, 'x' UNION ALL SELECT 785, 'x' UNION ALL SELECT 786, 'x' UNION ALL SELECT 787, 'x' UNION ALL SELECT 788, 'x' UNION ALL SELECT 789, 'x' UNION ALL SELECT 790, 'x' UNION ALL SELECT 791, 'x' UNION ALL SELECT 792, 'x' UNION ALL SELECT 793, 'x' UNION ALL SELECT 794, 'x' UNION ALL SELECT 795, 'x' UNION ALL SELECT 796, 'x' UNION ALL SELECT 797, 'x' UNION ALL SELECT 798, 'x' UNION ALL SELECT 799, 'x' UNION ALL SELECT 800, 'x';
INSERT INTO t (n, x) (SELECT 0, 'y' UNION SELECT 1, 'y' UNION SELECT 2, 'y' UNION SELECT 3, 'y' UNION SELECT 4, 'y' UNION SELECT 5, 'y' UNION SELECT 6, 'y' UNION SELECT 7, 'y' UNION SELECT 8, 'y' UNION SELECT 9, 'y' UNION SELECT 10, 'y' UNION SELECT 11, 'y' UNION SELECT 12, 'y' UNION SELECT 13, 'y' UNION SELECT 14, 'y' UNION SELECT 15, 'y' UNION SELECT 16, 'y' UNION SELECT 17, 'y' UNION SELECT 18, 'y' UNION SELECT 19, 'y' UNION SELECT 20, 'y' UNION SELECT 21, 'y' UNION SELECT 22, 'y' UNION SELECT 23, 'y' UNION SELECT 24, 'y' UNION SELECT 25, 'y' UNION SELECT 26, 'y' UNION SELECT 27, 'y' UNION SELECT 28, 'y' UNION SELECT 29, 'y' UNION SELECT 30, 'y' UNION SELECT 31, 'y' UNION SELECT 32, 'y' UNION SELECT 33, 'y' UNION SELECT 34, 'y' UNION SELECT 35, 'y' UNION SELECT 36, 'y' UNION SELECT 37, 'y' UNION SELECT 38, 'y' UNION SELECT 39, 'y' UNION SELECT 40, 'y' UNION SELECT 41, 'y' UNION SELECT 42, 'y' UNION SELECT 43, 'y' UNION SELECT 44, 'y' UNION SELECT 45, 'y' UNION SELECT 46, 'y' UNION SELECT 47, 'y' UNION SELECT 48, 'y' UNION SELECT 49, 'y' UNION SELECT 50, 'y' UNION SELECT 51, 'y' UNION SELECT 52, 'y' UNION SELECT 53, 'y' UNION SELECT 54, 'y' UNION SELECT 55, 'y' UNION SELECT 56, 'y' UNION SELECT 57, 'y' UNION SELECT 58, 'y' UNION SELECT 59, 'y' UNION SELECT 60, 'y' UNION SELECT 61, 'y' UNION SELECT 62, 'y' UNION SELECT 63, 'y' UNION SELECT 64, 'y' UNION SELECT 65, 'y' UNION SELECT 66, 'y' UNION SELECT 67, 'y' UNION SELECT 68, 'y' UNION SELECT 69, 'y' UNION SELECT 70, 'y' UNION SELECT 71, 'y' UNION SELECT 72, 'y' UNION SELECT 73, 'y' UNION SELECT 74, 'y' UNION SELECT 75, 'y' UNION SELECT 76, 'y' UNION SELECT 77, 'y' UNION SELECT 78, 'y' UNION SELECT 79, 'y' UNION SELECT 80, 'y' UNION SELECT 81, 'y' UNION SELECT 82, 'y' UNION SELECT 83, 'y' UNION SELECT 84, 'y' UNION SELECT 85, 'y' UNION SELECT 86, 'y' UNION SELECT 87, 'y' UNION SELECT 88, 'y' UNION SELECT 89, 'y' UNION SELECT 90, 'y' UNION SELECT 91, 'y' UNION SELECT 92, 'y' UNION SELECT 93, 'y' UNION SELECT 94, 'y' UNION SELECT 95, 'y' UNION SELECT 96, 'y' UNION SELECT 97, 'y' UNION SELECT 98, 'y' UNION SELECT 99, 'y' UNION SELECT 100, 'y' UNION SELECT 101, 'y' UNION SELECT 102, 'y' UNION SELECT 103, 'y' UNION SELECT 104, 'y' UNION SELECT 105, 'y' UNION SELECT 106, 'y' UNION SELECT 107, 'y' UNION SELECT 108, 'y' UNION SELECT 109, 'y' UNION SELECT 110, 'y' UNION SELECT 111, 'y' UNION SELECT 112, 'y' UNION SELECT 113, 'y' UNION SELECT 114, 'y' UNION SELECT 115, 'y' UNION SELECT 116, 'y' UNION SELECT 117, 'y' UNION SELECT 118, 'y' UNION SELECT 119, 'y' UNION SELECT 120, 'y' UNION SELECT 121, 'y' UNION SELECT 122, 'y' UNION SELECT 123, 'y' UNION SELECT 124, 'y' UNION SELECT 125, 'y' UNION SELECT 126, 'y' UNION SELECT 127, 'y' UNION SELECT 128, 'y' UNION SELECT 129, 'y' UNION SELECT 130, 'y' UNION SELECT 131, 'y' UNION SELECT 132, 'y' UNION SELECT 133, 'y' UNION SELECT 134, 'y' UNION SELECT 135, 'y' UNION SELECT 136, 'y' UNION SELECT 137, 'y' UNION SELECT 138, 'y' UNION SELECT 139, 'y' UNION SELECT 140, 'y' UNION SELECT 141, 'y' UNION SELECT 142, 'y' UNION SELECT 143, 'y' UNION SELECT 144, 'y' UNION SELECT 145, 'y' UNION SELECT 146, 'y' UNION SELECT 147, 'y' UNION SELECT 148, 'y' UNION SELECT 149, 'y' UNION SELECT 150, 'y' UNION SELECT 151, 'y' UNION SELECT 152, 'y' UNION SELECT 153, 'y' UNION SELECT 154, 'y' UNION SELECT 155, 'y' UNION SELECT 156, 'y' UNION SELECT 157, 'y' UNION SELECT 158, 'y' UNION SELECT 159, 'y' UNION SELECT 160, 'y' UNION SELECT 161, 'y' UNION SELECT 162, 'y' UNION SELECT 163, 'y' UNION SELECT 164, 'y' UNION SELECT 165, 'y' UNION SELECT 166, 'y' UNION SELECT 167, 'y' UNION SELECT 168, 'y' UNION SELECT 169, 'y' UNION SELECT 170, 'y' UNION SELECT 171, 'y' UNION SELECT 172, 'y' UNION SELECT 173, 'y' UNION SELECT 174, 'y' UNION SELECT 175, 'y' UNION SELECT 176, 'y' UNION SELECT 177, 'y' UNION SELECT 178, 'y' UNION SELECT 179, 'y' UNION SELECT 180, 'y' UNION SELECT 181, 'y' UNION SELECT 182, 'y' UNION SELECT 183, 'y' UNION SELECT 184, 'y' UNION SELECT 185, 'y' UNION SELECT 186, 'y' UNION SELECT 187, 'y' UNION SELECT 188, 'y' UNION SELECT 189, 'y' UNION SELECT 190, 'y' UNION SELECT 191, 'y' UNION SELECT 192, 'y' UNION SELECT 193, 'y' UNION SELECT 194, 'y' UNION SELECT 195, 'y' UNION SELECT 196, 'y' UNION SELECT 197, 'y' UNION SELECT 198, 'y' UNION SELECT 199, 'y' UNION SELECT 200, 'y' UNION SELECT 201, 'y' UNION SELECT 202, 'y' UNION SELECT 203, 'y' UNION SELECT 204, 'y' UNION SELECT 205, 'y' UNION SELECT 206, 'y' UNION SELECT 207, 'y' UNION SELECT 208, 'y' UNION SELECT 209, 'y' UNION SELECT 210, 'y' UNION SELECT 211, 'y' UNION SELECT 212, 'y' UNION SELECT 213, 'y' UNION SELECT 214, 'y' UNION SELECT 215, 'y' UNION SELECT 216, 'y' UNION SELECT 217, 'y' UNION SELECT 218, 'y' UNION SELECT 219, 'y' UNION SELECT 220, 'y' UNION SELECT 221, 'y' UNION SELECT 222, 'y' UNION SELECT 223, 'y' UNION SELECT 224, 'y' UNION SELECT 225, 'y' UNION SELECT 226, 'y' UNION SELECT 227, 'y' UNION SELECT 228, 'y' UNION SELECT 229, 'y' UNION SELECT 230, 'y' UNION SELECT 231, 'y' UNION SELECT 232, 'y' UNION SELECT 233, 'y' UNION SELECT 234, 'y' UNION SELECT 235, 'y' UNION SELECT 236, 'y' UNION SELECT 237, 'y' UNION SELECT 238, 'y' UNION SELECT 239, 'y' UNION SELECT 240, 'y' UNION SELECT 241, 'y' UNION SELECT 242, 'y' UNION SELECT 243, 'y' UNION SELECT 244, 'y' UNION SELECT 245, 'y' UNION SELECT 246, 'y' UNION SELECT 247, 'y' UNION SELECT 248, 'y' UNION SELECT 249, 'y' UNION SELECT 250, 'y' UNION SELECT 251, 'y' UNION SELECT 252, 'y' UNION SELECT 253, 'y' UNION SELECT 254, 'y' UNION SELECT 255, 'y' UNION SELECT 256, 'y' UNION SELECT 257, 'y' UNION SELECT 258, 'y' UNION SELECT 259, 'y' UNION SELECT 260, 'y' UNION SELECT 261, 'y' UNION SELECT 262, 'y' UNION SELECT 263, 'y' UNION SELECT 264, 'y' UNION SELECT 265, 'y' UNION SELECT 266, 'y' UNION SELECT 267, 'y' UNION SELECT 268, 'y' UNION SELECT 269, 'y' UNION SELECT 270, 'y' UNION SELECT 271, 'y' UNION SELECT 272, 'y' UNION SELECT 273, 'y' UNION SELECT 274, 'y' UNION SELECT 275, 'y' UNION SELECT 276, 'y' UNION SELECT 277, 'y' UNION SELECT 278, 'y' UNION SELECT 279, 'y' UNION SELECT 280, 'y' UNION SELECT 281, 'y' UNION SELECT 282, 'y' UNION SELECT 283, 'y' UNION SELECT 284, 'y' UNION SELECT 285, 'y' UNION SELECT 286, 'y' UNION SELECT 287, 'y' UNION SELECT 288, 'y' UNION SELECT 289, 'y' UNION SELECT 290, 'y' UNION SELECT 291, 'y' UNION SELECT 292, 'y' UNION SELECT 293, 'y' UNION SELECT 294, 'y' UNION SELECT 295, 'y' UNION SELECT 296, 'y' UNION SELECT 297, 'y' UNION SELECT 298, 'y' UNION SELECT 299, 'y' UNION SELECT 300, 'y' UNION SELECT 301, 'y' UNION SELECT 302, 'y' UNION SELECT 303, 'y' UNION SELECT 304, 'y' UNION SELECT 305, 'y' UNION SELECT 306, 'y' UNION SELECT 307, 'y' UNION SELECT 308, 'y' UNION SELECT 309, 'y' UNION SELECT 310, 'y' UNION SELECT 311, 'y' UNION SELECT 312, 'y' UNION SELECT 313, 'y' UNION SELECT 314, 'y' UNION SELECT 315, 'y' UNION SELECT 316, 'y' UNION SELECT 317, 'y' UNION SELECT 318, 'y' UNION SELECT 319, 'y' UNION SELECT 320, 'y' UNION SELECT 321, 'y' UNION SELECT 322, 'y' UNION SELECT 323, 'y' UNION SELECT 324, 'y' UNION SELECT 325, 'y' UNION SELECT 326, 'y' UNION SELECT 327, 'y' UNION SELECT 328, 'y' UNION SELECT 329, 'y' UNION SELECT 330, 'y' UNION SELECT 331, 'y' UNION SELECT 332, 'y' UNION SELECT 333, 'y' UNION SELECT 334, 'y' UNION SELECT 335, 'y' UNION SELECT 336, 'y' UNION SELECT 337, 'y' UNION SELECT 338, 'y' UNION SELECT 339, 'y' UNION SELECT 340, 'y' UNION SELECT 341, 'y' UNION SELECT 342, 'y' UNION SELECT 343, 'y' UNION SELECT 344, 'y' UNION SELECT 345, 'y' UNION SELECT 346, 'y' UNION SELECT 347, 'y' UNION SELECT 348, 'y' UNION SELECT 349, 'y' UNION SELECT 350, 'y' UNION SELECT 351, 'y' UNION SELECT 352, 'y' UNION SELECT 353, 'y' UNION SELECT 354, 'y' UNION SELECT 355, 'y' UNION SELECT 356, 'y' UNION SELECT 357, 'y' UNION SELECT 358, 'y' UNION SELECT 359, 'y' UNION SELECT 360, 'y' UNION SELECT 361, 'y' UNION SELECT 362, 'y' UNION SELECT 363, 'y' UNION SELECT 364, 'y' UNION SELECT 365, 'y' UNION SELECT 366, 'y' UNION SELECT 367, 'y' UNION SELECT 368, 'y' UNION SELECT 369, 'y' UNION SELECT 370, 'y' UNION SELECT 371, 'y' UNION SELECT 372, 'y' UNION SELECT 373, 'y' UNION SELECT 374, 'y' UNION SELECT 375, 'y' UNION SELECT 376, 'y' UNION SELECT 377, 'y' UNION SELECT 378, 'y' UNION SELECT 379, 'y' UNION SELECT 380, 'y' UNION SELECT 381, 'y' UNION SELECT 382, 'y' UNION SELECT 383, 'y' UNION SELECT 384, 'y' UNION SELECT 385, 'y' UNION SELECT 386, 'y' UNION SELECT 387, 'y' UNION SELECT 388, 'y' UNION SELECT 389, 'y' UNION SELECT 390, 'y' UNION SELECT 391, 'y' UNION SELECT 392, 'y' UNION SELECT 393, 'y' UNION SELECT 394, 'y' UNION SELECT 395, 'y' UNION SELECT 396, 'y' UNION SELECT 397, 'y' UNION SELECT 398, 'y' UNION SELECT 399, 'y' UNION SELECT 0, 'y' UNION SELECT 1, 'y' UNION SELECT 2, 'y' UNION SELECT 3, 'y' UNION SELECT 4, 'y' UNION SELECT 5, 'y' UNION SELECT 6, 'y' UNION SELECT 7, 'y' UNION SELECT 8, 'y' UNION SELECT 9, 'y' UNION SELECT 10, 'y' UNION SELECT 11, 'y' UNION SELECT 12, 'y' UNION SELECT 13, 'y' UNION SELECT 14, 'y' UNION SELECT 15, 'y' UNION SELECT 16, 'y' UNION SELECT 17, 'y' UNION SELECT 18, 'y' UNION SELECT 19, 'y' UNION SELECT 20, 'y' UNION SELECT 21, 'y' UNION SELECT 22, 'y' UNION SELECT 23, 'y' UNION SELECT 24, 'y' UNION SELECT 25, 'y' UNION SELECT 26, 'y' UNION SELECT 27, 'y' UNION SELECT 28, 'y' UNION SELECT 29, 'y' UNION SELECT 30, 'y' UNION SELECT 31, 'y' UNION SELECT 32, 'y' UNION SELECT 33, 'y' UNION SELECT 34, 'y' UNION SELECT 35, 'y' UNION SELECT 36, 'y' UNION SELECT 37, 'y' UNION SELECT 38, 'y' UNION SELECT 39, 'y' UNION SELECT 40, 'y' UNION SELECT 41, 'y' UNION SELECT 42, 'y' UNION SELECT 43, 'y' UNION SELECT 44, 'y' UNION SELECT 45, 'y' UNION SELECT 46, 'y' UNION SELECT 47, 'y' UNION SELECT 48, 'y' UNION SELECT 49, 'y' UNION SELECT 50, 'y' UNION SELECT 51, 'y' UNION SELECT 52, 'y' UNION SELECT 53, 'y' UNION SELECT 54, 'y' UNION SELECT 55, 'y' UNION SELECT 56, 'y' UNION SELECT 57, 'y' UNION SELECT 58, 'y' UNION SELECT 59, 'y' UNION SELECT 60, 'y' UNION SELECT 61, 'y' UNION SELECT 62, 'y' UNION SELECT 63, 'y' UNION SELECT 64, 'y' UNION SELECT 65, 'y' UNION SELECT 66, 'y' UNION SELECT 67, 'y' UNION SELECT 68, 'y' UNION SELECT 69, 'y' UNION SELECT 70, 'y' UNION SELECT 71, 'y' UNION SELECT 72, 'y' UNION SELECT 73, 'y' UNION SELECT 74, 'y' UNION SELECT 75, 'y' UNION SELECT 76, 'y' UNION SELECT 77, 'y' UNION SELECT 78, 'y' UNION SELECT 79, 'y' UNION SELECT 80, 'y' UNION SELECT 81, 'y' UNION SELECT 82, 'y' UNION SELECT 83, 'y' UNION SELECT 84, 'y' UNION SELECT 85, 'y' UNION SELECT 86, 'y' UNION SELECT 87, 'y' UNION SELECT 88, 'y' UNION SELECT 89, 'y' UNION SELECT 90, 'y' UNION SELECT 91, 'y' UNION SELECT 92, 'y' UNION SELECT 93, 'y' UNION SELECT 94, 'y' UNION SELECT 95, 'y' UNION SELECT 96, 'y' UNION SELECT 97, 'y' UNION SELECT 98, 'y' UNION SELECT 99, 'y' UNION SELECT 100, 'y') EXCEPT SELECT 3, 'y' ORDER BY 1 LIMIT 5;
--@ deploy
--@ both
SELECT count(*), count(DISTINCT n), min(n), max(n), max(id) FROM t;
SELECT id, n, x FROM t WHERE id IN (1, 400, 401, 402, 800, 801, 803, 805) ORDER BY id;

--@ case setval of the sequence that a column owns
--@ migration 1_init
CREATE SCHEMA app;
CREATE TABLE users (id serial PRIMARY KEY, n text);
CREATE TABLE app."Things" ("Id" bigserial PRIMARY KEY, n text);
CREATE TABLE counted (id int PRIMARY KEY, no int GENERATED BY DEFAULT AS IDENTITY, n text);
CREATE TABLE empty (id serial PRIMARY KEY);
INSERT INTO users (id, n) VALUES (5, 'a'), (9, 'b');
INSERT INTO app."Things" ("Id", n) VALUES (7, 'a');
INSERT INTO counted (id, no, n) VALUES (1, 11, 'a');
SELECT setval(pg_get_serial_sequence('users', 'id'), coalesce(max(id), 1)) FROM users;
SELECT setval(pg_get_serial_sequence('app."Things"', 'Id'), (SELECT MAX("Id") FROM app."Things"));
SELECT pg_catalog.setval(pg_get_serial_sequence('public.counted', 'no'), coalesce((SELECT max(no) + 1 FROM counted), 1), false);
SELECT setval(pg_get_serial_sequence('empty', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM empty;
SELECT setval(pg_get_serial_sequence('"users"', 'id'), coalesce(max("id"), 1), max("id") IS NOT null) FROM "users";
INSERT INTO users (n) VALUES ('c');
INSERT INTO app."Things" (n) VALUES ('c');
INSERT INTO counted (id, n) VALUES (2, 'c');
INSERT INTO empty DEFAULT VALUES;
CREATE TABLE r AS SELECT id, n FROM users UNION ALL SELECT "Id", n FROM app."Things" UNION ALL SELECT no, n FROM counted UNION ALL SELECT id, 'e' FROM empty;
--@ deploy
--@ both
SELECT * FROM r ORDER BY id, n;

--@ case RETURNING of rows that an INSERT in WITH has changed, or whose keys it gives
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, k text UNIQUE, n int DEFAULT 7);
CREATE TABLE l (no serial PRIMARY KEY, id int, k text, n int);
INSERT INTO t (k, n) VALUES ('b', 0), ('keep', 100);
WITH x AS (INSERT INTO t (k, n) VALUES ('a', 1), ('b', 2), ('keep', 3) ON CONFLICT (k) DO UPDATE SET n = excluded.n WHERE t.n < 50 RETURNING id, k, n) INSERT INTO l (id, k, n) SELECT id, k, n FROM x;
WITH x AS (INSERT INTO t AS y (id, k) VALUES (20, 'z'), (10, 'y') RETURNING y.id AS i, y.k, n * 2 AS m) INSERT INTO l (id, k, n) SELECT i, k, m FROM x;
WITH x AS (INSERT INTO t VALUES (30, 'w', NULL) RETURNING *) INSERT INTO l (id, k, n) SELECT id, k, n FROM x;
WITH x AS (INSERT INTO t (id, k) VALUES (30, 'v') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO l (id) SELECT id FROM x;
WITH a AS (INSERT INTO t (id, k) VALUES (41, 'p') RETURNING id), b AS (INSERT INTO l (id) SELECT id FROM a RETURNING no) SELECT no FROM b;
--@ deploy
--@ both
SELECT * FROM l ORDER BY no;
SELECT id, k, n FROM t ORDER BY id;

--@ case columns of records in JSON
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, j jsonb, k json);
INSERT INTO t VALUES (1, '[{"a": 1, "b": "x", "c": {"y": [1]}, "d": 1.50, "e": true, "f": "2024-01-02"}, {"a": null, "z": 3}, {"b": 5, "c": null}]', '[{"a": 7, "b": "q"}]');
CREATE TABLE r AS SELECT a, b, c::text AS c, d::text AS d, e, f FROM jsonb_to_recordset('[{"a": 1, "b": "x", "c": {"y": [1]}, "d": 1.50, "e": true, "f": "2024-01-02"}, {"a": null, "z": 3}, {"b": 5, "c": null}]') AS x(a int, b text, c jsonb, d numeric, e boolean, f date);
CREATE TABLE s AS SELECT x.a, x.b FROM t, json_to_recordset(t.k) AS x(a bigint, b text) WHERE x.a = 7;
INSERT INTO t (id) SELECT 100 + a FROM t, jsonb_to_recordset(t.j) AS x(a int) WHERE a IS NOT NULL;
--@ deploy
--@ both
SELECT a, b, c, d, CAST(e AS int) FROM r ORDER BY coalesce(b, '');
SELECT * FROM s;
SELECT id FROM t ORDER BY id;
--@ migration 2_sized
SELECT * FROM jsonb_to_recordset('[]') AS x(a varchar(3));
--@ deploy refused in a column definition list

--@ case collations that SQLite does not have
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, x text COLLATE "C", y text COLLATE "en-x-icu");
INSERT INTO t VALUES (1, 'b', 'b'), (2, 'B', 'B');
CREATE TABLE r AS SELECT x FROM t ORDER BY x COLLATE "C";
--@ deploy
--@ lowered 1_init 1 COLLATE "en-x-icu" of "y" is left out
--@ migration 2_order
CREATE TABLE s AS SELECT y FROM t ORDER BY y COLLATE "en-x-icu" LIMIT 1;
--@ deploy refused the collation "en-x-icu" is not carried

--@ case what is refused is named as it is written, at its place
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, n int, j jsonb);
--@ deploy
--@ migration 2_merge
MERGE INTO t USING t AS s ON t.id = s.id WHEN MATCHED THEN DELETE;
--@ deploy refused migration.sql:1:1
--@ migration 2_merge
MERGE INTO t USING t AS s ON t.id = s.id WHEN MATCHED THEN DELETE;
--@ deploy refused MERGE is not carried
--@ migration 2_grouping
SELECT n, grouping(n) FROM t GROUP BY n;
--@ deploy refused GROUPING() is not carried
--@ migration 2_deferrable
CREATE TABLE u (id int PRIMARY KEY,
  n int, UNIQUE (n) DEFERRABLE);
--@ deploy refused migration.sql:2:10
--@ migration 2_column
CREATE TABLE u (id int PRIMARY KEY,
  j jsonb UNIQUE);
--@ deploy refused migration.sql:2:11
--@ migration 2_named
ALTER TABLE t ADD COLUMN k numeric,
  ADD CONSTRAINT x FOREIGN KEY (k) REFERENCES t (id);
--@ deploy refused migration.sql:2:7
--@ migration 2_operator
CREATE TABLE u (j jsonb CHECK (j ? 'x'));
--@ deploy refused this expression of types jsonb and text needs a function
--@ migration 2_cast
CREATE TABLE u (x text CHECK (x::int > 4));
--@ deploy refused this conversion of type text needs a function

--@ case columns of tables made from what functions give
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, a text[]);
INSERT INTO t VALUES (1, '{x,y}');
CREATE TABLE a AS SELECT * FROM jsonb_array_elements('[1, "b"]') e;
CREATE TABLE b AS SELECT * FROM jsonb_each('{"k": 1}') e;
CREATE TABLE c AS SELECT * FROM unnest(ARRAY[4, 5]) u;
CREATE TABLE d AS SELECT * FROM t, unnest(a) WITH ORDINALITY;
CREATE TABLE e AS SELECT * FROM jsonb_array_elements_text('["q"]') WITH ORDINALITY AS x(y, z);
CREATE TABLE f AS SELECT n, n.n AS m, u.* FROM generate_series(1, 2) n, jsonb_object_keys('{"z": 1}') u;
CREATE VIEW v AS SELECT * FROM t, unnest(a) w;
--@ deploy
--@ both
SELECT value FROM a;
SELECT key, value FROM b;
SELECT u FROM c;
SELECT id, unnest, ordinality FROM d ORDER BY ordinality;
SELECT y, z FROM e;
SELECT n, m, u FROM f ORDER BY n;
SELECT id, w FROM v ORDER BY w;

--@ case unnest of several arrays
--@ migration 1_init
CREATE TABLE t (id int PRIMARY KEY, a int[], b text[], d date[]);
INSERT INTO t VALUES (1, '{1,2,3}', '{x,NULL}', '{2024-01-02}'), (2, NULL, '{y}', NULL), (3, '{}', '{}', NULL), (4, '{{5,6},{7,8}}', '{"q, r"}', NULL);
CREATE TABLE r (n serial PRIMARY KEY, id int, a int, b text, d date, o bigint);
INSERT INTO r (id, a, b, d) SELECT id, u.a, u.b, u.d FROM t, unnest(t.a, t.b, t.d) AS u(a, b, d) ORDER BY id;
INSERT INTO r (a, b) SELECT x, y FROM unnest(ARRAY[1, 2], ARRAY['p', 'q']) AS z(x, y);
INSERT INTO r (a, b, o) SELECT x, y, n FROM unnest(ARRAY[1, 2], ARRAY['p']) WITH ORDINALITY AS z(x, y, n) WHERE x > 1;
--@ deploy
--@ both
SELECT id, a, b, d, o FROM r ORDER BY n;

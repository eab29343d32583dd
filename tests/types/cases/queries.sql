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

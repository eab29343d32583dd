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

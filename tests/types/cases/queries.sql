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

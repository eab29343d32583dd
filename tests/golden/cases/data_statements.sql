-- migration: 1_tables
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (
    id serial PRIMARY KEY, name varchar(10) NOT NULL DEFAULT 'x', n int DEFAULT 1 + 1, amount numeric(10, 2) DEFAULT 0,
    big numeric, flag boolean DEFAULT 'yes', ts timestamptz DEFAULT now(), d date DEFAULT CURRENT_DATE,
    j jsonb DEFAULT '{"b":1, "a":[]}', tags text[] DEFAULT '{}', e mood DEFAULT 'ok', c char(3) DEFAULT 'ab'
);
CREATE TABLE k (id bigint PRIMARY KEY, t_id int REFERENCES t, note text);
-- migration: 2_data
INSERT INTO t (name, n, flag, ts) VALUES ('a', DEFAULT, true, '2024-01-01 10:00+02'), ('b', 3, 'no', now());
INSERT INTO t DEFAULT VALUES;
INSERT INTO k (id, t_id, note) SELECT t.id, t.id, t.name || ' ' || t.n || coalesce(t.name, 'none') FROM t WHERE t.n % 2 = 0 ON CONFLICT (id) DO UPDATE SET note = excluded.note || k.note WHERE k.id > 1 RETURNING id, note;
UPDATE t SET n = n + 1, amount = amount * 1.1, j = jsonb_set(j, '{a}', '["x"]') || '{"z":1}', ts = ts + interval '1 day' WHERE j @> '{"b":1}' AND ts < now() - interval '30 days';
UPDATE k SET note = t.name FROM t WHERE t.id = k.t_id AND t.e > 'sad';
DELETE FROM k USING t WHERE t.id = k.t_id AND t.name ILIKE '%foo_';
WITH moved AS (DELETE FROM k WHERE id < 10 RETURNING *) INSERT INTO k(id, note) SELECT id + 100, note FROM moved;
WITH ins AS (INSERT INTO t (name) VALUES ('zz') RETURNING id) INSERT INTO k(id, t_id) SELECT 77, id FROM ins;
SELECT DISTINCT ON (t.name) t.name, t.n FROM t ORDER BY t.name, t.n DESC;
SELECT count(*), sum(n), avg(n), string_agg(name, ','), array_agg(n), max(ts), jsonb_agg(name) FILTER (WHERE n > 1) FROM t GROUP BY e HAVING count(*) > 1 ORDER BY 1 DESC LIMIT 3;
SELECT x.value, x.ordinality FROM t, jsonb_array_elements_text(t.j->'a') WITH ORDINALITY AS x(value, ordinality);
SELECT g, g*2 FROM generate_series(1,5) g;
SELECT id, unnest(tags) FROM t;
SELECT * FROM (VALUES (1,'a'),(2,NULL)) AS v(x,y) JOIN k ON k.id = v.x;
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n < 10) SELECT * FROM r;
SELECT row_number() OVER (PARTITION BY e ORDER BY ts DESC), lag(n, 1, 0) OVER w FROM t WINDOW w AS (ORDER BY id);
SELECT CASE WHEN n IS DISTINCT FROM 3 THEN 'x' ELSE name END, greatest(n, 2, NULL), n::text, '5'::int, n::numeric(5,1), ts::date, d + 1, ts - ts, extract(year from ts), date_trunc('day', ts), (SELECT max(id) FROM k WHERE k.t_id = t.id), EXISTS (SELECT 1 FROM k), n BETWEEN 1 AND 3, (n, name) = (1, 'a'), n IN (1,2,3), name NOT IN ('a'), 1/2, 7 % 3, 2^3, -n, 'a' = ANY(tags), array_length(tags,1), tags || 'x'::text, j ? 'a', j #>> '{a,0}', ts AT TIME ZONE 'UTC', big + 1, big = 1.50, amount = 1.5, md5(random()::text), flag::int, flag::text, c = 'ab' FROM t;
SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2.5, NULL UNION SELECT 3, name FROM t ORDER BY a DESC, b LIMIT 2;
SELECT setval('t_id_seq', (SELECT max(id) FROM t));
UPDATE t SET (name, n) = (SELECT note, 1 FROM k LIMIT 1), e = 'happy' WHERE id = 1;
DELETE FROM t WHERE ctid NOT IN (SELECT min(ctid) FROM t GROUP BY name);
TRUNCATE t RESTART IDENTITY CASCADE;
SELECT a.id FROM t a LEFT JOIN k b USING (id) WHERE a.name LIKE 'x\_%' AND NOT EXISTS (SELECT 1 FROM k WHERE k.id = a.id) FOR UPDATE OF a;
SELECT substring(name from '^a(.*)$'), substring(name from 2 for 3), split_part(name, '-', 1), regexp_replace(name, 'a', 'b', 'g'), trim(name), position('a' in name), overlay(name placing 'x' from 1), lower(name), concat(name, n, flag), format('%s', n), to_char(ts, 'YYYY'), age(ts), left(name, 2), 'a' || 1, ARRAY(SELECT id FROM k) FROM t;
CREATE VIEW v AS SELECT t.id, count(k.id) AS c, lower(t.name) AS ln FROM t LEFT JOIN k ON k.t_id = t.id GROUP BY t.id, t.name ORDER BY c DESC;

--@ case one network address has one text, so that UNIQUE and = tell addresses and not texts apart
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, i inet UNIQUE, c cidr UNIQUE, m macaddr UNIQUE, m8 macaddr8,
    d inet DEFAULT '127.0.0.1/32', n text DEFAULT '10.0.0.1'::inet::text, CHECK (i <> '0.0.0.0/32'));
INSERT INTO t VALUES (1, '10.0.0.1/32', '10', '08-00-2B-01-02-03', '08002b010203'), (2, '10.0.0.1/24', '10.1.2.3', NULL, NULL),
    (3, 'FE80:0:0::1/64', '2001:DB8::/32', '08002b:010204', '08:00:2b:01:02:03:04:05'), (4, '::ffff:a00:1', NULL, NULL, NULL);
UPDATE t SET n = 'found' WHERE i = '10.0.0.1' OR m = '080020-010203' OR c = '2001:db8:0::/32' OR i IN ('::ffff:10.0.0.1', '::9');
UPDATE t SET n = n || '!' WHERE i > '10.0.0.1' AND i <= 'fe80::1/64' OR m < '08:00:2b:01:02:04';
INSERT INTO t (id, i) SELECT id + 10, c FROM t WHERE c IS NOT NULL;
INSERT INTO t (id, m8, n) SELECT id + 20, m, c::text FROM t WHERE m IS NOT NULL;
INSERT INTO t (id, c) SELECT id + 30, host::inet FROM (VALUES (1, '10.1.2.4/16'), (2, '::5:1/120')) AS v (id, host);
CREATE TABLE ranked AS SELECT row_number() OVER (ORDER BY i) AS n, i FROM t WHERE i IS NOT NULL;
CREATE TABLE pairs AS SELECT a.id AS a, b.id AS b FROM t a JOIN t b ON a.i = b.c;
CREATE TABLE greatest_of AS SELECT greatest(max(n), 'a') AS n, greatest('9.0.0.0'::inet, '10.0.0.0/8', '::') AS i FROM t;
--@ deploy
--@ both
SELECT id, i, c, m, m8, d, n FROM t ORDER BY id;
SELECT n, i FROM ranked ORDER BY n;
SELECT a, b FROM pairs ORDER BY a, b;
SELECT n, i FROM greatest_of;
--@ write
INSERT INTO t (id, i, c, m) VALUES (40, '10.0.0.2', '10.2.0.0/16', '08:00:2b:01:02:99');
--@ shell refuses
INSERT INTO t (id, i) VALUES (50, '10.0.0.3/32');
INSERT INTO t (id, i) VALUES (50, '10.0.0.2');
INSERT INTO t (id, i) VALUES (50, '0.0.0.0');
INSERT INTO t (id, c) VALUES (50, '10.2.0.1/16');
INSERT INTO t (id, m) VALUES (50, '08002b010299');
--@ migration 2_twice
INSERT INTO t (id, i) VALUES (60, '10.0.0.1/32');
--@ deploy fails 23505
--@ migration 2_bad
INSERT INTO t (id, i) VALUES (60, '10.0.0.1.2');
--@ deploy fails 22P02
--@ migration 2_host_bits
INSERT INTO t (id, c) VALUES (60, '10.0.0.1/8');
--@ deploy fails 22P02
--@ migration 2_cast
INSERT INTO t (id, i) SELECT 60, ('10.0.0.' || id || '/x')::inet FROM t WHERE id = 1;
--@ deploy fails 22P02
--@ migration 2_types
ALTER TABLE t ALTER COLUMN d TYPE text, ALTER COLUMN n TYPE text USING upper(n);
ALTER TABLE t ADD COLUMN back inet;
UPDATE t SET back = d::inet;
--@ deploy
--@ both
SELECT id, d, n, back FROM t ORDER BY id;

--@ case the order of inets cannot stand in what the plain shell evaluates
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, i inet, m macaddr CHECK (m > '08:00:2b:00:00:00'));
--@ deploy
--@ migration 2_check
ALTER TABLE t ADD CHECK (i < '10.0.0.1');
--@ deploy refused ordering values of type inet
--@ migration 2_view
CREATE VIEW v AS SELECT max(i) AS i FROM t;
--@ deploy refused max of inet is not carried
--@ migration 2_inside
CREATE VIEW v AS SELECT i << '10.0.0.0/8' AS inside FROM t;
--@ deploy refused

--@ case what is kept as it was written is not compared
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, r int4range, n numrange[], v tsvector, b bit(3) UNIQUE);
CREATE TABLE u (id integer PRIMARY KEY);
INSERT INTO t VALUES (1, '[1,5]', '{"[1.0,2]"}', 'a fat cat', '101'), (2, '[1,6)', NULL, 'cat fat a', '111');
UPDATE t SET v = NULL WHERE b = '111' OR r IS NULL;
--@ deploy
--@ both
SELECT id, b FROM t WHERE b <> '000' ORDER BY id;
--@ migration 2_unique
ALTER TABLE t ADD UNIQUE (r);
--@ deploy refused values of type int4range cannot be unique
--@ migration 2_index
CREATE UNIQUE INDEX t_n ON t (n);
--@ deploy refused values of type numrange[] cannot be unique
--@ migration 2_key
CREATE TABLE k (during tstzrange PRIMARY KEY);
--@ deploy refused values of type tstzrange cannot be unique
--@ migration 2_equal
UPDATE t SET id = id + 10 WHERE r = '[1,5]';
--@ deploy refused values of type int4range are compared
--@ migration 2_in
DELETE FROM t WHERE r IN ('[1,5]', '[2,3]');
--@ deploy refused values of type int4range are compared
--@ migration 2_distinct
INSERT INTO u SELECT count(*) FROM (SELECT DISTINCT v FROM t) AS d;
--@ deploy refused values of type tsvector are compared
--@ migration 2_group
INSERT INTO u SELECT count(*) FROM t GROUP BY n;
--@ deploy refused values of type numrange[] are compared
--@ migration 2_order
INSERT INTO u SELECT id FROM t ORDER BY r LIMIT 1;
--@ deploy refused values of type int4range are compared
--@ migration 2_union
CREATE VIEW w AS SELECT r FROM t UNION SELECT r FROM t;
--@ deploy refused values of type int4range are compared
--@ migration 2_check
ALTER TABLE t ADD CHECK (r <> 'empty');
--@ deploy refused values of type int4range are compared

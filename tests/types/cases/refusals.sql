What PostgreSQL refuses, SQLite must refuse too, at the same statement and with the same SQLSTATE.

--@ case what stands over a column is tried with its new type
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b text CHECK (length(b) < 5), c text,
    g text GENERATED ALWAYS AS (c || 'x') STORED);
CREATE INDEX i2 ON t (lower(a));
CREATE INDEX i3 ON t (id) WHERE length(c) = 5;
INSERT INTO t (id, a, b, c) VALUES (1, '5', '7', 'x');
--@ deploy
--@ migration 2_index
SELECT 1;
ALTER TABLE t ALTER COLUMN a TYPE integer USING a::integer;
SELECT 2;
--@ deploy fails 42883
--@ migration 2_check
SELECT 1;
ALTER TABLE t ALTER COLUMN b TYPE integer USING b::integer;
SELECT 2;
--@ deploy fails 42883
--@ migration 2_generated
ALTER TABLE t ALTER COLUMN c TYPE integer USING 5;
--@ deploy fails 0A000
--@ migration 2_good
ALTER TABLE t DROP COLUMN g;
ALTER TABLE t ALTER COLUMN a TYPE varchar(3), ALTER COLUMN b TYPE varchar(3), ALTER COLUMN c TYPE varchar(3);
--@ deploy
--@ both
SELECT * FROM t;

--@ case columns and types that PostgreSQL does not take
--@ migration 1_init
CREATE DOMAIN d AS text;
CREATE TABLE t (id integer PRIMARY KEY, n integer, j json, ds d[]);
--@ deploy
--@ migration 2_json
CREATE INDEX ON t (j);
--@ deploy fails 42704
--@ migration 2_json_key
ALTER TABLE t ADD CONSTRAINT k UNIQUE (n, j);
--@ deploy fails 42704
--@ migration 2_length
CREATE TABLE u (a varchar(0));
--@ deploy fails 22023
--@ migration 2_precision
CREATE TABLE u (a numeric(1001, 2));
--@ deploy fails 22023
--@ migration 2_null
CREATE TABLE u (a serial NULL);
--@ deploy fails 42601
--@ migration 2_not_null
CREATE TABLE u (a integer NOT NULL NULL);
--@ deploy fails 42601
--@ migration 2_identity
CREATE TABLE u (a integer GENERATED ALWAYS AS IDENTITY DEFAULT 5);
--@ deploy fails 42601
--@ migration 2_system
CREATE TABLE u (xmin integer);
--@ deploy fails 42701
--@ migration 2_set
ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t (id) ON DELETE SET NULL (id);
--@ deploy fails 42P10
--@ migration 2_function
CREATE INDEX ON t (lower(n));
--@ deploy fails 42883
--@ migration 2_domain
ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE <> '');
--@ deploy fails 0A000
--@ migration 2_start
CREATE SEQUENCE q START 5 MAXVALUE 3;
--@ deploy fails 22023

--@ case a default that does not fit its column is told to fail with the rows, as it does on PostgreSQL
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a varchar(3) DEFAULT 'abcdef');
--@ deploy refused here or at the first row that takes it
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a numeric(3,1) DEFAULT 1234);
--@ deploy refused here or at the first row that takes it
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a integer DEFAULT 'x');
--@ deploy fails 22P02

--@ case a column that SQLite goes without does not stand in the way of the next change of its table
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text);
INSERT INTO t VALUES (1, 'a');
--@ migration 2_marked
-- tandem: postgres
ALTER TABLE t ADD COLUMN soon timestamptz DEFAULT now() - random() * interval '12 months';
--@ migration 3_next
ALTER TABLE t ADD COLUMN y boolean NOT NULL DEFAULT true;
ALTER TABLE t ALTER COLUMN x SET NOT NULL, ADD COLUMN z integer;
--@ deploy
--@ fates 3_next rebuilt rebuilt
--@ both
SELECT id, x, z FROM t WHERE y;

--@ case a view's new query that is not carried is refused once, and a later one may be carried again
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, n numeric, x text);
CREATE VIEW v AS SELECT id, n FROM t;
CREATE VIEW over_v AS SELECT id FROM v;
INSERT INTO t VALUES (1, 2, 'a');
--@ deploy
--@ migration 2_new
CREATE OR REPLACE VIEW v AS SELECT id, n, x ~ 'a' AS found FROM t;
ALTER TABLE t ADD COLUMN y integer;
UPDATE t SET y = 3;
--@ fates 2_new refused carried carried
--@ deploy refused needs a function that stock SQLite does not have
--@ migration 2_new
CREATE OR REPLACE VIEW v AS SELECT id, n, x LIKE 'a' AS found FROM t;
ALTER TABLE t ADD COLUMN y integer;
--@ deploy
--@ fates 2_new carried carried
--@ both
SELECT id FROM v WHERE found;
SELECT id FROM over_v;

--@ case keys and indexes over a column that SQLite goes without
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text);
-- tandem: postgres
ALTER TABLE t ADD COLUMN r int4range, ADD COLUMN k uuid;
CREATE INDEX t_r ON t (x, r DESC);
--@ deploy
--@ migration 2_unique
CREATE UNIQUE INDEX t_k ON t (k);
--@ deploy refused column "k" of "t" exists on PostgreSQL only
--@ migration 2_key
ALTER TABLE t ADD CONSTRAINT t_xk UNIQUE (x, k);
--@ deploy refused column "k" of "t" exists on PostgreSQL only
--@ migration 2_drop
ALTER TABLE t DROP COLUMN k, DROP COLUMN r;
CREATE INDEX t_x ON t (x);
INSERT INTO t VALUES (1, 'a');
--@ deploy
--@ both
SELECT * FROM t;

--@ case what a block that only PostgreSQL runs does to the schema in any case
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text);
-- tandem: postgres
DO $$
DECLARE word text := 'a';
BEGIN
  ALTER TABLE t ADD COLUMN w text;
  UPDATE t SET w = word;
END $$;
ALTER TABLE t ADD COLUMN y integer;
ALTER TABLE t ALTER COLUMN w SET NOT NULL;
ALTER TABLE t DROP COLUMN w;
INSERT INTO t VALUES (1, 'a', 2);
--@ deploy
--@ both
SELECT * FROM t;

--@ case a view that SQLite goes without stays so until it can be carried
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, x text);
-- tandem: postgres
CREATE VIEW v AS SELECT id, x ~ 'a' AS found FROM t;
CREATE OR REPLACE VIEW v AS SELECT id, x ~ 'b' AS found FROM t;
INSERT INTO t VALUES (1, 'ab');
--@ deploy
--@ fates 1_init carried skipped skipped carried
--@ migration 2_new
CREATE OR REPLACE VIEW v AS SELECT id, x LIKE '%b' AS found FROM t;
--@ deploy
--@ fates 2_new carried
--@ both
SELECT id FROM v WHERE found;

--@ case a procedure is PostgreSQL's alone, and so is its end
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
-- tandem: postgres
CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM t';
DROP PROCEDURE tidy();
DROP PROCEDURE IF EXISTS tidy(integer);
--@ deploy
--@ fates 1_init carried skipped skipped skipped

--@ case what PostgreSQL has besides tables is refused, not left out
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, gone boolean NOT NULL DEFAULT false);
INSERT INTO t VALUES (1), (2), (3);
CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT coalesce(a, 0)';
CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
EXPLAIN ANALYZE DELETE FROM t WHERE id = 1;
EXPLAIN (ANALYZE, COSTS off) INSERT INTO t VALUES (4);
EXPLAIN (ANALYZE false) DELETE FROM t;
EXPLAIN DELETE FROM t;
SET timezone = 'UTC';
SET session_replication_role = 'origin';
SET session_replication_role = DEFAULT;
RESET session_replication_role;
SET lock_timeout = '1s';
ALTER FUNCTION f(integer) IMMUTABLE;
--@ deploy
--@ both
SELECT id FROM t ORDER BY id;
--@ migration 2_rule
CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
--@ deploy refused SQLite has no rules
--@ migration 2_rule
CREATE RULE r AS ON DELETE TO t DO INSTEAD UPDATE t SET gone = true WHERE id = OLD.id;
--@ deploy refused SQLite has no rules
--@ migration 2_event
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION e();
--@ deploy refused SQLite has no event triggers
--@ migration 2_explain
EXPLAIN ANALYZE CREATE TABLE u AS SELECT * FROM t;
--@ deploy refused SQLite has no EXPLAIN ANALYZE
--@ migration 2_role
SET session_replication_role = replica;
INSERT INTO t VALUES (77);
--@ deploy refused session_replication_role
--@ migration 2_zone
SET TIME ZONE 'Europe/Berlin';
INSERT INTO t VALUES (78);
--@ deploy refused setting timezone
--@ migration 2_strict
ALTER FUNCTION f(integer) STRICT;
--@ deploy refused SQLite has no such options of functions
--@ migration 2_discard
DISCARD TEMP;
--@ deploy refused SQLite has no DISCARD
--@ migration 2_extension
CREATE EXTENSION IF NOT EXISTS citext;
DROP EXTENSION citext CASCADE;
--@ deploy refused SQLite has no extensions whose objects
--@ migration 2_marked
SELECT 1;
-- tandem: postgres
CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
ALTER TABLE t DISABLE RULE r;
DROP RULE r ON t;
DELETE FROM t WHERE id = 2;
--@ deploy
--@ fates 2_marked carried skipped skipped skipped carried
--@ both
SELECT id FROM t ORDER BY id;


--@ case a type whose end takes the last column of a table
--@ migration 1_init
CREATE DOMAIN small AS integer CHECK (VALUE < 100);
CREATE TABLE t (alone small);
CREATE TABLE u (id integer, other small);
--@ deploy
--@ migration 2_gone
DROP DOMAIN small CASCADE;
--@ deploy refused SQLite has no tables without columns: "t"

--@ case a foreign key between types of different texts
--@ migration 1_init
CREATE TABLE d (at date PRIMARY KEY, n numeric(20,0) UNIQUE);
CREATE TABLE t (at date REFERENCES d);
CREATE TABLE i (n integer);
--@ deploy
--@ migration 2_child
ALTER TABLE t ALTER COLUMN at TYPE timestamp;
--@ deploy refused the foreign key "t_at_fkey" compares values
--@ migration 2_parent
ALTER TABLE d ALTER COLUMN at TYPE timestamptz;
--@ deploy refused the foreign key "t_at_fkey" compares values
--@ migration 2_number
ALTER TABLE i ADD FOREIGN KEY (n) REFERENCES d (n);
--@ deploy refused the foreign key "i_n_fkey" compares values
--@ migration 2_both
ALTER TABLE t DROP CONSTRAINT t_at_fkey;
ALTER TABLE d ALTER COLUMN at TYPE timestamp;
ALTER TABLE t ALTER COLUMN at TYPE timestamp;
ALTER TABLE t ADD FOREIGN KEY (at) REFERENCES d;
INSERT INTO d VALUES ('2026-11-30');
INSERT INTO t SELECT at FROM d;
--@ deploy
--@ both
SELECT count(*) FROM t;

What SQLite's own ALTER TABLE can and cannot do, column by column: each line of the table of measurements.

--@ case ADD COLUMN with DEFAULT CURRENT_TIMESTAMP fills the rows that are there
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
INSERT INTO t VALUES (1, 'x'), (2, NULL);
--@ migration 2_add
ALTER TABLE t ADD COLUMN at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE t ADD COLUMN key uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE t ADD COLUMN sum integer DEFAULT (1 + 2);
--@ deploy
--@ fates 2_add rebuilt rebuilt rebuilt
--@ lowered 2_add 1 ^CREATE TABLE
--@ both
SELECT id, a, sum FROM t ORDER BY id;
SELECT count(*) FROM t WHERE at IS NULL OR key IS NULL;
--@ sqlite
SELECT count(DISTINCT key), max(length(key)), max(length(at)) FROM t
--= 2|36|27
--@ shell
INSERT INTO t (id) VALUES (3);
--@ sqlite
SELECT sum, length(key), at LIKE '20__-__-__T__:__:__.______Z' FROM t WHERE id = 3
--= 3|36|1

--@ case rows that are there get the default that a column was added with, not the one it has later
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1);
--@ migration 2_add
ALTER TABLE t ADD COLUMN a integer;
ALTER TABLE t ALTER COLUMN a SET DEFAULT 5;
ALTER TABLE t ADD COLUMN b boolean NOT NULL DEFAULT false;
ALTER TABLE t ALTER COLUMN b DROP DEFAULT;
ALTER TABLE t ADD COLUMN c integer DEFAULT 3;
ALTER TABLE t ALTER COLUMN c SET DEFAULT 4;
--@ deploy
--@ write
INSERT INTO t (id, b) VALUES (2, true);
--@ both
SELECT id, a, c FROM t WHERE NOT b OR id = 2 ORDER BY id;

--@ case ADD COLUMN NOT NULL without default works on an empty table
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
--@ migration 2_add
ALTER TABLE t ADD COLUMN a text NOT NULL;
--@ deploy
--@ shell refuses
INSERT INTO t (id) VALUES (1);
--@ write
INSERT INTO t (id, a) VALUES (1, 'x');
--@ both
SELECT id, a FROM t;

--@ case ADD COLUMN NOT NULL without default fails on a table with rows
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1);
--@ deploy
--@ migration 2_add
ALTER TABLE t ADD COLUMN a text NOT NULL;
--@ deploy fails 23502
--@ both
SELECT * FROM t;

--@ case ADD COLUMN UNIQUE
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
--@ migration 2_add
ALTER TABLE t ADD COLUMN a text UNIQUE;
--@ deploy
--@ write
UPDATE t SET a = 'x' WHERE id = 1;
--@ shell refuses
UPDATE t SET a = 'x' WHERE id = 2;
--@ migration 3_drop
ALTER TABLE t DROP CONSTRAINT t_a_key;
--@ deploy
--@ write
UPDATE t SET a = 'x' WHERE id = 2;
--@ both
SELECT id, a FROM t ORDER BY id;

--@ case ADD COLUMN UNIQUE with a default fails on two rows
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
--@ deploy
--@ migration 2_add
ALTER TABLE t ADD COLUMN a text DEFAULT 'same' UNIQUE;
--@ deploy fails 23505

--@ case ADD COLUMN GENERATED ALWAYS AS STORED
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a integer, b text);
INSERT INTO t VALUES (1, 20, 'X');
--@ migration 2_add
ALTER TABLE t ADD COLUMN double integer GENERATED ALWAYS AS (a * 2) STORED;
ALTER TABLE t ADD COLUMN low text GENERATED ALWAYS AS (lower(b)) STORED;
--@ deploy
--@ write
INSERT INTO t (id, a, b) VALUES (2, 7, 'Y');
UPDATE t SET a = 21 WHERE id = 1;
--@ both
SELECT * FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t (id, a, b, double) VALUES (3, 1, 'z', 5);

--@ case ADD COLUMN REFERENCES with a default that is not null
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO p VALUES (1), (2);
INSERT INTO t VALUES (1);
--@ migration 2_add
ALTER TABLE t ADD COLUMN p_id integer NOT NULL DEFAULT 1 REFERENCES p (id);
--@ deploy
--@ both
SELECT * FROM t;
--@ shell refuses
INSERT INTO t (id, p_id) VALUES (2, 99);

--@ case ADD COLUMN REFERENCES with a default that points nowhere fails
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1);
--@ deploy
--@ migration 2_add
ALTER TABLE t ADD COLUMN p_id integer NOT NULL DEFAULT 1 REFERENCES p (id);
--@ deploy fails 23503

--@ case ADD COLUMN that SQLite can do itself is no rebuild
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1);
--@ migration 2_add
ALTER TABLE t ADD COLUMN a integer;
ALTER TABLE t ADD COLUMN b text NOT NULL DEFAULT 'x';
ALTER TABLE t ADD COLUMN c integer DEFAULT 5 CHECK (c > 1);
ALTER TABLE t ADD COLUMN p_id integer REFERENCES p (id) ON DELETE SET NULL;
ALTER TABLE t ADD COLUMN d boolean NOT NULL DEFAULT false;
ALTER TABLE t ADD COLUMN e jsonb DEFAULT '{}';
--@ deploy
--@ fates 2_add carried carried carried carried carried carried
--@ lowered 2_add 0 ^CREATE TABLE
--@ both
SELECT id, a, b, c, p_id FROM t;
--@ shell refuses
UPDATE t SET c = 1;
UPDATE t SET p_id = 4;
UPDATE t SET d = 2;
UPDATE t SET e = '{';

--@ case ADD COLUMN with a CHECK that the rows break fails
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY);
INSERT INTO t VALUES (1);
--@ deploy
--@ migration 2_add
ALTER TABLE t ADD COLUMN c integer DEFAULT 5 CHECK (c > 10);
--@ deploy fails 23514

--@ case DROP COLUMN takes indexes and constraints with it
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer UNIQUE, c integer CHECK (c > 0), d integer REFERENCES p,
    e integer, f integer, UNIQUE (e, f), g integer, CHECK (g < 10));
CREATE INDEX t_a ON t (a);
CREATE INDEX t_af ON t (f) WHERE a > 0;
CREATE INDEX t_keep ON t (f);
INSERT INTO p VALUES (1);
INSERT INTO t VALUES (1, 2, 3, 4, 1, 5, 6, 7);
--@ migration 2_drop
ALTER TABLE t DROP COLUMN a;
ALTER TABLE t DROP COLUMN b;
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t DROP COLUMN d;
ALTER TABLE t DROP COLUMN e;
ALTER TABLE t DROP COLUMN g;
--@ deploy
--@ both
SELECT * FROM t;
--@ sqlite
SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 't' AND sql IS NOT NULL ORDER BY 1
--= t_keep

--@ case DROP COLUMN of a plain column is no rebuild
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b integer, c timestamptz);
INSERT INTO t VALUES (1, 'x', 2, '2026-01-01Z');
--@ migration 2_drop
ALTER TABLE t DROP COLUMN a;
ALTER TABLE t DROP COLUMN IF EXISTS c, DROP COLUMN IF EXISTS nothing;
--@ deploy
--@ lowered 2_drop 0 ^CREATE TABLE
--@ both
SELECT * FROM t;

--@ case DROP COLUMN of the primary key
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
INSERT INTO t VALUES (1, 'x'), (2, 'y');
--@ migration 2_drop
ALTER TABLE t DROP COLUMN id;
--@ deploy
--@ both
SELECT a FROM t ORDER BY a;
SELECT a FROM t WHERE a = 'x';

--@ case DROP COLUMN that a view reads needs CASCADE
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b text);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW w AS SELECT id, b FROM t;
--@ deploy
--@ migration 2_bad
ALTER TABLE t DROP COLUMN a;
--@ deploy fails 2BP01
--@ migration 2_drop
ALTER TABLE t DROP COLUMN a CASCADE;
--@ deploy
--@ sqlite
SELECT name FROM sqlite_schema WHERE type = 'view'
--= w

--@ case RENAME of columns and tables follows into views, triggers, indexes and foreign keys
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, old text NOT NULL CHECK (old <> ''), updated_at timestamptz);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE CASCADE);
CREATE INDEX p_old ON p (lower(old)) WHERE old <> 'none';
CREATE VIEW v AS SELECT id, old FROM p;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.updated_at := '2020-01-01Z'; RETURN NEW; END$$;
CREATE TRIGGER p_touch BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO p VALUES (1, 'x', NULL), (2, 'y', NULL);
INSERT INTO c VALUES (1, 1);
--@ migration 2_rename
ALTER TABLE p RENAME COLUMN old TO "New";
ALTER TABLE p RENAME TO parents;
--@ deploy
--@ lowered 2_rename 0 ^CREATE TABLE
--@ write
UPDATE parents SET "New" = 'z' WHERE id = 1;
--@ both
SELECT id, "New" FROM parents ORDER BY id;
SELECT id, old FROM v ORDER BY id;
SELECT count(*) FROM parents WHERE updated_at IS NOT NULL;
--@ shell refuses
UPDATE parents SET "New" = '' WHERE id = 1;
INSERT INTO c VALUES (2, 9);
--@ write
DELETE FROM parents WHERE id = 1;
--@ both
SELECT count(*) FROM c;

--@ case several subcommands in one ALTER are one rebuild
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b integer);
INSERT INTO t VALUES (1, '7', 1);
--@ migration 2_alter
ALTER TABLE t
    ADD COLUMN IF NOT EXISTS a text,
    ADD COLUMN c integer NOT NULL DEFAULT 3,
    ALTER COLUMN a TYPE integer USING a::integer,
    ALTER COLUMN b SET NOT NULL,
    ALTER COLUMN b SET DEFAULT 9,
    ADD CONSTRAINT positive CHECK (b > 0);
ALTER TABLE t DROP CONSTRAINT IF EXISTS nothing;
--@ deploy
--@ lowered 2_alter 1 ^CREATE TABLE
--@ both
SELECT * FROM t;
--@ write
INSERT INTO t (id, a) VALUES (2, 8);
--@ both
SELECT * FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t (id, a) VALUES (3, 'x');
INSERT INTO t (id, b) VALUES (3, 0);
INSERT INTO t (id, b) VALUES (3, NULL);
--@ migration 3_drop
ALTER TABLE t DROP CONSTRAINT positive;
ALTER TABLE t ALTER COLUMN b DROP NOT NULL, ALTER COLUMN b DROP DEFAULT;
--@ deploy
--@ write
INSERT INTO t (id) VALUES (3), (4);
UPDATE t SET b = -1 WHERE id = 4;
--@ both
SELECT * FROM t ORDER BY id;

--@ case ALTER INDEX RENAME
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
CREATE INDEX i ON t (a);
CREATE INDEX ON t (a, id);
--@ migration 2_rename
ALTER INDEX i RENAME TO j;
ALTER INDEX IF EXISTS nothing RENAME TO other;
ALTER INDEX t_a_id_idx RENAME TO k;
--@ deploy
--@ sqlite
SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 't' ORDER BY 1
--= j
--= k

--@ case SET NOT NULL fails on rows that have NULL
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
INSERT INTO t VALUES (1, NULL);
--@ deploy
--@ migration 2_bad
ALTER TABLE t ALTER COLUMN a SET NOT NULL;
--@ deploy fails 23502

--@ case SET DATA TYPE fails on rows that do not fit
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b integer);
INSERT INTO t VALUES (1, 'abc', 70000);
--@ deploy
--@ migration 2_bad
ALTER TABLE t ALTER COLUMN a TYPE integer USING a::integer;
--@ deploy fails 22P02
--@ migration 3_bad
ALTER TABLE t ALTER COLUMN b TYPE smallint;
--@ deploy fails 22003
--@ migration 4_bad
ALTER TABLE t ALTER COLUMN a TYPE varchar(2);
--@ deploy fails 22001
--@ migration 5_good
ALTER TABLE t ALTER COLUMN a TYPE varchar(2) USING left(a, 2), ALTER COLUMN b TYPE bigint;
--@ deploy
--@ both
SELECT * FROM t;

--@ case ADD CHECK, UNIQUE and FOREIGN KEY fail on rows that break them
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY, a integer, p_id integer);
INSERT INTO t VALUES (1, 5, 1), (2, 5, 1);
--@ deploy
--@ migration 2_check
ALTER TABLE t ADD CONSTRAINT c CHECK (a > 5);
--@ deploy fails 23514
--@ migration 2_unique
ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);
--@ deploy fails 23505
--@ migration 2_index
CREATE UNIQUE INDEX u ON t (a) WHERE id > 0;
--@ deploy fails 23505
--@ migration 2_fk
ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id);
--@ deploy fails 23503
--@ migration 2_pk
ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (a);
--@ deploy fails 23505

--@ case constraints of a table made in the same file are part of CREATE TABLE
--@ migration 1_init
CREATE TABLE "User" ("id" TEXT NOT NULL, "email" TEXT NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Post" ("id" SERIAL NOT NULL, "authorId" TEXT NOT NULL, CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id")
    ON DELETE RESTRICT ON UPDATE CASCADE;
--@ deploy
--@ lowered 1_init 2 ^CREATE TABLE
--@ write
INSERT INTO "User" VALUES ('u1', 'a@b');
INSERT INTO "Post" ("authorId") VALUES ('u1');
UPDATE "User" SET id = 'u2';
--@ both
SELECT * FROM "Post";
--@ shell refuses
DELETE FROM "User";
INSERT INTO "Post" ("authorId") VALUES ('nobody');
INSERT INTO "User" VALUES ('u3', 'a@b');

--@ case foreign keys to a table that comes later in the file
--@ migration 1_init
CREATE TABLE a (id integer PRIMARY KEY, b_id integer);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a (id));
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id) DEFERRABLE INITIALLY DEFERRED;
--@ deploy
--@ shell refuses
INSERT INTO b VALUES (1, 7);
INSERT INTO a VALUES (1, 7);
--@ shell
BEGIN;
INSERT INTO a VALUES (1, 1);
INSERT INTO b VALUES (1, 1);
COMMIT;

--@ case no Postgres type name reaches the file, and all tables are STRICT
--@ migration 1_init
CREATE TABLE t (id bigint PRIMARY KEY, a uuid, b timestamptz, c jsonb, d numeric, e varchar(3), f text, g boolean,
    h bytea, i real, j text[], k inet, l char(2), m date);
INSERT INTO t (id, d, e, f) VALUES (1, 1.10, '123', '12345'), (2, 12345678901234567890.123, '1', '1.10');
--@ deploy
--@ sqlite
SELECT DISTINCT type FROM pragma_table_xinfo('t') WHERE type NOT IN ('INT', 'INTEGER', 'REAL', 'TEXT', 'BLOB')
--@ sqlite
SELECT strict FROM pragma_table_list WHERE name = 't'
--= 1
SELECT d, typeof(d), f, typeof(f), typeof(e) FROM t ORDER BY id
--= 1.10|text|12345|text|text
--= 12345678901234567890.123|text|1.10|text|text
--@ shell refuses
INSERT INTO t (id, e) VALUES (3, 'toolong');

--@ case a bigint primary key is not an alias of rowid
--@ migration 1_init
CREATE TABLE t (id bigint PRIMARY KEY, a text);
CREATE TABLE u (id integer PRIMARY KEY);
--@ deploy
--@ shell refuses
INSERT INTO t (a) VALUES ('x');
INSERT INTO t VALUES (NULL, 'x');
INSERT INTO u VALUES (NULL);
INSERT INTO u DEFAULT VALUES;
--@ write
INSERT INTO t VALUES (9007199254740993, 'x');
--@ both
SELECT * FROM t;

--@ case composite primary keys take no NULL
--@ migration 1_init
CREATE TABLE t (a text, b integer, PRIMARY KEY (a, b));
--@ deploy
--@ shell refuses
INSERT INTO t VALUES (NULL, 1);
INSERT INTO t VALUES ('x', NULL);

--@ case serial keys are never reused and count on
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, a text);
CREATE TABLE u (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text);
CREATE TABLE w (id integer GENERATED BY DEFAULT AS IDENTITY (START WITH 100) PRIMARY KEY, a text);
INSERT INTO t (a) VALUES ('x'), ('y');
INSERT INTO u (a) VALUES ('x'), ('y');
INSERT INTO w (a) VALUES ('x');
--@ deploy
--@ write
DELETE FROM t WHERE id = 2;
INSERT INTO t (a) VALUES ('z');
DELETE FROM u;
INSERT INTO u (a) VALUES ('z');
INSERT INTO w (a) VALUES ('y');
--@ both
SELECT * FROM t ORDER BY id;
SELECT * FROM u ORDER BY id;
SELECT * FROM w ORDER BY id;

--@ case a serial column that is not the key counts too
--@ migration 1_init
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n serial, m integer GENERATED ALWAYS AS IDENTITY);
INSERT INTO t DEFAULT VALUES;
INSERT INTO t DEFAULT VALUES;
--@ deploy
--@ write
INSERT INTO t DEFAULT VALUES;
INSERT INTO t (n) VALUES (50);
--@ both
SELECT n, m FROM t ORDER BY m;

--@ case schema text uses only what stock SQLite has
--@ migration 1_init
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN code AS text CHECK (VALUE LIKE 'A%' AND length(VALUE) < 5);
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text NOT NULL DEFAULT lower('X'),
    b timestamp DEFAULT now(), c date DEFAULT CURRENT_DATE, d mood DEFAULT 'ok', e code DEFAULT 'Ax',
    f integer DEFAULT 3 * 4 CHECK (f % 2 = 0 AND f BETWEEN 0 AND 100), g jsonb DEFAULT '{"a": 1}',
    h boolean DEFAULT (1 = 1), i numeric DEFAULT 1.10, j text[] DEFAULT '{}', k text DEFAULT 'a' || 'b',
    l bytea DEFAULT '\x00ff', m timestamptz DEFAULT '2026-01-01 00:00:00+02', n time DEFAULT '10:00',
    CHECK (a = lower(a) OR coalesce(k, '') = ''));
CREATE INDEX t_a ON t (lower(a), coalesce(k, 'x')) WHERE f > 2;
CREATE UNIQUE INDEX t_g ON t ((g ->> 'a'));
--@ deploy
--@ shell
INSERT INTO t DEFAULT VALUES;
PRAGMA integrity_check;
VACUUM;
--@ sqlite
SELECT length(id), a, d, e, f, h, i, j, k, hex(l), m, n FROM t
--= 36|x|ok|Ax|12|1|1.10|[]|ab|00FF|2025-12-31T22:00:00.000000Z|10:00:00.000000
--@ shell refuses
INSERT INTO t DEFAULT VALUES;
INSERT INTO t (e, g) VALUES ('b', NULL);
INSERT INTO t (e, g) VALUES ('Aaaaaaa', NULL);
INSERT INTO t (e, g) VALUES ('ax', NULL);
INSERT INTO t (f, g) VALUES (3, NULL);
INSERT INTO t (a, g) VALUES ('UP', NULL);

--@ case indexes: what SQLite has no word for
--@ migration 1_init
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE t (id integer PRIMARY KEY, a text, b integer, c jsonb, d text[]);
CREATE INDEX i1 ON t (b DESC NULLS LAST, a ASC NULLS FIRST);
CREATE INDEX i2 ON t (a) INCLUDE (b);
CREATE INDEX i3 ON t USING btree (a text_pattern_ops);
CREATE INDEX i4 ON t USING hash (a);
CREATE INDEX i5 ON t USING gin (c);
CREATE INDEX i6 ON t USING gin (a gin_trgm_ops);
CREATE INDEX i7 ON t USING brin (b) WITH (pages_per_range = 32);
CREATE UNIQUE INDEX i8 ON t (b) NULLS NOT DISTINCT;
CREATE INDEX i9 ON ONLY t (b) TABLESPACE pg_default;
CREATE UNIQUE INDEX IF NOT EXISTS i8 ON t (a);
--@ migration 2_concurrently
CREATE INDEX CONCURRENTLY IF NOT EXISTS i10 ON t (b, a);
--@ migration 3_drop
DROP INDEX CONCURRENTLY IF EXISTS i10;
--@ deploy
--@ sqlite
SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name IN ('i1', 'i2', 'i3', 'i4', 'i8', 'i9', 'i10')
--= 6
--@ write
INSERT INTO t (id, b) VALUES (1, NULL);
--@ shell refuses
INSERT INTO t (id, b) VALUES (2, NULL);
--@ write
INSERT INTO t (id, b) VALUES (2, 5);
--@ shell refuses
INSERT INTO t (id, b) VALUES (3, 5);

--@ case a unique index that INCLUDEs columns is unique over its key alone
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b integer);
CREATE UNIQUE INDEX u ON t (a) INCLUDE (b);
INSERT INTO t VALUES (1, 'x', 1);
--@ deploy
--@ shell refuses
INSERT INTO t VALUES (2, 'x', 2);

--@ case LIKE in a CHECK tells upper from lower case, ILIKE does not
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text CHECK (a LIKE 'x_%z'), b text CHECK (b ILIKE 'x%'),
    c text CHECK (c NOT LIKE '%\%'), d text CHECK (d LIKE '[a]*?%'));
--@ deploy
--@ write
INSERT INTO t VALUES (1, 'xyz', 'Xyz', 'abc', '[a]*?b');
--@ shell refuses
INSERT INTO t (id, a) VALUES (2, 'Xyz');
INSERT INTO t (id, a) VALUES (2, 'xz');
INSERT INTO t (id, b) VALUES (2, 'y');
INSERT INTO t (id, c) VALUES (2, 'abc%');
INSERT INTO t (id, d) VALUES (2, 'aX');
--@ shell
PRAGMA integrity_check;

--@ case names are kept as they are
--@ migration 1_init
CREATE TABLE "UserTenant" ("select" integer PRIMARY KEY, "weird ""name" text, "Größe" text, MixedCase text);
CREATE INDEX "Order" ON "UserTenant" ("Größe");
CREATE TABLE a23456789012345678901234567890123456789012345678901234567890123456789 (id integer PRIMARY KEY);
CREATE TABLE ää345678901234567890123456789012345678901234567890123456789012 (id integer PRIMARY KEY);
--@ deploy
--@ both
SELECT count("select"), count("weird ""name"), count("Größe"), count(mixedcase) FROM "UserTenant";
SELECT count(*) FROM a23456789012345678901234567890123456789012345678901234567890123;
--@ sqlite
SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'ä%'
--= ää34567890123456789012345678901234567890123456789012345678901

--@ case citext compares without letter case
--@ migration 1_init
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE t (id integer PRIMARY KEY, a citext UNIQUE);
INSERT INTO t VALUES (1, 'Anna');
UPDATE t SET id = 2 WHERE a = 'ANNA';
--@ deploy
--@ both
SELECT * FROM t WHERE a = 'anna';
--@ shell refuses
INSERT INTO t VALUES (3, 'ANNA');

--@ case enum: added, renamed and swapped values
--@ migration 1_init
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'ok');
CREATE TABLE u (id integer PRIMARY KEY, m mood);
INSERT INTO t VALUES (1, 'sad'), (2, 'ok');
--@ migration 2_add
ALTER TYPE mood ADD VALUE 'great';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'bad' BEFORE 'sad';
--@ migration 3_rename
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
ALTER TYPE mood RENAME TO temper;
--@ deploy
--@ write
INSERT INTO t VALUES (3, 'bad'), (4, 'great');
INSERT INTO t (id) VALUES (5);
--@ both
SELECT id, m FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t VALUES (6, 'ok');
INSERT INTO u VALUES (6, 'worst');
--@ migration 4_swap
CREATE TYPE temper_new AS ENUM ('bad', 'fine');
UPDATE t SET m = 'bad' WHERE m IN ('sad', 'great');
ALTER TABLE t ALTER COLUMN m DROP DEFAULT;
ALTER TABLE t ALTER COLUMN m TYPE temper_new USING (m::text::temper_new);
ALTER TABLE u ALTER COLUMN m TYPE temper_new USING (m::text::temper_new);
ALTER TYPE temper RENAME TO temper_old;
ALTER TYPE temper_new RENAME TO temper;
DROP TYPE temper_old;
ALTER TABLE t ALTER COLUMN m SET DEFAULT 'fine';
--@ deploy
--@ write
INSERT INTO t (id) VALUES (7);
--@ both
SELECT id, m FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t VALUES (8, 'sad');

--@ case an enum value that is added and used in the same file
--@ migration 1_init
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id integer PRIMARY KEY, m mood);
--@ migration 2_add
ALTER TYPE mood ADD VALUE 'great';
INSERT INTO t VALUES (1, 'great');
--@ deploy
--@ both
SELECT * FROM t;

--@ case enums sort by position in data statements
--@ migration 1_init
CREATE TYPE size AS ENUM ('small', 'medium', 'large');
CREATE TABLE t (id integer PRIMARY KEY, s size);
CREATE TABLE r (n integer, id integer);
INSERT INTO t VALUES (1, 'large'), (2, 'small'), (3, 'medium'), (4, NULL);
INSERT INTO r SELECT row_number() OVER (ORDER BY s), id FROM t;
INSERT INTO r SELECT 100, id FROM t WHERE s > 'small';
INSERT INTO r SELECT 200, count(*) FROM t WHERE s <= 'medium';
--@ deploy
--@ both
SELECT * FROM r ORDER BY n, id;

--@ case arrays of integers and of booleans take no other elements
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, i integer[], k bigint[][], b boolean[], s text[]);
INSERT INTO t VALUES (1, '{1,-2,NULL}', '{{1,9223372036854775807},{3,4}}', '{t,f,NULL}', '{a}'), (2, '{}', '{}', '{}', '{}'),
    (3, NULL, NULL, NULL, NULL);
--@ deploy
--@ shell
INSERT INTO t VALUES (4, '[1, -2, null]', '[[1]]', '[true, false]', '["]"]');
--@ shell refuses
INSERT INTO t (id, i) VALUES (5, '["x"]')
INSERT INTO t (id, i) VALUES (5, '[1.5]')
INSERT INTO t (id, i) VALUES (5, '[true]')
INSERT INTO t (id, k) VALUES (5, '[[1], ["2"]]')
INSERT INTO t (id, i) VALUES (5, '[{}]')
INSERT INTO t (id, b) VALUES (5, '[1]')
INSERT INTO t (id, b) VALUES (5, '["true"]')
INSERT INTO t (id, b) VALUES (5, '[1')
--@ sqlite
SELECT id, i, k, b FROM t ORDER BY id;
--= 1|[1,-2,null]|[[1,9223372036854775807],[3,4]]|[true,false,null]
--= 2|[]|[]|[]
--= 3|None|None|None
--= 4|[1, -2, null]|[[1]]|[true, false]

--@ case domains
--@ migration 1_init
CREATE DOMAIN positive AS integer DEFAULT 1 CHECK (VALUE > 0);
CREATE TABLE t (id integer PRIMARY KEY, a positive, b positive NOT NULL DEFAULT 5);
INSERT INTO t (id) VALUES (1);
--@ deploy
--@ both
SELECT * FROM t;
--@ shell refuses
INSERT INTO t (id, a) VALUES (2, 0);
INSERT INTO t (id, b) VALUES (2, NULL);

--@ case schemas other than public
--@ migration 1_init
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id integer PRIMARY KEY, amount integer);
CREATE TABLE public.invoices (id integer PRIMARY KEY, b_id integer REFERENCES billing.invoices (id));
INSERT INTO billing.invoices VALUES (1, 5);
INSERT INTO invoices VALUES (7, 1);
CREATE INDEX inv ON billing.invoices (amount);
--@ deploy
--@ sqlite
SELECT * FROM "billing.invoices"
--= 1|5
--@ shell refuses
INSERT INTO invoices VALUES (8, 2);

--@ case a column of a domain gets the domain's default, natively, in a rebuild and as DEFAULT in a statement
--@ migration 1_init
CREATE DOMAIN pos AS integer DEFAULT 5 CHECK (VALUE > 0);
CREATE DOMAIN pos2 AS pos;
CREATE DOMAIN nn AS text DEFAULT 'x' NOT NULL;
CREATE TABLE t (id integer PRIMARY KEY, x text);
INSERT INTO t VALUES (1, '1'), (2, '2');
--@ migration 2_rebuild
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
ALTER TABLE t ADD COLUMN a pos;
ALTER TABLE t ADD COLUMN b pos2;
ALTER TABLE t ADD COLUMN c nn;
ALTER TABLE t ADD COLUMN d pos DEFAULT NULL;
ALTER TABLE t ADD COLUMN e pos DEFAULT 9;
--@ migration 3_changed
ALTER TABLE t ADD COLUMN f pos;
ALTER DOMAIN pos SET DEFAULT 77;
ALTER TABLE t ADD COLUMN g pos;
INSERT INTO t (id) VALUES (3);
INSERT INTO t (id, a, b) VALUES (4, DEFAULT, 8), (5, 6, DEFAULT);
UPDATE t SET e = DEFAULT, g = DEFAULT WHERE id = 1;
--@ migration 4_dropped
ALTER DOMAIN pos DROP DEFAULT;
--@ deploy
--@ write
INSERT INTO t (id) VALUES (6);
--@ both
SELECT * FROM t ORDER BY id;

--@ case a schema is renamed with all that is in it
--@ migration 1_init
CREATE SCHEMA app;
CREATE TABLE app.t (id serial PRIMARY KEY, x integer);
CREATE TABLE u (id integer PRIMARY KEY, t integer REFERENCES app.t (id) ON DELETE CASCADE);
CREATE INDEX i ON app.t (x);
CREATE VIEW app.v AS SELECT x FROM app.t;
INSERT INTO app.t (x) VALUES (1);
INSERT INTO u VALUES (1, 1);
--@ migration 2_rename
ALTER SCHEMA app RENAME TO "New";
INSERT INTO "New".t (x) VALUES (2);
--@ migration 3_rebuild
ALTER TABLE "New".t ALTER COLUMN x SET NOT NULL;
DELETE FROM "New".t WHERE id = 1;
--@ deploy
--@ sqlite
SELECT id, x FROM "New.t"
--= 2|2
SELECT * FROM "New.v"
--= 2
SELECT count(*) FROM u
--= 0
SELECT count(*) FROM sqlite_schema WHERE name LIKE 'app.%'
--= 0

--@ case a default that was cast to the new type before the column is keeps its value
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'open', n text DEFAULT '0');
INSERT INTO t VALUES (1, 'shut', '7');
--@ migration 2_enum
CREATE TYPE state AS ENUM ('open', 'shut');
ALTER TABLE t ALTER COLUMN state SET DEFAULT 'open'::state;
ALTER TABLE t ALTER COLUMN state SET DATA TYPE state USING state::state;
ALTER TABLE t ALTER COLUMN n SET DEFAULT 3::integer;
ALTER TABLE t ALTER COLUMN n TYPE integer USING n::integer;
--@ deploy
--@ write
INSERT INTO t (id) VALUES (2);
--@ both
SELECT id, state, n FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t VALUES (3, 'other', 1);

--@ case a default that was left to PostgreSQL does not stop what is done to other columns later
--@ migration 1_init
CREATE TABLE v (id integer PRIMARY KEY, k text NOT NULL, o text);
-- tandem: postgres
ALTER TABLE v ALTER COLUMN k SET DEFAULT md5(random()::text);
ALTER TABLE v ALTER COLUMN o SET DEFAULT 'x';
ALTER TABLE v ALTER COLUMN o SET NOT NULL;
--@ fates 1_init carried skipped carried carried
--@ deploy
--@ write
INSERT INTO v (id, k) VALUES (1, 'a');
--@ both
SELECT id, k, o FROM v;

--@ case literals of checks, indexes and defaults keep the type they had when a column's time type changes
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY,
    a date DEFAULT '2020-03-01 12:00' CHECK (a <> '2020-01-01 12:00'),
    b timestamptz CHECK (b < '2020-01-01 12:00+02'),
    c timestamp CHECK (c NOT IN ('2021-01-01', '2022-02-02 12:00') AND NOT c BETWEEN '2023-01-01 12:00' AND '2023-02-01'),
    d timestamptz CHECK (coalesce(d, '2020-01-01 12:00+02') <= '2020-01-01 12:00+02'),
    e date CHECK (CASE e WHEN '2020-01-01 12:00' THEN false ELSE true END));
CREATE UNIQUE INDEX t_c ON t ((c > '2019-01-01 12:00')) WHERE c < '2019-06-01 12:00';
INSERT INTO t VALUES (1, '2020-01-02', '2018-01-01 09:59Z', '2020-01-01 11:00', '2020-01-01 10:00Z', '2020-01-02');
--@ migration 2_alter
ALTER TABLE t ALTER a TYPE timestamp, ALTER b TYPE timestamp, ALTER c TYPE date, ALTER d TYPE timestamp, ALTER e TYPE timestamp;
--@ migration 3_rows
INSERT INTO t (id, c) VALUES (2, '2022-02-02'), (3, '2023-01-01'), (4, '2019-01-02');
--@ deploy
--@ both
SELECT id FROM t WHERE replace(CAST(a AS text), '.000000', '') LIKE '2020-03-01_00:00:00' ORDER BY id;
--@ shell refuses
INSERT INTO t (id, a) VALUES (9, '2020-01-01T00:00:00.000000');
INSERT INTO t (id, b) VALUES (9, '2020-01-01T10:00:00.000000');
INSERT INTO t (id, c) VALUES (9, '2019-06-01');
INSERT INTO t (id, c) VALUES (9, '2021-01-01');
INSERT INTO t (id, c) VALUES (9, '2023-01-02');
INSERT INTO t (id, d) VALUES (9, '2020-01-01T10:00:00.000001');
INSERT INTO t (id, e) VALUES (9, '2020-01-01T00:00:00.000000');
--@ postgres
DO $$BEGIN INSERT INTO t (id, a) VALUES (9, '2020-01-01'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;
DO $$BEGIN INSERT INTO t (id, b) VALUES (9, '2020-01-01 10:00'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;
DO $$BEGIN INSERT INTO t (id, c) VALUES (9, '2019-06-01'); RAISE 'taken'; EXCEPTION WHEN unique_violation THEN END$$;
DO $$BEGIN INSERT INTO t (id, c) VALUES (9, '2021-01-01'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;
DO $$BEGIN INSERT INTO t (id, c) VALUES (9, '2023-01-02'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;
DO $$BEGIN INSERT INTO t (id, d) VALUES (9, '2020-01-01 10:00:00.000001'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;
DO $$BEGIN INSERT INTO t (id, e) VALUES (9, '2020-01-01'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;

--@ case a literal beside a char(n) that becomes text stays without its trailing blanks
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a char(3) CHECK (a <> 'X '));
CREATE UNIQUE INDEX t_a ON t ((true)) WHERE a = 'U ';
INSERT INTO t VALUES (1, 'y'), (2, 'U');
--@ migration 2_alter
ALTER TABLE t ALTER a TYPE text;
--@ migration 3_rows
INSERT INTO t VALUES (3, 'X '), (4, 'U ');
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t (id, a) VALUES (9, 'X');
INSERT INTO t (id, a) VALUES (9, 'U');
--@ postgres
DO $$BEGIN INSERT INTO t VALUES (9, 'X'); RAISE 'taken'; EXCEPTION WHEN check_violation THEN END$$;
DO $$BEGIN INSERT INTO t VALUES (9, 'U'); RAISE 'taken'; EXCEPTION WHEN unique_violation THEN END$$;

--@ case a check goes on in the types that it was made with
--@ migration 1_init
CREATE DOMAIN tiny AS smallint;
CREATE TABLE t (id integer PRIMARY KEY, d tiny CHECK (d <> 13), s smallint CHECK (s % 7 <> 6), b bigint CHECK (b IN (1, 2) OR b % 7 = 3));
--@ deploy
--@ migration 2_wider
ALTER TABLE t ALTER COLUMN d TYPE integer;
ALTER TABLE t ALTER COLUMN s TYPE bigint;
ALTER TABLE t ALTER COLUMN b TYPE integer;
INSERT INTO t VALUES (1, 32767, 2147483647, 10);
--@ deploy
--@ both
SELECT * FROM t;
--@ shell refuses
INSERT INTO t VALUES (2, 32768, 1, 1);
INSERT INTO t VALUES (2, 1, 2147483648, 1);
INSERT INTO t VALUES (2, 1, 1, 4);
--@ migration 3_more
INSERT INTO t VALUES (3, 32768, 1, 1);
--@ deploy fails 22003

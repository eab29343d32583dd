The automatic rebuild of a table: every line of the checklist is a bug that some tool has shipped.

--@ case rebuild keeps child rows of ON DELETE CASCADE, SET NULL, SET DEFAULT and RESTRICT
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, a text);
CREATE TABLE c1 (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE CASCADE);
CREATE TABLE c2 (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE SET NULL);
CREATE TABLE c3 (id integer PRIMARY KEY, p_id integer DEFAULT 1 REFERENCES p (id) ON DELETE SET DEFAULT);
CREATE TABLE c4 (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE RESTRICT);
CREATE TABLE g (id integer PRIMARY KEY, c_id integer REFERENCES c1 (id) ON DELETE CASCADE);
INSERT INTO p VALUES (1, '10'), (2, '20');
INSERT INTO c1 VALUES (1, 1), (2, 2);
INSERT INTO c2 VALUES (1, 2);
INSERT INTO c3 VALUES (1, 2);
INSERT INTO c4 VALUES (1, 1);
INSERT INTO g VALUES (1, 1), (2, 2);
--@ migration 2_alter
ALTER TABLE p ALTER COLUMN a TYPE integer USING a::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ both
SELECT * FROM p ORDER BY id;
SELECT 'c1', id, p_id FROM c1 UNION ALL SELECT 'c2', id, p_id FROM c2 UNION ALL SELECT 'c3', id, p_id FROM c3
    UNION ALL SELECT 'c4', id, p_id FROM c4 UNION ALL SELECT 'g', id, c_id FROM g ORDER BY 1, 2;
--@ write
DELETE FROM p WHERE id = 2;
--@ both
SELECT 'c1', id, p_id FROM c1 UNION ALL SELECT 'c2', id, p_id FROM c2 UNION ALL SELECT 'c3', id, p_id FROM c3
    UNION ALL SELECT 'g', id, c_id FROM g ORDER BY 1, 2;
--@ shell refuses
DELETE FROM p WHERE id = 1;

--@ case rebuild of a table that refers to itself
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, parent integer REFERENCES t (id) ON DELETE CASCADE, a text);
INSERT INTO t VALUES (1, NULL, 'x'), (2, 1, 'y'), (3, 2, NULL);
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN a SET DEFAULT 'new', ADD CONSTRAINT c CHECK (a <> '');
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t VALUES (4, 9, 'z');
--@ write
DELETE FROM t WHERE id = 1;
--@ both
SELECT count(*) FROM t;

--@ case rebuild keeps carried triggers, and those that the user made with another tool
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, n integer NOT NULL DEFAULT 0, updated_at timestamptz);
CREATE TABLE log (id serial PRIMARY KEY, what text);
CREATE TABLE other (id integer PRIMARY KEY);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.updated_at := '2020-01-01Z'; RETURN NEW; END$$;
CREATE TRIGGER t_touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO t VALUES (1, '5');
--@ deploy
--@ shell
CREATE TRIGGER mine AFTER INSERT ON t WHEN NEW.id > 1 BEGIN INSERT INTO log (what) VALUES ('t ' || NEW.id); END;
CREATE TRIGGER elsewhere AFTER INSERT ON other BEGIN UPDATE t SET n = n + 1; END;
CREATE VIEW mine_v AS SELECT id, a FROM t;
CREATE TRIGGER instead INSTEAD OF INSERT ON mine_v BEGIN INSERT INTO t (id, a) VALUES (NEW.id, NEW.a); END;
CREATE INDEX mine_i ON t (n);
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN a TYPE integer USING a::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ shell
INSERT INTO mine_v VALUES (2, 6);
INSERT INTO other VALUES (1);
--@ sqlite
SELECT id, a, n, updated_at IS NOT NULL FROM t ORDER BY id
--= 1|5|1|1
--= 2|6|1|1
SELECT what FROM log
--= t 2
SELECT name FROM sqlite_schema WHERE name IN ('mine', 'elsewhere', 'mine_v', 'instead', 'mine_i') ORDER BY 1
--= elsewhere
--= instead
--= mine
--= mine_i
--= mine_v

--@ case rebuild keeps all kinds of indexes
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b integer, c text, x text);
CREATE UNIQUE INDEX i_unique ON t (b);
CREATE INDEX i_partial ON t (a) WHERE b > 1;
CREATE INDEX i_expression ON t (lower(a), b);
CREATE INDEX i_desc ON t (b DESC, a);
CREATE INDEX i_collate ON t (c COLLATE "C");
INSERT INTO t VALUES (1, 'A', 1, 'c', '1'), (2, 'B', 2, 'd', '2');
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ sqlite
SELECT name, "unique", partial FROM pragma_index_list('t') WHERE origin = 'c' ORDER BY 1
--= i_collate|0|0
--= i_desc|0|0
--= i_expression|0|0
--= i_partial|0|1
--= i_unique|1|0
SELECT "desc" FROM pragma_index_xinfo('i_desc') ORDER BY seqno LIMIT 1
--= 1
--@ shell refuses
INSERT INTO t (id, b) VALUES (3, 2);

--@ case rebuild under views
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, x text);
CREATE TABLE o (id integer PRIMARY KEY, t_id integer REFERENCES t (id));
CREATE VIEW v AS SELECT id, a FROM t WHERE a <> 'hidden';
CREATE VIEW vv AS SELECT v.a, o.id FROM v JOIN o ON o.t_id = v.id;
INSERT INTO t VALUES (1, 'x', '1'), (2, 'hidden', '2');
INSERT INTO o VALUES (10, 1), (11, 2);
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ both
SELECT * FROM v;
SELECT * FROM vv;

--@ case rebuild keeps generated columns and leaves them out of the copy
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a integer, s integer GENERATED ALWAYS AS (a + 1) STORED, x text);
INSERT INTO t (id, a, x) VALUES (1, 5, '7');
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ write
UPDATE t SET a = 6;
--@ both
SELECT * FROM t;

--@ case rebuild keeps the sequence of AUTOINCREMENT
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, x text);
INSERT INTO t (x) VALUES ('1'), ('2'), ('3');
DELETE FROM t WHERE id > 1;
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ write
INSERT INTO t (x) VALUES (9);
--@ both
SELECT * FROM t ORDER BY id;

--@ case rebuild of an emptied table keeps the sequence of AUTOINCREMENT
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, x text);
INSERT INTO t (x) VALUES ('1'), ('2');
DELETE FROM t;
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ write
INSERT INTO t (x) VALUES (9);
--@ both
SELECT * FROM t ORDER BY id;

--@ case rebuild keeps rowids where no key is the rowid
--@ migration 1_init
CREATE TABLE t (id uuid PRIMARY KEY, x text);
INSERT INTO t VALUES ('00000000-0000-0000-0000-000000000009', '1'), ('00000000-0000-0000-0000-000000000001', '2'),
    ('00000000-0000-0000-0000-000000000005', '3');
DELETE FROM t WHERE x = '1';
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ sqlite
SELECT rowid, x FROM t ORDER BY rowid
--= 2|2
--= 3|3

--@ case rebuild keeps CHECKs, unnamed constraints, defaults and the order of columns
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (z integer DEFAULT 7, id integer PRIMARY KEY, a text NOT NULL CHECK (a <> ''), b integer,
    c timestamptz DEFAULT now(), x text, m integer REFERENCES p, CHECK (b < z), UNIQUE (a, b), CONSTRAINT named CHECK (b > 0));
INSERT INTO t (id, a, b, x) VALUES (1, 'x', 1, '1');
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ sqlite
SELECT group_concat(name) FROM pragma_table_xinfo('t')
--= z,id,a,b,c,x,m
--@ shell
INSERT INTO t (id, a, b) VALUES (2, 'y', 3);
--@ sqlite
SELECT z, length(c) FROM t WHERE id = 2
--= 7|27
--@ shell refuses
INSERT INTO t (id, a, b) VALUES (3, '', 3);
INSERT INTO t (id, a, b) VALUES (3, NULL, 3);
INSERT INTO t (id, a, b) VALUES (3, 'z', 8);
INSERT INTO t (id, a, b) VALUES (3, 'z', 0);
INSERT INTO t (id, a, b) VALUES (3, 'x', 1);
INSERT INTO t (id, a, m) VALUES (3, 'z', 1);
--@ migration 3_drop
ALTER TABLE t DROP CONSTRAINT t_check, DROP CONSTRAINT t_a_b_key, DROP CONSTRAINT t_m_fkey, DROP CONSTRAINT t_a_check;
--@ deploy
--@ lowered 3_drop 1 ^CREATE TABLE
--@ shell
INSERT INTO t (id, a, b, m) VALUES (3, 'x', 1, 1), (4, '', 8, NULL);
--@ sqlite
SELECT count(*) FROM t
--= 4
--@ shell
DELETE FROM t WHERE id = 3;

--@ case rebuild of a table beside virtual tables, FTS5 and WITHOUT ROWID tables of the user
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, x text);
INSERT INTO t VALUES (1, 'quick brown fox', '1');
--@ deploy
--@ shell
CREATE VIRTUAL TABLE mine_fts USING fts5(a);
INSERT INTO mine_fts (rowid, a) SELECT id, a FROM t;
CREATE TRIGGER mine_ai AFTER INSERT ON t BEGIN INSERT INTO mine_fts (rowid, a) VALUES (NEW.id, NEW.a); END;
CREATE TABLE mine (k text PRIMARY KEY, v, t_id REFERENCES t (id) ON DELETE CASCADE) WITHOUT ROWID;
INSERT INTO mine VALUES ('k', 'v', 1);
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ shell
INSERT INTO t (id, a) VALUES (2, 'lazy dog');
--@ sqlite
SELECT rowid FROM mine_fts WHERE mine_fts MATCH 'fox OR dog' ORDER BY 1
--= 1
--= 2
SELECT * FROM mine
--= k|v|1

--@ case foreign keys are checked before commit: a rebuild cannot hide a row that points nowhere
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, x text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id));
INSERT INTO p VALUES (1, '1'), (2, '2');
INSERT INTO c VALUES (1, 2);
--@ deploy
--@ migration 2_bad
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
DELETE FROM p WHERE id = 2;
--@ deploy fails 23503

--@ case cascades of data statements work in a file that rebuilds
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, x text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE g (id integer PRIMARY KEY, c_id integer REFERENCES c (id) ON DELETE SET NULL);
INSERT INTO p VALUES (1, '1'), (2, '2'), (3, '3');
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO g VALUES (1, 1), (2, 2), (3, 3);
--@ migration 2_alter
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
DELETE FROM p WHERE x = 2;
UPDATE p SET id = 30 WHERE x = 3;
--@ deploy
--@ both
SELECT 'p', id, x FROM p UNION ALL SELECT 'c', id, p_id FROM c UNION ALL SELECT 'g', id, c_id FROM g ORDER BY 1, 2;

--@ case a row that points nowhere is refused in a file that rebuilds
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, x text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id));
INSERT INTO p VALUES (1, '1');
--@ deploy
--@ migration 2_bad
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
INSERT INTO c VALUES (1, 7);
--@ deploy fails 23503

--@ case a failing statement after a rebuild leaves the old table whole
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, x text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE CASCADE);
CREATE INDEX i ON p (x);
INSERT INTO p VALUES (1, '1'), (2, 'two');
INSERT INTO c VALUES (1, 2);
--@ deploy
--@ migration 2_bad_copy
ALTER TABLE p ADD COLUMN n integer NOT NULL DEFAULT 0;
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy fails 22P02
--@ migration 2_bad_after
ALTER TABLE p ALTER COLUMN x TYPE varchar(5);
INSERT INTO c VALUES (1, 1);
--@ deploy fails 23505
--@ migration 2_bad_index
ALTER TABLE p ALTER COLUMN x SET DEFAULT 'x', ADD COLUMN y text DEFAULT 'same', ADD COLUMN at timestamptz DEFAULT now();
CREATE UNIQUE INDEX y ON p (y);
--@ deploy fails 23505
--@ both
SELECT * FROM p ORDER BY id;
SELECT * FROM c;

--@ case several ALTERs of one table in one file are one rebuild
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text, b text, c text);
INSERT INTO t VALUES (1, '1', '2', '3');
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN a TYPE integer USING a::integer;
ALTER TABLE t ALTER COLUMN b SET NOT NULL;
ALTER TABLE t ADD COLUMN d timestamptz NOT NULL DEFAULT now();
ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0);
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t RENAME COLUMN b TO bb;
CREATE INDEX t_bb ON t (bb);
ALTER TABLE t ALTER COLUMN bb SET DEFAULT 'x';
--@ deploy
--@ lowered 2_alter 1 ^CREATE TABLE
--@ both
SELECT id, a, bb FROM t;
--@ sqlite
SELECT group_concat(name) FROM pragma_table_xinfo('t')
--= id,a,bb,d

--@ case data between ALTERs sees the half-way state
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
INSERT INTO t VALUES (1, '5'), (2, NULL);
--@ migration 2_alter
ALTER TABLE t ADD COLUMN n integer;
UPDATE t SET n = a::integer * 2 WHERE a IS NOT NULL;
UPDATE t SET n = 0 WHERE n IS NULL;
ALTER TABLE t ALTER COLUMN n SET NOT NULL;
ALTER TABLE t DROP COLUMN a;
INSERT INTO t (id, n) SELECT 3, max(n) + 1 FROM t;
--@ deploy
--@ both
SELECT * FROM t ORDER BY id;
--@ shell refuses
INSERT INTO t (id) VALUES (4);

--@ case two tables that refer to each other are rebuilt in one file
--@ migration 1_init
CREATE TABLE a (id integer PRIMARY KEY, b_id integer, x text);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a (id) ON DELETE CASCADE, x text);
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b (id) ON DELETE SET NULL;
INSERT INTO a VALUES (1, NULL, '1');
INSERT INTO b VALUES (1, 1, '2');
UPDATE a SET b_id = 1;
--@ migration 2_alter
ALTER TABLE a ALTER COLUMN x TYPE integer USING x::integer;
ALTER TABLE b ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ both
SELECT a.id, a.b_id, a.x, b.id, b.a_id, b.x FROM a, b;
--@ shell refuses
UPDATE a SET b_id = 9;
UPDATE b SET a_id = 9;

--@ case a column gets a foreign key, and loses it
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer);
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 1), (2, NULL);
--@ migration 2_add
ALTER TABLE c ADD CONSTRAINT c_p FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE;
--@ deploy
--@ write
UPDATE p SET id = 5;
--@ both
SELECT * FROM c ORDER BY id;
--@ shell refuses
INSERT INTO c VALUES (3, 1);
--@ migration 3_drop
ALTER TABLE c DROP CONSTRAINT c_p;
--@ deploy
--@ write
INSERT INTO c VALUES (3, 1);
--@ both
SELECT * FROM c ORDER BY id;

--@ case ON DELETE SET NULL of one column of a key that the tenant leads
--@ migration 1_init
CREATE TABLE p (tenant integer, id integer, PRIMARY KEY (tenant, id));
CREATE TABLE c (tenant integer NOT NULL, id integer, p_id integer, PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, p_id) REFERENCES p (tenant, id) ON DELETE SET NULL (p_id) ON UPDATE CASCADE);
INSERT INTO p VALUES (1, 1), (2, 1);
INSERT INTO c VALUES (1, 1, 1), (2, 1, 1);
--@ deploy
--@ write
DELETE FROM p WHERE tenant = 1;
UPDATE p SET id = 7 WHERE tenant = 2;
--@ both
SELECT * FROM c ORDER BY tenant;
--@ shell refuses
INSERT INTO c VALUES (1, 2, 7);
--@ migration 2_alter
ALTER TABLE c ADD COLUMN at timestamptz DEFAULT now();
ALTER TABLE p ADD COLUMN at timestamptz DEFAULT now();
--@ deploy
--@ write
DELETE FROM p;
--@ both
SELECT tenant, id, p_id FROM c ORDER BY tenant;

--@ case a dropped table takes what depends on it
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id));
CREATE VIEW v AS SELECT * FROM p;
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 1);
--@ deploy
--@ migration 2_bad
DROP TABLE p;
--@ deploy fails 2BP01
--@ migration 2_drop
DROP TABLE IF EXISTS p, nothing CASCADE;
--@ deploy
--@ write
INSERT INTO c VALUES (2, 99);
--@ both
SELECT * FROM c ORDER BY id;
--@ sqlite
SELECT count(*) FROM sqlite_schema WHERE name IN ('p', 'v')
--= 0

--@ case a primary key is moved to another column
--@ migration 1_init
CREATE TABLE t (id serial PRIMARY KEY, key uuid NOT NULL DEFAULT gen_random_uuid(), a text);
INSERT INTO t (a) VALUES ('x'), ('y');
--@ migration 2_move
ALTER TABLE t DROP CONSTRAINT t_pkey;
ALTER TABLE t ADD PRIMARY KEY (key);
ALTER TABLE t DROP COLUMN id;
--@ deploy
--@ both
SELECT a FROM t ORDER BY a;
--@ shell
INSERT INTO t (a) VALUES ('z');
--@ shell refuses
INSERT INTO t (key, a) VALUES (NULL, 'n');
INSERT INTO t (key, a) SELECT key, a FROM t;

--@ case a rebuilt table with every column type keeps its values
--@ migration 1_init
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id integer PRIMARY KEY, a bigint, b double precision, c numeric(30,10), d numeric, e uuid, f timestamptz,
    g jsonb, h bytea, i boolean, j text[], k mood, l date, m char(3), x text);
INSERT INTO t VALUES (1, 9007199254740993, 0.1, 12345678901234567890.0123456789, 'NaN',
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '2026-11-22 10:19:00.123456+02', '{"n": 9007199254740993, "f": 1.10}',
    '\x00ff', true, '{a,NULL,"b c"}', 'ok', '2024-02-29', 'x', '1');
INSERT INTO t (id) VALUES (2);
--@ deploy
--@ shell
CREATE TABLE before AS SELECT * FROM t;
--@ migration 2_alter
ALTER TABLE t ALTER COLUMN x TYPE integer USING x::integer;
--@ deploy
--@ fates 2_alter rebuilt
--@ sqlite
SELECT count(*) FROM t JOIN before b USING (id) WHERE (t.a, t.b, t.c, t.d, t.e, t.f, t.g, t.h, t.i, t.j, t.k, t.l, t.m)
    IS (b.a, b.b, b.c, b.d, b.e, b.f, b.g, b.h, b.i, b.j, b.k, b.l, b.m)
--= 2

--@ case ON DELETE SET DEFAULT of some columns, with foreign_keys on and off
--@ migration 1_init
CREATE TABLE p (t integer, id integer, PRIMARY KEY (t, id));
CREATE TABLE c (t integer NOT NULL, id integer, d integer DEFAULT 7, PRIMARY KEY (t, id),
    FOREIGN KEY (t, d) REFERENCES p ON DELETE SET DEFAULT (d));
INSERT INTO p VALUES (1, 1), (1, 2), (1, 7), (1, 8);
INSERT INTO c VALUES (1, 1, 1), (1, 2, 2);
--@ migration 2_rebuild
ALTER TABLE c ADD COLUMN z timestamptz NOT NULL DEFAULT '2020-01-01';
DELETE FROM p WHERE id = 1;
--@ deploy
--@ write
DELETE FROM p WHERE id = 2;
--@ both
SELECT t, id, d FROM c ORDER BY id;
--@ migration 3_default
ALTER TABLE c ALTER COLUMN d SET DEFAULT 8;
--@ deploy
--@ write
DELETE FROM p WHERE id = 7;
--@ both
SELECT t, id, d FROM c ORDER BY id;
--@ migration 4_gone
CREATE TABLE other (id integer PRIMARY KEY);
DROP TABLE c;
ALTER TABLE p RENAME TO pp;
ALTER TABLE pp RENAME COLUMN t TO tenant;
--@ deploy
--@ write
DELETE FROM pp;

--@ case a rebuild that fails speaks of the table by its name
--@ migration 1_init
CREATE TABLE t (id integer PRIMARY KEY, a text);
INSERT INTO t (id) VALUES (1);
--@ deploy
--@ migration 2_bad
ALTER TABLE t ALTER COLUMN a SET NOT NULL;
--@ deploy refused failed: t.a

--@ case a broken foreign key is reported at the statement that broke it, with table, constraint and key
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY, x text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer, "q""'s" integer DEFAULT 1 CHECK ("q""'s" <> 5),
    note text DEFAULT 'CONSTRAINT "no" REFERENCES', CONSTRAINT "c""p" FOREIGN KEY (p_id) REFERENCES p (id));
CREATE TABLE d (id integer PRIMARY KEY, p_id integer, x text);
INSERT INTO p VALUES (1, '1'), (2, '2');
INSERT INTO c VALUES (1, 2);
INSERT INTO d VALUES (1, 7);
--@ deploy
--@ migration 2_delete
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
INSERT INTO c VALUES (5, 1);
DELETE FROM p WHERE id = 2;
INSERT INTO c VALUES (6, 1);
ALTER TABLE p ALTER COLUMN x SET DEFAULT 7;
--@ deploy fails 23503
--@ migration 2_insert
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
INSERT INTO p VALUES (3, 3);
INSERT INTO c VALUES (5, 9);
INSERT INTO c VALUES (6, 1);
--@ deploy fails 23503
--@ migration 2_add
ALTER TABLE d ADD CONSTRAINT dp FOREIGN KEY (p_id) REFERENCES p (id);
ALTER TABLE d ALTER COLUMN x SET DEFAULT 'x';
ALTER TABLE c ALTER COLUMN p_id SET DEFAULT 1;
--@ deploy fails 23503
--@ migration 2_name
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
DELETE FROM p WHERE id = 2;
--@ deploy refused a row of "c" breaks the foreign key "c"p"
--@ migration 2_key
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
DELETE FROM p WHERE id = 2;
--@ deploy refused the key (p_id)=(2) of rowid 1 is not in "p"
--@ migration 3_repaired
ALTER TABLE p ALTER COLUMN x TYPE integer USING x::integer;
UPDATE d SET p_id = 1;
ALTER TABLE d ADD CONSTRAINT dp FOREIGN KEY (p_id) REFERENCES p (id);
--@ deploy

--@ case old rows that break a NOT VALID constraint are told at its statement; mended before it, they pass
--@ migration 1_init
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer);
INSERT INTO p VALUES (6);
INSERT INTO t VALUES (1, 5, 1);
--@ deploy
--@ migration 2_check
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0), ADD CONSTRAINT big CHECK (a > 5) NOT VALID;
--@ deploy refused SQLite has no NOT VALID: mend the rows
--@ migration 2_key
ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p NOT VALID;
--@ deploy refused SQLite has no NOT VALID: mend the rows
--@ migration 2_valid
ALTER TABLE t ADD CONSTRAINT big CHECK (a < 5), ADD CONSTRAINT b CHECK (b > 0) NOT VALID;
--@ deploy fails 23514
--@ migration 2_mended
UPDATE t SET a = 6;
ALTER TABLE t ADD CONSTRAINT big CHECK (a > 5) NOT VALID, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p NOT VALID;
--@ deploy
--@ both
SELECT * FROM t;
--@ shell refuses
INSERT INTO t VALUES (2, 5, 1);

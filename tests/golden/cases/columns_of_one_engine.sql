-- migration: 1_init
CREATE TABLE t (id int PRIMARY KEY, a text, b int);
-- migration: 2_marked
-- a mark on the first line would be the whole file's
-- tandem: postgres
ALTER TABLE t ALTER COLUMN a TYPE citext;
-- tandem: postgres
ALTER TABLE t ALTER COLUMN b SET NOT NULL;
-- tandem: postgres
ALTER TABLE t ADD COLUMN search tsvector;
ALTER TABLE t ADD COLUMN c timestamptz NOT NULL DEFAULT now();
-- migration: 3_refused
ALTER TABLE t ALTER COLUMN b SET DEFAULT 1;
UPDATE t SET a = search::text;
-- tandem: postgres
ALTER TABLE t RENAME a TO aa;

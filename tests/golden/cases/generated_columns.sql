-- migration: 1_init
CREATE TABLE box (id int PRIMARY KEY, w int, h int, area int GENERATED ALWAYS AS (w * h) STORED);
INSERT INTO box (id, w, h) VALUES (1, 2, 3);
-- migration: 2_add
ALTER TABLE box ADD COLUMN label text GENERATED ALWAYS AS (id::text || 'x') STORED;
-- migration: 3_drop
ALTER TABLE box ALTER COLUMN area DROP EXPRESSION;
ALTER TABLE box DROP COLUMN label;
-- migration: 4_refused
ALTER TABLE box ADD COLUMN twice int GENERATED ALWAYS AS (w * 2) STORED, ALTER COLUMN h TYPE bigint;
ALTER TABLE box ALTER COLUMN w TYPE bigint;

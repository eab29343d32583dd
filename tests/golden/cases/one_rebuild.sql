-- migration: 1_base
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id serial PRIMARY KEY, parent_id int REFERENCES parent (id) ON DELETE CASCADE, n int);
INSERT INTO parent VALUES (1);
INSERT INTO child (parent_id, n) VALUES (1, 5);
-- migration: 2_many
ALTER TABLE parent ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE parent ADD COLUMN label text;
ALTER TABLE parent ADD CONSTRAINT parent_label_check CHECK (label <> '');
ALTER TABLE child ALTER COLUMN n TYPE bigint, ALTER COLUMN n SET NOT NULL;
ALTER TABLE child ADD CONSTRAINT child_n_key UNIQUE (n);
-- migration: 3_cascade_while_off
DELETE FROM parent WHERE id = 1;
ALTER TABLE parent ALTER COLUMN label SET NOT NULL;

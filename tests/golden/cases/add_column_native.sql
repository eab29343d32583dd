-- migration: 1_base
CREATE TABLE post (id uuid PRIMARY KEY, title varchar(80) NOT NULL);
-- migration: 2_columns
ALTER TABLE post ADD COLUMN views integer NOT NULL DEFAULT 0,
    ADD COLUMN body text,
    ADD COLUMN parent uuid REFERENCES post (id) ON DELETE SET NULL,
    ADD COLUMN score integer CHECK (score >= 0);
ALTER TABLE post ADD COLUMN IF NOT EXISTS body text;
-- migration: 3_drop
ALTER TABLE post DROP COLUMN score, DROP COLUMN parent;
ALTER TABLE post RENAME COLUMN body TO content;
ALTER TABLE post RENAME TO article;

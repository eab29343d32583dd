-- migration: 1_base
CREATE TABLE post (id uuid PRIMARY KEY);
CREATE INDEX post_desc ON post (id DESC);
-- migration: 2_clock
ALTER TABLE post ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE post ADD COLUMN code uuid DEFAULT gen_random_uuid();
ALTER TABLE post ALTER COLUMN code SET NOT NULL;
-- migration: 3_required
ALTER TABLE post ADD COLUMN author text NOT NULL;

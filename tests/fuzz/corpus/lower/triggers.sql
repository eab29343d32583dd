CREATE TABLE doc (id serial PRIMARY KEY, slug varchar(10), updated_at timestamp NOT NULL DEFAULT now());
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER doc_touch BEFORE UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW v AS SELECT d.id, count(*) FILTER (WHERE slug IS NOT NULL) AS n FROM doc d GROUP BY 1 HAVING count(*) > 1;
DO $$ BEGIN CREATE TYPE e AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null; END $$;
-- migration: 2
CREATE SEQUENCE s OWNED BY doc.id;
SELECT setval('s', (SELECT max(id) FROM doc));
INSERT INTO doc (slug) SELECT 'a' || g FROM generate_series(1, 3) AS g ON CONFLICT (id) DO UPDATE SET slug = EXCLUDED.slug RETURNING *;

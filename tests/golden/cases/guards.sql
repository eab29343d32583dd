-- migration: 1_init
CREATE TABLE t (id int PRIMARY KEY);
DO $$ BEGIN CREATE TYPE e AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE TYPE e AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'v') THEN
        ALTER TABLE t ADD COLUMN v e;
    END IF;
END $$;
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'nothing') THEN
        ALTER TABLE t DROP CONSTRAINT nothing;
    END IF;
END $$;
ALTER TABLE IF EXISTS nothing ADD COLUMN x int;

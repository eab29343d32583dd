-- migration: 1_base
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TABLE doc (id int PRIMARY KEY, slug text, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TRIGGER doc_touch BEFORE UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id = 1 THEN RAISE EXCEPTION 'row % stays', OLD.id; END IF; RETURN OLD; END $$;
CREATE TRIGGER doc_keep BEFORE DELETE ON doc FOR EACH ROW EXECUTE FUNCTION no_delete();
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('doc', NEW.id::text); RETURN NEW; END $$;
CREATE TRIGGER doc_shout AFTER INSERT ON doc FOR EACH ROW EXECUTE FUNCTION shout();
-- migration: 2_other
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO doc VALUES (2); RETURN NEW; END $$;
CREATE TRIGGER doc_log AFTER INSERT ON doc FOR EACH ROW EXECUTE FUNCTION log();

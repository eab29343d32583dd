-- An enum's label may be the empty text: before it, behind it, and renamed to and from it.
-- migration 20260101000000_types
CREATE TYPE "mood" AS ENUM ('{}', '', 'a,b');
CREATE TABLE "t" ("m" "mood" DEFAULT '');
INSERT INTO "t" VALUES (DEFAULT), ('a,b');
-- migration 20260102000000_values
ALTER TYPE "mood" ADD VALUE 'first' BEFORE '';
ALTER TYPE "mood" ADD VALUE 'second' AFTER '';
-- migration 20260103000000_names
ALTER TYPE "mood" RENAME VALUE '' TO 'none';
ALTER TYPE "mood" RENAME VALUE 'a,b' TO '';
-- migration 20260104000000_added
CREATE TYPE "before" AS ENUM ('x');
ALTER TYPE "before" ADD VALUE '';
ALTER TYPE "before" ADD VALUE 'y';

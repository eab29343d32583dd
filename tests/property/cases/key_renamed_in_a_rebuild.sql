-- The tables that refer to a rebuilt one follow when the key is renamed in the same migration.
-- migration 20260101000000_tables
CREATE TABLE "t" ("a" smallserial PRIMARY KEY, "b" text UNIQUE, "c" integer);
CREATE TABLE "w" ("x" smallint REFERENCES "t" ("a") ON DELETE CASCADE, "y" text REFERENCES "t" ("b"));
INSERT INTO "t" ("b") VALUES ('x'), ('y');
INSERT INTO "w" VALUES (1, 'y');
-- migration 20260102000000_rename
ALTER TABLE "t" RENAME COLUMN "a" TO "k";
ALTER TABLE "t" ALTER COLUMN "k" SET DEFAULT 1;
-- migration 20260103000000_swap
ALTER TABLE "t" RENAME COLUMN "b" TO "tmp";
ALTER TABLE "t" RENAME COLUMN "k" TO "b";
ALTER TABLE "t" RENAME COLUMN "tmp" TO "k";
ALTER TABLE "t" ALTER COLUMN "c" TYPE text USING "c"::text;
-- migration 20260104000000_taken
ALTER TABLE "t" DROP COLUMN "c";
ALTER TABLE "t" RENAME COLUMN "b" TO "c";
ALTER TABLE "t" ADD COLUMN "d" timestamptz DEFAULT now();
INSERT INTO "w" VALUES (2, 'y');
DELETE FROM "t" WHERE "c" = 1;

-- Rows that are there get the numbers of a new column before the same migration takes its sequence away.
-- migration 20260101000000_tables
CREATE TABLE "t" ("note" text);
INSERT INTO "t" VALUES ('a'), ('b');
-- migration 20260102000000_numbers
ALTER TABLE "t" ADD COLUMN "n" bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE "t" ADD COLUMN "s" serial;
ALTER TABLE "t" ALTER COLUMN "n" DROP IDENTITY;
ALTER TABLE "t" ALTER COLUMN "s" DROP DEFAULT;
INSERT INTO "t" VALUES ('c', 7, 8);

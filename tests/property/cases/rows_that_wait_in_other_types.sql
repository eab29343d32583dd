-- While a row waits for its number: the mark is no value of the column's type, and a key that is generated is not there.
-- migration 20260101000000_tables
CREATE TABLE "t" ("id" serial, "note" text);
ALTER TABLE "t" ALTER COLUMN "id" TYPE numeric(10,2);
CREATE TABLE "u" ("id" serial, "note" text);
ALTER TABLE "u" ALTER COLUMN "id" TYPE numeric(5,0);
CREATE TABLE "g" ("n" integer GENERATED ALWAYS AS IDENTITY, "note" text);
ALTER TABLE "g" ADD COLUMN "key" text GENERATED ALWAYS AS (("n" * 2)::text) STORED CHECK ("key" IS NOT NULL);
ALTER TABLE "g" ADD CONSTRAINT "k" PRIMARY KEY ("key");
INSERT INTO "t" ("note") VALUES ('a'), ('b');
INSERT INTO "u" ("note") VALUES ('a');
INSERT INTO "g" ("note") VALUES ('a'), ('b');
-- migration 20260102000000_rows
ALTER TABLE "g" RENAME COLUMN "n" TO "number";
INSERT INTO "g" ("note") VALUES ('c');

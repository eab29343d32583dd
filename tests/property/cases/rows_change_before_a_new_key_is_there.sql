-- A table that refers to a changed one by a column that the file does not have yet has nothing to follow.
-- migration 20260101000000_tables
CREATE TABLE "p" ("id" integer PRIMARY KEY, "note" text);
CREATE TABLE "c" ("name" text, "kept" integer REFERENCES "p" ON DELETE CASCADE);
INSERT INTO "p" VALUES (1, 'a'), (2, 'b');
INSERT INTO "c" VALUES ('x', 1), ('y', 2);
-- migration 20260102000000_key
ALTER TABLE "c" RENAME COLUMN "kept" TO "held";
ALTER TABLE "c" ADD COLUMN "p_id" integer;
ALTER TABLE "c" ADD CONSTRAINT "k" FOREIGN KEY ("p_id") REFERENCES "p" ("id") ON UPDATE RESTRICT ON DELETE SET NULL;
UPDATE "p" SET "note" = 'z';
DELETE FROM "p" WHERE "id" = 1;

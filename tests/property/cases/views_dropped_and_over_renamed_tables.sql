-- A view that is dropped is described no longer; one over a renamed table is the same view.
-- migration 20260101000000_tables
CREATE TABLE "t" ("id" serial PRIMARY KEY, "note" text);
CREATE TABLE "u" ("id" serial PRIMARY KEY, "note" text);
CREATE VIEW "gone" AS SELECT "id" * 2 AS made FROM "t";
CREATE VIEW "kept" AS SELECT * FROM "t" WHERE ("id" + 1 > 0) OR ("note" IN ('a', 'b'));
CREATE VIEW "joined" AS SELECT a."note" AS one, "u"."note" AS two FROM "t" a LEFT JOIN "u" ON "u"."id" = a."id";
-- migration 20260102000000_drop
DROP VIEW "gone";
-- migration 20260103000000_rename
ALTER TABLE "t" RENAME TO "t_2";
ALTER TABLE "u" RENAME TO "t";
CREATE VIEW "gone" AS SELECT count(*) AS n FROM "t";

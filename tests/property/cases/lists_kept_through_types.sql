-- PostgreSQL keeps the items of an IN in the type that they had, and casts them on the way to the column's new one.
-- migration 20260101000000_tables
CREATE TABLE "t" ("a" integer, "b" smallint, "c" integer CHECK ("c" IN (0, 1, 2)), "d" bigint CHECK ("d" NOT IN (3, 4)));
CREATE INDEX "ix" ON "t" ("b") WHERE "a" NOT IN (77, 78);
-- migration 20260102000000_types
ALTER TABLE "t" ALTER COLUMN "a" TYPE numeric(10,2);
ALTER TABLE "t" ALTER COLUMN "c" TYPE bigint;
ALTER TABLE "t" ALTER COLUMN "d" TYPE numeric(10,2);
-- migration 20260103000000_again
ALTER TABLE "t" ALTER COLUMN "c" TYPE numeric(10,2);

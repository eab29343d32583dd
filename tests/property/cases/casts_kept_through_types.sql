-- PostgreSQL keeps the casts that it added to a check when it was made; the column's new type goes through them.
-- migration 20260101000000_tables
CREATE DOMAIN "tiny" AS smallint;
CREATE TABLE "t" (
    "big" bigint CHECK ("big" % 7 <> 6) CHECK ("big" IN (0, 1, 2)) CHECK (CASE WHEN "big" > 3 THEN 1 ELSE "big" END < 5),
    "other" bigint,
    "exact" numeric(10,2) CHECK ("exact" > 3) CHECK ("exact" BETWEEN 1 AND 9.5),
    "real" double precision CHECK ("real" <> 0 AND "real" < 10.5),
    "small" smallint CHECK ("small" IN (1, 2)) CHECK ("small" + 1 > 0),
    "wide" integer CHECK ("wide" % 7 <> 6) CHECK ("wide" IN (3)) CHECK ("wide" NOT IN (4, 5)),
    "d" "tiny" CHECK ("d" <> 13),
    CHECK (coalesce("big", 0) + coalesce("other", 0) < 1000)
);
CREATE INDEX "ix" ON "t" ("big") WHERE "big" NOT IN (77, 78) AND "exact" <> 5;
INSERT INTO "t" VALUES (1, 2, 4, 1.5, 1, 3, 5);
-- migration 20260102000000_types
ALTER TABLE "t" ALTER COLUMN "big" TYPE integer;
ALTER TABLE "t" ALTER COLUMN "exact" TYPE integer;
ALTER TABLE "t" ALTER COLUMN "real" TYPE numeric(10,2);
ALTER TABLE "t" ALTER COLUMN "small" TYPE bigint;
ALTER TABLE "t" ALTER COLUMN "wide" TYPE bigint;
ALTER TABLE "t" ALTER COLUMN "d" TYPE integer;
-- migration 20260103000000_again
ALTER TABLE "t" ALTER COLUMN "big" TYPE numeric(10,2);
ALTER TABLE "t" ALTER COLUMN "small" TYPE integer;

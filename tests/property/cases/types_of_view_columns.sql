-- What operators make of domains and varchar, and what COALESCE makes of numbers.
-- migration 20260101000000_tables
CREATE DOMAIN "small" AS smallint CHECK (VALUE > -100);
CREATE TABLE "t" ("d" "small", "v" varchar(6), "s" smallint, "n" numeric(10,2), "j" json[], UNIQUE ("s"));
CREATE VIEW "w" AS SELECT -"d" AS minus, nullif("v", 'a') AS no_a, coalesce("s", 0) AS zero, coalesce("v", 'none') AS none,
    -"n" AS less, "n" * 2 AS twice, abs("d") AS absolute, "d" AS own, coalesce("d", "d") AS same, greatest("s", 3) AS most,
    CASE WHEN "v" = 'a' THEN "v" ELSE 'b' END AS chosen, CASE "s" WHEN 1 THEN "s" WHEN 2 THEN 7 END AS widest FROM "t";

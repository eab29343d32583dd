-- A trigger of ours is called after what its table and column were when it was made: that is no fact.
-- migration 20260101000000_tables
CREATE TABLE "t" ("note" text, "id" serial);
ALTER TABLE "t" RENAME TO "like";
CREATE TABLE "t" ("id" serial, "note" text);
-- migration 20260102000000_swap
ALTER TABLE "t" RENAME TO "u";
ALTER TABLE "like" RENAME TO "t";
ALTER TABLE "u" RENAME TO "like";
-- migration 20260103000000_dropped
DROP TABLE "t";

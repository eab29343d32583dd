-- Where the name of a constraint ends, whatever is in it.
-- migration 20260101000000_tables
CREATE TABLE "t" (
    "./* x */" text CONSTRAINT "/* x */_check" CHECK ("./* x */" <> 'x'),
    "n" integer CONSTRAINT "a ""b"" c" CHECK ("n" > 1),
    "constraint" integer NOT NULL,
    CONSTRAINT "--" CHECK ("n" < 9),
    CONSTRAINT "key of t" PRIMARY KEY ("n", "constraint")
);
-- migration 20260102000000_names
ALTER TABLE "t" RENAME CONSTRAINT "/* x */_check" TO "k";
ALTER TABLE "t" RENAME CONSTRAINT "a ""b"" c" TO "x */";
ALTER TABLE "t" RENAME CONSTRAINT "--" TO "-- no comment";
ALTER TABLE "t" RENAME CONSTRAINT "key of t" TO "/*";

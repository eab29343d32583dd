-- migration: 1_base
CREATE TABLE item (id int PRIMARY KEY, price int, label text);
CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT n * 2 $$;
CREATE FUNCTION tag(text, suffix text DEFAULT '!') RETURNS text LANGUAGE sql AS 'SELECT lower($1) || suffix;';
INSERT INTO item VALUES (1, doubled(4), tag('ABC')), (2, doubled(NULL), tag('X', '?'));
UPDATE item SET price = doubled(doubled(price)), label = tag(label) WHERE doubled(id) > 2;
-- migration: 2_refused
CREATE FUNCTION looped(n integer) RETURNS integer LANGUAGE sql AS $$ SELECT looped(n) $$;
CREATE FUNCTION body(n integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN n; END $$;
UPDATE item SET price = looped(1);
UPDATE item SET price = body(1);
UPDATE item SET price = doubled((random() * 9)::int);

-- ON CONFLICT: no row is changed twice by one statement; defaults alone may conflict, too.
CREATE TABLE item (id serial PRIMARY KEY, code text UNIQUE, a integer NOT NULL DEFAULT 1, b text,
    CONSTRAINT item_pair UNIQUE (a, b));
CREATE TABLE lone (kind text DEFAULT 'x' UNIQUE);
CREATE TABLE excluded (code text PRIMARY KEY);
CREATE TABLE pair (kind text DEFAULT 'x', side text DEFAULT 'l', note text, PRIMARY KEY (kind, side));
-- rows
INSERT INTO item (code, a, b) VALUES ('z', 1, 'z'), ('y', 2, 'y'), ('x', 3, 'x');
INSERT INTO item (code, a, b) VALUES ('q', 9, 'q'), ('z', 4, 'z'), ('c', 5, 'c') ON CONFLICT (code) DO UPDATE SET b = EXCLUDED.b || '!';
INSERT INTO item (code, a, b) VALUES ('n', 9, 'n'), ('z', 4, 'z'), ('z', 5, 'z2') ON CONFLICT (code) DO UPDATE SET b = EXCLUDED.b;
INSERT INTO item (code, a, b) VALUES ('n', 7, 'n'), ('n', 8, 'n') ON CONFLICT (code) DO UPDATE SET b = EXCLUDED.b;
INSERT INTO item (code, a, b) VALUES ('n', 7, 'n'), ('n', 8, 'n') ON CONFLICT (code) DO NOTHING;
INSERT INTO item (code, a, b) VALUES (NULL, 20, 'u'), (NULL, 21, 'v') ON CONFLICT (code) DO UPDATE SET b = EXCLUDED.b;
INSERT INTO item (a, b) VALUES (2, 'y'), (2, 'y') ON CONFLICT ON CONSTRAINT item_pair DO UPDATE SET code = 'twice';
INSERT INTO item (a, b) VALUES (2, 'y'), (2, NULL) ON CONFLICT ON CONSTRAINT item_pair DO UPDATE SET code = 'once';
INSERT INTO item (code) SELECT c FROM (VALUES ('r'), ('s'), ('r')) AS v(c) ON CONFLICT (code) DO UPDATE SET b = 'r';
INSERT INTO item (code) SELECT c FROM (VALUES ('t'), ('s'), ('r')) AS v(c) ON CONFLICT (code) DO UPDATE SET b = 'r';
INSERT INTO item (id, code) VALUES (1, 'k'), (1, 'l') ON CONFLICT (id) DO UPDATE SET code = EXCLUDED.code;
INSERT INTO item (id, code) VALUES (NULL, 'k') ON CONFLICT (id) DO UPDATE SET code = EXCLUDED.code;
INSERT INTO lone (kind) VALUES (DEFAULT) ON CONFLICT DO NOTHING;
INSERT INTO lone (kind) VALUES (DEFAULT) ON CONFLICT DO NOTHING;
INSERT INTO lone (kind) VALUES (DEFAULT), (DEFAULT) ON CONFLICT DO NOTHING;
INSERT INTO lone VALUES (DEFAULT) ON CONFLICT (kind) DO UPDATE SET kind = 'y';
INSERT INTO excluded VALUES ('a') ON CONFLICT (code) DO UPDATE SET code = EXCLUDED.code;
INSERT INTO pair (note) VALUES ('a'), ('b') ON CONFLICT (kind, side) DO UPDATE SET note = EXCLUDED.note;
INSERT INTO pair (note) VALUES ('a') ON CONFLICT (kind, side) DO UPDATE SET note = EXCLUDED.note;
INSERT INTO pair (side, note) VALUES ('l', 'b'), ('m', 'c') ON CONFLICT (kind, side) DO UPDATE SET note = EXCLUDED.note;
INSERT INTO pair (side, note) VALUES ('l', 'b'), ('l', 'c') ON CONFLICT (kind, side) DO UPDATE SET note = EXCLUDED.note;

-- migration: 1_init
CREATE TABLE sale (id int PRIMARY KEY, region text, amount int);
INSERT INTO sale VALUES (1, 'north', 10), (2, 'north', 5), (3, 'south', 7);
CREATE MATERIALIZED VIEW totals AS SELECT region, sum(amount) AS total FROM sale GROUP BY region;
CREATE UNIQUE INDEX totals_region ON totals (region);
CREATE MATERIALIZED VIEW later AS SELECT id FROM sale WITH NO DATA;
CREATE TABLE big AS SELECT id, region FROM sale WHERE amount > 6;
CREATE TABLE IF NOT EXISTS big AS SELECT 1 AS id;
-- migration: 2_refresh
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
REFRESH MATERIALIZED VIEW later;
TRUNCATE big;
DROP MATERIALIZED VIEW totals;

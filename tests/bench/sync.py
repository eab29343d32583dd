"""The bars of sync, each as a ratio to the plain operation in the same run. One of tests/bench/run's groups."""
import json
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import time

MIGRATION = """CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (
    id uuid PRIMARY KEY,
    tenant int NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    state text NOT NULL,
    qty int NOT NULL,
    price numeric(12, 2) NOT NULL,
    made_at timestamptz NOT NULL,
    done boolean NOT NULL,
    note text
);
CREATE INDEX items_tenant_idx ON items (tenant);
"""
FILL = ("INSERT INTO {table} SELECT md5(i::text)::uuid, {tenant}, 'name of the item ' || i,"
        " (ARRAY['new','open','done'])[1 + i % 3], i % 1000, (i % 100000) / 100.0, timestamptz '2026-01-01' +"
        " i * interval '1 s', i % 2 = 0, repeat(md5(i::text), 5) FROM generate_series({first}, {last}) i")
# As SQLite keeps them.
STORED = ("SELECT id, tenant, name, state, qty, price, to_char(made_at AT TIME ZONE 'UTC',"
          " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), done::int, note FROM items WHERE {where} ORDER BY id")
TENANTS, ROWS, CHANGED = 10, 100000, 10000


class Sync:
    def __init__(self, bench, measure, plain, tandem):
        self.bench, self.table, self.db = bench, bench.table, bench.db
        self.measure_program, self.plain, self.tandem = measure, plain, tandem
        self.work = bench.work / "sync"
        self.work.mkdir()
        (self.work / "migrations/1_init").mkdir(parents=True)
        (self.work / "migrations/1_init/migration.sql").write_text(MIGRATION)
        (self.work / "tandem.json").write_text('{ "sync": { "tenant": "tenants" } }')
        self.url, _ = self.db.fresh("postgres")
        self.name = re.search(r"/(bench_\d+)", self.url).group(1)

    # --- means

    def run(self, *command, stdout=subprocess.DEVNULL):
        done = subprocess.run([str(c) for c in command], cwd=self.work, stdout=stdout, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"failed ({done.returncode}): {command}\n{done.stderr}")
        return done.stdout

    def took(self, *command):
        """Wall ms and peak memory in KiB."""
        out = self.run(self.measure_program, 1, *command, stdout=subprocess.PIPE).split("\t")
        if int(out[5]) != 0:
            raise SystemExit(f"failed ({out[5].strip()}): {command}")
        return float(out[2]), int(out[4])

    def turns(self, times, *what):
        """The least of several runs of each (prepare, command), by turns: a machine that others use is slow at times."""
        walls = [[] for _ in what]
        for _ in range(times):
            for (prepare, command), took in zip(what, walls):
                prepare()
                took.append(self.took(*command)[0])
        return [min(w) for w in walls]

    def sql(self, text):
        return self.run("psql", "-XAtqc", text, self.url, stdout=subprocess.PIPE).strip()

    def file(self, name):
        return self.work / name

    def remove(self, name):
        for path in self.work.glob(name + "*"):
            path.unlink()

    def sync(self, command, *more):
        return (self.tandem, "sync", command, *more)

    def clone(self, name, tenant=1):
        return self.sync("clone", "--remote", self.url, "--tenant", tenant, "--local", self.file(name))

    def bar(self, what, hand, ours, *bars):
        self.table.row(what, hand, ours, None, bars)

    # --- the bars

    def prepare(self):
        self.run(self.tandem, "migrate", "deploy", "--url", self.url)
        self.sql(f"INSERT INTO tenants SELECT i, 'tenant ' || i FROM generate_series(1, {TENANTS + 1}) i")
        self.sql("ALTER TABLE items DISABLE TRIGGER ALL")
        self.sql(FILL.format(table="items", tenant=f"1 + i % {TENANTS}", first=1, last=TENANTS * ROWS))
        self.sql(FILL.format(table="items", tenant=TENANTS + 1, first=TENANTS * ROWS + 1,
                             last=TENANTS * ROWS + self.bench.rows))
        self.sql("ALTER TABLE items ENABLE TRIGGER ALL")
        self.sql("VACUUM ANALYZE")
        self.run(self.tandem, "sync", "enable", "--url", self.url)
        self.sql("CHECKPOINT")

    def server_capture(self):
        """The same table with its trigger switched off and on."""
        (self.work / "update.bench").write_text(
            f"\\set i random(1, {ROWS})\nUPDATE items SET qty = qty + 1 WHERE id = md5(:i::text)::uuid;\n")
        kinds = {"plain": "DISABLE", "captured": "ENABLE ALWAYS"}
        switch = lambda kind: self.sql(f"ALTER TABLE items {kinds[kind]} TRIGGER zz_tandem_update")
        tps = {kind: [] for kind in kinds}
        for _ in range(5):
            for kind in kinds:
                switch(kind)
                out = self.run("pgbench", "-n", "-c8", "-j2", "-T3", "-f", "update.bench", self.url,
                               stdout=subprocess.PIPE)
                tps[kind].append(float(re.search(r"tps = ([\d.]+)", out).group(1)))
        tps = {kind: max(v) for kind, v in tps.items()}
        self.bar("capture, PostgreSQL, 8 clients, tps", tps["plain"], tps["captured"],
                 ("0.80", tps["captured"] >= 0.80 * tps["plain"]))
        wal = {}
        self.sql("ALTER SYSTEM SET full_page_writes = off"), self.sql("SELECT pg_reload_conf()")
        for kind in kinds:
            switch(kind)
            before = self.sql("SELECT pg_current_wal_insert_lsn()")
            self.run("pgbench", "-n", "-c1", "-t2000", "-f", "update.bench", self.url)
            wal[kind] = float(self.sql(f"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{before}')")) / 2000
        self.sql("ALTER SYSTEM SET full_page_writes = on"), self.sql("SELECT pg_reload_conf()")
        self.bar("capture, PostgreSQL, WAL bytes an update", wal["plain"], wal["captured"],
                 ("+55 %", wal["captured"] <= 1.55 * wal["plain"]))

    def file_capture(self):
        """The same file with and without the triggers."""
        took = {"with": [], "without": []}
        self.remove("a.db")
        self.run(*self.clone("a.db", 2))
        self.run("sqlite3", "a.db", "DELETE FROM items; DELETE FROM tandem_base_items; VACUUM; PRAGMA journal_mode = DELETE")
        for _ in range(5):
            for kind in took:
                self.remove("w.db")
                shutil.copy(self.file("a.db"), self.file("w.db"))
                if kind == "without":
                    lite = sqlite3.connect(self.file("w.db"))
                    for (name,) in lite.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                        lite.execute(f'DROP TRIGGER "{name}"')
                    lite.commit()
                    lite.close()
                took[kind].append([float(v) for v in self.run(self.plain, "write", self.file("w.db"), 50000,
                                                              stdout=subprocess.PIPE).split()])
        middle = {kind: [min(run[i] for run in runs) for i in range(4)] for kind, runs in took.items()}
        for i, (what, least) in enumerate((("bulk insert", 0.55), ("bulk update", None), ("one-row updates", 0.65),
                                            ("one-row inserts", 0.65))):
            plain, ours = middle["without"][i], middle["with"][i]
            bars = ((f"{least} of the speed", plain / ours >= least),) if least else ()
            self.bar(f"capture, SQLite, {what}, ms", plain, ours, *bars)

    def empty_file(self, name):
        """The tables of a clone, without rows and triggers."""
        self.remove(name)
        ddl = self.run("sqlite3", "first.db", "SELECT sql || ';' FROM sqlite_schema WHERE tbl_name IN ('tenants', 'items')"
                       " AND type IN ('table', 'index') AND sql IS NOT NULL", stdout=subprocess.PIPE)
        self.run("sqlite3", name, ddl)

    def first_load(self):
        query = STORED.format(where="tenant = 1")
        self.run(*self.clone("first.db"))
        none, fresh = lambda: None, lambda: self.empty_file("hand.db")
        self.run("psql", "-XAtqc", f"\\copy ({query}) TO '{self.file('rows.copy')}'", self.url)
        (self.work / "import").write_text(f".mode csv\n.import '{self.file('rows.csv')}' items\n")
        (self.work / "export").write_text(f"\\copy ({query}) TO '{self.file('rows.csv')}' CSV\n")
        drain, insert, pipe, csv, ours = self.turns(
            4, (none, (self.plain, "pipe", self.url, query)),
            (fresh, (self.plain, "insert", self.file("rows.copy"), self.file("hand.db"), "items")),
            (fresh, (self.plain, "pipe", self.url, query, self.file("hand.db"), "items")),
            (fresh, ("sh", "-c", f"psql -Xqf export '{self.url}' && sqlite3 hand.db <import")),
            (lambda: self.remove("next.db"), self.clone("next.db")))
        rate = ROWS / ours
        self.bar(f"first load of {ROWS} rows, ms, beside COPY alone", drain, ours, ("40k rows/s", rate >= 40))
        self.bar("  beside prepared inserts alone", insert, ours)
        self.bar("  beside both in one program", pipe, ours, ("0.7 of its speed", pipe / ours >= 0.7))
        self.bar("  beside \\copy to csv and .import", csv, ours, ("1.5 x its speed", csv / ours >= 1.5))
        small = self.took(*self.sync("pull", "--local", self.file("first.db")))[1]
        self.remove("m.db")
        memory = self.took(*self.clone("m.db"))[1]
        self.bar(f"  memory, KiB, {ROWS} rows, beside an empty pull", small, memory, ("64 MiB", memory < 65536))

    def large_load(self):
        rows = self.bench.rows
        self.remove("large.db")
        wall, memory = self.took(*self.clone("large.db", TENANTS + 1))
        self.bar(f"first load of {rows} rows, ms", None, wall, ("40k rows/s", rows / wall >= 40))
        self.bar("  memory, KiB", None, memory, ("64 MiB", memory < 65536))
        self.remove("killed.db")
        child = subprocess.Popen([str(c) for c in self.clone("killed.db", TENANTS + 1)], cwd=self.work,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wall / 2000)
        child.send_signal(signal.SIGKILL)
        child.wait()
        kept = int(self.run("sqlite3", self.file("killed.db.partial"), "SELECT count(*) FROM items", stdout=subprocess.PIPE))
        rest, _ = self.took(*self.clone("killed.db", TENANTS + 1))
        count = int(self.run("sqlite3", self.file("killed.db"), "SELECT count(*) FROM items", stdout=subprocess.PIPE))
        self.bar(f"  killed after {wall / 2:.0f} ms with {kept} rows; the rest", wall, rest,
                 ("whole", count == rows), ("goes on", kept > 0.3 * rows and rest < 0.75 * wall))
        wall, _ = self.took(*self.sync("verify", "--local", self.file("large.db")))
        self.bar(f"verify of {rows} rows, both sides, ms", None, wall, ("20 s", wall * 1e6 / rows <= 20000))

    def delta(self):
        ids = f"SELECT id FROM items WHERE tenant = 1 ORDER BY id LIMIT {CHANGED}"
        walls, held = [], []
        self.run(*self.sync("run", "--local", self.file("first.db")))
        none = lambda: None
        idle, = self.turns(5, (none, self.sync("pull", "--local", self.file("first.db"))))
        for _ in range(5):
            self.sql(f"UPDATE items SET qty = qty + 1, made_at = now() WHERE id IN ({ids})")
            watch = subprocess.Popen([self.plain, "watch", self.file("first.db")], stdout=subprocess.PIPE, text=True)
            watch.stdout.readline()
            walls.append(self.took(*self.sync("pull", "--local", self.file("first.db")))[0])
            watch.send_signal(signal.SIGTERM)
            held.append(float(watch.communicate()[0]))
        self.empty_file("hand.db")
        hand = STORED.format(where=f"tenant = 1 AND made_at > now() - interval '1 h'")
        pipe, = self.turns(3, (none, (self.plain, "pipe", self.url, hand, self.file("hand.db"), "items")))
        self.bar("pull of nothing, ms", None, idle)
        ours = min(walls)
        self.bar(f"pull of {CHANGED} changed rows, ms, beside COPY and insert", pipe, ours, ("700 ms", ours < 700))
        self.bar("  write lock held, ms", None, min(held), ("300 ms", min(held) < 300))

    def push(self):
        walls = []
        for i in range(3):
            lite = sqlite3.connect(self.file("first.db"))
            lite.execute("UPDATE items SET qty = ?, name = name || '.' WHERE id IN (SELECT id FROM items ORDER BY id"
                         " LIMIT ?)", (i, CHANGED))
            lite.commit()
            lite.close()
            walls.append(self.took(*self.sync("push", "--local", self.file("first.db")))[0])
        (self.work / "push.sql").write_text(
            "CREATE TEMP TABLE t (LIKE items);\n\\copy t FROM 'push.copy'\nUPDATE items i SET qty = t.qty, name = t.name"
            " FROM t WHERE i.id = t.id;\n")
        self.run("psql", "-XAtqc", f"\\copy (SELECT * FROM items WHERE tenant = 1 ORDER BY id LIMIT {CHANGED}) TO"
                 f" '{self.file('push.copy')}'", self.url)
        hand, = self.turns(3, (lambda: None, ("psql", "-Xqf", "push.sql", self.url)))
        ours = min(walls)
        self.bar(f"push of {CHANGED} rows, ms, beside COPY and update", hand, ours, ("1500 ms", ours < 1500))
        self.run(*self.sync("run", "--local", self.file("first.db")))

    def idle(self):
        writer = subprocess.Popen(["psql", "-XAtq", self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            writer.stdin.write("BEGIN; UPDATE items SET qty = 1 WHERE tenant = 3 AND name < 'name of the item 2';"
                               " SELECT 'begun';\n")
            writer.stdin.flush()
            writer.stdout.readline()
            self.sql("INSERT INTO tandem.log (scope, tbl, pk) SELECT 'tenant:' || 1 + i % 10, 1, md5((i % 300000)::text)"
                     " FROM generate_series(1, 1000000) i")
            self.sql("VACUUM ANALYZE tandem.log")
            cursor = self.sql("SELECT pg_current_snapshot()")
            ask = f"SELECT * FROM tandem.changed('1', '{cursor}')"
            plan = self.run("psql", "-XAtq", self.url, "-c", ask, *["-c", f"EXPLAIN (ANALYZE, BUFFERS) {ask}"] * 5,
                            stdout=subprocess.PIPE)
        finally:
            writer.communicate("ROLLBACK;\n")
        buffers = [sum(map(int, re.findall(r"=(\d+)", m))) for m in re.findall(r"Buffers: shared ([^\n]*)", plan)]
        took = [float(m) for m in re.findall(r"Execution Time: ([\d.]+)", plan)]
        count = statistics.median(buffers) if buffers else 0
        self.bar("idle poll, 1M log rows, old writer, buffers", None, count, ("10", count <= 10))
        self.bar("  server ms", None, statistics.median(took), ("0.3", statistics.median(took) < 0.3))
        wall, _ = self.took(*self.sync("compact", "--url", self.url))
        left = int(self.sql("SELECT count(*) FROM tandem.log"))
        self.bar(f"compaction of 1M log rows, {left} left, ms", None, wall, ("10 s", wall < 10000))

    def visible(self):
        watch = subprocess.Popen([str(c) for c in self.sync("run", "--watch", "--local", self.file("first.db"), "--json")],
                                 cwd=self.work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lite = sqlite3.connect(self.file("first.db"), isolation_level=None)
        writer = subprocess.Popen(["psql", "-XAtq", self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        key = lite.execute("SELECT id FROM items LIMIT 1").fetchone()[0]
        delays = []
        try:
            for line in watch.stdout:
                if json.loads(line).get("state") == "current":
                    break
            for i in range(40):
                time.sleep(0.05 + (i * 37 % 100) / 400)
                writer.stdin.write(f"UPDATE items SET note = 'seen {i}' WHERE id = '{key}' RETURNING 1;\n")
                writer.stdin.flush()
                writer.stdout.readline()
                began = time.monotonic()
                while lite.execute("SELECT note FROM items WHERE id = ?", (key,)).fetchone()[0] != f"seen {i}":
                    if time.monotonic() - began > 10:
                        raise SystemExit("a change was not seen for ten seconds")
                    time.sleep(0.001)
                delays.append((time.monotonic() - began) * 1000)
        finally:
            watch.send_signal(signal.SIGTERM)
            writer.stdin.close()
            watch.stdout.close()
            watch.wait()
            writer.wait()
        delays.sort()
        self.bar("change to visible with --watch, p50, ms", None, delays[len(delays) // 2], ("250", delays[20] < 250))
        self.bar("  p99, ms", None, delays[-1], ("1000", delays[-1] < 1000))


def run(bench, measure, plain, tandem):
    """All of them, or those that SYNC= names."""
    only = os.environ.get("SYNC", "").split()
    s = Sync(bench, measure, plain, tandem)
    s.prepare()
    for part in ("server_capture", "file_capture", "first_load", "delta", "push", "large_load", "idle", "visible"):
        if not only or part in only or part == "first_load":
            getattr(s, part)()

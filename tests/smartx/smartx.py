#!/usr/bin/env python3
"""The SmartX schema on both engines, from migrations/ as it stands.

usage: smartx.py TANDEM MIGRATIONS
"""
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "types"))
import mapping  # noqa: E402
from engines import Engines, Findings, write_folder  # noqa: E402

TABLES = {"tenants", "users", "user_tenants", "projects", "meetings", "transcript_segments", "knowledge_schemas",
          "documents", "document_versions", "repositories", "master_jobs", "task_jobs"}
TENANT, OTHER = "a0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-000000000001"
UUID = "'11111111-1111-4111-8111-111111111111'"
# How PostgreSQL's catalog calls what mapping.py knows by the names of the type table.
NAMES = {"timestamp with time zone": "timestamptz", "USER-DEFINED": "enum"}


class Smartx:
    def __init__(self, e, migrations):
        self.e, self.migrations, self.found = e, pathlib.Path(migrations).resolve(), Findings()
        self.check = self.found.check
        self.pg, self.path = e.database("smartx"), e.dir / "smartx.db"
        self.urls = {"PostgreSQL": e.pg_url(self.pg), "SQLite": e.sqlite_url(self.path)}

    def columns(self):
        """{table: {column: (type, nullable, default?)}} as PostgreSQL has it."""
        out = {}
        for table, column, type_, nullable, default in self.e.psql(
                self.pg, "SELECT table_name, column_name, data_type, is_nullable, column_default FROM"
                " information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"):
            out.setdefault(table, {})[column] = (NAMES.get(type_, type_), nullable == "YES", default is not None)
        return out

    # --- the parts, in this order

    def deploy_and_again(self):
        for engine, url in self.urls.items():
            first = self.e.deploy(url, self.migrations)
            self.check(first.code == 0, f"{engine}: deploy\n{first}")
            again = self.e.deploy(url, self.migrations)
            self.check(again.code == 0, f"{engine}: deploy again\n{again}")
            status = self.e.run("migrate", "status", "--url", url, "--migrations", self.migrations)
            self.check(status.code == 0, f"{engine}: status is not in sync\n{status}")
        counts = [self.e.psql(self.pg, "SELECT count(*) FROM tandem.migrations WHERE finished_at IS NOT NULL")[0][0],
                  str(self.e.sqlite(self.path, "SELECT count(*) FROM tandem_migrations WHERE finished_at IS NOT NULL")
                      [0][0])]
        self.check(counts == ["4", "4"], f"history: {counts}")

    def report_refuses_nothing(self):
        report = self.e.run("migrate", "report", "--format", "tsv", "--migrations", self.migrations)
        fates = [line.split("\t")[1] for line in report.out.splitlines() if "\t" in line]
        self.check(report.code == 0, f"report\n{report}")
        self.check(len(fates) > 100 and set(fates) <= {"carried", "skipped", "rebuilt"}, f"fates {set(fates)}")
        skipped = [line for line in report.out.splitlines() if "\tskipped\t" in line]
        sources = [self.line(s) for s in skipped]
        self.check(all(s.startswith(("COMMENT", "CREATE FUNCTION")) for s in sources),
                   f"skipped more than descriptions: {[s for s in sources if not s.startswith('COMMENT')]}")

    def line(self, row):
        file, line, _ = row.split("\t")[0].rsplit(":", 2)
        file = pathlib.Path(file).parent.name
        return (self.migrations / file / "migration.sql").read_text(encoding="utf-8").splitlines()[int(line) - 1]

    def every_table_and_column_is_on_both(self):
        on_pg = self.columns()
        self.check(set(on_pg) == TABLES, f"tables on PostgreSQL: {set(on_pg) ^ TABLES}")
        for table, columns in on_pg.items():
            info = self.e.sqlite(self.path, "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_xinfo(?)",
                                 [table])
            self.check([r[0] for r in info] == list(columns), f"{table}: {[r[0] for r in info]} {list(columns)}")
            for name, type_, not_null, default in info:
                want = columns[name]
                self.check(type_ in ("INT", "INTEGER", "REAL", "TEXT", "BLOB"), f"{table}.{name} is {type_}")
                self.check(bool(not_null) != want[1], f"{table}.{name}: null or not")
                self.check((default is not None) == want[2], f"{table}.{name}: default {default}")

    def keys_and_indexes_are_on_both(self):
        on_pg = {(t, tuple(c.split(","))) for t, c in self.e.psql(
            self.pg, "SELECT t.relname, string_agg(a.attname, ',' ORDER BY k.n) FROM pg_index i JOIN pg_class t ON"
            " t.oid = i.indrelid CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(att, n) JOIN"
            " pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.att WHERE t.relnamespace = 'public'::regnamespace"
            " GROUP BY i.indexrelid, t.relname")}
        on_sqlite = {(t, tuple(r[0] for r in self.e.sqlite(
            self.path, "SELECT name FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", [i])))
            for t in TABLES for i, in self.e.sqlite(self.path, "SELECT name FROM pragma_index_list(?)", [t])}
        self.check(on_pg == on_sqlite, f"indexes differ: {on_pg ^ on_sqlite}")
        keys_pg = {(a, b, f, t) for a, b, f, t in self.e.psql(
            self.pg, "SELECT c.conrelid::regclass, c.confrelid::regclass, x.f, x.t FROM pg_constraint c, LATERAL (SELECT"
            " string_agg(a.attname, ',' ORDER BY n) AS f, string_agg(b.attname, ',' ORDER BY n) AS t FROM unnest(conkey,"
            " confkey) WITH ORDINALITY AS k(f, t, n) JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.f"
            " JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = k.t) x WHERE contype = 'f'")}
        keys_sqlite = {(t, *r) for t in TABLES for r in map(tuple, self.e.sqlite(
            self.path, "SELECT \"table\", group_concat(\"from\"), group_concat(\"to\") FROM (SELECT * FROM"
            " pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id", [t]))}
        self.check(keys_pg == keys_sqlite, f"foreign keys differ: {keys_pg ^ keys_sqlite}")

    def every_table_is_described_and_every_foreign_key_indexed(self):
        bare = self.e.psql(self.pg, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                           " 'public'::regnamespace AND obj_description(oid, 'pg_class') IS NULL")
        self.check(bare == [], f"no description: {bare}")
        slow = self.e.psql(
            self.pg, "SELECT conname FROM pg_constraint c WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE indrelid = conrelid AND indpred IS NULL AND"
            " (SELECT array_agg(k ORDER BY k) FROM unnest((indkey::int2[])[0:cardinality(conkey) - 1]) k) ="
            " (SELECT array_agg(k ORDER BY k) FROM unnest(conkey) k))")
        self.check(slow == [], f"no index: {slow}")
        led = self.e.psql(
            self.pg, "SELECT conname FROM pg_constraint c JOIN pg_attribute a ON attrelid = conrelid AND attname ="
            " 'tenant_id' WHERE contype IN ('p', 'u', 'f') AND conkey[1] <> attnum AND confrelid <> 'users'::regclass")
        self.check(led == [], f"not led by the tenant: {led}")

    def schema_file_is_what_the_migrations_give(self):
        other = self.e.database("desired")
        self.e.psql(other, (self.migrations / "schema.sql").read_text(encoding="utf-8"))
        query = ("SELECT table_name, column_name, ordinal_position, data_type, udt_name, is_nullable, column_default FROM"
                 " information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3;",
                 "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace ="
                 " 'public'::regnamespace ORDER BY 1, 2;",
                 "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;",
                 "SELECT tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2;",
                 "SELECT typname, enumlabel FROM pg_enum JOIN pg_type t ON t.oid = enumtypid ORDER BY 1, enumsortorder;",
                 "SELECT objoid::regclass, objsubid, description FROM pg_description WHERE classoid ="
                 " 'pg_class'::regclass AND objoid > 16384 ORDER BY 1, 2;",
                 "SELECT proname, prosrc, obj_description(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace;")
        for q in query:
            a, b = self.e.psql(self.pg, q), self.e.psql(other, q)
            self.check(a and a == b, f"schema.sql differs: {[r for r in a + b if r not in a or r not in b]}")

    def least_inserts_are_enough(self):
        for run in (lambda sql: self.e.psql(self.pg, sql), self.shell):
            run("INSERT INTO tenants (name) VALUES ('x'), ('y');")
            run("INSERT INTO projects (tenant_id, name) SELECT id, 'p' FROM tenants WHERE name = 'x';")
            run("INSERT INTO projects (tenant_id, name) SELECT id, 'p' FROM tenants WHERE name = 'x' UNION ALL"
                " SELECT id, 'q' FROM tenants WHERE name = 'x';")
            for table in sorted(TABLES - {"tenants", "users", "projects", "user_tenants", "transcript_segments",
                                          "document_versions", "task_jobs"}):
                run(f"INSERT INTO {table} (tenant_id) SELECT t.id FROM tenants t, tenants two WHERE t.name = 'x';")
            run("INSERT INTO users DEFAULT VALUES;")
            run("INSERT INTO user_tenants (tenant_id, user_id) SELECT t.id, u.id FROM tenants t, users u;")
            for table, parent in (("transcript_segments", "meeting"), ("document_versions", "document"),
                                  ("task_jobs", "master_job")):
                run(f"INSERT INTO {table} (tenant_id, {parent}_id) SELECT tenant_id, id FROM {parent}s;")
        flags = "SELECT DISTINCT has_meet, has_doc, has_code FROM tenants"
        self.check(self.e.psql(self.pg, flags) == [["t", "f", "f"]], "flags on PostgreSQL")
        self.check(self.e.sqlite(self.path, flags) == [[1, 0, 0]], "flags on SQLite")
        for table, columns in self.columns().items():
            a = self.e.psql(self.pg, f"SELECT count(*) FROM {table}")[0][0]
            b = str(self.e.sqlite(self.path, f"SELECT count(*) FROM {table}")[0][0])
            self.check(a == b and int(a) > 0, f"{table}: {a} and {b} rows")
            for name, (type_, _, _) in columns.items():
                for value, in self.e.sqlite(self.path, f"SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL"):
                    printed = mapping.scalar(type_, value)
                    self.check(printed is not None, f"{table}.{name}: the default {value!r} is not in canonical form")
                    literal = str(printed).replace("'", "''")
                    self.e.psql(self.pg, f"SELECT '{literal}'::{'text' if type_ == 'enum' else type_}")

    def shell(self, sql):
        result = self.e.shell(self.path, "PRAGMA foreign_keys=ON;\n" + sql)
        self.check(result.code == 0 and result.err == "", f"sqlite3: {sql}\n{result}")

    def bad_values_are_refused_by_the_plain_shell(self):
        tenant = f"'{TENANT}'"
        self.shell(f"INSERT INTO tenants (id, name) VALUES ({tenant}, 'A'), ('{OTHER}', 'B');"
                   f"INSERT INTO projects (tenant_id, id, name) VALUES ({tenant}, {UUID}, 'p');"
                   f"INSERT INTO meetings (tenant_id, id) VALUES ({tenant}, {UUID});")
        bad = [
            ("wrong enum", f"INSERT INTO projects (tenant_id, name, status) VALUES ({tenant}, 'p', 'Active')"),
            ("wrong enum", "UPDATE user_tenants SET role = 'king'"),
            ("wrong check", "INSERT INTO tenants (name, plan) VALUES ('x', 'gold')"),
            ("no uuid", "INSERT INTO tenants (id, name) VALUES ('x', 'x')"),
            ("uuid without hyphens", "INSERT INTO tenants (id, name) VALUES ('11111111111141118111111111111111', 'x')"),
            ("upper-case uuid", "INSERT INTO tenants (id, name) VALUES ('ABCDEF00-1111-4111-8111-111111111111', 'x')"),
            ("uuid blob", "INSERT INTO tenants (id, name) VALUES (randomblob(16), 'x')"),
            ("NULL key", "INSERT INTO tenants (id, name) VALUES (NULL, 'x')"),
            ("NULL name", "INSERT INTO tenants (name) VALUES (NULL)"),
            ("no name", "INSERT INTO tenants DEFAULT VALUES"),
            ("empty name", "INSERT INTO tenants (name) VALUES ('')"),
            ("bad date", "UPDATE tenants SET created_at = '2026-13-01T00:00:00.000000Z'"),
            ("short date", "UPDATE tenants SET created_at = '2026-11-22'"),
            ("SQLite's own form", "UPDATE tenants SET created_at = CURRENT_TIMESTAMP"),
            ("unix time", "UPDATE tenants SET created_at = unixepoch()"),
            ("not JSON", "UPDATE tenants SET settings = '{'"),
            ("boolean 2", "UPDATE tenants SET has_meet = 2"),
            ("boolean text", "UPDATE tenants SET has_meet = 'true'"),
            ("boolean NULL", "UPDATE tenants SET has_meet = NULL"),
            ("dangling tenant", f"INSERT INTO projects (tenant_id, name) VALUES ({UUID}, 'p')"),
            ("another tenant's project",
             f"INSERT INTO meetings (tenant_id, project_id) VALUES ('{OTHER}', {UUID})"),
            ("another tenant's meeting",
             f"INSERT INTO transcript_segments (tenant_id, meeting_id) VALUES ('{OTHER}', {UUID})"),
            ("no member", f"UPDATE projects SET created_by = {UUID}"),
            ("same key", f"INSERT INTO projects (tenant_id, id, name) VALUES ({tenant}, {UUID}, 'p')"),
            ("integer range", "UPDATE meetings SET duration_s = 2147483648"),
            ("not whole", "UPDATE meetings SET duration_s = 1.5"),
            ("negative", "UPDATE meetings SET duration_s = -1"),
            ("text for a number", f"INSERT INTO transcript_segments (tenant_id, meeting_id, confidence)"
                                  f" VALUES ({tenant}, {UUID}, 'high')"),
            ("out of range", f"INSERT INTO transcript_segments (tenant_id, meeting_id, confidence)"
                             f" VALUES ({tenant}, {UUID}, 1.01)"),
            ("end before start", f"INSERT INTO transcript_segments (tenant_id, meeting_id, start_ms, end_ms)"
                                 f" VALUES ({tenant}, {UUID}, 5, 4)"),
            ("same address", "INSERT INTO users (email) VALUES ('a@b'), ('a@b')"),
            ("no job status", f"INSERT INTO master_jobs (tenant_id, status) VALUES ({tenant}, 'done')"),
            ("same dedupe key", f"INSERT INTO master_jobs (tenant_id, dedupe_key) VALUES ({tenant}, 'k'), ({tenant}, 'k')"),
        ]
        for (why, statement), taken in zip(bad, self.e.shell_accepts(self.path, [s for _, s in bad])):
            self.check(not taken, f"{why}: the plain shell may {statement}")

    def triggers_keep_updated_at_from_the_plain_shell(self):
        old = "2000-01-01T00:00:00.000000Z"
        for table in sorted(TABLES):
            self.shell(f"UPDATE {table} SET updated_at = '{old}';")
            held = self.e.sqlite(self.path, f"SELECT count(*) FROM {table} WHERE updated_at = '{old}'")[0][0]
            rows, created = self.e.sqlite(self.path, f"SELECT count(*), max(created_at) FROM {table}")[0]
            self.check(rows > 0 and held == 0, f"{table}: {held} of {rows} rows kept the time that was written")
            self.shell(f"UPDATE {table} SET created_at = created_at;")
            now = self.e.sqlite(self.path, f"SELECT min(updated_at), max(updated_at) FROM {table}")[0]
            self.check(now[0] >= created and all(mapping.time_text("timestamptz", t) for t in now), f"{table}: {now}")

    def deleting_follows_the_foreign_keys(self):
        self.load_seed()
        delete = f"DELETE FROM tenants WHERE id = '{TENANT}';"
        leave = "DELETE FROM users WHERE email = 'ada@freelance.example';"
        drop = "DELETE FROM projects WHERE name = 'Spring catalogue';"
        for sql in (leave, drop, delete):
            self.e.psql(self.seeded_pg, sql)
            result = self.e.shell(self.seeded, "PRAGMA foreign_keys=ON;\n" + sql)
            self.check(result.code == 0 and result.err == "", f"{sql}\n{result}")
            self.compare_rows(skip={"created_at", "updated_at"})
        left = self.e.sqlite(self.seeded, "SELECT count(*), count(project_id) FROM documents")[0]
        self.check(left == [1, 0], f"documents left: {left}")
        self.check(self.e.sqlite(self.seeded, "PRAGMA foreign_key_check") == [], "foreign_key_check")

    def a_role_named_as_our_schema_gets_its_tables_where_others_do(self):
        """search_path begins with "$user": a role "tandem" would find our own schema there."""
        self.e.psql("postgres", "CREATE ROLE tandem LOGIN SUPERUSER")
        database = self.e.database("trap")
        result = self.e.deploy(self.e.pg_url(database, role="tandem"), self.migrations)
        self.check(result.code == 0, f"deploy\n{result}")
        where = self.e.psql(database, "SELECT DISTINCT relnamespace::regnamespace FROM pg_class WHERE relname IN ('tenants',"
                                      " 'task_jobs')")
        self.check(where == [["public"]], f"the tables are in {where}")

    # --- the seed

    def load_seed(self):
        """seed.sql as a last migration, lowered on SQLite."""
        folder = self.e.dir / "seeded"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.migrations, folder)
        write_folder(folder, [("20990101000000_seed", (self.migrations / "seed.sql").read_text(encoding="utf-8"))])
        self.seeded, self.seeded_pg = self.e.dir / "seeded.db", self.e.database("seeded")
        for file in self.e.dir.glob("seeded.db*"):
            file.unlink()
        for url in (self.e.pg_url(self.seeded_pg), self.e.sqlite_url(self.seeded)):
            result = self.e.deploy(url, folder)
            self.check(result.code == 0, f"seed\n{result}")

    def compare_rows(self, skip):
        for table, columns in self.columns().items():
            names = [c for c in columns if c not in skip]
            select, order = ", ".join(names), "id" if table in ("tenants", "users") else "tenant_id, id"
            a = self.e.psql(self.seeded_pg, f"SELECT {select} FROM {table} ORDER BY {order}")
            b = self.e.sqlite(self.seeded, f"SELECT {select} FROM {table} ORDER BY {order}")
            self.check(len(a) == len(b), f"{table}: {len(a)} and {len(b)} rows")
            for x, y in zip(a, b):
                for name, printed, stored in zip(names, x, y):
                    self.check(mapping.same(columns[name][0], stored, printed),
                               f"{table}.{name}: PostgreSQL has {printed!r}, SQLite stores {stored!r}")

    def seed_loads_on_both(self):
        self.load_seed()
        self.compare_rows(skip={"created_at", "updated_at"})
        empty = [t for t in TABLES if self.e.sqlite(self.seeded, f"SELECT count(*) FROM {t}") == [[0]]]
        self.check(empty == [], f"no rows in {empty}")
        tenants = self.e.sqlite(self.seeded, "SELECT count(*) FROM tenants")[0][0]
        self.check(tenants == 2, f"{tenants} tenants")

    def seed_loads_by_psql_and_by_the_plain_shell_and_twice(self):
        seed = (self.migrations / "seed.sql").read_text(encoding="utf-8")
        self.load_seed()
        before = self.e.dump(self.seeded), self.counts(self.seeded_pg)
        self.e.psql(self.seeded_pg, seed)
        result = self.e.shell(self.seeded, "PRAGMA foreign_keys=ON;\n" + seed)
        self.check(result.code == 0 and result.err == "", f"seed by sqlite3\n{result}")
        self.check(before == (self.e.dump(self.seeded), self.counts(self.seeded_pg)), "a second load changes rows")
        for file in self.e.dir.glob("plain.db*"):
            file.unlink()
        plain = self.e.dir / "plain.db"
        self.e.deploy(self.e.sqlite_url(plain), self.migrations)
        result = self.e.shell(plain, "PRAGMA foreign_keys=ON;\n" + seed)
        self.check(result.code == 0 and result.err == "", f"seed by sqlite3 alone\n{result}")
        for t in TABLES:
            a, b = (self.e.sqlite(p, f"SELECT count(*) FROM {t}") for p in (self.seeded, plain))
            self.check(a == b, f"{t}: {a} rows lowered, {b} by the shell")

    def counts(self, database):
        return [self.e.psql(database, f"SELECT count(*) FROM {t}") for t in sorted(TABLES)]


PARTS = [Smartx.deploy_and_again, Smartx.report_refuses_nothing, Smartx.every_table_and_column_is_on_both,
         Smartx.keys_and_indexes_are_on_both, Smartx.every_table_is_described_and_every_foreign_key_indexed,
         Smartx.schema_file_is_what_the_migrations_give, Smartx.least_inserts_are_enough,
         Smartx.bad_values_are_refused_by_the_plain_shell, Smartx.triggers_keep_updated_at_from_the_plain_shell,
         Smartx.seed_loads_on_both, Smartx.seed_loads_by_psql_and_by_the_plain_shell_and_twice,
         Smartx.deleting_follows_the_foreign_keys,
         Smartx.a_role_named_as_our_schema_gets_its_tables_where_others_do]


def main():
    with Engines(sys.argv[1]) as e:
        test = Smartx(e, sys.argv[2])
        for part in PARTS:
            failed = len(test.found.wrong)
            try:
                part(test)
            except Exception as error:  # the other parts may still tell something
                test.check(False, f"{part.__name__}: {error}")
            print("ok" if failed == len(test.found.wrong) else "FAILED", re.sub("_", " ", part.__name__), flush=True)
        test.found.end()


if __name__ == "__main__":
    main()

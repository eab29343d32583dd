"""Both engines for a test: a throw-away PostgreSQL server of its own, SQLite files, and the program under test.

Stock tools only are used to look at the results: psql, the sqlite3 shell and Python's sqlite3 module (which is the
same stock library, with nothing of tandem's registered).
"""
import contextlib
import glob
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

SKIP = 77  # ctest's SKIP_RETURN_CODE

# What a program may never end with: a signal, or "bug in tandem"; a sanitizer's report is looked for in its talk.
BUG_CODES = {70, 134, 139}


class Crash(Exception):
    """The program died, or a sanitizer found something."""


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


def skip(why):
    print("skipped:", why)
    sys.exit(SKIP)


def bin_dir():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: float(p.split("/")[4]))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    return os.path.dirname(initdb) if initdb else None


class Engines:
    """`with Engines(tandem) as e`: a temporary directory, a server that listens on a socket in it, and helpers."""

    def __init__(self, tandem):
        self.tandem, self.databases = os.path.abspath(tandem), set()

    def __enter__(self):
        self.bin = bin_dir()
        if self.bin is None:
            skip("no PostgreSQL server is installed")
        if not shutil.which("psql") or not shutil.which("sqlite3"):
            skip("psql or the sqlite3 shell is missing")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tandem-", dir="/tmp"))
        self.dir.chmod(0o755)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(("PG", "TANDEM_")) and k not in ("DATABASE_URL", "DIRECT_URL", "CI")}
        self.env.update(HOME=str(self.dir), LC_ALL="C.UTF-8", TZ="UTC")
        try:
            self._start_server()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exc):
        if (self.dir / "pg" / "postmaster.pid").exists():
            self._as_server("pg_ctl", "-D", "pg", "-m", "immediate", "stop")
        shutil.rmtree(self.dir, ignore_errors=True)

    def _as_server(self, program, *args):
        """PostgreSQL refuses to run as root, which therefore lends it another user."""
        command = [os.path.join(self.bin, program), *args]
        if os.getuid() == 0:
            user = "postgres" if subprocess.run(["id", "postgres"], capture_output=True).returncode == 0 else "nobody"
            os.chown(self.dir, int(subprocess.check_output(["id", "-u", user])), -1)
            command = ["runuser", "-u", user, "--", *command]
        done = subprocess.run(command, cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _start_server(self):
        self._as_server("initdb", "-D", "pg", "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                        "--no-sync")
        self._as_server("pg_ctl", "-D", "pg", "-l", str(self.dir / "pg.log"), "-w", "-o",
                        f"-k {self.dir} -c listen_addresses='' -c fsync=off -c autovacuum=off -c TimeZone=UTC", "start")

    # --- PostgreSQL

    def pg_url(self, database, role="tester"):
        return f"postgresql://{role}@localhost/{database}?host={self.dir}"

    def database(self, name):
        """An empty database of that name; emptied if it is there already, which is quicker than a new one."""
        if name not in self.databases:
            self.databases.add(name)
            self.psql("postgres", f"CREATE DATABASE {name} TEMPLATE template0")
        else:
            others = self.psql(name, "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_'"
                                     " AND nspname <> 'information_schema'")
            self.psql(name, f"SET client_min_messages = warning; DROP SCHEMA {', '.join(r[0] for r in others)} CASCADE;"
                            " CREATE SCHEMA public;")
        return name

    def psql_run(self, database, sql, *options):
        done = subprocess.run(["psql", "-X", "-q", "-At", "-F", "\x1f", "-R", "\x1e", "-P", "null=\x1a", *options,
                               "-h", str(self.dir), "-U", "tester", "-d", database, "-f", "-"],
                              env=self.env, input=sql, capture_output=True, text=True, encoding="utf-8")
        return Result(done.returncode, done.stdout, done.stderr)

    def psql(self, database, sql, *options):
        """Runs `sql`; rows of its only query as lists of text, None for NULL."""
        done = self.psql_run(database, sql, "-v", "ON_ERROR_STOP=1", *options)
        if done.code != 0:
            raise RuntimeError(f"psql: {done.err}\n{sql}")
        if done.out == "":
            return []
        return [[None if c == "\x1a" else c for c in row.split("\x1f")]
                for row in done.out.removesuffix("\n").split("\x1e")]

    # --- SQLite

    def sqlite_url(self, path):
        return f"sqlite:{path}"

    def sqlite(self, path, sql, args=()):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return [list(row) for row in db.execute(sql, args).fetchall()]

    def shell(self, path, script):
        """The stock sqlite3 shell with `script` on its input."""
        done = subprocess.run(["sqlite3", "-batch", "-bail", str(path)], env=self.env, input=script,
                              capture_output=True, text=True, encoding="utf-8")
        return Result(done.returncode, done.stdout, done.stderr)

    def shell_accepts(self, path, statements):
        """Which of the statements, each run by itself in one shell with foreign keys on, went through."""
        script, lines = "PRAGMA foreign_keys=ON;\n", []
        for statement in statements:
            lines.append(script.count("\n") + 1)
            script += f"{statement};\n"
        done = subprocess.run(["sqlite3", "-batch", str(path)], env=self.env, input=script, capture_output=True,
                              text=True, encoding="utf-8")
        failed = {int(n) for n in re.findall(r"^(?:Runtime|Parse) error near line (\d+):", done.stderr, re.M)}
        if failed - set(lines) or done.stderr and not failed:
            raise RuntimeError(f"sqlite3: {done.stdout}{done.stderr}")
        return [n not in failed for n in lines]

    def dump(self, path):
        """Schema and rows of the tables that are not tandem's own, as text."""
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            schema = db.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'tandem\\_%' ESCAPE '\\'"
                                " AND tbl_name NOT LIKE 'tandem\\_%' ESCAPE '\\' ORDER BY type, name").fetchall()
            out = [repr(row) for row in schema]
            for kind, name, _ in schema:
                if kind == "table":
                    out += [f"{name}: {row!r}" for row in db.execute(f'SELECT * FROM "{name}"')]
        return "\n".join(out)

    # --- the program

    def run(self, *args, cwd=None, **how):
        done = subprocess.run([self.tandem, *map(str, args)], cwd=cwd or self.dir, env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
                              errors="replace", timeout=300, **how)
        result = Result(done.returncode, done.stdout, done.stderr)
        if done.returncode < 0 and -done.returncode not in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL) \
                or done.returncode in BUG_CODES or "Sanitizer" in done.stderr or "runtime error:" in done.stderr:
            raise Crash(f"tandem {' '.join(map(str, args))}\n{result}")
        return result

    def deploy(self, url, folder, *options, **how):
        return self.run("migrate", "deploy", "--url", url, "--migrations", folder, *options, **how)


def write_folder(folder, migrations):
    """migrations: (name, SQL text) pairs, in Prisma's layout."""
    for name, sql in migrations:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "migration.sql").write_text(sql, encoding="utf-8")
    return folder


class Findings:
    """What was wrong. A test goes on after a difference, so that one run shows them all."""

    def __init__(self):
        self.checks, self.wrong = 0, []

    def check(self, good, what):
        self.checks += 1
        if not good:
            self.wrong.append(what)
            print("FAILED", what, flush=True)
        return good

    def end(self):
        print(f"{self.checks} checks, {len(self.wrong)} failed")
        sys.exit(1 if self.wrong or self.checks == 0 else 0)

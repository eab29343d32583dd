"""One folder of migrations on both engines: the program under test, a throw-away server, psql and stock SQLite."""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN_SCHEMAS = ("pg_catalog", "information_schema", "tandem")
OWN_TABLES = re.compile(r"(_prisma_migrations|tandem_.*|sqlite_.*)$")
# A file with one of these is not run as one transaction.
OWN_TRANSACTION = re.compile(r"\bCONCURRENTLY\b|\bVACUUM\b|\bADD\s+VALUE\b|(?<!\bON )\bCOMMIT\b", re.I)
FIELD, RECORD, NULL = "\x1f", "\x1e", "\x1a"


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Server:
    """A PostgreSQL server: the one at `url`, or one of its own that lives in a directory and goes with it."""

    def __init__(self, url=None):
        self.url, self.home = url, None

    def __enter__(self):
        if not self.url:
            self.home = tempfile.mkdtemp(prefix="tandem-corpora-", dir="/tmp")
            self.url = subprocess.run([ROOT / "tests/lib/pg.sh", "start", self.home], text=True, check=True,
                                      stdout=subprocess.PIPE).stdout.strip()
        return self

    def __exit__(self, *_):
        if self.home:
            subprocess.run([ROOT / "tests/lib/pg.sh", "stop", self.home], check=False, capture_output=True)
            shutil.rmtree(self.home, ignore_errors=True)

    def database(self, name):
        return re.sub(r"^([^/]+//[^/?]*)(/[^?]*)?", lambda m: f"{m[1]}/{name}", self.url)

    def run(self, name, sql, *options):
        env = {**os.environ, "PGTZ": "UTC", "PGDATESTYLE": "ISO", "PGCLIENTENCODING": "UTF8",
               "PGOPTIONS": "-c extra_float_digits=1 -c intervalstyle=postgres"}
        return subprocess.run(["psql", "-XAtq", "-F", FIELD, "-R", RECORD, "-P", f"null={NULL}", *options,
                               self.database(name)], input=sql, text=True, encoding="utf-8", errors="replace",
                              capture_output=True, env=env, check=False)

    def rows(self, name, sql):
        done = self.run(name, sql, "-v", "ON_ERROR_STOP=1")
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        text = done.stdout.removesuffix("\n")
        return [[None if v == NULL else v for v in record.split(FIELD)]
                for record in text.removesuffix(RECORD).split(RECORD)] if text else []

    def json(self, name, sql):
        return json.loads(self.rows(name, sql)[0][0] or "[]")

    def create(self, name, template="template1"):
        self.drop(name)
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE {template}", "-v", "ON_ERROR_STOP=1")

    def drop(self, name):
        self.run("postgres", f"SET client_min_messages = error; DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class Project:
    """`folder` holds <name>/migration.sql; `name` is what it is called in databases, files and output."""

    def __init__(self, name, folder, program, skip):
        self.name, self.folder, self.program = name, pathlib.Path(folder), program
        self.skip = [word for kind in skip for word in ("--skip", kind)]
        self.key = re.sub(r"[^a-z0-9]", "_", name.lower())
        self.migrations = sorted((p.parent.name for p in self.folder.glob("*/migration.sql")), key=os.fsencode)

    def tandem(self, *args):
        return subprocess.run([self.program, "migrate", *args, "--migrations", str(self.folder)], text=True,
                              encoding="utf-8", errors="replace", capture_output=True, check=False)

    def deploy(self, url, *more):
        """None, or what was wrong: the first error with its place."""
        skip = self.skip if url.startswith("sqlite:") else []
        done = self.tandem("deploy", "--url", url, *skip, *more)
        if done.returncode == 0:
            return None
        lines = done.stderr.splitlines() or [f"exit code {done.returncode}"]
        at = next((i for i, line in enumerate(lines) if line.startswith("error")), 0)
        place = next((line.strip() for line in lines[at + 1:at + 4] if "-->" in line), "")
        return f"{lines[at]} {place.replace(str(self.folder) + '/', '')}".strip()

    def in_sync(self, url):
        return self.deploy(url) is None and self.tandem("status", "--url", url).returncode == 0

    def report(self):
        """(place, fate, reason) of each statement on SQLite; None when the program did not come to an end."""
        done = self.tandem("report", "--format", "tsv", *self.skip)
        if done.returncode not in (0, 2):
            return None
        return [(line.split("\t") + [""])[:3] for line in done.stdout.splitlines()]

    def by_psql(self, server, database):
        """Deploys with psql alone; what PostgreSQL itself refuses."""
        script = ""
        for name in self.migrations:
            file = self.folder / name / "migration.sql"
            alone = OWN_TRANSACTION.search(file.read_text(encoding="utf-8", errors="replace"))
            script += f"\\i '{file}'\n" if alone else f"BEGIN;\n\\i '{file}'\nCOMMIT;\n"
        done = server.run(database, script, "-v", "VERBOSITY=terse")
        return [line for line in done.stderr.splitlines() if "ERROR:" in line]


def projects(directory, names, program, skip):
    """DIR may hold projects, be one, or be a migrations folder itself."""
    directory = pathlib.Path(directory)
    if any(directory.glob("*/migration.sql")):
        found = {directory.resolve().name: directory}
    elif any((directory / "migrations").glob("*/migration.sql")):
        found = {directory.resolve().name: directory / "migrations"}
    else:
        found = {p.parent.name: p for p in sorted(directory.glob("*/migrations")) if any(p.glob("*/migration.sql"))}
    unknown = [n for n in names if n not in found]
    if unknown or not found:
        raise ValueError(f"{directory}: no <name>/migration.sql" + "".join(f" for {n}" for n in unknown))
    return [Project(n, folder, program, skip) for n, folder in found.items() if not names or n in names]


def misplaced(place):
    """Why a place of the report is not the beginning of something in its file; None when it is."""
    file, line, column = place.rsplit(":", 2)
    text = pathlib.Path(file).read_bytes().decode("utf-8-sig").split("\n")
    if not 1 <= int(line) <= len(text) or not 1 <= int(column) <= len(text[int(line) - 1]):
        return "outside of the file"
    rest = text[int(line) - 1][int(column) - 1:]
    before = "\n".join(text[:int(line) - 1] + [text[int(line) - 1][:int(column) - 1]])
    if not re.match(r"[\w\"($'*]", rest):
        return f"at {rest[:20]!r}"
    if before.count("/*") > before.count("*/") and "$$" not in before:
        return "inside a comment"
    return None


def stock(file):
    db = sqlite3.connect(file)
    db.execute("PRAGMA foreign_keys = OFF")
    return db

#!/usr/bin/env python3
"""Holds the house as it was drawn: layers, homes of libraries, includes, forbidden functions, layout.

usage: lint.py [ROOT] [--no-format]    exit 1 when anything is wrong; sizes are warnings only
"""
import pathlib
import re
import shutil
import subprocess
import sys

# Layer -> the layers that it may include. A file belongs to the longest prefix of its path.
LAYERS = {
    "core/base": [],
    "core/config": ["core/base"],
    "core/catalog": ["core/base"],
    "core/sql": ["core/base", "core/catalog"],
    "core/db": ["core/base", "core/config"],
    "core/migrate": ["core/base", "core/config", "core/catalog", "core/sql", "core/db"],
    "core/include": [],
    "drivers": ["core/base", "core/config", "core/db"],
    "drivers/sqlite": ["core/base", "core/config", "core/db"],
    "drivers/postgres": ["core/base", "core/config", "core/db"],
    "tools/library": ["core", "drivers", "sync"],
    "sync": ["core", "drivers"],
    "tools": ["core", "drivers", "tools/library", "sync"],
    "tests": ["core", "drivers", "tools/library", "sync", "tools"],
}
# Single headers that a layer may see beyond its list.
HEADERS = {
    "drivers": ["drivers/sqlite/", "drivers/postgres/"],
    "drivers/sqlite": ["core/sql/functions.h", "core/catalog/type.h", "drivers/"],
    "drivers/postgres": ["core/catalog/type.h", "drivers/"],
}
# Third-party header -> where it may be included. Tests may use what they test.
HOMES = [
    (re.compile(r"^(pg_query|protobuf-c)"), ["core/sql/"]),
    (re.compile(r"cJSON\.h$"), ["core/base/json."]),
    (re.compile(r"^sqlite3(ext)?\.h$"), ["drivers/sqlite/"]),
    (re.compile(r"^(libpq-fe|libpq/|pg_config|postgres)"), ["drivers/postgres/"]),
    (re.compile(r"^uv(\.h|/)"), ["sync/", "core/include/tandem/sync.h"]),
    (re.compile(r"^microhttpd"), ["tools/studio/"]),
]
FORBIDDEN = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok|strtok_r|alloca)\s*\(")
ALLOCATION = re.compile(r"\b(malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf)\s*\(")
PRINTING = re.compile(r"\b(printf|puts|putchar|perror|exit|_exit|abort)\s*\(|\bfprintf\s*\(|\bfputs\s*\(")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.M)
CODE_DIRS = ["core", "drivers", "sync", "tools", "tests"]
LIBRARY = ("core/", "drivers/", "sync/", "tools/library/")


def strip(text):
    """Comments and literals blanked, positions kept."""
    def blank(m):
        s = m.group(0)
        return re.sub(r"[^\n]", " ", s) if s[0] == "/" else s[0] + re.sub(r"[^\n]", " ", s[1:-1]) + s[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


class Lint:
    def __init__(self, root):
        self.root, self.errors, self.warnings, self.includes = root, [], [], {}
        self.files = sorted(p.relative_to(root).as_posix() for d in CODE_DIRS if (root / d).is_dir()
                            for p in (root / d).rglob("*") if p.suffix in (".c", ".h"))

    def error(self, rule, path, line, text):
        self.errors.append(f"{path}:{line}: {rule}: {text}")

    def warn(self, rule, path, line, text):
        self.warnings.append(f"{path}:{line}: warning: {rule}: {text}")

    def run(self, formatted):
        for path in self.files:
            text = (self.root / path).read_text(encoding="utf-8")
            code = strip(text)
            self.check_includes(path, text)
            self.check_header(path, text)
            self.check_calls(path, code)
            self.check_words(path, text)
            self.check_sizes(path, code)
        self.check_cycles()
        if formatted:
            self.check_format()

    # --- includes

    def check_includes(self, path, text):
        found = [(m.group(1), m.group(2), text.count("\n", 0, m.start()) + 1) for m in INCLUDE.finditer(text)]
        ours = self.includes.setdefault(path, [])
        for quote, name, line in found:
            if name.endswith(".def"):
                continue
            if quote == "<" or not (self.root / name).is_file() and not name.startswith("tandem/"):
                self.check_home(path, name, line)
                if quote == '"' and not any(home.search(name) for home, _ in HOMES):
                    self.error("include-form", path, line, f'"{name}" is no path from the repository root')
                continue
            target = "core/include/" + name if name.startswith("tandem/") else name
            if target == path:
                self.error("include-cycle", path, line, "includes itself")
            ours.append((target, line))
            self.check_layer(path, target, line)
        own = path[:-1] + "h"
        if path.endswith(".c") and (self.root / own).is_file() and found and found[0][1] != own:
            self.error("own-header-first", path, found[0][2], f'the first include is to be "{own}"')
        for block in re.findall(r'(?:^[ \t]*#[ \t]*include[^\n]*\n)+', text, re.M):
            kinds = {m.group(1) for m in INCLUDE.finditer(block)
                     if not any(home.search(m.group(2)) for home, _ in HOMES)}
            if len(kinds) > 1:
                self.error("include-form", path, text.count("\n", 0, text.find(block)) + 1,
                           "<system> and our own headers in one block")

    def check_home(self, path, name, line):
        for pattern, homes in HOMES:
            if pattern.search(name) and not path.startswith("tests/") and not any(map(path.startswith, homes)):
                self.error("library-home", path, line, f"<{name}> belongs to {' '.join(homes)}")

    @staticmethod
    def layer(path):
        return max((l for l in LAYERS if path.startswith(l + "/")), key=len, default=None)

    def check_layer(self, path, target, line):
        mine, theirs = self.layer(path), self.layer(target)
        if mine is None or theirs is None:
            return self.error("layer", path, line, f"no layer holds {path if mine is None else target}")
        if mine == theirs or theirs == "core/include" and mine in ("tools/library", "tools", "tests"):
            return None
        if any(theirs == l or theirs.startswith(l + "/") for l in LAYERS[mine]):
            return None
        if any(target.startswith(h) for h in HEADERS.get(mine, [])):
            return None
        return self.error("layer", path, line, f"{mine} may not include {target}")

    def check_cycles(self):
        graph = {f: [t for t, _ in inc if t in self.includes] for f, inc in self.includes.items()}
        state = {}

        def visit(f, trail):
            state[f] = 1
            for t in graph[f]:
                if state.get(t) == 1:
                    self.error("include-cycle", f, 1, " -> ".join(trail[trail.index(t):] + [t]))
                elif t not in state:
                    visit(t, trail + [t])
            state[f] = 2
        for f in graph:
            if f not in state:
                visit(f, [f])

    # --- the rest

    def check_header(self, path, text):
        if not path.endswith(".h"):
            return
        guard = re.search(r"^#ifndef (\w+)\n#define (\w+)\n", text, re.M)
        if guard is None or guard.group(1) != guard.group(2) or not re.match(r"T(AN)?D(EM)?_\w+_H$", guard.group(1)):
            self.error("header-guard", path, 1, "no #ifndef/#define TD_..._H")

    def check_calls(self, path, code):
        rules = [("forbidden-function", FORBIDDEN, lambda p: True),
                 ("allocation", ALLOCATION, lambda p: p.startswith(LIBRARY) and p != "core/base/mem.c"),
                 ("library-prints", PRINTING, lambda p: p.startswith(LIBRARY) and p != "core/base/err.c")]
        for rule, pattern, applies in rules:
            for m in pattern.finditer(code) if applies(path) else ():
                self.error(rule, path, code.count("\n", 0, m.start()) + 1, m.group(0).strip("( ") + "()")
        for m in re.finditer(r"^typedef\s+(?:struct|union|enum)\b", code, re.M):
            self.error("typedef", path, code.count("\n", 0, m.start()) + 1, "structs and enums have no typedef")

    def check_words(self, path, text):
        for m in re.finditer(r"\b(TODO|FIXME|XXX|HACK)\b", text):
            self.error("unfinished", path, text.count("\n", 0, m.start()) + 1, m.group(0))

    def check_sizes(self, path, code):
        lines = code.split("\n")
        if len(lines) > 800:
            self.warn("file-size", path, 1, f"{len(lines)} lines, 800 is the limit")
        if path.startswith("tools/tandem/cmd_") and len(lines) > 200:
            self.warn("file-size", path, 1, f"{len(lines)} lines, a command has 200")
        start = None
        for n, line in enumerate(lines, 1):
            if line == "{":
                start = n
            elif line.startswith("}") and start is not None:
                if n - start > 60:
                    self.warn("function-size", path, start, f"{n - start} lines")
                start = None

    def check_format(self):
        tool = shutil.which("clang-format")
        if tool is None or not self.files:
            return print("clang-format is not installed: layout not checked")
        r = subprocess.run([tool, "--dry-run", "--Werror", "-style=file", *self.files], cwd=self.root,
                           capture_output=True, text=True)
        for path, line in sorted(set(re.findall(r"^([^:\n]+):(\d+):\d+: error: .*clang-format", r.stderr, re.M)),
                                 key=lambda m: (m[0], int(m[1]))):
            self.error("format", path, line, "not as clang-format lays it out")
        return None


def main(args):
    roots = [a for a in args if not a.startswith("-")] or [pathlib.Path(__file__).resolve().parents[2]]
    lint = Lint(pathlib.Path(roots[0]).resolve())
    lint.run("--no-format" not in args)
    for text in lint.warnings + lint.errors:
        print(text)
    print(f"{len(lint.files)} files, {len(lint.errors)} errors, {len(lint.warnings)} warnings")
    return 1 if lint.errors or not lint.files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""The lint's own test: a good tree passes, and each rule finds the bad tree made for it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
GOOD = {
    "core/base/a.h": "/* a */\n#ifndef TD_BASE_A_H\n#define TD_BASE_A_H\n\nint td_a(void);\n\n#endif\n",
    "core/base/a.c": '/* strcpy(a) in a comment is fine */\n#include "core/base/a.h"\n\n#include <string.h>\n\n'
                     "int td_a(void)\n{\n    return (int)strlen(\"malloc(1)\");\n}\n",
    "core/sql/p.h": "#ifndef TD_SQL_P_H\n#define TD_SQL_P_H\n\n#endif\n",
    "core/sql/p.c": '#include "core/sql/p.h"\n\n#include <pg_query.h>\n\n#include "core/base/a.h"\n',
}


class LintTest(unittest.TestCase):
    def lint(self, extra, *flags):
        with tempfile.TemporaryDirectory() as d:
            for path, text in {**GOOD, **extra}.items():
                file = pathlib.Path(d, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            shutil.copy(HERE.parent.parent / ".clang-format", d)
            r = subprocess.run([sys.executable, HERE / "lint.py", d, *flags], capture_output=True, text=True)
            self.assertEqual(r.stderr, "")
            return r

    def finds(self, rule, extra, *flags):
        r = self.lint(extra, *flags)
        self.assertEqual(r.returncode, 1, r.stdout)
        self.assertIn(f" {rule}: ", r.stdout)

    def test_good_tree_passes(self):
        r = self.lint({})
        self.assertEqual(r.returncode, 0, r.stdout)
        self.assertIn("4 files, 0 errors", r.stdout)

    def test_lower_layer_may_not_include_upper(self):
        self.finds("layer", {"core/base/b.c": '#include "core/sql/p.h"\n'})

    def test_catalog_may_not_include_sql(self):
        self.finds("layer", {"core/catalog/c.c": '#include "core/sql/p.h"\n'})

    def test_core_may_not_include_drivers(self):
        self.finds("layer", {"core/migrate/m.c": '#include "drivers/sqlite/s.h"\n',
                             "drivers/sqlite/s.h": GOOD["core/base/a.h"]})

    def test_unknown_folder_is_no_layer(self):
        self.finds("layer", {"core/misc/m.c": '#include "core/base/a.h"\n'})

    def test_library_away_from_home(self):
        for header in ("pg_query.h", "cjson/cJSON.h", "sqlite3.h", "libpq-fe.h"):
            self.finds("library-home", {"core/migrate/m.c": f"#include <{header}>\n"})

    def test_cycle_of_two_headers(self):
        b = '#ifndef TD_B_H\n#define TD_B_H\n\n#include "core/base/%s.h"\n\n#endif\n'
        self.finds("include-cycle", {"core/base/b.h": b % "c", "core/base/c.h": b % "b"})

    def test_forbidden_functions(self):
        for call in ("strcpy(a, b)", "sprintf(a, b)", "atoi(a)", "strtok(a, b)", "alloca(3)"):
            self.finds("forbidden-function", {"tools/x.c": f"void f(void)\n{{\n    {call};\n}}\n"})

    def test_heap_has_one_door(self):
        self.finds("allocation", {"core/sql/x.c": "void f(void)\n{\n    malloc(1);\n}\n"})

    def test_library_never_prints(self):
        self.finds("library-prints", {"core/sql/x.c": "void f(void)\n{\n    printf(1);\n}\n"})

    def test_own_header_first(self):
        self.finds("own-header-first", {"core/base/a.c": '#include <string.h>\n\n#include "core/base/a.h"\n'})

    def test_includes_start_at_the_root(self):
        self.finds("include-form", {"core/base/b.c": '#include "a.h"\n'})

    def test_blocks_are_not_mixed(self):
        self.finds("include-form", {"core/base/b.c": '#include <string.h>\n#include "core/base/a.h"\n'})

    def test_header_needs_a_guard(self):
        self.finds("header-guard", {"core/base/b.h": "int x;\n"})

    def test_no_typedef_of_structs(self):
        self.finds("typedef", {"core/base/b.c": "typedef struct x {\n    int a;\n} x;\n"})

    def test_nothing_is_left_unfinished(self):
        self.finds("unfinished", {"core/base/b.c": "/* TO" "DO: more */\n"})

    @unittest.skipIf(shutil.which("clang-format") is None, "clang-format is not installed")
    def test_layout(self):
        bad = {"core/base/b.c": "int  f( void ) {return 1;}\n"}
        self.finds("format", bad)
        self.assertEqual(self.lint(bad, "--no-format").returncode, 0)

    def test_sizes_only_warn(self):
        r = self.lint({"core/base/b.c": "int f(void)\n{\n" + "    f();\n" * 900 + "}\n"})
        self.assertEqual(r.returncode, 0, r.stdout)
        self.assertIn("warning: file-size", r.stdout)
        self.assertIn("warning: function-size", r.stdout)

    def test_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as d:
            r = subprocess.run([sys.executable, HERE / "lint.py", d], capture_output=True)
            self.assertEqual(r.returncode, 1)


if __name__ == "__main__":
    unittest.main()

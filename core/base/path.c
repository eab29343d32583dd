/* Paths as text: declared in file.h. Nothing here asks the file system, but for the working directory. */
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/mem.h"

bool td_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

const char *td_path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static char *taken(struct td_buf *b)
{
    struct td_err err;
    char *out = NULL;
    if (td_buf_take(b, &out, &err) != TD_OK)
        td_buf_deinit(b);
    return out;
}

char *td_path_join(const char *dir, const char *name)
{
    struct td_buf b = {0};
    if (dir != NULL && dir[0] != '\0' && strcmp(dir, ".") != 0 && !td_path_is_absolute(name)) {
        td_buf_add(&b, dir);
        if (dir[strlen(dir) - 1] != '/')
            td_buf_char(&b, '/');
        while (name[0] == '.' && name[1] == '/')
            name += 2 + strspn(name + 2, "/");
    }
    td_buf_add(&b, name);
    return taken(&b);
}

char *td_path_dirname(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    while (len > 1 && path[len - 1] == '/')
        len--;
    return len == 0 ? td_mem_strdup(".") : td_mem_dup(path, len);
}

/* Appends the parts of `path` to an absolute path, taking "." and ".." away. */
static void append_parts(struct td_buf *b, const char *path)
{
    while (*path != '\0') {
        size_t n = strcspn(path, "/");
        if (n == 2 && path[0] == '.' && path[1] == '.') {
            while (b->len > 0 && b->at[b->len - 1] != '/')
                b->len--;
            if (b->len > 0)
                b->at[--b->len] = '\0';
        } else if (n > 0 && !(n == 1 && path[0] == '.')) {
            td_buf_char(b, '/');
            td_buf_add_n(b, path, n);
        }
        path += n;
        path += *path == '/';
    }
}

char *td_path_absolute(const char *path)
{
    struct td_buf b = {0};
    if (!td_path_is_absolute(path)) {
        char here[4096];
        if (getcwd(here, sizeof here) == NULL)
            return td_mem_strdup(path); /* the directory is gone: the path as it is, is all there is to say */
        append_parts(&b, here);
    }
    append_parts(&b, path);
    if (b.len == 0)
        td_buf_char(&b, '/');
    return taken(&b);
}

static char *relative_of(const char *to, const char *from)
{
    size_t same = 0; /* length of the common directories */
    for (size_t i = 0;; i++) {
        bool to_ends = to[i] == '\0' || to[i] == '/', from_ends = from[i] == '\0' || from[i] == '/';
        if (to_ends && from_ends)
            same = i;
        if (to[i] != from[i] || to[i] == '\0')
            break;
    }
    struct td_buf b = {0};
    for (const char *p = from + same; *p != '\0'; p++)
        if (*p == '/' && p[1] != '\0')
            td_buf_add(&b, b.len == 0 ? ".." : "/..");
    const char *rest = to + same;
    rest += *rest == '/';
    if (*rest != '\0') {
        if (b.len > 0)
            td_buf_char(&b, '/');
        td_buf_add(&b, rest);
    }
    if (b.len == 0)
        td_buf_char(&b, '.');
    return taken(&b);
}

char *td_path_relative(const char *path, const char *from)
{
    char *out = NULL;
    char *to = td_path_absolute(path), *base = td_path_absolute(from == NULL ? "." : from);
    if (to != NULL && base != NULL)
        out = relative_of(to, base);
    td_mem_free(to);
    td_mem_free(base);
    return out;
}

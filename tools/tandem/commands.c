/* The table of all commands, in the order in which help lists them. */
#include "tools/tandem/commands.h"

#include <stdio.h>
#include <string.h>

const struct td_cmd *const td_commands[] = {
    &td_cmd_migrate_deploy, &td_cmd_migrate_status, &td_cmd_migrate_resolve,
    &td_cmd_migrate_show,   &td_cmd_migrate_report, &td_cmd_db_create,
    &td_cmd_db_wait,        &td_cmd_db_copy,        &td_cmd_sync_scope,
    &td_cmd_sync_enable,    &td_cmd_sync_disable,   &td_cmd_sync_grant,
    &td_cmd_sync_revoke,    &td_cmd_sync_clone,     &td_cmd_sync_run,
    &td_cmd_sync_pull,      &td_cmd_sync_push,      &td_cmd_sync_verify,
    &td_cmd_sync_status,    &td_cmd_sync_diff,      &td_cmd_sync_conflicts,
    &td_cmd_sync_rejects,   &td_cmd_sync_compact,   &td_cmd_tenant_list,
    &td_cmd_tenant_export,  &td_cmd_tenant_import,  &td_cmd_tenant_delete,
    &td_cmd_doctor,         &td_cmd_explain,        &td_cmd_completion,
    &td_cmd_version,        &td_cmd_help,           NULL,
};

static const struct {
    const char *word, *summary;
} groups[] = {
    {"migrate", "one folder of migrations, applied to PostgreSQL and SQLite"},
    {"db", "databases themselves"},
    {"sync", "one tenant's rows, on SQLite and PostgreSQL"},
    {"tenant", "tenants of a database, as wholes"},
};

const char *td_cmd_group_summary(const char *word)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strcmp(groups[i].word, word) == 0)
            return groups[i].summary;
    return NULL;
}

bool td_cmd_is_group(const char *word)
{
    return td_cmd_group_summary(word) != NULL;
}

const struct td_cmd *td_cmd_find(const char *name)
{
    for (size_t i = 0; td_commands[i] != NULL; i++)
        if (strcmp(td_commands[i]->name, name) == 0)
            return td_commands[i];
    return NULL;
}

const struct td_cmd *td_cmd_find_words(const char *first, const char *second)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s%s", first, second != NULL ? " " : "", second != NULL ? second : "");
    return td_cmd_find(name);
}

/*
 * efsraw: EFS raw streams and encrypted files on Linux. The table of commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <stddef.h>
#include <string.h>

#include "with_keys.h"

static const struct tool_command commands[] =
{
    { "check", command_check },
    { "convert", command_convert },
    { "export", command_export },
    { "import", command_import },
    { "info", command_info },
    { "join", command_join },
    { "verify", command_verify },
    { NULL, NULL },
};
/* main_keys.c has them */
static const char *const with_keys[] = { "decrypt", "encrypt", "keys", "rekey", "users" };

int main(int argc, char **argv)
{
    size_t i;

    for (i = 0; argc > 1 && i < sizeof(with_keys) / sizeof(*with_keys); i++)
        if (!strcmp(argv[1], with_keys[i])) return run_with_keys(argv);
    return efsraw_main(commands, argc, argv);
}

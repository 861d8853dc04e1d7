/*
 * efsraw-keys: the commands of efsraw that need keys, which starts it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <stddef.h>

int main(int argc, char **argv)
{
    static const struct tool_command commands[] =
    {
        { "decrypt", command_decrypt },
        { "encrypt", command_encrypt },
        { "keys", command_keys },
        { "rekey", command_rekey },
        { "users", command_users },
        { NULL, NULL },
    };

    return efsraw_main(commands, argc, argv);
}

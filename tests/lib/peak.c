/*
 * peak FILE COMMAND...: runs the command and, if it succeeds, writes its peak memory in KiB (its own, and
 * of children that it has waited for) into FILE. Ends with the command's status.
 *
 * A program of its own, and a small one, as a process's peak includes that of the one that started it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    pid_t pid;
    FILE *out;

    if (argc < 3) return 2;
    pid = fork();
    if (!pid)
    {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) return 126;
    if (status) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    out = fopen(argv[1], "w");
    if (!out) return 126;
    fprintf(out, "%ld\n", usage.ru_maxrss);
    return fclose(out) ? 126 : 0;
}

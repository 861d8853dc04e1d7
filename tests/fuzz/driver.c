/*
 * Runs a fuzz target on the files and directories that are named, without libFuzzer: any compiler will do.
 * Prints TAP, one line a directory or file, and how many inputs it had. What doesn't hold, or a sanitizer, aborts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char current[4096];

static unsigned int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data;
    struct stat st;
    size_t n;

    snprintf(current, sizeof(current), "%s", path);
    if (!file || fstat(fileno(file), &st)) { perror(path); exit(1); }
    /* exactly as long as the input, so that a sanitizer sees each step beyond it */
    data = malloc(st.st_size ? (size_t)st.st_size : 1);
    REQUIRE(data);
    n = fread(data, 1, (size_t)st.st_size, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 1;
}

static unsigned int run(const char *path)
{
    char name[4096];
    struct dirent *entry;
    unsigned int count = 0;
    struct stat st;
    DIR *d;

    if (stat(path, &st)) { perror(path); exit(1); }
    if (!S_ISDIR(st.st_mode)) return run_file(path);
    if (!(d = opendir(path))) { perror(path); exit(1); }
    while ((entry = readdir(d)))
    {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        count += run(name);
    }
    closedir(d);
    return count;
}

static void say_input(void)
{
    if (*current) printf("not ok - stopped at %s\n", current);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    unsigned int count;
    int i;

    atexit(say_input);
    for (i = 1; i < argc; i++)
    {
        count = run(argv[i]);
        printf("ok %d - %s: %u inputs\n", i, strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i], count);
    }
    *current = 0;
    printf("1..%d\n", argc - 1);
    return 0;
}

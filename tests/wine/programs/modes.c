/*
 * Many files and directories through BackupRead or BackupWrite in one process: a start of Wine for each of 512 modes
 * would take too long.
 *
 *   modes save LIST ARCHIVE      streams of all that LIST names: a line each, `f PATH` or `d PATH`
 *   modes restore LIST ARCHIVE   makes them, in the same order
 *   modes save LIST ARCHIVE restore LIST ARCHIVE ...   one after the other
 *
 * An archive is a u32 length and a stream for each. A length of 0: it couldn't be opened for saving.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static BYTE buffer[0x40000];
static unsigned int failed;

static void report(const char *what, const char *path)
{
    printf("%s %s: error %lu\n", what, path, GetLastError());
    failed++;
}

static void save(const char *path, FILE *archive)
{
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, NULL);
    void *context = NULL;
    DWORD length = 0;

    if (file == INVALID_HANDLE_VALUE) report("open", path);
    else if (!BackupRead(file, buffer, sizeof(buffer), &length, FALSE, TRUE, &context)) report("BackupRead", path);
    if (context) BackupRead(file, NULL, 0, NULL, TRUE, TRUE, &context);
    fwrite(&length, sizeof(length), 1, archive);
    fwrite(buffer, length, 1, archive);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
}

static void restore(const char *path, BOOL directory, FILE *archive)
{
    void *context = NULL;
    DWORD length, written;
    HANDLE file;

    if (fread(&length, sizeof(length), 1, archive) != 1 || length > sizeof(buffer)
        || fread(buffer, 1, length, archive) != length)
    {
        SetLastError(ERROR_HANDLE_EOF);
        report("archive", path);
        return;
    }
    if (!length) return;
    if (directory && !CreateDirectoryA(path, NULL)) report("make", path);
    file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER, 0, NULL,
                       directory ? OPEN_EXISTING : CREATE_NEW, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE) report("open", path);
    else if (!BackupWrite(file, buffer, length, &written, FALSE, TRUE, &context)) report("BackupWrite", path);
    if (context && !BackupWrite(file, NULL, 0, &written, TRUE, TRUE, &context)) report("end", path);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
}

static BOOL run(const char *what, const char *list_name, const char *archive_name)
{
    BOOL saving = !strcmp(what, "save");
    FILE *list = fopen(list_name, "r"), *archive = fopen(archive_name, saving ? "wb" : "rb");
    unsigned int count = 0;
    char line[1024];

    failed = 0;
    if (!list || !archive) return FALSE;
    while (fgets(line, sizeof(line), list))
    {
        line[strcspn(line, "\r\n")] = 0;
        if (saving) save(line + 2, archive);
        else restore(line + 2, *line == 'd', archive);
        count++;
    }
    fclose(list);
    if (fclose(archive)) failed++;
    printf("%s %s: %u done, %u failed\n", what, list_name, count, failed);
    return !failed;
}

int main(int argc, char **argv)
{
    BOOL good = argc > 3;
    int i;

    LoadLibraryA("advapi32.dll"); /* the linker finds nothing that needs it */
    for (i = 1; i + 2 < argc; i += 3) good &= run(argv[i], argv[i + 1], argv[i + 2]);
    return !good;
}

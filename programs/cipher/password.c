/*
 * A new password, which is asked for twice: without echo on a console; else it is two lines of UTF-8.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <string.h>

static HANDLE asked;    /* the console that shows nothing now */
static DWORD asked_mode; /* as it was before */

/* Wine's own way to end a program by Ctrl-C would be success, and leave a console that shows nothing. */
static BOOL WINAPI on_control(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
    SetConsoleMode(asked, asked_mode);
    ExitProcess(1);
}

/* The units before a line's end, as UTF-8 with a zero. */
static DWORD read_console(HANDLE input, DWORD mode, char line[PASSWORD_SIZE])
{
    WCHAR units[PASSWORD_SIZE];
    DWORD got = 0, code = ERROR_SUCCESS;
    int size;

    asked = input;
    asked_mode = mode;
    SetConsoleCtrlHandler(on_control, TRUE);
    if (!SetConsoleMode(input, (mode | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT) & ~(DWORD)ENABLE_ECHO_INPUT))
        return GetLastError();
    if (!ReadConsoleW(input, units, PASSWORD_SIZE, &got, NULL)) code = GetLastError();
    SetConsoleMode(input, mode);
    SetConsoleCtrlHandler(on_control, FALSE);
    print(STD_OUTPUT_HANDLE, L"\n");
    if (!code && (!got || units[got - 1] != '\n')) code = ERROR_INVALID_PARAMETER; /* too long */
    while (got && (units[got - 1] == '\n' || units[got - 1] == '\r')) got--;
    if (!code)
    {
        size = got ? WideCharToMultiByte(CP_UTF8, 0, units, (int)got, line, PASSWORD_SIZE - 1, NULL, NULL) : 0;
        if (got && !size) code = ERROR_INVALID_PARAMETER;
        else line[size] = 0;
    }
    SecureZeroMemory(units, sizeof(units));
    return code;
}

/* Byte by byte: what is behind the line is for the next one. */
static DWORD read_line(HANDLE input, char line[PASSWORD_SIZE])
{
    DWORD length = 0, got;
    char c;

    while (ReadFile(input, &c, 1, &got, NULL) && got && c != '\n')
    {
        if (length == PASSWORD_SIZE - 1 || !c) return ERROR_INVALID_PARAMETER;
        line[length++] = c;
    }
    if (length && line[length - 1] == '\r') length--;
    line[length] = 0;
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, line, -1, NULL, 0) ? ERROR_SUCCESS
        : ERROR_INVALID_PARAMETER;
}

static DWORD ask(const WCHAR *question, char line[PASSWORD_SIZE])
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode;

    print(STD_OUTPUT_HANDLE, L"%ls\n", question);
    return GetConsoleMode(input, &mode) ? read_console(input, mode, line) : read_line(input, line);
}

DWORD ask_password(char password[PASSWORD_SIZE])
{
    char again[PASSWORD_SIZE];
    DWORD code = ask(L"Please type in the password to protect your .PFX file:", password);

    if (!code && !*password) code = ERROR_INVALID_PASSWORD;
    if (!code) code = ask(L"Please retype the password to confirm:", again);
    if (!code && strcmp(password, again)) code = ERROR_INVALID_PASSWORD;
    SecureZeroMemory(again, sizeof(again));
    return code;
}

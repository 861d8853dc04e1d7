/*
 * FormatMessage has a text for each EFS code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

static const struct { DWORD first, last; } codes[] = { { 410, 413 }, { 6000, 6021 } };

#define NO_TEXT_1 6022 /* behind the last one */
#define NO_TEXT_2 409  /* before the first one */

static const DWORD languages[] = { 0, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
                                   MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT) };

static DWORD get_text(DWORD code, DWORD language, WCHAR *text, DWORD size)
{
    SetLastError(0xdeadbeef);
    return FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, language, text, size,
                          NULL);
}

static DWORD get_text_a(DWORD code, DWORD language, char *text, DWORD size)
{
    SetLastError(0xdeadbeef);
    return FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, language, text, size,
                          NULL);
}

static void test_text(DWORD code, DWORD language)
{
    WCHAR text[256], wide[256], *allocated = NULL;
    char narrow[256];
    DWORD length, length_a;

    winetest_push_context("code %lu, language %#lx", code, language);
    length = get_text(code, language, text, ARRAY_SIZE(text));
    todo_wine ok(length > 10, "got length %lu, error %lu\n", length, GetLastError());
    if (length > 10)
    {
        ok(lstrlenW(text) == (int)length, "length %lu isn't the text's\n", length);
        ok(!lstrcmpW(text + length - 3, L".\r\n"), "the text has another end\n");
        length_a = get_text_a(code, language, narrow, sizeof(narrow));
        ok(length_a == length, "A: got length %lu, error %lu\n", length_a, GetLastError());
        MultiByteToWideChar(CP_ACP, 0, narrow, -1, wide, ARRAY_SIZE(wide));
        ok(!lstrcmpW(text, wide), "A and W differ: %s\n", narrow);

        /* a buffer of the system's, without the flag about inserts, and by the HRESULT */
        length_a = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL,
                                  HRESULT_FROM_WIN32(code), language, (WCHAR *)&allocated, 0, NULL);
        ok(length_a == length, "HRESULT: got length %lu, error %lu\n", length_a, GetLastError());
        if (length_a) ok(!lstrcmpW(text, allocated), "HRESULT: got %s\n", wine_dbgstr_w(allocated));
        LocalFree(allocated);
    }
    winetest_pop_context();
}

static void test_codes(void)
{
    DWORD i, j, code;

    for (i = 0; i < ARRAY_SIZE(codes); i++)
        for (code = codes[i].first; code <= codes[i].last; code++)
            for (j = 0; j < ARRAY_SIZE(languages); j++) test_text(code, languages[j]);
}

/* Each has a text of its own. */
static void test_different(void)
{
    WCHAR text[256], other[256];
    DWORD code;

    for (code = 6000; code < 6021; code++)
        if (get_text(code, 0, text, ARRAY_SIZE(text)) && get_text(code + 1, 0, other, ARRAY_SIZE(other)))
            ok(lstrcmpW(text, other), "%lu and the next one have the same text\n", code);
}

/* What the system has no text for, and where it isn't asked. */
static void test_others(void)
{
    WCHAR text[256];
    DWORD length, known;

    length = get_text(NO_TEXT_1, 0, text, ARRAY_SIZE(text));
    ok(!length && GetLastError() == ERROR_MR_MID_NOT_FOUND, "got %lu, error %lu\n", length, GetLastError());
    length = get_text(NO_TEXT_2, 0, text, ARRAY_SIZE(text));
    ok(!length && GetLastError() == ERROR_MR_MID_NOT_FOUND, "got %lu, error %lu\n", length, GetLastError());
    length = get_text(ERROR_FILE_NOT_FOUND, 0, text, ARRAY_SIZE(text));
    ok(length > 0, "no text for 2: error %lu\n", GetLastError());

    /* this program has no message table, maybe no resources at all */
    SetLastError(0xdeadbeef);
    length = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE, NULL, ERROR_FILE_NOT_ENCRYPTED, 0, text, ARRAY_SIZE(text),
                            NULL);
    ok(!length && (GetLastError() == ERROR_RESOURCE_TYPE_NOT_FOUND || GetLastError() == ERROR_RESOURCE_DATA_NOT_FOUND),
       "got %lu, error %lu\n", length, GetLastError());
    /* the system has one; whether it is asked then, another code tells */
    known = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_FILE_NOT_FOUND, 0,
                           text, ARRAY_SIZE(text), NULL);
    length = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_FILE_NOT_ENCRYPTED, 0,
                            text, ARRAY_SIZE(text), NULL);
    todo_wine ok(!length == !known, "got %lu, that of another message %lu\n", length, known);

    /* a buffer that is too small */
    length = get_text(ERROR_FILE_NOT_ENCRYPTED, 0, text, 5);
    todo_wine
        ok(!length && GetLastError() == ERROR_INSUFFICIENT_BUFFER, "got %lu, error %lu\n", length, GetLastError());
}

/* A language gets an answer exactly where the system's other texts have one. */
static void test_languages(void)
{
    static const DWORD some[] =
    {
        MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), MAKELANGID(LANG_JAPANESE, SUBLANG_JAPANESE_JAPAN),
        MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_UK),
        MAKELANGID(LANG_NEUTRAL, SUBLANG_SYS_DEFAULT), 0x03ff, /* no such language */
    };
    WCHAR text[256];
    DWORD i, known, ours, known_error;

    for (i = 0; i < ARRAY_SIZE(some); i++)
    {
        winetest_push_context("language %#lx", some[i]);
        known = get_text(ERROR_FILE_NOT_FOUND, some[i], text, ARRAY_SIZE(text));
        known_error = GetLastError();
        ours = get_text(ERROR_FILE_NOT_ENCRYPTED, some[i], text, ARRAY_SIZE(text));
        todo_wine_if(known) ok(!known == !ours, "got length %lu, that of another message %lu\n", ours, known);
        if (!known && !ours)
            ok(GetLastError() == known_error, "got error %lu, expected %lu\n", GetLastError(), known_error);
        winetest_pop_context();
    }
}

START_TEST(messages)
{
    unseen("documented: System Error Codes; the form is that of other texts: reasoned")
        test_codes();
    unseen("documented: System Error Codes")
        test_different();
    unseen("documented: FormatMessage; that codes before and behind have no text is reasoned")
        test_others();
    unseen("reasoned: a language has all texts or none")
        test_languages();
}

/*
 * The files and directories that every query is tried on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

const struct object objects[OBJECT_COUNT] =
{
    { L"encrypted", true, false, OBJECT_SIZE, L"plain" },
    { L"encrypted empty", true, false, 0, L"plain empty" },
    { L"encrypted directory", true, true, 0, L"plain directory" },
    { L"plain", false, false, OBJECT_SIZE, L"plain" },
    { L"plain 2 modulo 512", false, false, OBJECT_HOST_SIZE, L"plain 2 modulo 512" },
    { L"plain empty", false, false, 0, L"plain empty" },
    { L"plain directory", false, true, 0, L"plain directory" },
};

static struct stream streams[OBJECT_COUNT];
static const WCHAR *objects_dir;

const WCHAR *object_path(const struct object *object)
{
    return test_path_in(objects_dir, object->name);
}

const WCHAR *twin_path(const struct object *object)
{
    return test_path_in(objects_dir, object->twin);
}

const struct stream *object_stream(const struct object *object)
{
    return object->encrypted ? &streams[object - objects] : NULL;
}

static void make_plain(const WCHAR *path, DWORD size)
{
    char content[OBJECT_HOST_SIZE + 1];

    memset(content, 'p', size);
    content[size] = 0;
    make_file(path, content, 0);
}

void make_objects(void)
{
    make_objects_in(test_path(L""));
}

void make_objects_in(const WCHAR *dir)
{
    DWORD i;

    objects_dir = dir;
    for (i = 0; i < OBJECT_COUNT; i++)
    {
        const struct object *object = &objects[i];

        if (object->encrypted && object->directory) build_directory_stream(&streams[i], i);
        else if (object->encrypted) build_stream(&streams[i], object->size, i);

        if (object->encrypted)
            check_code(restore_stream(object_path(object), object->directory ? CREATE_FOR_DIR : 0, &streams[i]),
                       ERROR_SUCCESS);
        else if (object->directory) check_call(CreateDirectoryW(object_path(object), NULL));
        else make_plain(object_path(object), object->size);
    }
}

void remove_objects(void)
{
    DWORD i;

    for (i = 0; i < OBJECT_COUNT; i++)
    {
        if (objects[i].directory) check_call(RemoveDirectoryW(object_path(&objects[i])));
        else remove_file(object_path(&objects[i]));
        free_stream(&streams[i]);
    }
}

void check_objects_(const char *file, int line)
{
    void *context;
    DWORD i, ret;

    for (i = 0; i < OBJECT_COUNT; i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(objects[i].name));
        if (objects[i].encrypted) check_export_(file, line, object_path(&objects[i]), &streams[i]);
        else
        {
            ret = OpenEncryptedFileRawW(object_path(&objects[i]), 0, &context);
            ok_(file, line)(ret == ERROR_FILE_NOT_ENCRYPTED, "got %lu\n", ret);
        }
        winetest_pop_context();
    }
}

void check_answer_(const char *file, int line, const struct object *object, const struct answer *answer,
                   const struct answer *twin)
{
    DWORD expected = twin->attributes;

    ok_(file, line)(answer->has_attributes == twin->has_attributes && answer->has_size == twin->has_size,
                    "the answers differ in kind\n");
    if (twin->has_attributes)
    {
        ok_(file, line)(!(twin->attributes & FILE_ATTRIBUTE_ENCRYPTED), "the plain one has attributes %#lx\n",
                        twin->attributes);
        ok_(file, line)(!(twin->attributes & FILE_ATTRIBUTE_DIRECTORY) == !object->directory,
                        "the plain one has attributes %#lx\n", twin->attributes);
        /* NORMAL stands for no other attribute */
        if (object->encrypted) expected = (expected & ~(DWORD)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_ENCRYPTED;
        ok_(file, line)(answer->attributes == expected, "got attributes %#lx, expected %#lx\n", answer->attributes,
                        expected);
    }
    if (!twin->has_size) return;
    if (!object->directory) ok_(file, line)(answer->size == object->size, "got size %lu\n", (DWORD)answer->size);
    ok_(file, line)(answer->size == twin->size, "got size %lu, expected %lu\n", (DWORD)answer->size, (DWORD)twin->size);
}

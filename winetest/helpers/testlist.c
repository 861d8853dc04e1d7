/*
 * The tests of efs_test.exe, and Wine's test runner.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define STANDALONE
#include "wine/test.h"

extern void func_helpers(void);
extern void func_exports(void);
extern void func_open(void);
extern void func_flags(void);
extern void func_export(void);
extern void func_import(void);
extern void func_directory(void);
extern void func_large_directory(void);
extern void func_context(void);
extern void func_sharing(void);
extern void func_killed(void);
extern void func_threads(void);
extern void func_paths(void);
extern void func_attributes(void);
extern void func_format(void);
extern void func_volumes(void);
extern void func_bigdata(void);
extern void func_win32_queries(void);
extern void func_nt_queries(void);
extern void func_listings(void);
extern void func_guard(void);
extern void func_stock(void);
extern void func_guarded(void);
extern void func_names(void);
extern void func_evasions(void);
extern void func_sparse(void);
extern void func_ea(void);
extern void func_exact(void);
extern void func_watch(void);
extern void func_messages(void);
extern void func_users(void);
extern void func_key_info(void);
extern void func_status(void);
extern void func_encrypted_new(void);
extern void func_inherited(void);
extern void func_encrypt(void);
extern void func_keys(void);
extern void func_with_key(void);
extern void func_backup_beside(void);
extern void func_backup_buffers(void);
extern void func_backup_read(void);
extern void func_backup_sparse(void);
extern void func_backup_write(void);
extern void func_copy_file(void);
extern void func_change(void);
extern void func_duplicate(void);
extern void func_feclient(void);
extern void func_vss_clients(void);
extern void func_vss_methods(void);
extern void func_vss_paths(void);

const struct test winetest_testlist[] =
{
    { "helpers", func_helpers },
    { "exports", func_exports },
    { "open", func_open },
    { "flags", func_flags },
    { "export", func_export },
    { "import", func_import },
    { "directory", func_directory },
    { "large_directory", func_large_directory },
    { "context", func_context },
    { "sharing", func_sharing },
    { "killed", func_killed },
    { "threads", func_threads },
    { "paths", func_paths },
    { "attributes", func_attributes },
    { "format", func_format },
    { "volumes", func_volumes },
    { "bigdata", func_bigdata },
    { "win32_queries", func_win32_queries },
    { "nt_queries", func_nt_queries },
    { "listings", func_listings },
    { "guard", func_guard },
    { "stock", func_stock },
    { "guarded", func_guarded },
    { "names", func_names },
    { "evasions", func_evasions },
    { "sparse", func_sparse },
    { "ea", func_ea },
    { "exact", func_exact },
    { "watch", func_watch },
    { "messages", func_messages },
    { "users", func_users },
    { "key_info", func_key_info },
    { "status", func_status },
    { "encrypt", func_encrypt },
    { "keys", func_keys },
    { "encrypted_new", func_encrypted_new },
    { "inherited", func_inherited },
    { "with_key", func_with_key },
    { "backup_beside", func_backup_beside },
    { "backup_buffers", func_backup_buffers },
    { "backup_read", func_backup_read },
    { "backup_sparse", func_backup_sparse },
    { "backup_write", func_backup_write },
    { "copy_file", func_copy_file },
    { "change", func_change },
    { "duplicate", func_duplicate },
    { "feclient", func_feclient },
    { "vss_clients", func_vss_clients },
    { "vss_methods", func_vss_methods },
    { "vss_paths", func_vss_paths },
    { 0, 0 }
};

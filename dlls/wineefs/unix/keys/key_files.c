/*
 * The calls that encrypt and decrypt a file where it is, and those about a file's own key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_loading.h"

#include <unistd.h>

#include "below/site.h"
#include "efs/plaintext.h"
#include "efs/secret.h"
#include "efs/users.h"

void call_encrypt(struct encrypt_params *params)
{
    int fd = take_fd(params->fd);
    struct efs_diag diag = { 0 };
    struct readers readers;
    struct site site;
    enum efs_error err = load_readers(&readers, &params->readers, &diag);

    if (!err)
    {
        if (!(err = site_begin(&site, &fd, &diag)))
            err = efs_encrypt_at(fd, site_target(&site), &readers.are, &diag);
        site_close(&site);
    }
    free_readers(&readers);
    efs_secret_wipe_stack();
    close(fd);
    answer(&params->result, err, &diag);
}

void call_decrypt(struct decrypt_params *params)
{
    int fd = take_fd(params->fd);
    struct efs_diag diag = { 0 };
    struct efs_key *key;
    struct site site;
    enum efs_error err = load_pair(&params->pair, &key, &diag);

    if (!err)
    {
        if (!(err = site_begin(&site, &fd, &diag))) err = efs_decrypt_at(fd, site_target(&site), key, &diag);
        site_close(&site);
        efs_key_free(key);
    }
    efs_secret_wipe_stack();
    close(fd);
    answer(&params->result, err, &diag);
}

void call_new_metadata(struct new_metadata_params *params)
{
    struct efs_diag diag = { 0 };
    struct readers readers;
    enum efs_error err = load_readers(&readers, &params->readers, &diag);
    size_t length = 0;

    if (!err) err = efs_seal_make_new(from_u64(params->buffer), EFS_METADATA_MAX, &length, &readers.are, NULL, &diag);
    free_readers(&readers);
    efs_secret_wipe_stack();
    params->length = (uint32_t)length;
    answer(&params->result, err, &diag);
}

static enum efs_error add_users(int *fd, const struct efs_key *key, struct add_users_params *params,
                                struct efs_diag *diag)
{
    struct efs_users_changed changed;
    struct certificates users;
    struct site site;
    enum efs_error err = load_certificates(&users, from_u64(params->certificates), params->count, diag);

    params->bad_certificate = err && err != EFS_ERR_NO_MEMORY;
    if (!err)
    {
        if (!(err = site_begin(&site, fd, diag)))
            err = efs_users_add_at(*fd, site_target(&site), key, (const struct efs_certificate * const *)users.list,
                                   users.count, params->remove_old != 0, &changed, diag);
        site_close(&site);
    }
    free_certificates(&users);
    return err;
}

void call_add_users(struct add_users_params *params)
{
    int fd = take_fd(params->fd);
    struct efs_diag diag = { 0 };
    struct efs_key *key;
    enum efs_error err = load_pair(&params->pair, &key, &diag);

    params->bad_certificate = 0;
    if (!err)
    {
        err = add_users(&fd, key, params, &diag);
        efs_key_free(key);
    }
    efs_secret_wipe_stack();
    close(fd);
    answer(&params->result, err, &diag);
}

static enum efs_error unwrap(const struct efs_key *key, struct file_key_params *params, struct efs_diag *diag)
{
    struct efs_metadata metadata;
    struct efs_secret secret;
    enum efs_error err;

    if ((err = efs_metadata_read(&metadata, from_u64(params->metadata.data), params->metadata.length, diag)))
        return err;
    if (!efs_secret_allocate(&secret, sizeof(struct efs_fek))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    if (!(err = efs_key_unwrap(key, &metadata, (struct efs_fek *)(void *)secret.bytes, NULL, NULL, diag)))
    {
        params->algorithm = ((struct efs_fek *)(void *)secret.bytes)->algorithm;
        params->length = ((struct efs_fek *)(void *)secret.bytes)->key_length;
    }
    efs_secret_free(&secret);
    return err;
}

void call_file_key(struct file_key_params *params)
{
    struct efs_diag diag = { 0 };
    struct efs_key *key;
    enum efs_error err = load_pair(&params->pair, &key, &diag);

    if (!err)
    {
        err = unwrap(key, params, &diag);
        efs_key_free(key);
    }
    efs_secret_wipe_stack();
    answer(&params->result, err, &diag);
}

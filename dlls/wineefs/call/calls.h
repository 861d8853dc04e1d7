/*
 * The list of the calls: a line each, with the structure of unixlib.h that it takes.
 *
 * All that there is of a call by its name is made of this list: its number (unixlib.h), the prototype of the function
 * that does it (unix/unixlib_private.h), its place in the tables that Wine looks into (unix/unixlib.c), and the
 * function by which the PE half makes it (wine/unixcall.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_CALLS_H
#define WINEEFS_CALLS_H

#define UNIX_CALLS(CALL)                              \
    CALL(export_begin, export_begin_params)           \
    CALL(export_read, export_read_params)             \
    CALL(export_rewind, session_params)               \
    CALL(export_free, session_params)                 \
    CALL(target_find, target_find_params)             \
    CALL(target_open, target_open_params)             \
    CALL(target_close, session_params)                \
    CALL(import_begin, import_begin_params)           \
    CALL(import_feed, import_feed_params)             \
    CALL(import_commit, import_commit_params)         \
    CALL(import_free, session_params)                 \
    CALL(look_fd, look_params)                        \
    CALL(look_path, look_params)                      \
    CALL(look_entry, look_params)                     \
    CALL(look_volume, fd_params)                      \
    CALL(identify, identify_params)                   \
    CALL(strip, fd_params)                            \
    CALL(view_open, view_open_params)                 \
    CALL(view_encrypt, view_encrypt_params)           \
    CALL(close_fd, fd_params)                         \
    CALL(metadata_get, metadata_get_params)           \
    CALL(metadata_replace, metadata_replace_params)   \
    CALL(make_empty, make_empty_params)               \
    CALL(ranges_open, fd_params)                      \
    CALL(ranges_next, ranges_params)                  \
    CALL(data_open, fd_params)                        \
    CALL(data_read, transfer_params)                  \
    CALL(data_write, transfer_params)                 \
    CALL(security_get, security_get_params)           \
    CALL(security_set, security_set_params)           \
    CALL(sparse_get, sparse_params)                   \
    CALL(sparse_set, sparse_params)                   \
    CALL(zero, zero_params)                           \
    CALL(mode_hold, mode_params)                      \
    CALL(mode_settle, mode_params)                    \
    CALL(within, within_params)                       \
    CALL(remove, remove_params)                       \
    CALL(stream, stream_params)                       \
    CALL(stream_hidden, stream_hidden_params)         \
    CALL(streams_clear, fd_params)                    \
    CALL(owner_begin, owner_begin_params)             \
    CALL(owner_end, owner_end_params)                 \
    CALL(eas_get, eas_get_params)                     \
    CALL(eas_set, eas_set_params)                     \
    CALL(substreams, substreams_params)               \
    CALL(substream_open, substream_params)            \
    CALL(substream_read, substream_params)            \
    CALL(substream_begin, substream_params)           \
    CALL(substream_write, substream_params)           \
    CALL(substream_commit, substream_params)          \
    CALL(substream_free, session_params)              \
    CALL(stream_hold, stream_hold_params)             \
    CALL(settle_begin, settle_begin_params)           \
    CALL(settle_end, settle_end_params)               \
    CALL(reparse_undo, reparse_params)                \
    CALL(reparse_find, reparse_params)                \
    CALL(snapshot_lock, snapshot_lock_params)         \
    CALL(snapshot_make, snapshot_make_params)         \
    CALL(snapshot_next, snapshot_next_params)         \
    CALL(snapshot_delete, snapshot_delete_params)     \
    CALL(snapshot_reap, snapshot_delete_params)       \
    CALL(keys_open, keys_open_params)                 \
    KEY_CALLS(CALL)

/* Those that wineefs-keys.so does; only after keys_open has said that it is there. */
#define KEY_CALLS(CALL)                               \
    CALL(encrypt, encrypt_params)                     \
    CALL(decrypt, decrypt_params)                     \
    CALL(new_metadata, new_metadata_params)           \
    CALL(add_users, add_users_params)                 \
    CALL(file_key, file_key_params)                   \
    CALL(keep_key, keep_key_params)                   \
    CALL(save_pfx, save_pfx_params)

#endif

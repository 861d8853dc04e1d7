/*
 * Key files, master keys and blobs of real Windows hosts: known answers of each step from the password to the RSA key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include "crypt/keys/windows/container_format.h"
#include "crypt/keys/windows/dpapi.h"
#include "crypt/keyfile/rsa_key.h"

#define PROFILE_DIR SHARED_DIR "/vectors/profile"
#define CNG_FILE    "nemesis/7096db7aeb75c0d3497ecd56d355a695_f26c165b-53c8-414e-8abb-ec5f0f52df22"

static const struct efs_bytes no_entropy;

static uint8_t *read_profile(const char *name, size_t *length)
{
    uint8_t *bytes = read_file(PROFILE_DIR, name, length);

    if (!bytes) fail_msg("can't read %s/%s", PROFILE_DIR, name);
    return bytes;
}

/* ---- master keys ---- */

static const struct { const char *file, *sid, *password, *how, *masterkey; } masters[] =
{
    { "win10-efs-chain/masterkey.bin", "S-1-5-21-494464150-3436831043-1864828003-1001", "waza1234/",
        "the password (SHA-1)", "d3fb9169447509d9a2d3d4f6fc0e84b4733a676add274094f91452b8fe4984ab"
          "8fe02326c8be8931122514b90f8d850205bb1a84db54fc72d1cffb521377bafc" },
    { "nemesis/masterkey_domain.bin", "S-1-5-21-3821320868-1508310791-3575676346-1103", "Qwerty12345",
        "the password (NT hash, PBKDF2)", "36bd60cb9e7e52433169db00e93ed0a82d3c30c65d948bd8596fb32c26767102"
          "0b02026b0ae03479dd18374adbdd7658f45cce6ed2a45319eff7a96c411c85f5" },
    { "impacket/masterkey_domain_3des.bin", "S-1-5-21-1455520393-2019809541-4133251990-500", "Admin456",
        "the password (NT hash)", "4c4a398169cc9ecc6eae0e1a70ba1dc58bfec785c4b35bd1afdf2aeb06753bca"
          "0ea3491989cb626990973f8370fd576a46c0ce2a85d995a01af6d727ff41969c" },
};

static void masters_by_password(void **state)
{
    uint8_t key[DPAPI_MASTERKEY], expected[DPAPI_MASTERKEY], *bytes;
    struct masterkey_section section;
    struct password_hashes hashes;
    struct masterkey_file file;
    struct prekeys prekeys;
    uint64_t budget;
    size_t length, i, k;

    (void)state;
    for (i = 0; i < sizeof(masters) / sizeof(masters[0]); i++)
    {
        const char *how = NULL;

        bytes = read_profile(masters[i].file, &length);
        parse_hex(expected, masters[i].masterkey, sizeof(expected));
        assert_int_equal(masterkey_file_read(&file, bytes, length, NULL), EFS_OK);
        assert_int_equal(file.length, length);
        assert_true(file.has_guid);
        assert_int_equal(masterkey_section_read(&section, &file.master, NULL), EFS_OK);
        assert_int_equal(password_hash(&hashes, masters[i].password, NULL), EFS_OK);
        budget = UINT64_MAX;
        assert_int_equal(prekeys_make(&prekeys, &hashes, masters[i].sid, file.flags, &budget, NULL), EFS_OK);
        assert_int_equal(prekeys.count, 3);
        for (k = 0; k < prekeys.count; k++)
        {
            budget = UINT64_MAX;
            if (masterkey_open(key, &section, prekeys.key[k], &budget, NULL)) continue;
            assert_null(how);
            how = prekeys.how[k];
            assert_memory_equal(key, expected, sizeof(expected));
        }
        assert_non_null(how);
        assert_string_equal(how, masters[i].how);
        free(bytes);
    }
}

static const struct { const char *file, *pvk, *sid, *masterkey; } backups[] =
{
    { "nemesis/masterkey_domain.bin", "nemesis/backupkey.pvk", "S-1-5-21-3821320868-1508310791-3575676346-1103",
      "36bd60cb9e7e52433169db00e93ed0a82d3c30c65d948bd8596fb32c26767102"
        "0b02026b0ae03479dd18374adbdd7658f45cce6ed2a45319eff7a96c411c85f5" },
    { "nemesis/masterkey_domain_v2.bin", "nemesis/backupkey_v2.pvk", "S-1-5-21-937929760-3187473010-80948926-2115",
      "5481855be27d3e1d59384ff7d41ea170ef77137cf92b71313a46657ab8544d51"
        "da470f85bc4339e98ca02c9ead990784c108aaac3b8485f7a767e1b6e37f92ef" },
};

static void masters_by_backup_key(void **state)
{
    uint8_t key[DPAPI_MASTERKEY], expected[DPAPI_MASTERKEY], *bytes, *pvk;
    struct domain_section section;
    struct masterkey_file file;
    char sid[SID_TEXT_MAX];
    struct rsa_key *backup, *wrong = NULL;
    size_t length, pvk_length, i;

    (void)state;
    for (i = 0; i < sizeof(backups) / sizeof(backups[0]); i++)
    {
        bytes = read_profile(backups[i].file, &length);
        pvk = read_profile(backups[i].pvk, &pvk_length);
        parse_hex(expected, backups[i].masterkey, sizeof(expected));
        assert_int_equal(pvk_open(&backup, pvk, pvk_length, NULL, NULL), EFS_OK);
        assert_int_equal(masterkey_file_read(&file, bytes, length, NULL), EFS_OK);
        assert_int_equal(domain_section_read(&section, &file.domain, NULL), EFS_OK);
        assert_int_equal(domain_section_open(key, sid, &section, backup, NULL), EFS_OK);
        assert_memory_equal(key, expected, sizeof(expected));
        assert_string_equal(sid, backups[i].sid);
        if (wrong) assert_int_equal(domain_section_open(key, sid, &section, wrong, NULL), EFS_ERR_NO_KEY);
        rsa_key_free(wrong);
        wrong = backup;
        free(bytes);
        free(pvk);
    }
    rsa_key_free(wrong);
}

/* ---- blobs ---- */

static const struct { const char *file; size_t offset; const char *masterkey; const uint8_t *entropy;
                      size_t entropy_length; const char *plain; } blobs[] =
{
    { "nemesis/blob_without_entropy.bin", 0, "36bd60cb9e7e52433169db00e93ed0a82d3c30c65d948bd8596fb32c26767102"
      "0b02026b0ae03479dd18374adbdd7658f45cce6ed2a45319eff7a96c411c85f5",
      NULL, 0, "test" },
    { "nemesis/blob_with_entropy.bin", 0, "36bd60cb9e7e52433169db00e93ed0a82d3c30c65d948bd8596fb32c26767102"
      "0b02026b0ae03479dd18374adbdd7658f45cce6ed2a45319eff7a96c411c85f5",
      (const uint8_t *)"\1\2\3\4\5", 5, "test" },
    { "nemesis/blob_3des.bin", 0, "5481855be27d3e1d59384ff7d41ea170ef77137cf92b71313a46657ab8544d51"
      "da470f85bc4339e98ca02c9ead990784c108aaac3b8485f7a767e1b6e37f92ef",
      NULL, 0, "This is a test." },
    { "impacket/credential_file.bin", 12, "4c4a398169cc9ecc6eae0e1a70ba1dc58bfec785c4b35bd1afdf2aeb06753bca"
      "0ea3491989cb626990973f8370fd576a46c0ce2a85d995a01af6d727ff41969c",
      NULL, 0, NULL },
};

static void open_blobs(void **state)
{
    uint8_t key[DPAPI_MASTERKEY], sha1[SHA1_SIZE], *bytes;
    struct efs_bytes entropy;
    struct efs_secret plain;
    struct dpapi_blob blob;
    size_t length, i;

    (void)state;
    for (i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++)
    {
        bytes = read_profile(blobs[i].file, &length);
        parse_hex(key, blobs[i].masterkey, sizeof(key));
        entropy = (struct efs_bytes){ blobs[i].entropy, (uint32_t)blobs[i].entropy_length };
        assert_int_equal(dpapi_blob_read(&blob, bytes + blobs[i].offset, length - blobs[i].offset, NULL), EFS_OK);
        assert_int_equal(masterkey_digest(sha1, key, NULL), EFS_OK);
        assert_int_equal(dpapi_blob_open(&plain, &blob, sha1, &entropy, NULL), EFS_OK);
        if (blobs[i].plain)
        {
            assert_int_equal(plain.length, strlen(blobs[i].plain));
            assert_memory_equal(plain.bytes, blobs[i].plain, plain.length);
        }
        efs_secret_free(&plain);
        sha1[0] ^= 1;
        assert_int_equal(dpapi_blob_open(&plain, &blob, sha1, &entropy, NULL), EFS_ERR_KEY_FILE);
        free(bytes);
    }
}

/* ---- key files ---- */

static void capi_key_of_windows_10(void **state)
{
    size_t cert_length, key_length;
    uint8_t master[DPAPI_MASTERKEY], sha1[SHA1_SIZE], thumbprint[20];
    uint8_t *cert = read_profile("win10-efs-chain/certfile.bin", &cert_length);
    uint8_t *key = read_profile("win10-efs-chain/keyfile.bin", &key_length);
    struct certificate certificate;
    struct rsa_numbers numbers;
    struct rsa_key *public, *private;
    struct store_file store;
    struct efs_secret plain;
    struct dpapi_blob blob;
    struct capi_file file;

    (void)state;
    assert_int_equal(store_file_read(&store, cert, cert_length, NULL), EFS_OK);
    assert_int_equal(store.length, cert_length);
    assert_int_equal(store.key_spec, 1);
    assert_int_equal(certificate_read(&certificate, store.certificate.data, store.certificate.length, NULL), EFS_OK);
    parse_hex(thumbprint, "b53c6de283c00203587a03dd3d0bf66e16969a55", sizeof(thumbprint));
    assert_memory_equal(certificate.thumbprint, thumbprint, sizeof(thumbprint));
    assert_string_equal(certificate.subject, "CN=Gentil Kiwi");
    assert_int_equal(certificate.not_before, 1466114258);
    assert_int_equal(certificate.not_after, 4619714258);
    assert_int_equal(rsa_key_bits(certificate.key), 2048);

    assert_int_equal(capi_file_read(&file, key, key_length, NULL), EFS_OK);
    assert_int_equal(file.length, key_length);
    assert_true(container_names_match(&file.name, false, &store.container, true));
    assert_int_equal(rsa_read_capi(&numbers, file.exchange_public.data, file.exchange_public.length, NULL), EFS_OK);
    assert_int_equal(rsa_key_make(&public, &numbers, NULL), EFS_OK);
    assert_true(rsa_key_fits(public, certificate.key));

    assert_int_equal(dpapi_blob_read(&blob, file.exchange_private.data, file.exchange_private.length, NULL), EFS_OK);
    parse_hex(master, masters[0].masterkey, sizeof(master));
    assert_int_equal(masterkey_digest(sha1, master, NULL), EFS_OK);
    assert_int_equal(dpapi_blob_open(&plain, &blob, sha1, &no_entropy, NULL), EFS_OK);
    assert_int_equal(plain.length, 1348);
    assert_int_equal(rsa_read_capi(&numbers, plain.bytes, plain.length, NULL), EFS_OK);
    assert_int_equal(rsa_key_make(&private, &numbers, NULL), EFS_OK);
    assert_true(rsa_key_fits(private, certificate.key));
    efs_secret_free(&plain);
    rsa_key_free(private);
    rsa_key_free(public);
    certificate_free(&certificate);
    free(cert);
    free(key);
}

static void cng_key_file(void **state)
{
    size_t length;
    uint8_t *bytes = read_profile(CNG_FILE, &length);
    const struct efs_bytes name = { (const uint8_t *)"google chromeKEY1", 17 };
    struct dpapi_blob blob;
    struct cng_file file;

    (void)state;
    assert_int_equal(cng_file_read(&file, bytes, length, NULL), EFS_OK);
    assert_int_equal(file.length, length);
    assert_true(container_names_match(&file.name, true, &name, false));
    assert_int_equal(dpapi_blob_read(&blob, file.private_key.data, file.private_key.length, NULL), EFS_OK);
    free(bytes);
}

static void store_element_of_dotnet(void **state)
{
    size_t length;
    uint8_t thumbprint[20], *bytes = read_profile("dotnet/serialized-cert-element.bin", &length);
    const struct efs_bytes container = { (const uint8_t *)"{77EBD02D-D8DE-475A-8867-D20B0064E49F}", 38 };
    const struct efs_bytes provider = { (const uint8_t *)"Microsoft Strong Cryptographic Provider", 39 };
    struct certificate certificate;
    struct store_file store;

    (void)state;
    assert_int_equal(store_file_read(&store, bytes, length, NULL), EFS_OK);
    assert_true(container_names_match(&store.container, true, &container, false));
    assert_true(container_names_match(&store.provider, true, &provider, false));
    assert_int_equal(store.key_spec, 2);
    assert_int_equal(certificate_read(&certificate, store.certificate.data, store.certificate.length, NULL), EFS_OK);
    parse_hex(thumbprint, "71cb4e2b02738ad44f8b382c93bd17ba665f9914", sizeof(thumbprint));
    assert_memory_equal(certificate.thumbprint, thumbprint, sizeof(thumbprint));
    certificate_free(&certificate);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(masters_by_password),
        cmocka_unit_test(masters_by_backup_key),
        cmocka_unit_test(open_blobs),
        cmocka_unit_test(capi_key_of_windows_10),
        cmocka_unit_test(cng_key_file),
        cmocka_unit_test(store_element_of_dotnet),
    };
    FILE *file = fopen(PROFILE_DIR "/win10-efs-chain/masterkey.bin", "rb");

    if (!file)
    {
        printf("1..0 # SKIP no genuine profile in %s\n", PROFILE_DIR);
        return 0;
    }
    fclose(file);
    return cmocka_run_group_tests_name("genuine_profile", tests, NULL, NULL);
}

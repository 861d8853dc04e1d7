/*
 * The container that a new key of the user's is in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "container.h"

#include "user_key.h"
#include "wine/prefix.h"
#include "wine/unixcall.h"

/* A random GUID (RFC 4122, version 4) as text, which no other container is named. */
static BOOL make_name(const struct libraries *lib, WCHAR name[CONTAINER_NAME])
{
    HCRYPTPROV random;
    BYTE bytes[16];
    unsigned int i;
    BOOL made;

    if (!lib->CryptAcquireContextW(&random, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT)) return FALSE;
    made = lib->CryptGenRandom(random, sizeof(bytes), bytes);
    lib->CryptReleaseContext(random, 0);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (i = 0; i < sizeof(bytes); i++)
    {
        if (i == 4 || i == 6 || i == 8 || i == 10) *name++ = '-';
        *name++ = L"0123456789abcdef"[bytes[i] >> 4];
        *name++ = L"0123456789abcdef"[bytes[i] & 15];
    }
    *name = 0;
    return made;
}

DWORD container_error(void)
{
    DWORD err = GetLastError();

    return err ? err : ERROR_GEN_FAILURE;
}

DWORD container_make(const struct libraries *lib, WCHAR name[CONTAINER_NAME], HCRYPTPROV *container)
{
    if (!make_name(lib, name)) return container_error();
    return lib->CryptAcquireContextW(container, name, MS_ENHANCED_PROV_W, PROV_RSA_FULL,
                                     CRYPT_NEWKEYSET | CRYPT_SILENT) ? ERROR_SUCCESS : container_error();
}

void container_remove(const struct libraries *lib, const WCHAR *name)
{
    HCRYPTPROV none;

    lib->CryptAcquireContextW(&none, name, MS_ENHANCED_PROV_W, PROV_RSA_FULL, CRYPT_DELETEKEYSET);
}

CRYPT_KEY_PROV_INFO container_info(WCHAR *name)
{
    return (CRYPT_KEY_PROV_INFO){ .pwszContainerName = name, .pwszProvName = (WCHAR *)(ULONG_PTR)MS_ENHANCED_PROV_W,
                                  .dwProvType = PROV_RSA_FULL, .dwKeySpec = AT_KEYEXCHANGE };
}

DWORD container_keep(const struct libraries *lib, HCRYPTPROV container, const WCHAR *name,
                     const CERT_CONTEXT *certificate)
{
    struct keep_key_params params = { .prefix = (UINT_PTR)prefix_get_path() };
    struct locked pvk = { 0 };
    char file[CONTAINER_NAME];
    unsigned int i;
    DWORD err;

    if (!params.prefix) return ERROR_PATH_NOT_FOUND;
    for (i = 0; i < CONTAINER_NAME; i++) file[i] = (char)name[i];
    if ((err = user_key_export(lib, container, AT_KEYEXCHANGE, &pvk))) return err;
    params.name = (UINT_PTR)file;
    params.pair.key.data = (UINT_PTR)pvk.bytes;
    params.pair.key.length = pvk.size;
    params.pair.certificate.data = (UINT_PTR)certificate->pbCertEncoded;
    params.pair.certificate.length = certificate->cbCertEncoded;
    unixcall_keep_key(&params);
    locked_free(&pvk);
    return unixcall_error(__func__, &params.result);
}

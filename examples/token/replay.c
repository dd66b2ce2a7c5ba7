/*
 * A PKCS #11 module that tells lies, for test.sh: it passes everything on to the module named in REPLAY_MODULE, but
 * keeps the first signature that is made in the file REPLAY_FILE, and gives it again for every later one.
 */

#define _POSIX_C_SOURCE 200809L

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;

static CK_RV replay(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_len, CK_BYTE_PTR signature,
    CK_ULONG_PTR len) {
    FILE *kept = fopen(getenv("REPLAY_FILE"), "rb");
    if (kept != NULL) {
        *len = fread(signature, 1, *len, kept);
        fclose(kept);
        return CKR_OK;
    }
    CK_RV rv = real->C_Sign(session, data, data_len, signature, len);
    kept = fopen(getenv("REPLAY_FILE"), "wb");
    if (kept == NULL || fwrite(signature, 1, *len, kept) != *len || fclose(kept) != 0) {
        return CKR_GENERAL_ERROR;
    }
    return rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
    CK_C_GetFunctionList get = NULL;
    void *library = dlopen(getenv("REPLAY_MODULE"), RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
    memcpy(&get, &symbol, sizeof(get));
    if (get == NULL || get(&real) != CKR_OK) {
        return CKR_GENERAL_ERROR;
    }
    ours = *real;
    ours.C_Sign = replay;
    *list = &ours;
    return CKR_OK;
}

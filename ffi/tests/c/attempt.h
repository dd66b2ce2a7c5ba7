/*
 * A login that is good, and the check that nobody is let in, shared by the tests of misuse.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "check.h"

#include <time.h>

static cba_verifier *verifier;
static cba_workspace *workspace;
static cba_span leaf;
static cba_span issuing;
static cba_span root;

/* A request that logs Alice in. */
static inline cba_request good(void) {
    cba_request request = CBA_REQUEST_INIT;
    request.leaf = leaf;
    request.presented = &issuing;
    request.presented_len = 1;
    request.time = (int64_t)time(NULL);
    request.mode = CBA_MODE_PRIMARY;
    request.possession = CBA_POSSESSION_PROVEN_BY_TLS;
    return request;
}

/* The reason for which nobody is let in; CBA_OK if somebody is. Outputs begin as garbage, and end as they
 * must. */
static inline cba_status refused(const cba_verifier *by, const cba_request *request, cba_workspace *in) {
    cba_decision decision;
    cba_device device;
    cba_audit audit;
    memset(&decision, 0xaa, sizeof(decision));
    memset(&device, 0xaa, sizeof(device));
    memset(&audit, 0xaa, sizeof(audit));
    cba_authenticate(by, request, in, &decision, &device, &audit);
    CHECK(audit.verdict == decision.verdict && audit.reason == decision.reason);
    CHECK(audit.depth == decision.depth && audit.offset == decision.offset);
    if (decision.verdict == CBA_LOGIN) {
        CHECK(check_same(cba_login_email(&decision), "alice@example.com"));
        return CBA_OK;
    }
    CHECK(decision.verdict == CBA_REFUSED && decision.reason != CBA_OK && decision.email_len == 0);
    CHECK(check_zero(decision.email, sizeof(decision.email)));
    CHECK(cba_login_email(&decision).len == 0 && cba_password_email(&decision).len == 0);
    CHECK(check_zero(device.fingerprint, 32) && check_zero(device.public_key_hash, 32));
    CHECK(device.not_after == 0 && device.name_kind == CBA_DEVICE_NONE);
    CHECK(device.serial.ptr == NULL && device.serial.len == 0 && device.issuer.len == 0
          && device.issuer.ptr == NULL);
    CHECK(device.subject.ptr == NULL && device.subject.len == 0 && device.name.ptr == NULL
          && device.name.len == 0);
    return decision.reason;
}

/* The same by two steps. */
static inline cba_status refused_in_two(
    const cba_verifier *by, const cba_request *request, cba_workspace *in) {
    cba_credential credential;
    cba_request second = good();
    cba_decision decision;
    cba_device device;
    cba_audit audit;
    memset(&credential, 0xaa, sizeof(credential));
    memset(&decision, 0xaa, sizeof(decision));
    memset(&device, 0xaa, sizeof(device));
    memset(&audit, 0xaa, sizeof(audit));
    cba_identify(by, request, in, &credential, &device, &audit);
    CHECK(audit.verdict == CBA_REFUSED);
    cba_decide(&credential, &second, &decision, &audit);
    CHECK(audit.verdict == decision.verdict && audit.reason == decision.reason);
    CHECK(decision.verdict == CBA_LOGIN
          || (decision.verdict == CBA_REFUSED && check_zero(device.fingerprint, 32)));
    return decision.reason;
}

#define REFUSED(reason, by, request, in)                       \
    do {                                                       \
        CHECK_STATUS(reason, refused(by, request, in));        \
        CHECK_STATUS(reason, refused_in_two(by, request, in)); \
    } while (0)

static inline void attempt_begin(int count, char **arguments) {
    check_must(count == 2, "one argument, the DIRECTORY of certificates.sh");
    check_directory = arguments[1];
    verifier = check_verifier("root.crt", NULL, NULL);
    workspace = check_workspace(4);
    leaf = check_file("alice.der");
    issuing = check_file("issuing.der");
    root = check_file("root.der");
}

static inline void attempt_end(void) {
    free(verifier);
    free(workspace);
    check_free(leaf);
    check_free(issuing);
    check_free(root);
}

#endif

/*
 * What a program can do wrong beside NULL: each has its status, lets nobody in, and leaves outputs that are
 * zero.
 */
#include "attempt.h"

#include <pthread.h>
#include <stddef.h>

static void the_good_request_is_good(void) {
    cba_request request = good();
    REFUSED(CBA_OK, verifier, &request, workspace);
}

/* A request with what a newer header might have appended. */
typedef struct longer_request {
    cba_request request;
    unsigned char appended[64];
} longer_request;

static void struct_size_of_a_request(void) {
    longer_request longer;
    cba_request request = good();
    cba_decision decision;
    memset(&longer, 0, sizeof(longer));
    longer.request = request;
    for (size_t size = 0; size <= sizeof(longer); size++) {
        /* Without `mode` it would be switched off: sizeof(a pointer) must not do that. */
        int known = size == offsetof(cba_request, login_id) || size == offsetof(cba_request, ocsp)
                    || size == offsetof(cba_request, nonce) || size == offsetof(cba_request, proof)
                    || (size >= sizeof(cba_request) && size % sizeof(size_t) == 0);
        longer.request.struct_size = size;
        memset(&decision, 0xaa, sizeof(decision));
        cba_authenticate(verifier, &longer.request, workspace, &decision, NULL, NULL);
        if (!known) {
            CHECK_STATUS(CBA_STATUS_STRUCT_SIZE, decision.reason);
            CHECK(decision.verdict == CBA_REFUSED);
        } else {
            CHECK(decision.verdict == CBA_LOGIN);
        }
    }
    longer.request = request;
    longer.request.struct_size = sizeof(longer);
    for (size_t at = 0; at < sizeof(longer.appended); at++) {
        longer.appended[at] = 1;
        REFUSED(CBA_STATUS_STRUCT_SIZE, verifier, &longer.request, workspace);
        longer.appended[at] = 0;
    }
    /* No header is that long: nothing behind it is read. */
    longer.request.struct_size = 4097;
    REFUSED(CBA_STATUS_STRUCT_SIZE, verifier, &longer.request, workspace);
    longer.request.struct_size = (size_t)-1;
    REFUSED(CBA_STATUS_STRUCT_SIZE, verifier, &longer.request, workspace);
}

typedef struct longer_config {
    cba_verifier_config config;
    unsigned char appended[64];
} longer_config;

static void struct_size_of_a_configuration(void) {
    longer_config longer;
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    size_t needed = 0, size = 77;
    trusted.certificates = root;
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &needed, NULL));
    memset(&longer, 0, sizeof(longer));
    longer.config = config;
    int accepted = 0;
    for (size_t at = 0; at < sizeof(longer); at++) {
        longer.config.struct_size = at;
        cba_status status = cba_verifier_size(&longer.config, &size, NULL);
        CHECK(size == (status == CBA_OK ? needed : 0));
        if (at < offsetof(cba_verifier_config, intermediates)) {
            CHECK(status == CBA_STATUS_STRUCT_SIZE || at == offsetof(cba_verifier_config, trusted));
        } else {
            CHECK(status == CBA_OK || status == CBA_STATUS_STRUCT_SIZE);
        }
        CHECK(at < sizeof(config) || (status == CBA_OK) == (at % sizeof(size_t) == 0));
        accepted += at < sizeof(config) && status == CBA_OK;
    }
    /* Ends of fields that may be the end of a structure. */
    CHECK(sizeof(size_t) == 8 ? accepted == 16 : accepted > 6);
    longer.config.struct_size = sizeof(longer);
    longer.appended[sizeof(longer.appended) - 1] = 1;
    CHECK_STATUS(CBA_STATUS_STRUCT_SIZE, cba_verifier_size(&longer.config, &size, NULL));
    longer.appended[sizeof(longer.appended) - 1] = 0;
    longer.config.struct_size = 4097;
    CHECK_STATUS(CBA_STATUS_STRUCT_SIZE, cba_verifier_size(&longer.config, &size, NULL));
}

static void arguments_without_a_meaning(void) {
    cba_request request = good();
    request.mode = CBA_MODE_OFF + 1;
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, refused(verifier, &request, workspace));
    request = good();
    request.possession = 3;
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, refused(verifier, &request, workspace));
    request = good();
    request.leaf.len = (size_t)-1;
    REFUSED(CBA_STATUS_INVALID_ARGUMENT, verifier, &request, workspace);
    request = good();
    request.presented_len = (size_t)-1;
    REFUSED(CBA_STATUS_INVALID_ARGUMENT, verifier, &request, workspace);
    request = good();
    request.presented = (const cba_span *)(const void *)((const char *)(const void *)&issuing + 1);
    REFUSED(CBA_STATUS_INVALID_ARGUMENT, verifier, &request, workspace);

    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    const cba_verifier_config empty = CBA_VERIFIER_CONFIG_INIT;
    cba_verifier_config config;
    size_t size;
#define INVALID(field, value)                                                               \
    do {                                                                                    \
        config = empty;                                                                     \
        trusted.certificates = root;                                                        \
        config.trusted = &trusted;                                                          \
        config.trusted_len = 1;                                                             \
        CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &size, NULL));                      \
        config.field = value;                                                               \
        CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, cba_verifier_size(&config, &size, NULL)); \
    } while (0)
    INVALID(email_sources, 4);
    INVALID(local_part, 2);
    INVALID(local_part_case, 2);
    INVALID(accept, 512);
    INVALID(borrow, 4);
    INVALID(revocation, 4);
    INVALID(anchor_constraints, 3);
    INVALID(require, 16);
    INVALID(min_rsa_bits, 8193);
    INVALID(max_rsa_bits, 8193);
    INVALID(max_rsa_bits, 1024);
    INVALID(max_intermediates, 16);
    INVALID(max_extra_signatures, 17);
    INVALID(reserved, 1);
    INVALID(trusted_len, (size_t)-1);
    /* An anchor for no domain at all. */
    config.trusted_len = 1;
    trusted.email_domains = &root;
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, cba_verifier_size(&config, &size, NULL));
}

static void memory_too_small_by_one_byte(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    const cba_verifier *made = verifier;
    cba_fault fault;
    size_t size = 0;
    trusted.certificates = root;
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &size, NULL));
    CHECK(size <= CBA_VERIFIER_SIZE(1, 0, 0, 0, root.len));
    void *memory = check_alloc(size - 1);
    CHECK_STATUS(CBA_STATUS_MEMORY_TOO_SMALL, cba_verifier_init(memory, size - 1, &config, &made, &fault));
    CHECK(made == NULL && fault.status == CBA_STATUS_MEMORY_TOO_SMALL);
    CHECK_STATUS(CBA_STATUS_MEMORY_TOO_SMALL, cba_verifier_init(memory, 0, &config, &made, &fault));
    free(memory);

    /* The bound of the header, to the byte, holds for that many certificates; one less is one certificate
     * less. */
    cba_workspace *small = NULL;
    cba_span two[2];
    cba_request request = good();
    two[0] = issuing;
    two[1] = root;
    request.presented = two;
    request.presented_len = 2;
    memory = check_alloc(CBA_WORKSPACE_SIZE(2));
    CHECK_STATUS(CBA_OK, cba_workspace_init(memory, CBA_WORKSPACE_SIZE(2), &small));
    REFUSED(CBA_OK, verifier, &request, small);
    CHECK_STATUS(CBA_STATUS_MEMORY_TOO_SMALL, cba_workspace_init(memory, 0, &small));
    CHECK(small == NULL);
    size_t least = 0;
    while (cba_workspace_init(memory, least, &small) == CBA_STATUS_MEMORY_TOO_SMALL) {
        CHECK(small == NULL);
        least++;
    }
    CHECK(least <= CBA_WORKSPACE_BASE_SIZE);
    REFUSED(CBA_STATUS_TOO_MANY_CERTIFICATES, verifier, &request, small);
    free(memory);
}

static void more_certificates_than_there_is_room_for(void) {
    cba_workspace *one = check_workspace(1);
    cba_span many[9];
    cba_request request = good();
    REFUSED(CBA_OK, verifier, &request, one);
    for (size_t at = 0; at < 9; at++) {
        many[at] = issuing;
    }
    request.presented = many;
    request.presented_len = 9;
    REFUSED(CBA_STATUS_TOO_MANY_CERTIFICATES, verifier, &request, one);
    free(one);
}

static void memory_that_is_not_aligned(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    const cba_verifier *made;
    cba_workspace *small;
    size_t size = 0;
    trusted.certificates = root;
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &size, NULL));
    char *memory = (char *)check_alloc(size + CBA_WORKSPACE_SIZE(1));
    for (size_t off = 1; off < CBA_VERIFIER_ALIGN; off++) {
        made = verifier;
        small = workspace;
        CHECK_STATUS(CBA_STATUS_MISALIGNED, cba_verifier_init(memory + off, size, &config, &made, NULL));
        CHECK_STATUS(CBA_STATUS_MISALIGNED, cba_workspace_init(memory + off, CBA_WORKSPACE_SIZE(1), &small));
        CHECK(made == NULL && small == NULL);
    }
    cba_request request = good();
    const cba_verifier *odd = (const cba_verifier *)(const void *)(memory + 1);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, odd, &request, workspace);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, verifier, &request, (cba_workspace *)(void *)(memory + 1));
    CHECK(cba_verifier_anchors(odd) == 0);
    free(memory);
}

static void memory_that_was_never_initialised_or_was_moved(void) {
    cba_request request = good();
    size_t size = CBA_VERIFIER_SIZE(4, 4, 0, 0, 8192);
    void *memory = check_alloc(size);
    memset(memory, 0, size);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, (const cba_verifier *)memory, &request, workspace);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, verifier, &request, (cba_workspace *)memory);
    CHECK(cba_verifier_anchors((const cba_verifier *)memory) == 0);
    memset(memory, 0xff, size);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, (const cba_verifier *)memory, &request, workspace);

    /* Copies of what is good where it is. */
    memcpy(memory, verifier, CBA_VERIFIER_BASE_SIZE);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, (const cba_verifier *)memory, &request, workspace);
    CHECK(cba_verifier_anchors((const cba_verifier *)memory) == 0);
    memcpy(memory, workspace, CBA_WORKSPACE_BASE_SIZE);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, verifier, &request, (cba_workspace *)memory);
    /* One for the other, and a word that is neither. */
    uintptr_t *word = (uintptr_t *)check_alloc(sizeof(uintptr_t));
    *word = 1;
    REFUSED(CBA_STATUS_NOT_INITIALIZED, (const cba_verifier *)(const void *)word, &request, workspace);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, verifier, &request, (cba_workspace *)(void *)word);
    free(word);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, (const cba_verifier *)(const void *)workspace, &request, workspace);
    REFUSED(CBA_STATUS_NOT_INITIALIZED, verifier, &request, (cba_workspace *)(void *)verifier);
    free(memory);

    /* A verifier that could not be made anew where one was is none any more. */
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_span broken = { (const uint8_t *)"\x30\x03\x02\x01\x00", 5 };
    const cba_verifier *made = NULL;
    trusted.certificates = root;
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &size, NULL));
    memory = check_alloc(size);
    CHECK_STATUS(CBA_OK, cba_verifier_init(memory, size, &config, &made, NULL));
    CHECK(cba_verifier_anchors((const cba_verifier *)memory) == 1);
    trusted.certificates = broken;
    CHECK(cba_verifier_init(memory, size, &config, &made, NULL) >= 100);
    CHECK(made == NULL && cba_verifier_anchors((const cba_verifier *)memory) == 0);
    free(memory);

    cba_credential credential;
    cba_decision decision;
    memset(&credential, 0, sizeof(credential));
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_NOT_INITIALIZED, decision.reason);
    memset(&credential, 0x55, sizeof(credential));
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_NOT_INITIALIZED, decision.reason);
}

static void no_certificates(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_fault fault;
    size_t size;
    CHECK_STATUS(CBA_STATUS_NO_CERTIFICATES, cba_verifier_size(&config, &size, &fault));
    CHECK(fault.part == CBA_PART_WHOLE);
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_STATUS_NO_CERTIFICATES, cba_verifier_size(&config, &size, &fault));
    CHECK(fault.part == CBA_PART_TRUSTED && fault.index == 0);
    trusted.certificates = check_text("\n \n");
    CHECK_STATUS(CBA_STATUS_NO_CERTIFICATES, cba_verifier_size(&config, &size, &fault));
    trusted.certificates = check_text("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    CHECK_STATUS(CBA_STATUS_NO_CERTIFICATES, cba_verifier_size(&config, &size, &fault));
}

static pthread_barrier_t together;
static cba_workspace *shared;

typedef struct tally {
    unsigned busy, good, other;
} tally;

static void *use_shared(void *argument) {
    tally *seen = (tally *)argument;
    cba_request request = good();
    pthread_barrier_wait(&together);
    for (int round = 0; round < 500; round++) {
        cba_decision decision;
        cba_authenticate(verifier, &request, shared, &decision, NULL, NULL);
        seen->busy += decision.verdict == CBA_REFUSED && decision.reason == CBA_STATUS_WORKSPACE_BUSY;
        seen->good += decision.verdict == CBA_LOGIN
                      && check_same(cba_login_email(&decision), "alice@example.com");
        seen->other += decision.reason != CBA_OK && decision.reason != CBA_STATUS_WORKSPACE_BUSY;
    }
    return NULL;
}

static void two_threads_in_one_workspace(void) {
    unsigned busy = 0, rounds = 0;
    shared = check_workspace(4);
    /* When two calls meet is for the scheduler to say. */
    while (busy == 0 && rounds++ < 200) {
        pthread_t threads[2];
        tally seen[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
        check_must(pthread_barrier_init(&together, NULL, 2) == 0, "barrier");
        for (int at = 0; at < 2; at++) {
            check_must(pthread_create(&threads[at], NULL, use_shared, &seen[at]) == 0, "thread");
        }
        for (int at = 0; at < 2; at++) {
            pthread_join(threads[at], NULL);
            CHECK(seen[at].other == 0 && seen[at].busy + seen[at].good == 500);
            busy += seen[at].busy;
        }
        pthread_barrier_destroy(&together);
    }
    CHECK(busy > 0);
    /* It is free again. */
    cba_request request = good();
    REFUSED(CBA_OK, verifier, &request, shared);
    free(shared);
}

static void every_status_has_a_text(void) {
    static const char unknown[] = "unknown status";
    /* Each constant of the header; run.sh writes them. */
    static const cba_status known[] = {
        CBA_OK,
#include "statuses.h"
    };
    const size_t count = sizeof(known) / sizeof(*known);
    size_t named = 0;
    for (cba_status status = 0; status < 2000; status++) {
        const char *text = cba_status_str(status);
        CHECK(text != NULL && strlen(text) > 3);
        named += strcmp(text, unknown) != 0;
    }
    CHECK(named == count);
    for (size_t at = 0; at < count; at++) {
        CHECK(strcmp(cba_status_str(known[at]), unknown) != 0);
    }
    CHECK(strcmp(cba_status_str((cba_status)-1), unknown) == 0);
    CHECK(cba_version() == CBA_VERSION_NUMBER && cba_abi_version() == CBA_ABI_VERSION);
}

int main(int count, char **arguments) {
    attempt_begin(count, arguments);
    RUN(the_good_request_is_good);
    RUN(struct_size_of_a_request);
    RUN(struct_size_of_a_configuration);
    RUN(arguments_without_a_meaning);
    RUN(memory_too_small_by_one_byte);
    RUN(more_certificates_than_there_is_room_for);
    RUN(memory_that_is_not_aligned);
    RUN(memory_that_was_never_initialised_or_was_moved);
    RUN(no_certificates);
    RUN(two_threads_in_one_workspace);
    RUN(every_status_has_a_text);
    attempt_end();
    return check_conclude("misuse");
}

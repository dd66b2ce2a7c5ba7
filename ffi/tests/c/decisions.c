/*
 * Decisions of every kind, with the audit record of each; PEM and DER; what a configuration asks for.
 */
#include "check.h"

#include <time.h>

static cba_workspace *workspace;
static cba_span issuing;
static cba_span alice;
static int64_t now;

enum { YEAR = 365 * 86400 };

/* An attempt, and what comes of it. */
typedef struct attempt {
    const char *leaf;
    uint32_t mode;
    const char *login_id;
    uint32_t possession;
    int64_t later;
    cba_verdict verdict;
    cba_status reason;
    const char *user;
} attempt;

#define PROVEN CBA_POSSESSION_PROVEN_BY_TLS
#define UNPROVEN CBA_POSSESSION_UNPROVEN
#define PRIMARY CBA_MODE_PRIMARY
#define SECONDARY CBA_MODE_SECONDARY

static const attempt attempts[] = {
    { "alice.der", PRIMARY, "", PROVEN, 0, CBA_LOGIN, CBA_OK, "alice@example.com" },
    { "alice.der", PRIMARY, "boss@example.com", PROVEN, 0, CBA_LOGIN, CBA_OK, "alice@example.com" },
    { "direct.der", PRIMARY, "", PROVEN, 0, CBA_LOGIN, CBA_OK, "direct@example.com" },
    { "alice.der", SECONDARY, "alice@example.com", PROVEN, 0, CBA_CONTINUE_WITH_PASSWORD, CBA_OK,
        "alice@example.com" },
    { "alice.der", SECONDARY, "ALICE@example.COM", PROVEN, 0, CBA_CONTINUE_WITH_PASSWORD, CBA_OK,
        "alice@example.com" },
    { "alice.der", SECONDARY, "boss@example.com", PROVEN, 0, CBA_REFUSED, CBA_STATUS_LOGIN_ID_MISMATCH, "" },
    { "alice.der", SECONDARY, "alice@example.com ", PROVEN, 0, CBA_REFUSED, CBA_STATUS_LOGIN_ID_MISMATCH,
        "" },
    { "alice.der", SECONDARY, "\xff\xfe", PROVEN, 0, CBA_REFUSED, CBA_STATUS_LOGIN_ID_MISMATCH, "" },
    { "alice.der", SECONDARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_LOGIN_ID_MISSING, "" },
    { "alice.der", CBA_MODE_OFF, "", PROVEN, 0, CBA_DISABLED, CBA_OK, "" },
    { "forged.der", CBA_MODE_OFF, "", UNPROVEN, 0, CBA_DISABLED, CBA_OK, "" },
    { NULL, CBA_MODE_OFF, "", PROVEN, 0, CBA_DISABLED, CBA_OK, "" },
    { "alice.der", PRIMARY, "", UNPROVEN, 0, CBA_REFUSED, CBA_STATUS_POSSESSION_NOT_PROVEN, "" },
    { "alice.der", SECONDARY, "alice@example.com", UNPROVEN, 0, CBA_REFUSED, CBA_STATUS_POSSESSION_NOT_PROVEN,
        "" },
    { NULL, PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_NO_CERTIFICATE, "" },
    { NULL, SECONDARY, "alice@example.com", PROVEN, 0, CBA_REFUSED, CBA_STATUS_NO_CERTIFICATE, "" },
    { "alice.der", PRIMARY, "", PROVEN, 2 * YEAR, CBA_REFUSED, CBA_STATUS_EXPIRED, "" },
    { "alice.der", PRIMARY, "", PROVEN, -YEAR, CBA_REFUSED, CBA_STATUS_NOT_YET_VALID, "" },
    { "forged.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_UNKNOWN_ISSUER, "" },
    { "version-1.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_VERSION1, "" },
    { "no-purpose.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_MISSING_EXTENDED_KEY_USAGE, "" },
    { "no-signature.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_MISSING_DIGITAL_SIGNATURE, "" },
    { "authority.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_LEAF_IS_CA, "" },
    { "nobody.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_EMAIL_MISSING, "" },
    { "two.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_AMBIGUOUS_IDENTITY, "" },
    { "torn.der", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_AMBIGUOUS_IDENTITY, "" },
    /* PEM where DER is wanted. */
    { "alice.crt", PRIMARY, "", PROVEN, 0, CBA_REFUSED, CBA_STATUS_UNEXPECTED_TAG, "" },
};

static cba_request request_of(const attempt *from, cba_span leaf) {
    cba_request request = CBA_REQUEST_INIT;
    request.leaf = leaf;
    request.presented = &issuing;
    request.presented_len = 1;
    request.time = now + from->later;
    request.mode = from->mode;
    request.possession = from->possession;
    request.login_id = check_text(from->login_id);
    return request;
}

/* What is the same of every outcome, whichever it is. */
static void check_outcome(
    const attempt *wanted, const cba_request *request, const cba_decision *decision, const cba_audit *audit) {
    static const unsigned char none[32] = { 0 };
    cba_span login = cba_login_email(decision);
    cba_span password = cba_password_email(decision);
    CHECK(decision->verdict == wanted->verdict);
    CHECK_STATUS(wanted->reason, decision->reason);
    CHECK(check_same(login, wanted->verdict == CBA_LOGIN ? wanted->user : ""));
    CHECK(check_same(password, wanted->verdict == CBA_CONTINUE_WITH_PASSWORD ? wanted->user : ""));
    CHECK(decision->email_len == strlen(wanted->user) && decision->email[decision->email_len] == '\0');
    CHECK(memcmp(decision->email, wanted->user, decision->email_len) == 0);
    CHECK(check_zero(decision->email + decision->email_len, sizeof(decision->email) - decision->email_len));
    CHECK(audit->verdict == decision->verdict && audit->reason == decision->reason);
    CHECK(audit->depth == decision->depth && audit->offset == decision->offset);
    CHECK(audit->has_fingerprint == (request->leaf.len != 0 ? 1u : 0u));
    CHECK((memcmp(audit->fingerprint, none, 32) != 0) == (audit->has_fingerprint == 1));
    CHECK((memcmp(audit->issuer, none, 32) != 0) == (audit->has_issuer == 1));
    CHECK((audit->serial_len != 0) == (audit->has_issuer == 1) && audit->serial_len <= 21);
    CHECK(audit->has_issuer <= audit->has_fingerprint);
}

static void every_kind_of_decision_in_one_step_and_in_two(void) {
    cba_verifier *verifier = check_verifier("root.crt", NULL, NULL);
    for (size_t at = 0; at < sizeof(attempts) / sizeof(*attempts); at++) {
        const attempt *wanted = &attempts[at];
        int before = check_failures;
        cba_span leaf = { NULL, 0 };
        if (wanted->leaf != NULL) {
            leaf = check_file(wanted->leaf);
        }
        cba_request request = request_of(wanted, leaf);
        cba_decision decision;
        cba_device device;
        cba_audit audit;
        memset(&decision, 0xaa, sizeof(decision));
        memset(&device, 0xaa, sizeof(device));
        memset(&audit, 0xaa, sizeof(audit));
        cba_authenticate(verifier, &request, workspace, &decision, &device, &audit);
        check_outcome(wanted, &request, &decision, &audit);
        if (decision.verdict == CBA_LOGIN || decision.verdict == CBA_CONTINUE_WITH_PASSWORD) {
            CHECK(memcmp(device.fingerprint, audit.fingerprint, 32) == 0 && device.not_after > now);
            CHECK(
                device.serial.ptr > leaf.ptr && device.serial.ptr + device.serial.len <= leaf.ptr + leaf.len);
            CHECK(device.serial.len == audit.serial_len);
            CHECK(memcmp(device.serial.ptr, audit.serial, audit.serial_len) == 0);
            CHECK(device.name_kind == CBA_DEVICE_COMMON_NAME && device.name.len > 4);
        } else {
            CHECK(check_zero(device.fingerprint, 32) && device.not_after == 0 && device.serial.len == 0);
        }

        cba_credential credential;
        cba_audit second;
        cba_decision decided;
        cba_identify(verifier, &request, workspace, &credential, NULL, &second);
        cba_decide(&credential, &request, &decided, &second);
        check_outcome(wanted, &request, &decided, &second);
        CHECK(decided.depth == decision.depth && decided.offset == decision.offset);
        /* A copy is as good, and a zeroed one lets nobody in. */
        cba_credential copy = credential;
        cba_decide(&copy, &request, &decided, NULL);
        CHECK(decided.verdict == wanted->verdict);
        if (check_failures != before) {
            printf("    so it was for attempt %u, %s\n", (unsigned)at,
                wanted->leaf == NULL ? "none" : wanted->leaf);
        }
        check_free(leaf);
    }
    free(verifier);
}

static void a_credential_ends_when_its_certificate_does(void) {
    cba_verifier *verifier = check_verifier("root.crt", NULL, NULL);
    cba_request request = request_of(&attempts[0], alice);
    cba_credential credential;
    cba_device device;
    cba_decision decision;
    cba_identify(verifier, &request, workspace, &credential, &device, NULL);
    request.time = device.not_after;
    cba_decide(&credential, &request, &decision, NULL);
    CHECK(decision.verdict == CBA_LOGIN);
    request.time++;
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_EXPIRED, decision.reason);
    CHECK(decision.verdict == CBA_REFUSED);
    free(verifier);
}

/* The reason for which Alice, or whose leaf that is, is refused; CBA_OK if she is not. */
static cba_status judge(
    const cba_verifier *verifier, cba_span leaf, const cba_span *presented, size_t count) {
    cba_request request = request_of(&attempts[0], leaf);
    cba_decision decision;
    request.presented = presented;
    request.presented_len = count;
    cba_authenticate(verifier, &request, workspace, &decision, NULL, NULL);
    CHECK((decision.verdict == CBA_LOGIN) == (decision.reason == CBA_OK));
    return decision.reason;
}

static void the_chain_may_come_from_either_side(void) {
    cba_verifier *bare = check_verifier("root.crt", NULL, NULL);
    cba_verifier *full = check_verifier("root.crt", "issuing.crt", NULL);
    cba_span stranger = check_file("stranger.der");
    cba_span many[3];
    many[0] = stranger;
    many[1] = issuing;
    many[2] = alice;
    CHECK_STATUS(CBA_OK, judge(bare, alice, &issuing, 1));
    CHECK_STATUS(CBA_STATUS_UNKNOWN_ISSUER, judge(bare, alice, NULL, 0));
    CHECK_STATUS(CBA_OK, judge(full, alice, NULL, 0));
    CHECK_STATUS(CBA_OK, judge(bare, alice, many, 3));
    /* One that cannot be read, at its place in the list plus one. */
    many[0].len = 9;
    CHECK_STATUS(CBA_STATUS_TRUNCATED, judge(bare, alice, many, 3));
    free(bare);
    free(full);
    check_free(stranger);
}

static void a_leaf_that_was_tampered_with(void) {
    cba_verifier *verifier = check_verifier("root.crt", "issuing.crt", NULL);
    cba_span copy = check_file("alice.der");
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.ptr;
    unsigned reasons = 0;
    for (size_t at = 0; at < copy.len; at++) {
        bytes[at] ^= 1;
        reasons += judge(verifier, copy, NULL, 0) >= 100;
        bytes[at] ^= 1;
    }
    CHECK(reasons == copy.len);
    for (size_t len = 1; len < copy.len; len += 7) {
        /* In memory of exactly that size. */
        cba_span cut = { NULL, len };
        uint8_t *part = (uint8_t *)check_alloc(len);
        memcpy(part, copy.ptr, len);
        cut.ptr = part;
        CHECK_STATUS(CBA_STATUS_TRUNCATED, judge(verifier, cut, NULL, 0));
        free(part);
    }
    CHECK_STATUS(CBA_OK, judge(verifier, copy, NULL, 0));
    free(verifier);
    check_free(copy);
}

static void hex(const char *word, const uint8_t *hash, char *line) {
    int len = sprintf(line, "%s ", word);
    for (int at = 0; at < 32; at++) {
        len += sprintf(line + len, "%02x", hash[at]);
    }
    strcpy(line + len, " # lost\n\n");
}

static void what_is_on_the_deny_list(void) {
    cba_verifier *verifier = check_verifier("root.crt", "issuing.crt", NULL);
    cba_request request = request_of(&attempts[0], alice);
    cba_device device;
    char line[128];
    cba_authenticate(verifier, &request, workspace, NULL, &device, NULL);
    hex("certificate", device.fingerprint, line);
    cba_verifier *by_certificate = check_verifier("root.crt", "issuing.crt", line);
    CHECK_STATUS(CBA_STATUS_DENIED, judge(by_certificate, alice, NULL, 0));
    hex("key", device.public_key_hash, line);
    cba_verifier *by_key = check_verifier("root.crt", "issuing.crt", line);
    CHECK_STATUS(CBA_STATUS_DENIED, judge(by_key, alice, NULL, 0));
    cba_span direct = check_file("direct.der");
    CHECK_STATUS(CBA_OK, judge(by_key, direct, NULL, 0));

    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_span list = check_text("certificate 00\n");
    cba_fault fault;
    trusted.certificates = check_file("root.der");
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.denied = &list;
    config.denied_len = 1;
    CHECK(check_verifier_of(&config, &fault) == NULL);
    CHECK_STATUS(CBA_STATUS_MALFORMED_DENY_LIST, fault.status);
    CHECK(fault.part == CBA_PART_DENIED && fault.index == 0 && fault.item == 0);
    check_free(trusted.certificates);
    check_free(direct);
    free(verifier);
    free(by_certificate);
    free(by_key);
}

static void an_anchor_speaks_for_its_domains_alone(void) {
    static const struct {
        const char *domain;
        cba_status reason;
    } cases[] = {
        { "example.com", CBA_OK },
        { "EXAMPLE.com", CBA_OK },
        { "other.example", CBA_STATUS_EMAIL_OUTSIDE_NAMESPACE },
        { ".example.com", CBA_STATUS_EMAIL_OUTSIDE_NAMESPACE },
    };
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_fault fault;
    cba_span domain;
    trusted.certificates = check_file("root.crt");
    trusted.email_domains = &domain;
    trusted.email_domains_len = 1;
    config.trusted = &trusted;
    config.trusted_len = 1;
    for (size_t at = 0; at < sizeof(cases) / sizeof(*cases); at++) {
        domain = check_text(cases[at].domain);
        cba_verifier *verifier = check_verifier_of(&config, &fault);
        CHECK_STATUS(cases[at].reason, judge(verifier, alice, &issuing, 1));
        free(verifier);
    }
    domain = check_text("not a domain");
    CHECK(check_verifier_of(&config, &fault) == NULL);
    CHECK_STATUS(CBA_STATUS_INVALID_EMAIL_DOMAIN, fault.status);
    CHECK(fault.part == CBA_PART_EMAIL_DOMAINS && fault.index == 0 && fault.item == 0);
    check_free(trusted.certificates);
}

static void options_soften_one_thing_each(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_fault fault;
    cba_span purposeless = check_file("no-purpose.der");
    cba_span torn = check_file("torn.der");
    trusted.certificates = check_file("root.crt");
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.accept = CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE;
    cba_verifier *verifier = check_verifier_of(&config, &fault);
    CHECK_STATUS(CBA_OK, judge(verifier, purposeless, &issuing, 1));
    free(verifier);
    config.accept = 0;
    config.email_sources = CBA_EMAIL_SAN;
    verifier = check_verifier_of(&config, &fault);
    CHECK_STATUS(CBA_OK, judge(verifier, alice, &issuing, 1));
    /* Two that differ are refused wherever the e-mail is looked for. */
    CHECK_STATUS(CBA_STATUS_AMBIGUOUS_IDENTITY, judge(verifier, torn, &issuing, 1));
    free(verifier);
    config.email_sources = CBA_EMAIL_SUBJECT;
    config.local_part_case = CBA_CASE_EXACT;
    verifier = check_verifier_of(&config, &fault);
    cba_request request = request_of(&attempts[0], alice);
    cba_decision decision;
    cba_authenticate(verifier, &request, workspace, &decision, NULL, NULL);
    CHECK(check_same(cba_login_email(&decision), "Alice@example.com"));
    free(verifier);
    check_free(purposeless);
    check_free(torn);
    check_free(trusted.certificates);
}

static void another_purpose_is_asked_beside_client_authentication(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_fault fault;
    cba_span card = check_file("card.der");
    trusted.certificates = check_file("root.crt");
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.purpose = check_text("1.3.6.1.4.1.311.20.2.2");
    cba_verifier *verifier = check_verifier_of(&config, &fault);
    CHECK_STATUS(CBA_OK, judge(verifier, card, &issuing, 1));
    CHECK_STATUS(CBA_STATUS_PURPOSE_NOT_ALLOWED, judge(verifier, alice, &issuing, 1));
    free(verifier);
    config.purpose = check_text("smartcardLogon");
    CHECK(check_verifier_of(&config, &fault) == NULL);
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, fault.status);
    CHECK(fault.part == CBA_PART_PURPOSE && fault.index == 0);
    check_free(card);
    check_free(trusted.certificates);
}

static void bundles_in_pem_and_in_der(void) {
    cba_verifier *pem = check_verifier("bundle.crt", "issuing.crt", NULL);
    cba_verifier *der = check_verifier("bundle.der", "issuing.der", NULL);
    cba_span forged = check_file("forged.der");
    CHECK(cba_verifier_anchors(pem) == 2 && cba_verifier_anchors(der) == 2);
    CHECK_STATUS(CBA_OK, judge(pem, alice, NULL, 0));
    CHECK_STATUS(CBA_OK, judge(der, alice, NULL, 0));
    CHECK_STATUS(CBA_OK, judge(pem, forged, NULL, 0));
    CHECK_STATUS(CBA_OK, judge(der, forged, NULL, 0));
    free(pem);
    free(der);

    /* A fault is told with its place. */
    cba_trusted trusted[2] = { { { NULL, 0 }, NULL, 0 }, { { NULL, 0 }, NULL, 0 } };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_fault fault;
    trusted[0].certificates = check_file("root.crt");
    trusted[1].certificates = check_file("bundle.crt");
    config.trusted = trusted;
    config.trusted_len = 2;
    uint8_t *text = (uint8_t *)(uintptr_t)trusted[1].certificates.ptr;
    size_t at = trusted[1].certificates.len - 60;
    text[at] = '!';
    CHECK(check_verifier_of(&config, &fault) == NULL);
    CHECK_STATUS(CBA_STATUS_MALFORMED_BASE64, fault.status);
    CHECK(fault.part == CBA_PART_TRUSTED && fault.index == 1 && fault.item == 1 && fault.offset == at);
    check_free(trusted[0].certificates);
    check_free(trusted[1].certificates);
    check_free(forged);
}

static void a_bundle_decoded_one_by_one(void) {
    cba_span pem = check_file("bundle.crt");
    cba_span root = check_file("root.der");
    cba_span stranger = check_file("stranger.der");
    cba_span left = pem;
    size_t len = 0, capacity = stranger.len > root.len ? stranger.len : root.len;
    uint8_t *der = (uint8_t *)check_alloc(capacity);
    CHECK_STATUS(CBA_STATUS_MEMORY_TOO_SMALL, cba_pem_decode(&left, der, root.len - 1, &len));
    CHECK(len == 0 && left.ptr == pem.ptr && left.len == pem.len);
    CHECK_STATUS(CBA_OK, cba_pem_decode(&left, der, capacity, &len));
    CHECK(len == root.len && memcmp(der, root.ptr, len) == 0);
    CHECK_STATUS(CBA_OK, cba_pem_decode(&left, der, capacity, &len));
    CHECK(len == stranger.len && memcmp(der, stranger.ptr, len) == 0);
    CHECK_STATUS(CBA_OK, cba_pem_decode(&left, der, capacity, &len));
    CHECK(len == 0 && left.len == 0);
    free(der);
    check_free(pem);
    check_free(root);
    check_free(stranger);
}

static void what_is_copied_and_what_is_borrowed(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_fault fault;
    size_t copied = 0, borrowed = 0;
    trusted.certificates = check_file("root.der");
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &copied, NULL));
    cba_verifier *copy = check_verifier_of(&config, &fault);
    config.borrow = CBA_BORROW_DER;
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &borrowed, NULL));
    CHECK(copied - borrowed == trusted.certificates.len);
    CHECK(borrowed <= CBA_VERIFIER_SIZE(1, 0, 0, 0, 0)
          && copied <= CBA_VERIFIER_SIZE(1, 0, 0, 0, trusted.certificates.len));
    cba_verifier *borrower = check_verifier_of(&config, &fault);
    CHECK_STATUS(CBA_OK, judge(borrower, alice, &issuing, 1));
    free(borrower);
    check_free(trusted.certificates);
    CHECK_STATUS(CBA_OK, judge(copy, alice, &issuing, 1));
    free(copy);
    /* PEM is decoded into the verifier, whatever is asked. */
    trusted.certificates = check_file("root.crt");
    cba_verifier *decoded = check_verifier_of(&config, &fault);
    check_free(trusted.certificates);
    CHECK_STATUS(CBA_OK, judge(decoded, alice, &issuing, 1));
    free(decoded);
}

static void a_mode_out_of_a_configuration(void) {
    uint32_t mode = 9;
    cba_fault fault;
    CHECK_STATUS(
        CBA_OK, cba_mode_from_config(check_text("{\"ExperimentalSettings\":{\"ClientSideCertEnable\":true,"
                                                "\"ClientSideCertCheck\":\"primary\"}}"),
                    &mode, &fault));
    CHECK(mode == CBA_MODE_PRIMARY && fault.status == CBA_OK);
    CHECK_STATUS(
        CBA_OK, cba_mode_from_config(check_text("{\"ExperimentalSettings\":{\"ClientSideCertEnable\":true,"
                                                "\"ClientSideCertCheck\":\"secondary\"}}"),
                    &mode, NULL));
    CHECK(mode == CBA_MODE_SECONDARY);
    CHECK_STATUS(
        CBA_OK, cba_mode_from_config(
                    check_text("{\"ExperimentalSettings\":{\"ClientSideCertEnable\":false}}"), &mode, NULL));
    CHECK(mode == CBA_MODE_OFF);
    mode = 9;
    CHECK_STATUS(CBA_STATUS_UNKNOWN_SETTING_VALUE,
        cba_mode_from_config(check_text("{\"ExperimentalSettings\":{\"ClientSideCertEnable\":true,"
                                        "\"ClientSideCertCheck\":\"tertiary\"}}"),
            &mode, &fault));
    CHECK(mode == CBA_MODE_UNSET && fault.status == CBA_STATUS_UNKNOWN_SETTING_VALUE && fault.offset > 50);
}

static void a_login_id_out_of_a_body(void) {
    uint8_t out[32];
    size_t len = 0;
    cba_span name = check_text("login_id");
    CHECK_STATUS(
        CBA_OK, cba_json_string(check_text("{\"login_id\":\"a\\u0040b.example\",\"password\":\"x\"}"), name,
                    out, sizeof(out), &len));
    CHECK(len == 11 && memcmp(out, "a@b.example", 11) == 0);
    CHECK_STATUS(
        CBA_OK, cba_form_field(check_text("x=1&login_id=a%40b.example"), name, out, sizeof(out), &len));
    CHECK(len == 11 && memcmp(out, "a@b.example", 11) == 0);
    CHECK_STATUS(CBA_OK, cba_json_string(check_text("{}"), name, out, sizeof(out), &len));
    CHECK(len == 0);
    CHECK_STATUS(CBA_STATUS_AMBIGUOUS_LOGIN_ID,
        cba_json_string(check_text("{\"login_id\":\"a\",\"LOGIN_ID\":\"b\"}"), name, out, sizeof(out), &len));
    CHECK_STATUS(CBA_STATUS_AMBIGUOUS_LOGIN_ID,
        cba_form_field(check_text("login_id=a&login_id=b"), name, out, 32, &len));
    CHECK_STATUS(CBA_STATUS_MALFORMED_LOGIN_REQUEST,
        cba_json_string(check_text("{\"login_id\":"), name, out, 32, &len));
    CHECK_STATUS(CBA_STATUS_LOGIN_ID_TOO_LONG,
        cba_json_string(check_text("{\"login_id\":\"abc\"}"), name, out, 2, &len));
    CHECK(len == 0);
}

int main(int count, char **arguments) {
    check_must(count == 2, "one argument, the DIRECTORY of certificates.sh");
    check_directory = arguments[1];
    now = (int64_t)time(NULL);
    workspace = check_workspace(4);
    issuing = check_file("issuing.der");
    alice = check_file("alice.der");
    RUN(every_kind_of_decision_in_one_step_and_in_two);
    RUN(a_credential_ends_when_its_certificate_does);
    RUN(the_chain_may_come_from_either_side);
    RUN(a_leaf_that_was_tampered_with);
    RUN(what_is_on_the_deny_list);
    RUN(an_anchor_speaks_for_its_domains_alone);
    RUN(options_soften_one_thing_each);
    RUN(another_purpose_is_asked_beside_client_authentication);
    RUN(bundles_in_pem_and_in_der);
    RUN(a_bundle_decoded_one_by_one);
    RUN(what_is_copied_and_what_is_borrowed);
    RUN(a_mode_out_of_a_configuration);
    RUN(a_login_id_out_of_a_body);
    free(workspace);
    check_free(issuing);
    check_free(alice);
    return check_conclude("decisions");
}

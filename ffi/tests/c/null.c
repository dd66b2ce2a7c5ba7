/*
 * NULL, for each pointer of each function.
 */
#include "attempt.h"

static void null_pointers_of_a_login(void) {
    cba_request request = good();
    cba_credential credential;
    cba_decision decision;
    REFUSED(CBA_STATUS_NULL_POINTER, NULL, &request, workspace);
    REFUSED(CBA_STATUS_NULL_POINTER, verifier, &request, NULL);
    REFUSED(CBA_STATUS_NULL_POINTER, verifier, NULL, workspace);
    request.leaf.ptr = NULL;
    REFUSED(CBA_STATUS_NULL_POINTER, verifier, &request, workspace);
    request = good();
    request.presented = NULL;
    REFUSED(CBA_STATUS_NULL_POINTER, verifier, &request, workspace);
    request = good();
    request.login_id.len = 1;
    request.mode = CBA_MODE_SECONDARY;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, refused(verifier, &request, workspace));
    cba_span none = { NULL, 7 };
    request = good();
    request.presented = &none;
    REFUSED(CBA_STATUS_NULL_POINTER, verifier, &request, workspace);

    request = good();
    cba_identify(verifier, &request, workspace, &credential, NULL, NULL);
    memset(&decision, 0xaa, sizeof(decision));
    cba_decide(NULL, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, decision.reason);
    CHECK(decision.verdict == CBA_REFUSED);
    cba_decide(&credential, NULL, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, decision.reason);
    CHECK(decision.verdict == CBA_REFUSED);
    cba_decide(&credential, &request, &decision, NULL);
    CHECK(decision.verdict == CBA_LOGIN);
    /* Outputs that nobody wants. */
    cba_authenticate(verifier, &request, workspace, NULL, NULL, NULL);
    cba_authenticate(NULL, NULL, NULL, NULL, NULL, NULL);
    cba_identify(verifier, &request, workspace, NULL, NULL, NULL);
    cba_identify(NULL, NULL, NULL, NULL, NULL, NULL);
    cba_decide(&credential, &request, NULL, NULL);
    cba_decide(NULL, NULL, NULL, NULL);
    CHECK(cba_login_email(NULL).len == 0 && cba_password_email(NULL).len == 0);
}

static void null_pointers_of_a_challenge(void) {
    cba_request request = good();
    cba_credential credential;
    cba_decision decision;
    cba_challenge challenge;
    cba_challenge_input input = CBA_CHALLENGE_INPUT_INIT;
    cba_answer answer = CBA_ANSWER_INIT;
    cba_proof proof;
    cba_digest digest;
    cba_identify(verifier, &request, workspace, &credential, NULL, NULL);
    input.verifier_name = check_text("login.example.com");
    input.nonce[0] = 1;
    input.time = input.expiry = request.time;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_challenge_init(NULL, &input, &challenge));
    CHECK(cba_challenge_message(&challenge).len == 0);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_challenge_init(&credential, NULL, &challenge));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_challenge_init(&credential, &input, NULL));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_challenge_init(NULL, NULL, NULL));
    CHECK_STATUS(CBA_OK, cba_challenge_init(&credential, &input, &challenge));
    CHECK(cba_challenge_message(&challenge).len != 0 && cba_challenge_message(NULL).len == 0);
    digest.len = 9;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_challenge_digest(NULL, CBA_HASH_SHA256, &digest));
    CHECK(digest.len == 0);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_challenge_digest(&challenge, CBA_HASH_SHA256, NULL));
    CHECK_STATUS(CBA_OK, cba_challenge_digest(&challenge, CBA_HASH_SHA256, &digest));
    CHECK(digest.len == 32);
    cba_challenge_answer(NULL, NULL, NULL, NULL);
    cba_challenge_answer(verifier, NULL, &answer, &proof);
    request.possession = CBA_POSSESSION_PROVEN_BY_CHALLENGE;
    request.proof = &proof;
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, decision.reason);
    cba_challenge_answer(verifier, &challenge, &answer, NULL);
    cba_challenge_answer(verifier, &challenge, &answer, &proof);
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_ALREADY_USED, decision.reason);
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_ALREADY_USED, decision.reason);
    request.proof = NULL;
    cba_decide(&credential, &request, &decision, NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, decision.reason);
    CHECK(decision.verdict == CBA_REFUSED);
}

static void null_pointers_of_a_verifier(void) {
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_span none = { NULL, 3 };
    cba_fault fault;
    size_t size = 77;
    const cba_verifier *made = verifier;
    trusted.certificates = root;
    config.trusted = &trusted;
    config.trusted_len = 1;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(NULL, &size, &fault));
    CHECK(size == 0 && fault.status == CBA_STATUS_NULL_POINTER && fault.part == CBA_PART_WHOLE);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, NULL, &fault));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, fault.status);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(NULL, NULL, NULL));
    CHECK_STATUS(CBA_OK, cba_verifier_size(&config, &size, NULL));
    void *memory = check_alloc(size);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_init(NULL, size, &config, &made, &fault));
    CHECK(made == NULL && fault.status == CBA_STATUS_NULL_POINTER);
    made = verifier;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_init(memory, size, NULL, &made, &fault));
    CHECK(made == NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_init(memory, size, &config, NULL, &fault));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_init(NULL, 0, NULL, NULL, NULL));
    CHECK_STATUS(CBA_OK, cba_verifier_init(memory, size, &config, &made, NULL));
    CHECK(cba_verifier_anchors(made) == 1);
    CHECK(cba_verifier_anchors(NULL) == 0);
    free(memory);

    config.trusted = NULL;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    config.trusted = &trusted;
    config.intermediates_len = 1;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    config.intermediates = &none;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    CHECK(fault.part == CBA_PART_INTERMEDIATES && fault.index == 0);
    config.intermediates_len = 0;
    config.denied_len = 1;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    config.denied = &none;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    CHECK(fault.part == CBA_PART_DENIED && size == 0);
    config.denied_len = 0;
    trusted.email_domains_len = 1;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    CHECK(fault.part == CBA_PART_EMAIL_DOMAINS);
    trusted.email_domains = &none;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    trusted.email_domains_len = 0;
    trusted.email_domains = NULL;
    trusted.certificates = none;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_verifier_size(&config, &size, &fault));
    CHECK(fault.part == CBA_PART_TRUSTED);
}

static void null_pointers_of_the_rest(void) {
    cba_workspace *made = workspace;
    uint32_t mode = 9;
    size_t len = 9;
    uint8_t out[64];
    cba_span none = { NULL, 3 };
    cba_span empty = { NULL, 0 };
    cba_fault fault;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_workspace_init(NULL, 4096, &made));
    CHECK(made == NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_workspace_init(out, sizeof(out), NULL));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_mode_from_config(none, &mode, &fault));
    CHECK(mode == CBA_MODE_UNSET && fault.status == CBA_STATUS_NULL_POINTER);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_mode_from_config(check_text("{}"), NULL, NULL));
    mode = 9;
    CHECK_STATUS(CBA_STATUS_EMPTY_CONFIGURATION, cba_mode_from_config(empty, &mode, NULL));
    CHECK(mode == CBA_MODE_UNSET);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_pem_decode(NULL, out, sizeof(out), &len));
    CHECK(len == 0);
    cba_span pem = none;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_pem_decode(&pem, out, sizeof(out), &len));
    CHECK(pem.ptr == NULL && pem.len == 3);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_pem_decode(&pem, out, sizeof(out), NULL));
    pem = check_text("x");
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_pem_decode(&pem, NULL, 8, &len));
    CHECK_STATUS(CBA_OK, cba_pem_decode(&pem, NULL, 0, &len));
    CHECK(len == 0 && pem.len == 0);
    len = 9;
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_json_string(none, check_text("a"), out, sizeof(out), &len));
    CHECK(len == 0);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_json_string(check_text("{}"), none, out, sizeof(out), &len));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_json_string(check_text("{}"), check_text("a"), NULL, 9, &len));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_json_string(check_text("{}"), check_text("a"), out, 9, NULL));
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, cba_json_string(check_text("{}"), empty, out, 9, &len));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_form_field(none, check_text("a"), out, sizeof(out), &len));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_form_field(check_text("a=b"), none, out, sizeof(out), &len));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_form_field(check_text("a=b"), check_text("a"), NULL, 9, &len));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_form_field(check_text("a=b"), check_text("a"), out, 9, NULL));
}

int main(int count, char **arguments) {
    attempt_begin(count, arguments);
    RUN(null_pointers_of_a_login);
    RUN(null_pointers_of_a_challenge);
    RUN(null_pointers_of_a_verifier);
    RUN(null_pointers_of_the_rest);
    attempt_end();
    return check_conclude("null");
}

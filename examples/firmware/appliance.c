/*
 * An appliance that lets its operators in by certificate: no operating system, no heap. Whom it trusts lies in flash;
 * what a client presents goes in, a decision comes out.
 *
 * What it needs of RAM beside the stack is said when it is compiled.
 */

#include <cba.h>

#include "board.h"
#include "sites.h"

/* Room for one trust anchor, the CA below it and that CA's CRL. Their DER stays where it is, in flash. */
static _Alignas(CBA_VERIFIER_ALIGN) unsigned char
    verifier_memory[CBA_VERIFIER_SIZE(1, 1, 0, 0, 0) + CBA_VERIFIER_CRLS_SIZE(1, 0, 0)];

/* Room for one certificate that a client sends beside its own. One that sends more is refused. */
static _Alignas(CBA_WORKSPACE_ALIGN) unsigned char workspace_memory[CBA_WORKSPACE_SIZE(1)];

/* Unix seconds, from the appliance's clock. Without a clock that nobody can turn back, certificates do not end. */
static int64_t now(void) {
    return SITES_TIME;
}

/* Once, when the power comes on. NULL if the configuration is wrong: then nobody is let in. */
static const cba_verifier *prepare(const struct site *site) {
    const cba_trusted trusted = { site->root, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.intermediates = &site->issuing;
    config.intermediates_len = 1;
    config.borrow = CBA_BORROW_DER | CBA_BORROW_CRLS;
    config.crls = &site->crl;
    config.crls_len = 1;
    /* Of the person alone: a CA that is revoked is taken out of flash. After the CRL's nextUpdate nobody gets in. */
    config.revocation = CBA_REVOCATION_LEAF;
    config.time = now();
    /* The longest RSA key bounds the stack. */
    config.max_rsa_bits = 2048;
    const cba_verifier *verifier;
    cba_fault fault;
    if (cba_verifier_init(verifier_memory, sizeof(verifier_memory), &config, &verifier, &fault) != CBA_OK) {
        print("configuration: ");
        print(cba_status_str(fault.status));
        print("\n");
    }
    return verifier;
}

/* For each login. TLS, which is the appliance's own, has shown that the client holds the key of its certificate. */
static cba_decision judge(const cba_verifier *verifier, const struct site *site, cba_span leaf) {
    cba_request request = CBA_REQUEST_INIT;
    request.leaf = leaf;
    request.presented = &site->issuing;
    request.presented_len = 1;
    request.time = now();
    request.mode = CBA_MODE_PRIMARY;
    request.possession = CBA_POSSESSION_PROVEN_BY_TLS;
    cba_workspace *workspace;
    cba_decision decision;
    /* Without a workspace nobody is let in either. */
    (void)cba_workspace_init(workspace_memory, sizeof(workspace_memory), &workspace);
    cba_authenticate(verifier, &request, workspace, &decision, NULL, NULL);
    return decision;
}

/* The e-mail is there if the verdict is a login, and for no other verdict. */
static void report(const struct client *client, const cba_decision *decision) {
    const cba_span email = cba_login_email(decision);
    print("  ");
    print(client->name);
    if (email.len != 0) {
        print(": login, ");
        print((const char *)email.ptr);
    } else {
        print(": refused, ");
        print(cba_status_str(decision->reason));
    }
    print("\n");
}

int main(void) {
    for (unsigned at = 0; at < SITES; at++) {
        const struct site *site = &sites[at];
        print(site->name);
        print("\n");
        const cba_verifier *verifier = prepare(site);
        for (unsigned client = 0; client < CLIENTS; client++) {
            const cba_decision decision = judge(verifier, site, site->clients[client].leaf);
            report(&site->clients[client], &decision);
        }
    }
    return 0;
}

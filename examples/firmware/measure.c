/*
 * What a login costs: a chain of two signatures below one trust anchor, without CRLs. A line for each kind of key:
 * its name, bytes of the verifier and the workspace, of stack, and instructions.
 */

#include <cba.h>

#include "board.h"
#include "sites.h"

static _Alignas(CBA_VERIFIER_ALIGN) unsigned char verifier_memory[CBA_VERIFIER_SIZE(1, 0, 0, 0, 0)];
static _Alignas(CBA_WORKSPACE_ALIGN) unsigned char workspace_memory[CBA_WORKSPACE_SIZE(1)];

static void print_number(uint32_t number) {
    char digits[11];
    char *at = digits + sizeof(digits) - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    print(at);
}

static int login(const struct site *site) {
    const cba_trusted trusted = { site->root, NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.borrow = CBA_BORROW_DER;
    const cba_verifier *verifier;
    cba_workspace *workspace;
    cba_decision decision;
    cba_request request = CBA_REQUEST_INIT;
    request.leaf = site->clients[0].leaf;
    request.presented = &site->issuing;
    request.presented_len = 1;
    request.time = SITES_TIME;
    request.mode = CBA_MODE_PRIMARY;
    request.possession = CBA_POSSESSION_PROVEN_BY_TLS;
    (void)cba_verifier_init(verifier_memory, sizeof(verifier_memory), &config, &verifier, NULL);
    (void)cba_workspace_init(workspace_memory, sizeof(workspace_memory), &workspace);
    cba_authenticate(verifier, &request, workspace, &decision, NULL, NULL);
    return cba_login_email(&decision).len != 0;
}

int main(void) {
    for (unsigned at = 0; at < SITES; at++) {
        paint_stack();
        (void)instructions();
        const int good = login(&sites[at]);
        const uint32_t spent = instructions();
        const uint32_t stack = painted_over();
        if (!good) {
            return 1;
        }
        print(sites[at].name);
        print("\t");
        print_number(sizeof(verifier_memory) + sizeof(workspace_memory));
        print("\t");
        print_number(stack);
        print("\t");
        print_number(spent);
        print("\n");
    }
    return 0;
}

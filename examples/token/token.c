/*
 * token --module MODULE --roots FILE [OPTIONS]: logs a person in by the certificate on a PKCS #11 token, once the
 * token has signed a challenge. `token --help` says the options. Exit status: 0 logged in, 1 refused, 2 could not
 * be asked.
 *
 *     cc token.c $(pkg-config --cflags p11-kit-1) $(pkg-config --cflags --libs cba) -ldl
 *
 * Verifier and token are on one machine here. Where they are not, the message travels to the machine with the
 * token, and what runs there checks its label and the verifier's name before it has it signed.
 */

#define _POSIX_C_SOURCE 200809L

#include <cba.h>

#include <dlfcn.h>
#include <errno.h>
#include <p11-kit/pkcs11.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_CERTIFICATES 32
#define MAX_PIN 256
/* RSA of 8192 bits. */
#define MAX_SIGNATURE 1024
/* From the challenge to the login, the typing of the PIN included. */
#define CHALLENGE_SECONDS 120

enum { LOGGED_IN = 0, REFUSED = 1, NOT_ASKED = 2 };

typedef struct options {
    const char *module, *roots, *intermediates, *crls, *name, *token, *id;
    int pin_fd, list;
} options;

/* A certificate on a token. */
typedef struct certificate {
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    char token[33];
    uint8_t id[64], der[8192];
    size_t id_len, der_len;
} certificate;

static certificate found[MAX_CERTIFICATES];
static size_t found_len;
static CK_FUNCTION_LIST *p11;

static void die(const char *what) {
    fprintf(stderr, "token: %s\n", what);
    exit(NOT_ASKED);
}

/* Whether a call of the module did what it should; if not, it is said. */
static int is_ok(CK_RV rv, const char *what) {
    if (rv != CKR_OK) {
        fprintf(stderr, "token: %s: PKCS #11 error 0x%lx\n", what, (unsigned long)rv);
    }
    return rv == CKR_OK;
}

static void require_ok(CK_RV rv, const char *what) {
    if (!is_ok(rv, what)) {
        exit(NOT_ASKED);
    }
}

/* Not optimised away, as memset would be. */
static void wipe(void *memory, size_t len) {
    volatile unsigned char *at = memory;
    while (len-- != 0) {
        *at++ = 0;
    }
}

/* The PIN, once for the program: however it ends, it is wiped. */
static char pin[MAX_PIN];

static void wipe_pin(void) {
    wipe(pin, sizeof(pin));
}

/* -- The verifier -- */

/* A file of up to 16 MB. What it spans stays until the program ends. */
static cba_span read_file(const char *name) {
    const size_t most = 1 << 24;
    FILE *file = fopen(name, "rb");
    uint8_t *content = malloc(most);
    if (file == NULL || content == NULL) {
        die(name);
    }
    cba_span span = { content, fread(content, 1, most, file) };
    if (ferror(file) || span.len == most) {
        die(name);
    }
    fclose(file);
    return span;
}

static const cba_verifier *prepare(const options *from) {
    cba_span none = { NULL, 0 };
    cba_trusted trusted = { read_file(from->roots), NULL, 0 };
    cba_span intermediates = from->intermediates != NULL ? read_file(from->intermediates) : none;
    cba_span crls = from->crls != NULL ? read_file(from->crls) : none;
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.intermediates = &intermediates;
    config.intermediates_len = from->intermediates != NULL;
    /* With CRLs, whatever they do not speak of is refused. */
    config.crls = &crls;
    config.crls_len = from->crls != NULL;
    config.time = (int64_t)time(NULL);
    const cba_verifier *verifier = NULL;
    cba_fault fault;
    size_t size;
    void *memory;
    if (cba_verifier_size(&config, &size, &fault) == CBA_OK && (memory = malloc(size)) != NULL
        && cba_verifier_init(memory, size, &config, &verifier, &fault) == CBA_OK) {
        return verifier;
    }
    fprintf(stderr, "token: configuration, part %u, item %u: %s (%u)\n", (unsigned)fault.part,
        (unsigned)fault.item, cba_status_str(fault.status), (unsigned)fault.status);
    exit(NOT_ASKED);
}

/* Verifies a certificate; the others on its token may stand between it and the root. */
static void identify(
    const cba_verifier *verifier, const certificate *leaf, cba_credential *credential, cba_audit *audit) {
    static union {
        uint64_t align;
        unsigned char bytes[CBA_WORKSPACE_SIZE(MAX_CERTIFICATES)];
    } memory;
    cba_span presented[MAX_CERTIFICATES];
    cba_workspace *workspace = NULL;
    cba_request request = CBA_REQUEST_INIT;
    size_t len = 0;
    for (size_t i = 0; i < found_len; i++) {
        if (found[i].slot == leaf->slot && &found[i] != leaf) {
            presented[len].ptr = found[i].der;
            presented[len++].len = found[i].der_len;
        }
    }
    if (cba_workspace_init(&memory, sizeof(memory), &workspace) != CBA_OK) {
        die("workspace");
    }
    request.leaf.ptr = leaf->der;
    request.leaf.len = leaf->der_len;
    request.presented = presented;
    request.presented_len = len;
    request.time = (int64_t)time(NULL);
    cba_identify(verifier, &request, workspace, credential, NULL, audit);
}

/* The challenge, or why there is none: a certificate that logs nobody in needs no PIN. */
static cba_status make_challenge(const char *name, const cba_credential *credential, cba_challenge *challenge) {
    cba_challenge_input input = CBA_CHALLENGE_INPUT_INIT;
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(input.nonce, 1, sizeof(input.nonce), random) != sizeof(input.nonce)) {
        die("/dev/urandom");
    }
    fclose(random);
    input.verifier_name.ptr = (const uint8_t *)name;
    input.verifier_name.len = strlen(name);
    input.time = (int64_t)time(NULL);
    input.expiry = input.time + CHALLENGE_SECONDS;
    return cba_challenge_init(credential, &input, challenge);
}

/* A line for each attempt, whatever its outcome. It names no person. */
static void log_attempt(const cba_audit *audit) {
    fprintf(stderr, "verdict=%u reason=%u depth=%u offset=%u fingerprint=", (unsigned)audit->verdict,
        (unsigned)audit->reason, (unsigned)audit->depth, (unsigned)audit->offset);
    for (size_t i = 0; audit->has_fingerprint && i < sizeof(audit->fingerprint); i++) {
        fprintf(stderr, "%02x", audit->fingerprint[i]);
    }
    fprintf(stderr, "\n");
}

static int refuse(cba_status reason) {
    printf("Refused: %s (%u).\n", cba_status_str(reason), (unsigned)reason);
    return REFUSED;
}

/* -- The token -- */

static void load(const char *module) {
    CK_C_GetFunctionList get = NULL;
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        die(dlerror());
    }
    /* C99 knows no cast from an object to a function; POSIX sees to it that they fit. */
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof(get));
    if (get == NULL) {
        die("no PKCS #11 module");
    }
    require_ok(get(&p11), "C_GetFunctionList");
    require_ok(p11->C_Initialize(NULL), "C_Initialize");
}

static CK_SESSION_HANDLE open_session(CK_SLOT_ID slot) {
    CK_SESSION_HANDLE session;
    require_ok(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
    return session;
}

/* Up to `most` objects of a class, all of them or those of an ID. */
static size_t find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const certificate *of,
    CK_OBJECT_HANDLE *objects, size_t most) {
    CK_ATTRIBUTE wanted[2] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, NULL, 0 } };
    CK_ULONG len = 0;
    if (of != NULL) {
        wanted[1].pValue = (void *)of->id;
        wanted[1].ulValueLen = of->id_len;
    }
    require_ok(p11->C_FindObjectsInit(session, wanted, of != NULL ? 2 : 1), "C_FindObjectsInit");
    require_ok(p11->C_FindObjects(session, objects, most, &len), "C_FindObjects");
    require_ok(p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    return len;
}

/* A label without the blanks behind it. What could steer a terminal, or end a quotation, becomes a question mark. */
static void read_label(const CK_UTF8CHAR *label, size_t len, char *text) {
    while (len != 0 && label[len - 1] == ' ') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        text[i] = label[i] >= ' ' && label[i] <= '~' && label[i] != '\'' ? (char)label[i] : '?';
    }
    text[len] = '\0';
}

/* Every X.509 certificate on every token. They are public: no PIN is needed. */
static void find_certificates(void) {
    CK_SLOT_ID slots[32];
    CK_ULONG slots_len = sizeof(slots) / sizeof(slots[0]);
    require_ok(p11->C_GetSlotList(CK_TRUE, slots, &slots_len), "C_GetSlotList");
    for (CK_ULONG s = 0; s < slots_len; s++) {
        CK_TOKEN_INFO info;
        CK_OBJECT_HANDLE objects[MAX_CERTIFICATES];
        if (p11->C_GetTokenInfo(slots[s], &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0) {
            continue;
        }
        CK_SESSION_HANDLE session = open_session(slots[s]);
        size_t len = find(session, CKO_CERTIFICATE, NULL, objects, MAX_CERTIFICATES);
        for (size_t i = 0; i < len && found_len < MAX_CERTIFICATES; i++) {
            certificate *to = &found[found_len];
            CK_CERTIFICATE_TYPE type = CKC_VENDOR_DEFINED;
            CK_ATTRIBUTE attributes[] = { { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
                { CKA_VALUE, to->der, sizeof(to->der) }, { CKA_ID, to->id, sizeof(to->id) } };
            /* One that does not fit is passed over: it cannot be chosen. */
            if (p11->C_GetAttributeValue(session, objects[i], attributes, 3) != CKR_OK || type != CKC_X_509) {
                continue;
            }
            to->slot = slots[s];
            to->flags = info.flags;
            to->der_len = attributes[1].ulValueLen;
            to->id_len = attributes[2].ulValueLen;
            read_label(info.label, sizeof(info.label), to->token);
            found_len++;
        }
        p11->C_CloseSession(session);
    }
}

static void hex(const certificate *of, char *text) {
    for (size_t i = 0; i < of->id_len; i++) {
        sprintf(text + 2 * i, "%02x", of->id[i]);
    }
    text[2 * of->id_len] = '\0';
}

static int matches(const options *by, const certificate *candidate) {
    char id[2 * sizeof(candidate->id) + 1];
    hex(candidate, id);
    return (by->token == NULL || strcmp(by->token, candidate->token) == 0)
           && (by->id == NULL || strcmp(by->id, id) == 0);
}

/* The one certificate that the options leave; else a list of those that they do, and nobody is asked. */
static const certificate *choose(const options *by) {
    const certificate *chosen = NULL;
    unsigned matching = 0;
    for (size_t i = 0; i < found_len; i++) {
        if (matches(by, &found[i])) {
            chosen = &found[i];
            matching++;
        }
    }
    if (matching == 1 && !by->list) {
        return chosen;
    }
    if (!by->list) {
        fprintf(stderr, "token: %u of %u certificates; choose one by --token and --id\n", matching,
            (unsigned)found_len);
    }
    for (size_t i = 0; i < found_len; i++) {
        if (matching == 0 || matches(by, &found[i])) {
            char id[2 * sizeof(found[i].id) + 1];
            hex(&found[i], id);
            printf("--token '%s' --id %s\n", found[i].token, id);
        }
    }
    exit(by->list ? LOGGED_IN : NOT_ASKED);
}

/* A whole line, of a terminal or of whatever the descriptor is, without its end. 0 if it is empty, too long, or does not
 * end: what is no PIN must not cost one of the token's few tries. */
static size_t read_line(int from) {
    size_t len = 0;
    for (;;) {
        char byte;
        ssize_t got = read(from, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got != 1) {
            return 0;
        }
        if (byte == '\n') {
            return len <= sizeof(pin) ? len : 0;
        }
        if (len < sizeof(pin)) {
            pin[len] = byte;
        }
        len += len <= sizeof(pin);
    }
}

/* From the terminal without echo, or from the descriptor that was given. 0: there is none. */
static size_t read_pin(const options *by, const certificate *of) {
    if (by->pin_fd >= 0) {
        return read_line(by->pin_fd);
    }
    FILE *terminal = fopen("/dev/tty", "r+");
    struct termios before, silent;
    sigset_t signals, unblocked;
    if (terminal == NULL || tcgetattr(fileno(terminal), &before) != 0) {
        die("no terminal to ask for the PIN; see --pin-fd");
    }
    fprintf(terminal, "PIN of '%s': ", of->token);
    fflush(terminal);
    /* An interrupt waits until the echo is back. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGQUIT);
    sigaddset(&signals, SIGTSTP);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &unblocked);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    size_t len = read_line(fileno(terminal));
    tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    fprintf(terminal, "\n");
    fclose(terminal);
    return len;
}

/* One attempt: tokens count wrong ones, and lock. With a PIN pad, the token asks itself. */
static int log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user, const certificate *to, size_t pin_len) {
    int pad = (to->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    CK_RV rv = p11->C_Login(session, user, pad ? NULL : (CK_UTF8CHAR *)pin, pad ? 0 : pin_len);
    switch (rv) {
    case CKR_OK:
        return 1;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
        printf("Refused: wrong PIN.\n");
        return 0;
    case CKR_PIN_LOCKED:
        printf("Refused: the PIN is locked.\n");
        return 0;
    default:
        return is_ok(rv, "C_Login");
    }
}

/* Has the token sign the challenge. 0 if it refuses. */
static int sign(const options *by, const certificate *with, const cba_challenge *challenge, uint8_t *signature,
    cba_answer *answer) {
    size_t pin_len = 0;
    CK_SESSION_HANDLE session = open_session(with->slot);
    CK_OBJECT_HANDLE key;
    CK_KEY_TYPE type = CKK_VENDOR_DEFINED;
    CK_BBOOL each_time = CK_FALSE;
    CK_ATTRIBUTE attributes[] = { { CKA_KEY_TYPE, &type, sizeof(type) } };
    CK_ATTRIBUTE always[] = { { CKA_ALWAYS_AUTHENTICATE, &each_time, sizeof(each_time) } };
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_ULONG len = MAX_SIGNATURE;
    cba_span message = cba_challenge_message(challenge);
    cba_digest digest;
    int signs = 0;

    if ((with->flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0 && (pin_len = read_pin(by, with)) == 0) {
        printf("Refused: no PIN.\n");
        goto done;
    }
    if (!log_in(session, CKU_USER, with, pin_len)) {
        goto done;
    }
    if (find(session, CKO_PRIVATE_KEY, with, &key, 1) != 1) {
        printf("Refused: the token has no key with the certificate's ID.\n");
        goto done;
    }
    if (!is_ok(p11->C_GetAttributeValue(session, key, attributes, 1), "type of the key")) {
        goto done;
    }
    if (p11->C_GetAttributeValue(session, key, always, 1) != CKR_OK) {
        each_time = CK_FALSE; /* Older tokens do not know it. */
    }
    if (type == CKK_EC) {
        /* Some tokens have no CKM_ECDSA_SHA256: the digest is made here. */
        if (cba_challenge_digest(challenge, CBA_HASH_SHA256, &digest) != CBA_OK) {
            die("digest");
        }
        message.ptr = digest.bytes;
        message.len = digest.len;
        answer->form = CBA_ANSWER_ECDSA_RAW;
    } else if (type == CKK_RSA) {
        mechanism.mechanism = CKM_SHA256_RSA_PKCS;
        answer->form = CBA_ANSWER_RSA_PKCS1;
    } else {
        printf("Refused: the key is neither EC nor RSA.\n");
        goto done;
    }
    answer->hash = CBA_HASH_SHA256;
    if (!is_ok(p11->C_SignInit(session, &mechanism, key), "C_SignInit")
        || (each_time && !log_in(session, CKU_CONTEXT_SPECIFIC, with, pin_len))) {
        goto done;
    }
    wipe_pin();
    if (!is_ok(p11->C_Sign(session, (CK_BYTE *)message.ptr, message.len, signature, &len), "C_Sign")) {
        goto done;
    }
    answer->signature.ptr = signature;
    answer->signature.len = len;
    signs = 1;
done:
    wipe_pin();
    p11->C_Logout(session);
    p11->C_CloseSession(session);
    return signs;
}

/* -- The login -- */

static int log_person_in(const options *by) {
    static uint8_t signature[MAX_SIGNATURE];
    const cba_verifier *verifier = prepare(by);
    const certificate *leaf = choose(by);
    cba_credential credential;
    cba_challenge challenge;
    cba_proof proof;
    cba_decision decision;
    cba_audit audit;
    cba_answer answer = CBA_ANSWER_INIT;
    cba_request request = CBA_REQUEST_INIT;

    identify(verifier, leaf, &credential, &audit);
    cba_status status = make_challenge(by->name, &credential, &challenge);
    if (status != CBA_OK) {
        log_attempt(&audit);
        return refuse(status);
    }
    request.mode = CBA_MODE_PRIMARY;
    request.time = (int64_t)time(NULL);
    if (!sign(by, leaf, &challenge, signature, &answer)) {
        /* Nothing is proven: refused, and logged as that. */
        cba_decide(&credential, &request, &decision, &audit);
        log_attempt(&audit);
        return REFUSED;
    }
    answer.leaf.ptr = leaf->der;
    answer.leaf.len = leaf->der_len;
    answer.time = (int64_t)time(NULL);
    cba_challenge_answer(verifier, &challenge, &answer, &proof);
    request.time = answer.time;
    request.possession = CBA_POSSESSION_PROVEN_BY_CHALLENGE;
    request.proof = &proof;
    cba_decide(&credential, &request, &decision, &audit);
    log_attempt(&audit);
    /* Empty, unless this user, and no other, is to be logged in. */
    cba_span user = cba_login_email(&decision);
    if (user.len == 0) {
        return refuse(decision.reason);
    }
    /* Here the host asks its own questions: is the account active, not locked, is a second factor due? */
    printf("Hello, %.*s.\n", (int)user.len, (const char *)user.ptr);
    return LOGGED_IN;
}

static void usage(void) {
    fprintf(stderr, "usage: token --module MODULE --roots FILE [OPTIONS]\n"
                    "  --module MODULE        the token's PKCS #11 module, a shared library\n"
                    "  --roots FILE           whom to trust, PEM\n"
                    "  --intermediates FILE   CAs between, beside those on the token, PEM\n"
                    "  --crls FILE            CRLs, PEM: who is on one, or on none, is refused\n"
                    "  --name NAME            the verifier's own name (localhost)\n"
                    "  --token LABEL          only this token\n"
                    "  --id HEX               only the certificate with this ID\n"
                    "  --list                 list the certificates and end\n"
                    "  --pin-fd N             read the PIN from descriptor N, for tests: whatever writes there\n"
                    "                         knows it. Without, it is asked for at the terminal, without echo\n");
    exit(NOT_ASKED);
}

static options read_options(int count, char **arguments) {
    options read = { NULL, NULL, NULL, NULL, "localhost", NULL, NULL, -1, 0 };
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (strcmp(name, "--list") == 0) {
            read.list = 1;
            continue;
        }
        const char *value = i + 1 < count ? arguments[++i] : NULL;
        const char **to = strcmp(name, "--module") == 0      ? &read.module
                          : strcmp(name, "--roots") == 0         ? &read.roots
                          : strcmp(name, "--intermediates") == 0 ? &read.intermediates
                          : strcmp(name, "--crls") == 0          ? &read.crls
                          : strcmp(name, "--name") == 0          ? &read.name
                          : strcmp(name, "--token") == 0         ? &read.token
                          : strcmp(name, "--id") == 0            ? &read.id
                                                                 : NULL;
        char *end = NULL;
        if (value != NULL && to != NULL) {
            *to = value;
        } else if (value != NULL && strcmp(name, "--pin-fd") == 0) {
            read.pin_fd = (int)strtol(value, &end, 10);
            if (*value == '\0' || *end != '\0' || read.pin_fd < 0) {
                usage();
            }
        } else {
            usage();
        }
    }
    if (read.module == NULL || read.roots == NULL) {
        usage();
    }
    return read;
}

int main(int count, char **arguments) {
    options by = read_options(count, arguments);
    if (atexit(wipe_pin) != 0) {
        die("atexit");
    }
    load(by.module);
    find_certificates();
    int status = log_person_in(&by);
    p11->C_Finalize(NULL);
    return status;
}

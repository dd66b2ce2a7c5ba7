/*
 * threads DIRECTORY [THREADS [SECONDS]]: many threads (16) on one verifier for so many seconds (3): the
 * answers are those of one thread, to the byte.
 */
#include "check.h"

#include <pthread.h>
#include <time.h>

enum { MOST_THREADS = 64 };

static const char *const names[] = {
    "alice.der",
    "forged.der",
    "two.der",
    "nobody.der",
    "version-1.der",
    "direct.der",
    "no-purpose.der",
};
enum { LEAVES = sizeof(names) / sizeof(*names) };

/* One for all threads, read-only. */
static cba_verifier *verifier;
static cba_span leaves[LEAVES];
static cba_span presented[2];
static cba_decision wanted[LEAVES][2];
static cba_audit recorded[LEAVES][2];
static cba_credential shared[LEAVES];
static int64_t now;
static time_t end;

typedef struct worker {
    pthread_t thread;
    unsigned long calls, wrong;
} worker;

static cba_request request_for(int which, int secondary) {
    cba_request request = CBA_REQUEST_INIT;
    request.leaf = leaves[which];
    request.presented = presented;
    request.presented_len = 2;
    request.time = now;
    request.mode = secondary ? CBA_MODE_SECONDARY : CBA_MODE_PRIMARY;
    request.possession = CBA_POSSESSION_PROVEN_BY_TLS;
    request.login_id = check_text("alice@example.com");
    return request;
}

static int same(const cba_decision *one, const cba_decision *other) {
    return one->verdict == other->verdict && one->reason == other->reason && one->depth == other->depth
           && one->offset == other->offset && one->email_len == other->email_len
           && memcmp(one->email, other->email, sizeof(one->email)) == 0;
}

static int same_audit(const cba_audit *one, const cba_audit *other) {
    return one->verdict == other->verdict && one->reason == other->reason
           && one->serial_len == other->serial_len && memcmp(one->fingerprint, other->fingerprint, 32) == 0
           && memcmp(one->issuer, other->issuer, 32) == 0
           && memcmp(one->serial, other->serial, sizeof(one->serial)) == 0;
}

static void *work(void *argument) {
    worker *mine = (worker *)argument;
    cba_workspace *workspace = check_workspace(2);
    do {
        for (int which = 0; which < LEAVES; which++) {
            for (int secondary = 0; secondary < 2; secondary++) {
                cba_request request = request_for(which, secondary);
                cba_decision decision;
                cba_device device;
                cba_audit audit;
                cba_authenticate(verifier, &request, workspace, &decision, &device, &audit);
                mine->wrong += !same(&decision, &wanted[which][secondary]);
                mine->wrong += !same_audit(&audit, &recorded[which][secondary]);
                cba_decide(&shared[which], &request, &decision, NULL);
                mine->wrong += !same(&decision, &wanted[which][secondary]);
                mine->calls += 2;
            }
        }
    } while (time(NULL) < end);
    free(workspace);
    return NULL;
}

int main(int count, char **arguments) {
    check_must(count >= 2, "usage: threads DIRECTORY [THREADS [SECONDS]]");
    check_directory = arguments[1];
    int threads = count > 2 ? atoi(arguments[2]) : 16;
    int seconds = count > 3 ? atoi(arguments[3]) : 3;
    check_must(threads > 0 && threads <= MOST_THREADS && seconds >= 0, "numbers in range");
    verifier = check_verifier("root.crt", NULL, NULL);
    presented[0] = check_file("issuing.der");
    presented[1] = check_file("stranger.der");
    now = (int64_t)time(NULL);
    cba_workspace *workspace = check_workspace(2);
    int let_in = 0;
    for (int which = 0; which < LEAVES; which++) {
        leaves[which] = check_file(names[which]);
        for (int secondary = 0; secondary < 2; secondary++) {
            cba_request request = request_for(which, secondary);
            cba_authenticate(
                verifier, &request, workspace, &wanted[which][secondary], NULL, &recorded[which][secondary]);
            cba_identify(verifier, &request, workspace, &shared[which], NULL, NULL);
            let_in += wanted[which][secondary].verdict != CBA_REFUSED;
        }
    }
    free(workspace);
    /* Alice by both ways, another by one of them. */
    check_must(let_in == 3, "three are let in");

    static worker workers[MOST_THREADS];
    unsigned long calls = 0, wrong = 0;
    end = time(NULL) + seconds;
    for (int at = 0; at < threads; at++) {
        check_must(pthread_create(&workers[at].thread, NULL, work, &workers[at]) == 0, "a thread");
    }
    for (int at = 0; at < threads; at++) {
        pthread_join(workers[at].thread, NULL);
        calls += workers[at].calls;
        wrong += workers[at].wrong;
    }
    for (int which = 0; which < LEAVES; which++) {
        check_free(leaves[which]);
    }
    check_free(presented[0]);
    check_free(presented[1]);
    free(verifier);
    printf("threads: %d threads, %d s, %lu decisions on one verifier, %lu of them wrong\n", threads, seconds,
        calls, wrong);
    printf("threads: %d passed, %d failed\n", wrong == 0, wrong != 0);
    return wrong != 0;
}

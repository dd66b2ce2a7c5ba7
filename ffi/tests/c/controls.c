/*
 * controls memory|race: what the sanitizers must find in libcba itself, or they see nothing there. Both are
 * the faults of a caller that no check can catch.
 */
#include "check.h"

#include <pthread.h>

enum { CLAIMED = CBA_WORKSPACE_SIZE(1) };

static void *initialise(void *memory) {
    cba_workspace *workspace;
    cba_workspace_init(memory, CLAIMED, &workspace);
    return NULL;
}

int main(int count, char **arguments) {
    check_must(count == 2, "usage: controls memory|race");
    if (strcmp(arguments[1], "memory") == 0) {
        /* Fewer bytes than it is told of. */
        initialise(check_alloc(64));
    } else {
        /* Two threads make a workspace of the same memory. */
        void *memory = check_alloc(CLAIMED);
        pthread_t other;
        check_must(pthread_create(&other, NULL, initialise, memory) == 0, "a thread");
        initialise(memory);
        pthread_join(other, NULL);
        free(memory);
    }
    return 0;
}

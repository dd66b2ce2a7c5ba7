/*
 * CRLs that are read anew without a reload: one worker makes a new verifier in memory that all of them share. Beside it
 * lie the bytes that it was made of, so that those of one file can stay when another is new.
 *
 * That memory has two halves. One is in force; the other is written when nobody reads it, and then put in force. A
 * reader notes which half it reads, and looks again whether that is still in force, before it reads anything there.
 * The note is in a place of the process's own: whoever takes over that place after a process has died clears it.
 */

#include "ngx_http_cba_module.h"

#include <openssl/rand.h>


/* Beyond what the first lists need, so that longer ones fit: half as much, and this. */
#define NGX_HTTP_CBA_HEADROOM  (1024 * 1024)

/* What becomes of a file in a refresh: what it held stays, it is read, or it is read at the next look. */
#define NGX_HTTP_CBA_KEPT   0
#define NGX_HTTP_CBA_NEW    1
#define NGX_HTTP_CBA_LATER  2


static void ngx_http_cba_unshare(void *data);
static ngx_atomic_t *ngx_http_cba_reading(ngx_http_cba_shared_t *shared);
static ngx_uint_t ngx_http_cba_is_read(ngx_http_cba_shared_t *shared, ngx_uint_t half);
static ngx_int_t ngx_http_cba_add_timer(ngx_cycle_t *cycle, ngx_http_cba_srv_conf_t *cscf);
static void ngx_http_cba_tick(ngx_event_t *ev);
static ngx_uint_t ngx_http_cba_is_new(ngx_http_cba_file_t *file, ngx_http_cba_seen_t *seen,
    ngx_log_t *log);
static void ngx_http_cba_refresh(ngx_http_cba_srv_conf_t *cscf, ngx_pool_t *pool, ngx_log_t *log);
static ngx_int_t ngx_http_cba_refill(ngx_http_cba_srv_conf_t *cscf, ngx_uint_t half,
    u_char *state, ngx_pool_t *pool, ngx_log_t *log);
static ngx_uint_t ngx_http_cba_at_fault(cba_fault *fault, cba_span *crls, cba_span *in_force,
    u_char *state, ngx_uint_t n);


/*
 * Shared memory for two verifiers and the bytes of so many files, which are of that size, and somewhat more. It lives
 * as long as the configuration.
 */

ngx_http_cba_shared_t *
ngx_http_cba_share(ngx_conf_t *cf, ngx_uint_t files, size_t size)
{
    u_char                 *start;
    size_t                  head;
    ngx_shm_t              *shm;
    ngx_uint_t              i;
    ngx_pool_cleanup_t     *cleanup;
    ngx_http_cba_shared_t  *shared;

    cleanup = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_shm_t));
    if (cleanup == NULL) {
        return NULL;
    }

    head = ngx_align(sizeof(ngx_http_cba_shared_t) + 2 * files * sizeof(cba_span),
                     CBA_VERIFIER_ALIGN);
    size = ngx_align(size + size / 2 + NGX_HTTP_CBA_HEADROOM, CBA_VERIFIER_ALIGN);

    shm = cleanup->data;
    ngx_memzero(shm, sizeof(ngx_shm_t));
    shm->size = head + 2 * size;
    ngx_str_set(&shm->name, "cba_refresh");
    shm->log = cf->cycle->log;

    if (ngx_shm_alloc(shm) != NGX_OK) {
        return NULL;
    }

    cleanup->handler = ngx_http_cba_unshare;

    shared = (ngx_http_cba_shared_t *) shm->addr;
    ngx_memzero(shared, sizeof(ngx_http_cba_shared_t));
    shared->capacity = size;
    start = shm->addr + head;

    for (i = 0; i < 2; i++) {
        shared->halves[i].crls = (cba_span *) (shared + 1) + i * files;
        shared->halves[i].memory = start + i * size;
    }

    return shared;
}


static void
ngx_http_cba_unshare(void *data)
{
    ngx_shm_free(data);
}


/* Copies the CRLs into a half, and makes a verifier behind them. */

cba_status
ngx_http_cba_fill(ngx_http_cba_shared_t *shared, ngx_http_cba_half_t *half,
    const cba_verifier_config *config, cba_fault *fault)
{
    size_t                i;
    u_char               *p, *last;
    cba_verifier_config   own;

    half->verifier = NULL;

    p = half->memory;
    last = p + shared->capacity;

    for (i = 0; i < config->crls_len; i++) {

        if ((size_t) (last - p) < config->crls[i].len) {
            ngx_memzero(fault, sizeof(cba_fault));
            fault->status = CBA_STATUS_MEMORY_TOO_SMALL;
            return fault->status;
        }

        half->crls[i].ptr = p;
        half->crls[i].len = config->crls[i].len;

        p = ngx_cpymem(p, config->crls[i].ptr, config->crls[i].len);
    }

    own = *config;
    own.crls = half->crls;

    p = ngx_align_ptr(p, CBA_VERIFIER_ALIGN);

    return cba_verifier_init(p, last - p, &own, &half->verifier, fault);
}


/* The verifier in force, which stays as it is until it is released. */

const cba_verifier *
ngx_http_cba_acquire(ngx_http_cba_srv_conf_t *cscf, ngx_atomic_uint_t *generation)
{
    ngx_uint_t              half;
    ngx_atomic_t           *reading;
    ngx_http_cba_shared_t  *shared;

    *generation = 0;
    shared = cscf->shared;

    if (shared == NULL) {
        return cscf->verifier;
    }

    reading = ngx_http_cba_reading(shared);

    for ( ;; ) {
        *generation = shared->generation;
        half = *generation & 1;

        /* Of 0. Addition, unlike assignment, is seen by the writer before the next look at the generation. */
        (void) ngx_atomic_fetch_add(reading, half + 1);

        if (shared->generation == *generation) {
            /* What it holds is read after that, and no earlier. */
            ngx_memory_barrier();
            return shared->halves[half].verifier;
        }

        *reading = 0;
    }
}


void
ngx_http_cba_release(ngx_http_cba_srv_conf_t *cscf)
{
    if (cscf->shared) {
        ngx_memory_barrier();
        *ngx_http_cba_reading(cscf->shared) = 0;
    }
}


/* Where a process notes what it reads. The master, which reads what a reload replaces, has the last place. */

static ngx_atomic_t *
ngx_http_cba_reading(ngx_http_cba_shared_t *shared)
{
    return &shared->reading[(ngx_process == NGX_PROCESS_MASTER) ? NGX_MAX_PROCESSES
                                                               : ngx_process_slot];
}


/* Whether a process still reads that half, which is not in force. */

static ngx_uint_t
ngx_http_cba_is_read(ngx_http_cba_shared_t *shared, ngx_uint_t half)
{
    ngx_uint_t  i;

    ngx_memory_barrier();

    for (i = 0; i <= NGX_MAX_PROCESSES; i++) {
        if (shared->reading[i] == half + 1) {
            return 1;
        }
    }

    ngx_memory_barrier();

    return 0;
}


/* A number that changes with the verifier: its place does not, every other time. */

ngx_atomic_uint_t
ngx_http_cba_generation(ngx_http_cba_srv_conf_t *cscf)
{
    return cscf->shared ? cscf->shared->generation : 0;
}


/*
 * A process that died while it was reading reads no longer, once another has its place. The first worker looks after
 * the files.
 */

ngx_int_t
ngx_http_cba_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                   i;
    ngx_http_cba_srv_conf_t     *cscf;
    ngx_http_core_srv_conf_t   **servers;
    ngx_http_core_main_conf_t   *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);

    if (cmcf == NULL) {
        return NGX_OK;
    }

    servers = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        cscf = servers[i]->ctx->srv_conf[ngx_http_cba_module.ctx_index];

        if (cscf->shared == NULL) {
            continue;
        }

        *ngx_http_cba_reading(cscf->shared) = 0;

        if (cscf->made && ngx_worker == 0
            && (ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE)
            && ngx_http_cba_add_timer(cycle, cscf) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_cba_add_timer(ngx_cycle_t *cycle, ngx_http_cba_srv_conf_t *cscf)
{
    ngx_event_t  *ev;

    ev = ngx_pcalloc(cycle->pool, sizeof(ngx_event_t));
    if (ev == NULL) {
        return NGX_ERROR;
    }

    ev->handler = ngx_http_cba_tick;
    ev->data = cscf;
    ev->log = cycle->log;

    /* A worker that leaves does not wait for it. */
    ev->cancelable = 1;

    /* A worker that is lost in the middle of a reload comes back beside its successor: two are the first then. */
    cscf->shared->writer = ngx_process_slot;

    ngx_add_timer(ev, (ngx_msec_t) cscf->refresh * 1000);

    return NGX_OK;
}


static void
ngx_http_cba_tick(ngx_event_t *ev)
{
    ngx_pool_t               *pool;
    ngx_http_cba_srv_conf_t  *cscf;

    cscf = ev->data;

    if (cscf->shared->writer != (ngx_atomic_uint_t) ngx_process_slot) {
        return;
    }

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ev->log);

    if (pool) {
        ngx_http_cba_refresh(cscf, pool, ev->log);
        ngx_destroy_pool(pool);
    }

    if (!ngx_exiting && !ngx_terminate && !ngx_quit) {
        ngx_add_timer(ev, (ngx_msec_t) cscf->refresh * 1000);
    }
}


/* Whether a file is another than the one that was read last. */

static ngx_uint_t
ngx_http_cba_is_new(ngx_http_cba_file_t *file, ngx_http_cba_seen_t *seen, ngx_log_t *log)
{
    struct timespec   mtime;
    ngx_file_info_t   fi;

    if (ngx_file_info(file->name.data, &fi) == NGX_FILE_ERROR) {

        if (!seen->missing) {
            ngx_log_error(NGX_LOG_ERR, log, ngx_errno,
                          "cba: \"%V\" cannot be read anew: what it held stays in force",
                          &file->name);
        }

        seen->missing = 1;
        return 0;
    }

    seen->missing = 0;

    mtime = ngx_http_cba_mtime(&fi);

    return mtime.tv_sec != seen->mtime.tv_sec || mtime.tv_nsec != seen->mtime.tv_nsec
           || ngx_file_size(&fi) != seen->size || ngx_file_uniq(&fi) != seen->uniq;
}


static void
ngx_http_cba_refresh(ngx_http_cba_srv_conf_t *cscf, ngx_pool_t *pool, ngx_log_t *log)
{
    u_char                 *state;
    ngx_int_t               rc;
    ngx_uint_t              i, half, changed;
    ngx_http_cba_file_t    *file;
    ngx_http_cba_seen_t    *before;
    ngx_http_cba_shared_t  *shared;

    state = ngx_palloc(pool, cscf->crls->nelts);
    if (state == NULL) {
        return;
    }

    file = cscf->crls->elts;
    changed = 0;

    for (i = 0; i < cscf->crls->nelts; i++) {
        state[i] = ngx_http_cba_is_new(&file[i], &cscf->seen[i], log) ? NGX_HTTP_CBA_NEW
                                                                      : NGX_HTTP_CBA_KEPT;
        changed |= (state[i] == NGX_HTTP_CBA_NEW);
    }

    if (!changed) {
        return;
    }

    shared = cscf->shared;
    half = 1 - (shared->generation & 1);

    if (ngx_http_cba_is_read(shared, half)) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "cba: the verifier before the one in force is still read: "
                      "the lists in force stay");
        return;
    }

    before = ngx_palloc(pool, cscf->crls->nelts * sizeof(ngx_http_cba_seen_t));
    if (before == NULL) {
        return;
    }

    ngx_memcpy(before, cscf->seen, cscf->crls->nelts * sizeof(ngx_http_cba_seen_t));

    rc = ngx_http_cba_refill(cscf, half, state, pool, log);

    /* What was not taken up for the fault of another file is new at the next look. */

    for (i = 0; i < cscf->crls->nelts; i++) {
        if (state[i] == NGX_HTTP_CBA_LATER || (state[i] == NGX_HTTP_CBA_NEW && rc != NGX_OK)) {
            cscf->seen[i] = before[i];
        }
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "cba: the lists in force stay");
        return;
    }

    ngx_memory_barrier();

    shared->generation++;

    ngx_log_error(NGX_LOG_NOTICE, log, 0, "cba: the CRLs were read anew");
}


/*
 * Makes a verifier of what new files hold, and of what the others held. A new one that is at fault counts among the
 * others.
 */

static ngx_int_t
ngx_http_cba_refill(ngx_http_cba_srv_conf_t *cscf, ngx_uint_t half, u_char *state,
    ngx_pool_t *pool, ngx_log_t *log)
{
    cba_span              *crls, *in_force;
    cba_fault              fault;
    ngx_uint_t             i, n, left;
    ngx_http_cba_half_t   *halves;
    ngx_http_cba_file_t   *file;
    cba_verifier_config    config;

    n = cscf->crls->nelts;
    file = cscf->crls->elts;
    halves = cscf->shared->halves;
    in_force = halves[1 - half].crls;

    config = *cscf->made;
    config.time = ngx_time();
    config.replaces = halves[1 - half].verifier;

    crls = ngx_palloc(pool, n * sizeof(cba_span));

    if (crls == NULL || RAND_bytes(config.index_key, sizeof(config.index_key)) != 1) {
        return NGX_ERROR;
    }

    config.crls = crls;
    left = 0;

    for (i = 0; i < n; i++) {

        crls[i] = in_force[i];

        if (state[i] != NGX_HTTP_CBA_NEW) {
            continue;
        }

        if (ngx_http_cba_read_file(&file[i], &crls[i], &cscf->seen[i], pool, log, NGX_LOG_ERR)
            == NGX_OK)
        {
            left++;
        } else {
            state[i] = NGX_HTTP_CBA_KEPT;
        }
    }

    while (left) {

        if (ngx_http_cba_fill(cscf->shared, &halves[half], &config, &fault) == CBA_OK) {
            return NGX_OK;
        }

        if (fault.status == CBA_STATUS_MEMORY_TOO_SMALL) {
            ngx_log_error(NGX_LOG_ERR, log, 0,
                          "cba: the CRLs have outgrown the memory set aside for them: "
                          "reload NGINX");
        } else {
            ngx_http_cba_log_fault(cscf, &fault, log, NGX_LOG_ERR);
        }

        i = ngx_http_cba_at_fault(&fault, crls, in_force, state, n);

        if (i == n) {
            break;
        }

        ngx_log_error(NGX_LOG_ERR, log, 0, "cba: \"%V\": what it held stays in force",
                      &file[i].name);

        crls[i] = in_force[i];

        /* What its list takes the place of may come in another file. */

        state[i] = (fault.status == CBA_STATUS_CRL_MISSING) ? NGX_HTTP_CBA_LATER
                                                            : NGX_HTTP_CBA_KEPT;
        left--;
    }

    return NGX_ERROR;
}


/* The new file that is at fault: if there is too much of all, the one that grew most. n if there is none. */

static ngx_uint_t
ngx_http_cba_at_fault(cba_fault *fault, cba_span *crls, cba_span *in_force, u_char *state,
    ngx_uint_t n)
{
    off_t       growth, most;
    ngx_uint_t  i, found;

    if (fault->part == CBA_PART_CRLS && fault->index < n
        && state[fault->index] == NGX_HTTP_CBA_NEW)
    {
        return fault->index;
    }

    found = n;
    most = 0;

    for (i = 0; i < n && fault->status == CBA_STATUS_MEMORY_TOO_SMALL; i++) {

        growth = (off_t) crls[i].len - (off_t) in_force[i].len;

        if (state[i] == NGX_HTTP_CBA_NEW && growth > most) {
            most = growth;
            found = i;
        }
    }

    return found;
}

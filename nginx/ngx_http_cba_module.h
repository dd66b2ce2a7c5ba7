/*
 * Certificate-based authentication for NGINX, on cba.h.
 *
 * The module's parts: directives (ngx_http_cba_module.c), files into a verifier (ngx_http_cba_files.c),
 * CRLs that are read anew without a reload (ngx_http_cba_refresh.c), handshakes and verdicts (ngx_http_cba_tls.c),
 * phases and refusals (ngx_http_cba_phases.c), variables and the bodies of login requests
 * (ngx_http_cba_variables.c).
 */

#ifndef NGX_HTTP_CBA_MODULE_H
#define NGX_HTTP_CBA_MODULE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <cba.h>


/* Most certificates that a client may present; more are refused. */
#define NGX_HTTP_CBA_PRESENTED  16

/* Most bytes of a client's Certificate message: libssl parses all of it before anybody decides. */
#define NGX_HTTP_CBA_MAX_CERT_LIST  32768

/* Largest body of a login request that is read for the user's e-mail. */
#define NGX_HTTP_CBA_MAX_BODY  65536

/* 425 Too Early (RFC 8470). */
#define NGX_HTTP_CBA_TOO_EARLY  425


/* To the nanosecond: two lists in one second may have one length. */
#if (NGX_DARWIN)
#define ngx_http_cba_mtime(fi)  (fi)->st_mtimespec
#else
#define ngx_http_cba_mtime(fi)  (fi)->st_mtim
#endif


/* What a place asks for. */
typedef enum {
    NGX_HTTP_CBA_OFF = 0,
    NGX_HTTP_CBA_PRIMARY,
    NGX_HTTP_CBA_SECONDARY,
    NGX_HTTP_CBA_FROM_CONFIG,
    /* from-config, while config.json says that certificates are switched off */
    NGX_HTTP_CBA_SWITCHED_OFF
} ngx_http_cba_mode_e;


/* A file named by a directive. */
typedef struct {
    ngx_str_t                   name;
    ngx_array_t                *domains;     /* cba_span; NULL: any */
    ngx_str_t                   directive;
    ngx_str_t                   conf_name;
    ngx_uint_t                  conf_line;
} ngx_http_cba_file_t;


/* What a verifier last read of a file of CRLs. Several servers may have one directive, and a verifier each. */
typedef struct {
    struct timespec             mtime;
    off_t                       size;
    ngx_file_uniq_t             uniq;
    unsigned                    missing:1;   /* and that was logged */
} ngx_http_cba_seen_t;


/* One of the two places for a verifier in memory that all workers share. */
typedef struct {
    const cba_verifier         *verifier;
    cba_span                   *crls;        /* the bytes of each file, which lie before the verifier */
    u_char                     *memory;
} ngx_http_cba_half_t;


/* A verifier that one worker replaces while all of them use it: one half is in force, the other is written. */
typedef struct {
    ngx_atomic_t                generation;  /* of the verifier in force; its last bit is the half */
    ngx_atomic_t                reading[NGX_MAX_PROCESSES + 1];   /* 1 + the half that a process reads, or 0 */
    ngx_atomic_t                writer;      /* the process that looks after the files */
    size_t                      capacity;    /* of each half */
    ngx_http_cba_half_t         halves[2];
} ngx_http_cba_shared_t;


typedef struct {
    ngx_array_t                *trusted;         /* ngx_http_cba_file_t */
    ngx_array_t                *intermediates;   /* ngx_http_cba_file_t */
    ngx_array_t                *denied;          /* ngx_http_cba_file_t */
    ngx_array_t                *crls;            /* ngx_http_cba_file_t */
    ngx_array_t                *policies;        /* cba_span */
    ngx_uint_t                  revocation;      /* CBA_REVOCATION_... */
    time_t                      crl_max_age;     /* 0: as nextUpdate has it */
    ngx_flag_t                  check_anchor;
    time_t                      refresh;         /* 0: by a reload alone */
    ngx_http_cba_shared_t      *shared;          /* NULL without refresh */
    ngx_http_cba_seen_t        *seen;            /* of each of crls; NULL without refresh */
    cba_verifier_config        *made;            /* what a new verifier is made of, but for the CRLs; NULL without
                                                    refresh, and where another server makes it */
    ngx_array_t                *config;          /* ngx_http_cba_file_t, one */
    ngx_uint_t                  email_sources;
    ngx_uint_t                  email_case;
    ngx_flag_t                  advertise;

    cba_workspace              *workspace;       /* of all servers: calls do not overlap */
    cba_span                   *bundles;         /* of trusted, while the configuration is read */
    const cba_verifier         *verifier;        /* NULL where no place asks */
    ngx_uint_t                  config_mode;     /* what config.json says */

    ngx_str_t                   conf_name;       /* where the first `cba` of the server stands */
    ngx_uint_t                  conf_line;
    ngx_str_t                   policies_conf_name;   /* where `cba_policies` stands */
    ngx_uint_t                  policies_conf_line;

    unsigned                    own_config:1;    /* cba_config stands in this very server */
    unsigned                    own_trusted:1;   /* and so does cba_trusted_certificates */
    unsigned                    asks:1;          /* some place in it asks for a certificate */
    unsigned                    reads_config:1;  /* some place in it says from-config */
    unsigned                    relaxed:1;       /* some place in it asks less than the server does */
    unsigned                    whole:1;         /* the server asks, and no place in it less */
    unsigned                    tls:1;           /* one of its addresses speaks TLS */
} ngx_http_cba_srv_conf_t;


typedef struct {
    ngx_uint_t                  mode;            /* ngx_http_cba_mode_e */
    ngx_flag_t                  enforce;
    ngx_http_complex_value_t   *login;
    ngx_flag_t                  reads_body;      /* login needs the request's body */
    ngx_uint_t                  from_config;     /* the mode is that of config.json */

    ngx_str_t                   conf_name;       /* where `cba` stands */
    ngx_uint_t                  conf_line;
    ngx_str_t                   login_conf_name; /* where `cba_login` stands */
    ngx_uint_t                  login_conf_line;
} ngx_http_cba_loc_conf_t;


/* What was found of a connection's certificate by a verifier. Kept as long as the connection. */
typedef struct ngx_http_cba_verdict_s  ngx_http_cba_verdict_t;

struct ngx_http_cba_verdict_s {
    ngx_http_cba_verdict_t     *next;
    ngx_http_cba_srv_conf_t    *server;
    ngx_atomic_uint_t           generation;      /* of the server's verifier */
    cba_credential              credential;
    cba_audit                   audit;
    cba_decision                primary;         /* in force while settled */
    time_t                      not_after;

    unsigned                    certificate:1;   /* there was one */
    unsigned                    settled:1;       /* primary was decided once the handshake was complete */

    ngx_str_t                   fingerprint;
    ngx_str_t                   spki;
    ngx_str_t                   serial;
    ngx_str_t                   issuer;
    ngx_str_t                   device;
    ngx_str_t                   not_after_text;
};


/* What is remembered of a client's request and its subrequests, across internal redirects. */
typedef struct {
    cba_decision                decision;
    ngx_http_request_t         *decided;         /* whose decision it is, for good, ... */
    ngx_http_cba_loc_conf_t    *place;           /* ... and where */

    cba_decision                refusal;
    ngx_http_request_t         *refused;         /* whose refusal it is */

    ngx_str_t                   body;
    cba_status                  body_status;     /* of the last variable that was read from it */

    unsigned                    logged:1;
    unsigned                    logged_enforced:1;
    unsigned                    body_lacks:1;    /* it is awaited, or cannot be had */
    unsigned                    body_joined:1;
} ngx_http_cba_ctx_t;


extern ngx_module_t  ngx_http_cba_module;


/* ngx_http_cba_files.c */

ngx_int_t ngx_http_cba_read_config(ngx_conf_t *cf,
    ngx_http_cba_srv_conf_t *cscf);
ngx_int_t ngx_http_cba_prepare(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf);
ngx_int_t ngx_http_cba_read_file(ngx_http_cba_file_t *file, cba_span *span,
    ngx_http_cba_seen_t *seen, ngx_pool_t *pool, ngx_log_t *log, ngx_uint_t level);
void ngx_http_cba_log_fault(ngx_http_cba_srv_conf_t *cscf, cba_fault *fault,
    ngx_log_t *log, ngx_uint_t level);
ngx_int_t ngx_http_cba_advertise(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf,
    SSL_CTX *ctx);

/* ngx_http_cba_refresh.c */

ngx_http_cba_shared_t *ngx_http_cba_share(ngx_conf_t *cf, ngx_uint_t files, size_t size);
cba_status ngx_http_cba_fill(ngx_http_cba_shared_t *shared, ngx_http_cba_half_t *half,
    const cba_verifier_config *config, cba_fault *fault);
const cba_verifier *ngx_http_cba_acquire(ngx_http_cba_srv_conf_t *cscf,
    ngx_atomic_uint_t *generation);
void ngx_http_cba_release(ngx_http_cba_srv_conf_t *cscf);
ngx_atomic_uint_t ngx_http_cba_generation(ngx_http_cba_srv_conf_t *cscf);
ngx_int_t ngx_http_cba_init_process(ngx_cycle_t *cycle);

/* ngx_http_cba_tls.c */

cba_workspace *ngx_http_cba_tls_init(ngx_conf_t *cf);
ngx_int_t ngx_http_cba_tls_server(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf,
    SSL_CTX *ctx);
ngx_http_cba_verdict_t *ngx_http_cba_verdict(ngx_http_request_t *r);
const cba_decision *ngx_http_cba_primary(ngx_http_request_t *r,
    ngx_http_cba_verdict_t *verdict);
ngx_int_t ngx_http_cba_is_early(ngx_http_request_t *r);

/* ngx_http_cba_variables.c */

ngx_int_t ngx_http_cba_add_variables(ngx_conf_t *cf);

/* ngx_http_cba_phases.c */

ngx_int_t ngx_http_cba_init_phases(ngx_conf_t *cf);
ngx_http_cba_ctx_t *ngx_http_cba_get_ctx(ngx_http_request_t *r);
ngx_http_cba_ctx_t *ngx_http_cba_make_ctx(ngx_http_request_t *r);
const cba_decision *ngx_http_cba_decide(ngx_http_request_t *r,
    ngx_http_cba_loc_conf_t *clcf, ngx_http_cba_verdict_t *verdict);


#endif /* NGX_HTTP_CBA_MODULE_H */

/*
 * cba.h: certificate-based authentication. A client certificate goes in, a login decision comes out.
 *
 * This file is generated; do not edit it.
 *
 * The way through it:
 *
 *     1. Once: fill a cba_verifier_config, ask cba_verifier_size, allocate, cba_verifier_init.
 *     2. Once for each thread: allocate CBA_WORKSPACE_SIZE(n), cba_workspace_init.
 *     3. For each login: fill a cba_request, cba_authenticate, look at cba_login_email.
 *
 * Memory is the caller's. The library never allocates, frees, locks, does I/O, reads a clock or calls back;
 * it keeps no state beside the memory that it is given. There is nothing to release.
 *
 * Threads: one verifier serves any number of threads at the same time. One workspace serves one call at a
 * time; a second call is refused with CBA_STATUS_WORKSPACE_BUSY. Functions without either may be called
 * from any thread at any time.
 *
 * Pointers are checked for NULL, lengths for sense, memory for its alignment, verifiers and workspaces for
 * being what they should be. That a pointer points to as many bytes as it says is for the caller to see to.
 *
 * Structures that begin with struct_size grow at their end: initialise them with their _INIT macro, and
 * programs that were compiled against an older or a newer header go on working.
 *
 * What is checked of a certificate: see docs/threat-model.md. Revocation is asked where there are CRLs, or where
 * the configuration says so; nothing is fetched. Whether the account may log in (active, not locked, no bot, second
 * factor) is the host's to ask.
 */

/* SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CBA_H
#define CBA_H

#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX > 0xffffffffu
#define CBA_POINTER_WIDTH_64
#else
#define CBA_POINTER_WIDTH_32
#endif

/* Reasons for a refusal, beside those of misuse. */
/** the DER ends too early */
#define CBA_STATUS_TRUNCATED 100
/** bytes follow the end of the value */
#define CBA_STATUS_TRAILING_DATA 101
/** indefinite length: BER, not DER */
#define CBA_STATUS_INDEFINITE_LENGTH 102
/** length not in its shortest form */
#define CBA_STATUS_NON_MINIMAL_LENGTH 103
/** unexpected tag */
#define CBA_STATUS_UNEXPECTED_TAG 104
/** multi-byte tag */
#define CBA_STATUS_HIGH_TAG_NUMBER 105
/** BOOLEAN is neither 00 nor FF */
#define CBA_STATUS_INVALID_BOOLEAN 106
/** a default value is written out */
#define CBA_STATUS_ENCODED_DEFAULT 107
/** INTEGER not in its shortest form */
#define CBA_STATUS_INVALID_INTEGER 108
/** malformed BIT STRING */
#define CBA_STATUS_INVALID_BIT_STRING 109
/** malformed OBJECT IDENTIFIER */
#define CBA_STATUS_INVALID_OID 110
/** malformed time */
#define CBA_STATUS_INVALID_TIME 111
/** empty SEQUENCE OF or SET OF */
#define CBA_STATUS_EMPTY_SEQUENCE 114
/** X.509 version 1 certificate */
#define CBA_STATUS_VERSION1 200
/** unsupported X.509 version */
#define CBA_STATUS_UNSUPPORTED_VERSION 201
/** fields that this X.509 version does not have */
#define CBA_STATUS_FIELDS_BEYOND_VERSION 202
/** negative serial number */
#define CBA_STATUS_NEGATIVE_SERIAL 203
/** serial number longer than 20 bytes */
#define CBA_STATUS_SERIAL_TOO_LONG 204
/** the two signature algorithm fields differ */
#define CBA_STATUS_SIGNATURE_ALGORITHM_MISMATCH 205
/** empty issuer name */
#define CBA_STATUS_EMPTY_ISSUER 206
/** duplicate extension */
#define CBA_STATUS_DUPLICATE_EXTENSION 207
/** too many extensions */
#define CBA_STATUS_TOO_MANY_EXTENSIONS 208
/** malformed extension */
#define CBA_STATUS_MALFORMED_EXTENSION 209
/** malformed GeneralName */
#define CBA_STATUS_MALFORMED_GENERAL_NAME 211
/** malformed public key */
#define CBA_STATUS_MALFORMED_PUBLIC_KEY 212
/** notAfter lies before notBefore */
#define CBA_STATUS_INVERTED_VALIDITY 213
/** unsupported signature algorithm */
#define CBA_STATUS_UNSUPPORTED_SIGNATURE_ALGORITHM 300
/** unsupported public key algorithm */
#define CBA_STATUS_UNSUPPORTED_PUBLIC_KEY 301
/** MD5 signature */
#define CBA_STATUS_MD5_SIGNATURE 302
/** SHA-1 signature */
#define CBA_STATUS_SHA1_SIGNATURE 303
/** RSA modulus too short */
#define CBA_STATUS_RSA_MODULUS_TOO_SHORT 304
/** RSA modulus too long */
#define CBA_STATUS_RSA_MODULUS_TOO_LONG 305
/** even RSA modulus */
#define CBA_STATUS_RSA_MODULUS_EVEN 306
/** RSA public exponent out of range */
#define CBA_STATUS_RSA_EXPONENT_OUT_OF_RANGE 307
/** the signature algorithm does not fit the issuer's key */
#define CBA_STATUS_KEY_ALGORITHM_MISMATCH 308
/** bad signature */
#define CBA_STATUS_BAD_SIGNATURE 309
/** issuer not found */
#define CBA_STATUS_UNKNOWN_ISSUER 400
/** not yet valid */
#define CBA_STATUS_NOT_YET_VALID 401
/** expired */
#define CBA_STATUS_EXPIRED 402
/** unknown critical extension */
#define CBA_STATUS_UNKNOWN_CRITICAL_EXTENSION 403
/** issuer without basicConstraints */
#define CBA_STATUS_MISSING_BASIC_CONSTRAINTS 404
/** issuer is not a CA */
#define CBA_STATUS_NOT_A_CA 405
/** pathLenConstraint exceeded */
#define CBA_STATUS_PATH_LEN_CONSTRAINT_EXCEEDED 406
/** issuer may not sign certificates */
#define CBA_STATUS_MISSING_KEY_CERT_SIGN 407
/** extendedKeyUsage does not allow this purpose */
#define CBA_STATUS_PURPOSE_NOT_ALLOWED 408
/** extendedKeyUsage is absent */
#define CBA_STATUS_MISSING_EXTENDED_KEY_USAGE 409
/** on the deny list */
#define CBA_STATUS_DENIED 413
/** pathLenConstraint in a certificate that is no CA */
#define CBA_STATUS_PATH_LEN_WITHOUT_CA 414
/** name outside the permitted subtrees */
#define CBA_STATUS_NAME_NOT_PERMITTED 415
/** name within an excluded subtree */
#define CBA_STATUS_NAME_EXCLUDED 416
/** constraint on an unsupported form of names */
#define CBA_STATUS_UNSUPPORTED_NAME_CONSTRAINT 417
/** malformed nameConstraints */
#define CBA_STATUS_MALFORMED_NAME_CONSTRAINTS 418
/** valid for none of the required policies */
#define CBA_STATUS_POLICY_REQUIRED 419
/** policy mapping from or to anyPolicy */
#define CBA_STATUS_ANY_POLICY_MAPPED 420
/** duplicate certificate policy */
#define CBA_STATUS_DUPLICATE_POLICY 421
/** the trust anchor carries constraints that nobody decided about */
#define CBA_STATUS_ANCHOR_CONSTRAINTS_UNDECIDED 422
/** no e-mail address in the certificate */
#define CBA_STATUS_EMAIL_MISSING 500
/** several different e-mail addresses */
#define CBA_STATUS_AMBIGUOUS_IDENTITY 501
/** malformed e-mail address */
#define CBA_STATUS_INVALID_EMAIL 502
/** e-mail address in an unsupported string type */
#define CBA_STATUS_UNSUPPORTED_EMAIL_STRING_TYPE 503
/** the trust anchor may not speak for this e-mail domain */
#define CBA_STATUS_EMAIL_OUTSIDE_NAMESPACE 504
/** malformed e-mail domain */
#define CBA_STATUS_INVALID_EMAIL_DOMAIN 505
/** possession of the key is not proven */
#define CBA_STATUS_POSSESSION_NOT_PROVEN 600
/** no login e-mail to compare with */
#define CBA_STATUS_LOGIN_ID_MISSING 601
/** the login e-mail is not the certificate's */
#define CBA_STATUS_LOGIN_ID_MISMATCH 602
/** a CA certificate cannot log in */
#define CBA_STATUS_LEAF_IS_CA 603
/** keyUsage lacks digitalSignature */
#define CBA_STATUS_MISSING_DIGITAL_SIGNATURE 604
/** no client certificate */
#define CBA_STATUS_NO_CERTIFICATE 605
/** certificate login is switched off */
#define CBA_STATUS_LOGIN_DISABLED 606
/** the login e-mail is given more than once */
#define CBA_STATUS_AMBIGUOUS_LOGIN_ID 607
/** malformed login request */
#define CBA_STATUS_MALFORMED_LOGIN_REQUEST 608
/** the login e-mail is too long */
#define CBA_STATUS_LOGIN_ID_TOO_LONG 609
/** no challenge can be made of this */
#define CBA_STATUS_MALFORMED_CHALLENGE 610
/** wrong answer to the challenge */
#define CBA_STATUS_WRONG_ANSWER 611
/** the challenge is over */
#define CBA_STATUS_CHALLENGE_OVER 612
/** possession is proven of another certificate */
#define CBA_STATUS_PROOF_OF_ANOTHER_CERTIFICATE 613
/** the form of the answer does not fit the certificate's key */
#define CBA_STATUS_ANSWER_FORM_MISMATCH 614
/** malformed JSON */
#define CBA_STATUS_MALFORMED_JSON 700
/** no ExperimentalSettings in the configuration */
#define CBA_STATUS_MISSING_SETTINGS 702
/** setting of the wrong type */
#define CBA_STATUS_WRONG_SETTING_TYPE 703
/** ClientSideCertCheck is neither primary nor secondary */
#define CBA_STATUS_UNKNOWN_SETTING_VALUE 704
/** duplicate setting */
#define CBA_STATUS_DUPLICATE_SETTING 705
/** setting spelt in another case */
#define CBA_STATUS_MISSPELT_SETTING 706
/** JSON nested too deeply */
#define CBA_STATUS_JSON_TOO_DEEP 707
/** the configuration is not UTF-8 */
#define CBA_STATUS_NOT_UTF8 708
/** the configuration is empty */
#define CBA_STATUS_EMPTY_CONFIGURATION 709
/** malformed line in a deny list */
#define CBA_STATUS_MALFORMED_DENY_LIST 710
/** malformed PEM block */
#define CBA_STATUS_MALFORMED_PEM 800
/** malformed base64 in a PEM block */
#define CBA_STATUS_MALFORMED_BASE64 801
/** memory too small for the PEM block */
#define CBA_STATUS_PEM_BUFFER_TOO_SMALL 802
/** path longer than the limit */
#define CBA_STATUS_PATH_TOO_LONG 900
/** signature budget exhausted */
#define CBA_STATUS_SIGNATURE_BUDGET_EXHAUSTED 901
/** candidate budget exhausted */
#define CBA_STATUS_CANDIDATE_BUDGET_EXHAUSTED 902
/** name comparison budget exhausted */
#define CBA_STATUS_NAME_BUDGET_EXHAUSTED 903
/** input longer than the limit */
#define CBA_STATUS_INPUT_TOO_LONG 904
/** name constraint budget exhausted */
#define CBA_STATUS_CONSTRAINT_BUDGET_EXHAUSTED 905
/** more certificate policies than the limit */
#define CBA_STATUS_TOO_MANY_POLICIES 906
/** revocation status budget exhausted */
#define CBA_STATUS_STATUS_BUDGET_EXHAUSTED 907
/** revoked */
#define CBA_STATUS_REVOKED 1000
/** revocation status undetermined */
#define CBA_STATUS_STATUS_UNDETERMINED 1001
/** CRL past its nextUpdate */
#define CBA_STATUS_CRL_EXPIRED 1002
/** CRL from the future */
#define CBA_STATUS_CRL_NOT_YET_VALID 1003
/** CRL older than the greatest accepted age */
#define CBA_STATUS_CRL_TOO_OLD 1004
/** CRL without nextUpdate */
#define CBA_STATUS_CRL_WITHOUT_NEXT_UPDATE 1005
/** version 1 CRL */
#define CBA_STATUS_CRL_VERSION1 1006
/** malformed CRL */
#define CBA_STATUS_MALFORMED_CRL 1007
/** unknown critical extension in a CRL */
#define CBA_STATUS_UNKNOWN_CRITICAL_CRL_EXTENSION 1008
/** CRL issuer may not sign CRLs */
#define CBA_STATUS_MISSING_CRL_SIGN 1009
/** CRL issuer not found */
#define CBA_STATUS_UNKNOWN_CRL_ISSUER 1010
/** CRL older than the one in force */
#define CBA_STATUS_CRL_WENT_BACK 1011
/** memory too small for the CRL's index */
#define CBA_STATUS_CRL_INDEX_TOO_SMALL 1012
/** no CRL takes the place of one in force */
#define CBA_STATUS_CRL_MISSING 1013
/** malformed OCSP response */
#define CBA_STATUS_MALFORMED_OCSP_RESPONSE 1020
/** OCSP responder reports an error */
#define CBA_STATUS_OCSP_NOT_SUCCESSFUL 1021
/** unsupported OCSP response type */
#define CBA_STATUS_UNSUPPORTED_OCSP_RESPONSE 1022
/** OCSP responder not authorized */
#define CBA_STATUS_OCSP_RESPONDER_NOT_AUTHORIZED 1023
/** OCSP response past its nextUpdate */
#define CBA_STATUS_OCSP_EXPIRED 1024
/** OCSP response from the future */
#define CBA_STATUS_OCSP_NOT_YET_VALID 1025
/** OCSP nonce missing or wrong */
#define CBA_STATUS_OCSP_NONCE_MISMATCH 1026
/** OCSP responder does not know the certificate */
#define CBA_STATUS_OCSP_STATUS_UNKNOWN 1027


/** SHA-256. */
#define CBA_HASH_SHA256 1

/** SHA-384. */
#define CBA_HASH_SHA384 2

/** SHA-512. */
#define CBA_HASH_SHA512 3

/** ECDSA, the signature in DER: SEQUENCE of r and s. */
#define CBA_ANSWER_ECDSA_DER 1

/** ECDSA, r and s one after the other, each as long as the curve's order: what PKCS #11 gives. */
#define CBA_ANSWER_ECDSA_RAW 2

/** Ed25519, over the message itself: `hash` is 0. */
#define CBA_ANSWER_ED25519 3

/** RSASSA-PKCS1-v1_5. */
#define CBA_ANSWER_RSA_PKCS1 4

/** RSASSA-PSS, with MGF1 over the same hash and a salt as long as the hash. */
#define CBA_ANSWER_RSA_PSS 5

/** Most bytes of a verifier's name. */
#define CBA_MAX_VERIFIER_NAME 253

/** Longest time from a challenge to its expiry, in seconds. */
#define CBA_MAX_CHALLENGE_SECONDS 600

/** Words of a cba_challenge. */
#define CBA_CHALLENGE_WORDS 64

/** Words of a cba_proof. */
#define CBA_PROOF_WORDS 12

/** The e-mail is emailAddress in the subject. */
#define CBA_EMAIL_SUBJECT 0

/** The e-mail is rfc822Name in subjectAltName. */
#define CBA_EMAIL_SAN 1

/** The subject, else subjectAltName. Two that differ are always refused. */
#define CBA_EMAIL_SUBJECT_THEN_SAN 2

/** subjectAltName, else the subject. */
#define CBA_EMAIL_SAN_THEN_SUBJECT 3

/** Local parts are compared without regard to ASCII case, and handed out in lower case. */
#define CBA_CASE_FOLD 0

/** Local parts are compared byte for byte. */
#define CBA_CASE_EXACT 1

/** A dot-atom of RFC 5321 without the characters `/ = + #` that mean something in the text of a name. */
#define CBA_LOCAL_PART_NARROW 0

/** Any dot-atom: never paste such an address into other text unquoted. */
#define CBA_LOCAL_PART_DOT_ATOM 1

/** Accept a leaf without extendedKeyUsage, which may then be for any purpose. */
#define CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE 1

/** Accept anyExtendedKeyUsage in a leaf. */
#define CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE 2

/** Accept a leaf of X.509 version 1. It names no purpose: CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE is needed too. */
#define CBA_ACCEPT_VERSION_1_LEAF 4

/** Accept negative serial numbers. */
#define CBA_ACCEPT_NEGATIVE_SERIAL 8

/** Accept serial numbers of more than 20 bytes. */
#define CBA_ACCEPT_LONG_SERIAL 16

/** Accept odd RSA exponents from 3 on. */
#define CBA_ACCEPT_SMALL_RSA_EXPONENT 32

/**
 * Accept certificates of whose revocation status nothing is known. What is known to be revoked is refused all the
 * same.
 */
#define CBA_ACCEPT_UNDETERMINED_STATUS 64

/** Accept version 1 CRLs, which cannot say what they speak of. */
#define CBA_ACCEPT_VERSION_1_CRLS 128

/**
 * Accept a leaf that is itself, byte for byte, among `trusted`. Neither its signature nor its revocation is asked:
 * whoever put it there has vouched for it.
 */
#define CBA_ACCEPT_TRUSTED_LEAF 256

/** Every certificate below the trust anchor if there are CRLs; else the status is not asked. */
#define CBA_REVOCATION_DEFAULT 0

/** Every certificate below the trust anchor, and the issuers of the CRLs that are relied on. */
#define CBA_REVOCATION_CHAIN 1

/** The leaf alone: nobody notices a revoked CA. */
#define CBA_REVOCATION_LEAF 2

/** Nobody: CRLs and OCSP responses are not asked. */
#define CBA_REVOCATION_OFF 3

/** Paths to a trust anchor whose certificate constrains names or policies are refused. */
#define CBA_ANCHOR_CONSTRAINTS_REFUSED 0

/** The anchor's constraints hold, and its certificate must be fit to issue others (RFC 5937). */
#define CBA_ANCHOR_CONSTRAINTS_ENFORCED 1

/** An anchor is a name and a key, whatever its certificate says (RFC 5280 6.1.1 (d)). */
#define CBA_ANCHOR_CONSTRAINTS_IGNORED 2

/** The dates in a trust anchor's own certificate must hold. */
#define CBA_REQUIRE_ANCHOR_VALIDITY 1

/**
 * The path must be valid for one of `policies`, or for any policy at all if there are none
 * (initial-explicit-policy of RFC 5280 6.1.1).
 */
#define CBA_REQUIRE_EXPLICIT_POLICY 2

/** No policy stands for another (initial-policy-mapping-inhibit). */
#define CBA_REQUIRE_NO_POLICY_MAPPING 4

/** anyPolicy stands for nothing but itself (initial-any-policy-inhibit). */
#define CBA_REQUIRE_NO_ANY_POLICY 8

/**
 * Certificates in DER are not copied into the verifier: they stay where they are, must outlive it and must
 * not change. For certificates in flash. PEM is always decoded into the verifier's memory.
 */
#define CBA_BORROW_DER 1

/** The same for CRLs in DER, which may be long. */
#define CBA_BORROW_CRLS 2

/** The configuration as a whole is at fault. */
#define CBA_PART_WHOLE 0

/** An element of `trusted`. */
#define CBA_PART_TRUSTED 1

/** An element of `intermediates`. */
#define CBA_PART_INTERMEDIATES 2

/** An element of `denied`. */
#define CBA_PART_DENIED 3

/** An e-mail domain of an element of `trusted`. */
#define CBA_PART_EMAIL_DOMAINS 4

/** An element of `policies`. */
#define CBA_PART_POLICIES 5

/** An element of `crls`. */
#define CBA_PART_CRLS 6

/** `purpose`. */
#define CBA_PART_PURPOSE 7

/** Nobody said what is asked: refused. */
#define CBA_MODE_UNSET 0

/** The certificate's e-mail logs in, without a password. */
#define CBA_MODE_PRIMARY 1

/** The certificate's e-mail must be the one that the user typed; the password is still asked. */
#define CBA_MODE_SECONDARY 2

/** Certificates are not asked for: the verdict is CBA_DISABLED. */
#define CBA_MODE_OFF 3

/** Nothing shows that the client holds the key: nobody is let in. */
#define CBA_POSSESSION_UNPROVEN 0

/**
 * The TLS handshake in which the leaf was the client's certificate is complete, or its session was resumed
 * from one that was. Early data does not count. The caller answers for this.
 */
#define CBA_POSSESSION_PROVEN_BY_TLS 1

/** A challenge was answered: `proof` says how. It counts once, whatever is decided. */
#define CBA_POSSESSION_PROVEN_BY_CHALLENGE 2

/** Most OCSP responses in a request. */
#define CBA_MAX_OCSP_RESPONSES 4

/** The device has no name, several, or one that is not printable ASCII. */
#define CBA_DEVICE_NONE 0

/** The name is the subject's serialNumber. */
#define CBA_DEVICE_SERIAL_NUMBER 1

/** The name is a URI of subjectAltName. */
#define CBA_DEVICE_URI 2

/** The name is a dNSName of subjectAltName. */
#define CBA_DEVICE_DNS_NAME 3

/** The name is the subject's commonName. */
#define CBA_DEVICE_COMMON_NAME 4

/** Words of a cba_credential. */
#define CBA_CREDENTIAL_WORDS 44

/** Alignment of a verifier's memory in bytes. */
#define CBA_VERIFIER_ALIGN 8

/** Alignment of a workspace's memory in bytes. */
#define CBA_WORKSPACE_ALIGN 8

#if defined(CBA_POINTER_WIDTH_64)
/** Bytes of a verifier without anything in it. */
#define CBA_VERIFIER_BASE_SIZE 320
#endif

#if defined(CBA_POINTER_WIDTH_32)
/** Bytes of a verifier without anything in it. */
#define CBA_VERIFIER_BASE_SIZE 240
#endif

#if defined(CBA_POINTER_WIDTH_64)
/** Bytes for each trust anchor, beside its DER. */
#define CBA_VERIFIER_ANCHOR_SIZE 400
#endif

#if defined(CBA_POINTER_WIDTH_32)
/** Bytes for each trust anchor, beside its DER. */
#define CBA_VERIFIER_ANCHOR_SIZE 256
#endif

#if defined(CBA_POINTER_WIDTH_64)
/**
 * Bytes for each intermediate in a verifier, beside its DER, and for each presented certificate in a
 * workspace.
 */
#define CBA_CERTIFICATE_SIZE 512
#endif

#if defined(CBA_POINTER_WIDTH_32)
/**
 * Bytes for each intermediate in a verifier, beside its DER, and for each presented certificate in a
 * workspace.
 */
#define CBA_CERTIFICATE_SIZE 336
#endif

#if defined(CBA_POINTER_WIDTH_64)
/** Bytes of a workspace for no presented certificate. */
#define CBA_WORKSPACE_BASE_SIZE 2304
#endif

#if defined(CBA_POINTER_WIDTH_32)
/** Bytes of a workspace for no presented certificate. */
#define CBA_WORKSPACE_BASE_SIZE 1536
#endif

#if defined(CBA_POINTER_WIDTH_64)
/** Bytes for each CRL, beside its DER. */
#define CBA_VERIFIER_CRL_SIZE 560
#endif

#if defined(CBA_POINTER_WIDTH_32)
/** Bytes for each CRL, beside its DER. */
#define CBA_VERIFIER_CRL_SIZE 360
#endif

/**
 * Bytes for each entry of a CRL that has an index. How many entries a CRL in PEM has is not known beforehand: there
 * is one for every 20 bytes of it.
 */
#define CBA_VERIFIER_CRL_ENTRY_SIZE 16

/** Bytes for each policy, beside its text. */
#define CBA_VERIFIER_POLICY_SIZE 16

/** Bytes for each entry of a deny list. */
#define CBA_VERIFIER_DENIED_SIZE 36

/** Bytes for each e-mail domain, beside its text. */
#define CBA_VERIFIER_DOMAIN_SIZE 16

/** The version of the library that a program was compiled against: major * 65536 + minor * 256 + patch. */
#define CBA_VERSION_NUMBER 256

/**
 * The version of the C ABI that a program was compiled against. Libraries of one ABI version can take each other's
 * place, newer for older.
 */
#define CBA_ABI_VERSION 0

/**
 * Everything a login is judged by. It lies in memory of the caller, must not be moved, and is read-only
 * once it is prepared: any number of threads may use one at the same time.
 */
typedef struct cba_verifier cba_verifier;

/**
 * Working memory. One serves one call at a time, of any verifier; it keeps nothing from one call to the
 * next. It lies in memory of the caller and must not be moved. On processors that cannot swap (ARMv6-M) a second
 * call is seen from an interrupt, but not from a thread that the first one is preempted by.
 */
typedef struct cba_workspace cba_workspace;

/**
 * What went wrong: CBA_OK, or one of the CBA_STATUS_ constants. Numbers are never reused.
 *
 * Below 100 the library was used wrongly: a fault of the program. From 100 on they are reasons for which a
 * certificate, a configuration or a request is refused.
 */
typedef uint32_t cba_status;

/**
 * What cba_identify found: who the certificate speaks of, or why it speaks of nobody. It borrows nothing and
 * may be copied, but not beyond the process; cba_decide reads it, and nobody else. Zeroed, it lets nobody in.
 */
typedef struct cba_credential {
    /** Not to be read. */
    uint64_t opaque[CBA_CREDENTIAL_WORDS];
} cba_credential;

/**
 * Bytes somewhere else: where they begin, and how many there are. Nothing depends on a NUL at their end.
 * {NULL, 0} is empty; NULL with another length is refused.
 */
typedef struct cba_span {
    /** The first byte. */
    const uint8_t *ptr;
    /** The number of bytes. */
    size_t len;
} cba_span;

/** What a challenge is made from. Begin with CBA_CHALLENGE_INPUT_INIT. */
typedef struct cba_challenge_input {
    /** sizeof(cba_challenge_input) of the caller's header. */
    size_t struct_size;
    /**
     * The verifier's own name, such as login.example.com: 1 to CBA_MAX_VERIFIER_NAME bytes of printable ASCII
     * without the blank. It is part of what is signed, so that whoever computes that can see for whom it is.
     */
    struct cba_span verifier_name;
    /** The time now, in Unix seconds: the first second in which the challenge may be answered. */
    int64_t time;
    /** The last second in which it may be answered, and its proof used; at most CBA_MAX_CHALLENGE_SECONDS later. */
    int64_t expiry;
    /**
     * Random bytes of a cryptographic generator, new for each challenge; not zero. They are what makes a replay
     * impossible, and the library has none of its own.
     */
    uint8_t nonce[32];
} cba_challenge_input;

/**
 * A challenge to the holder of a certificate. It borrows nothing. It lies where cba_challenge_init made it, and
 * must not be moved; a copy is not taken for a challenge. One thread at a time.
 */
typedef struct cba_challenge {
    /** Not to be read. */
    uint64_t opaque[CBA_CHALLENGE_WORDS];
} cba_challenge;

/** A digest: of its bytes, as many as `len` says count. */
typedef struct cba_digest {
    /** The digest, and zeros behind it. */
    uint8_t bytes[64];
    /** How long it is. */
    uint32_t len;
} cba_digest;

/** An answer to a challenge. Begin with CBA_ANSWER_INIT. */
typedef struct cba_answer {
    /** sizeof(cba_answer) of the caller's header. */
    size_t struct_size;
    /** The certificate that the challenge was made for, in DER, byte for byte as it was identified. */
    struct cba_span leaf;
    /** The signature. */
    struct cba_span signature;
    /** The time now, in Unix seconds. */
    int64_t time;
    /** How the signature was made and is written: one of CBA_ANSWER_. It is never guessed. */
    uint32_t form;
    /** The hash that was signed: one of CBA_HASH_; 0 for CBA_ANSWER_ED25519. */
    uint32_t hash;
} cba_answer;

/**
 * What an answer proved, good or bad: only cba_decide says what follows from it, and takes it as it does. It borrows
 * nothing. It must not be moved; a copy is not taken for a proof. One thread at a time. Zeroed, it proves nothing.
 */
typedef struct cba_proof {
    /** Not to be read. */
    uint64_t opaque[CBA_PROOF_WORDS];
} cba_proof;

/** One login attempt. Begin with CBA_REQUEST_INIT: zero lets nobody in. */
typedef struct cba_request {
    /** sizeof(cba_request) of the caller's header. */
    size_t struct_size;
    /** The client's certificate in DER; empty if it presented none. */
    struct cba_span leaf;
    /** The certificates that came with it, in DER, in any order; the leaf may be among them. */
    const struct cba_span *presented;
    /** The number of those. */
    size_t presented_len;
    /** The time of the attempt, in Unix seconds. */
    int64_t time;
    /** What is asked: one of CBA_MODE_. */
    uint32_t mode;
    /** Whether the client holds the leaf's key: one of CBA_POSSESSION_. */
    uint32_t possession;
    /**
     * The e-mail that the user typed, and that the password login will really use; empty if there is none.
     * For CBA_MODE_SECONDARY.
     */
    struct cba_span login_id;
    /**
     * OCSP responses in DER about certificates of the path, at most CBA_MAX_OCSP_RESPONSES. One that cannot be
     * read says nothing. None may be given to a verifier that does not ask for the revocation status.
     */
    const struct cba_span *ocsp;
    /** The number of those. */
    size_t ocsp_len;
    /** The nonce that was sent to the OCSP responder, and must have come back; empty if none was. */
    struct cba_span nonce;
    /** For CBA_POSSESSION_PROVEN_BY_CHALLENGE: what cba_challenge_answer gave. It is used up by the call. */
    struct cba_proof *proof;
    /** 0. */
    size_t reserved_at_end;
} cba_request;

/**
 * What is to be done: one of CBA_REFUSED, CBA_DISABLED, CBA_CONTINUE_WITH_PASSWORD, CBA_LOGIN. No two ways
 * in are the same number, and none is zero.
 */
typedef uint32_t cba_verdict;

/**
 * The decision. Take the user from cba_login_email or cba_password_email: each is empty for every verdict but
 * its own. It borrows nothing and may be copied.
 */
typedef struct cba_decision {
    /** The verdict. */
    cba_verdict verdict;
    /** Why it is CBA_REFUSED; CBA_OK for every other verdict. */
    cba_status reason;
    /** The certificate that the reason is about: 0 is the leaf, higher is nearer the trust anchor. */
    uint32_t depth;
    /** The byte in that certificate's DER; 0 where no single place is to blame. */
    uint32_t offset;
    /** Bytes of `email`, the NUL not counted; at most 254. */
    uint32_t email_len;
    /**
     * The one account that the verdict speaks of, with a NUL behind it; empty if it is CBA_REFUSED or
     * CBA_DISABLED. Printable ASCII, in lower case but for CBA_CASE_EXACT.
     */
    uint8_t email[256];
} cba_decision;

/**
 * What identifies the device, beside its user. The spans borrow from the request's leaf: they hold for as
 * long as its DER does.
 */
typedef struct cba_device {
    /** SHA-256 of the leaf's DER. */
    uint8_t fingerprint[32];
    /** SHA-256 of the DER of its SubjectPublicKeyInfo: survives a renewal with the same key. */
    uint8_t public_key_hash[32];
    /**
     * The last second, in Unix time, for which all certificates of the path are valid, and what was said of their
     * revocation holds.
     */
    int64_t not_after;
    /** The serial number: the contents of its INTEGER. Unique only together with the issuer. */
    struct cba_span serial;
    /** The DER of the issuer's name. */
    struct cba_span issuer;
    /** The DER of the subject's name. */
    struct cba_span subject;
    /** Which name `name` is: one of CBA_DEVICE_, the first in their order that the certificate holds. */
    uint32_t name_kind;
    /** The name, in printable ASCII; empty if there is none. */
    struct cba_span name;
} cba_device;

/** The audit record: what a log needs to say of an attempt. It names no person, and borrows nothing. */
typedef struct cba_audit {
    /** The verdict. */
    cba_verdict verdict;
    /** Why it is CBA_REFUSED. */
    cba_status reason;
    /** The certificate that the reason is about. */
    uint32_t depth;
    /** The byte in that certificate's DER. */
    uint32_t offset;
    /** 1 if there was a leaf, and `fingerprint` is filled; else 0. */
    uint32_t has_fingerprint;
    /** 1 if the leaf could be read, and `issuer` is filled; else 0. */
    uint32_t has_issuer;
    /** SHA-256 of the leaf as it was given, readable or not. */
    uint8_t fingerprint[32];
    /** SHA-256 of the DER of its issuer's name. */
    uint8_t issuer[32];
    /** Bytes of `serial`; at most 21. */
    uint32_t serial_len;
    /** The leaf's serial number: the contents of its INTEGER, cut off after 21 bytes. */
    uint8_t serial[24];
} cba_audit;

/** Where a configuration is wrong. */
typedef struct cba_fault {
    /** What is wrong; CBA_OK if nothing is. */
    cba_status status;
    /** One of CBA_PART_. */
    uint32_t part;
    /** Which element of that part, from 0. */
    uint32_t index;
    /** Which certificate or CRL of that bundle, or which domain of that anchor, from 0. */
    uint32_t item;
    /** The byte: in the bundle or deny list if its text is at fault, else in the DER of that certificate or CRL. */
    uint32_t offset;
} cba_fault;

/** Trust anchors, and the e-mail domains for which they may speak. */
typedef struct cba_trusted {
    /** A PEM bundle, or certificates in DER one after the other. At least one certificate. */
    struct cba_span certificates;
    /** `example.com` is that domain alone, `.example.com` every domain below it. NULL: every domain. */
    const struct cba_span *email_domains;
    /** The number of domains: not 0 if `email_domains` is not NULL. */
    size_t email_domains_len;
} cba_trusted;

/**
 * What a verifier is prepared from. Begin with CBA_VERIFIER_CONFIG_INIT: zero is the safe default of
 * every field.
 */
typedef struct cba_verifier_config {
    /** sizeof(cba_verifier_config) of the caller's header. */
    size_t struct_size;
    /** Trust anchors; at least one certificate in all. */
    const struct cba_trusted *trusted;
    /** Number of elements of `trusted`. */
    size_t trusted_len;
    /** Bundles of intermediates, as in `cba_trusted`, tried beside those that a client presents. */
    const struct cba_span *intermediates;
    /** Number of bundles. */
    size_t intermediates_len;
    /**
     * Deny lists: lines `certificate HEX` or `key HEX`, the SHA-256 of a certificate or of a
     * SubjectPublicKeyInfo. Empty lines and what follows a `#` are passed over.
     */
    const struct cba_span *denied;
    /** Number of deny lists. */
    size_t denied_len;
    /** Where the e-mail may stand: one of CBA_EMAIL_. */
    uint32_t email_sources;
    /** Which local parts are accepted: one of CBA_LOCAL_PART_. */
    uint32_t local_part;
    /** How local parts are compared: one of CBA_CASE_. */
    uint32_t local_part_case;
    /** What is forgiven: CBA_ACCEPT_ flags, or 0. */
    uint32_t accept;
    /** CBA_BORROW_ flags, or 0. */
    uint32_t borrow;
    /** Least length of an RSA modulus in bits, at most 8192; 0 is 2048. */
    uint16_t min_rsa_bits;
    /** Greatest length of an RSA modulus in bits, at most 8192; 0 is 8192. */
    uint16_t max_rsa_bits;
    /** Most intermediates in a path, at most 15; 0 is 8. */
    uint8_t max_intermediates;
    /** Most signatures beyond the length of the path, at most 16; 0 is 4. */
    uint8_t max_extra_signatures;
    /** 0. */
    uint16_t reserved;
    /** Most certificates tried as the issuer of another; 0 is 512. */
    uint32_t max_candidates;
    /** Most comparisons of names; 0 is 65536. */
    uint32_t max_name_comparisons;
    /** Whose revocation status is asked: one of CBA_REVOCATION_. */
    uint32_t revocation;
    /** Greatest age of CRLs and OCSP responses in seconds, counted from thisUpdate; 0 leaves it to nextUpdate. */
    uint32_t max_status_age;
    /** How many seconds the clocks of those who issue CRLs and OCSP responses may be ahead or behind. */
    uint32_t clock_skew;
    /** What becomes of constraints in the certificates of trust anchors: one of CBA_ANCHOR_CONSTRAINTS_. */
    uint32_t anchor_constraints;
    /** What is asked beyond the default: CBA_REQUIRE_ flags, or 0. */
    uint32_t require;
    /** The time at which CRLs are verified, in Unix seconds: now. Not needed without `crls`. */
    int64_t time;
    /** Certificate policies that are asked for, in dotted form such as 2.16.840.1.101.3.2.1.48.1. NULL: any. */
    const struct cba_span *policies;
    /** Number of policies. */
    size_t policies_len;
    /**
     * Bundles of CRLs in PEM, or one CRL in DER each. The certificate of a CRL's issuer must be among `trusted` or
     * `intermediates`. A CRL that is malformed, or whose signature is not good, is a fault of the configuration. One
     * that is out of date, or whose issuer has expired, is none: it may still say what is revoked, and says nothing
     * good. One whose issuer is denied is passed over.
     */
    const struct cba_span *crls;
    /** Number of bundles. */
    size_t crls_len;
    /**
     * The verifier that is in force, or NULL: each of its CRLs must have a successor that is not older
     * (CBA_STATUS_CRL_WENT_BACK, at the one that is; CBA_STATUS_CRL_MISSING, where the one in force stood in its own
     * configuration), unless its issuer is trusted no more. It is only read by cba_verifier_init, and lies elsewhere
     * than what is prepared.
     */
    const struct cba_verifier *replaces;
    /**
     * Sixteen random bytes for the indexes of CRLs, unknown to whoever may choose serial numbers. Zeroed: no
     * indexes, and a lookup walks the whole CRL.
     */
    uint8_t index_key[16];
    /**
     * What the leaf must be allowed to do, and every CA that carries extendedKeyUsage with it: a purpose in dotted
     * form, such as 1.3.6.1.4.1.311.20.2.2 for smart card logon. Empty: TLS client authentication. A login needs that
     * whatever stands here: another purpose is asked beside it, never instead of it. 2.5.29.37.0
     * (anyExtendedKeyUsage) asks for nothing beside it.
     */
    struct cba_span purpose;
    /** 0. */
    size_t reserved_at_end;
} cba_verifier_config;

/** Nobody is let in. */
#define CBA_REFUSED 0

/** Certificates are switched off (CBA_MODE_OFF): the host goes on as if there were none. */
#define CBA_DISABLED 1

/** The user typed the certificate's e-mail: the login with this user's password goes on. */
#define CBA_CONTINUE_WITH_PASSWORD 2

/**
 * This user is logged in, once the host's own checks of the account pass: active, not locked, no bot,
 * second factor.
 */
#define CBA_LOGIN 3

/** The call did what it should. No call that decides about a login returns this. */
#define CBA_OK 0

/** A pointer that must not be NULL is, or a span is NULL and not empty. */
#define CBA_STATUS_NULL_POINTER 1

/** struct_size is none that this structure ever had, or what the library does not know is not zero. */
#define CBA_STATUS_STRUCT_SIZE 2

/** A number or flag that has no meaning here, or a length that no memory has. */
#define CBA_STATUS_INVALID_ARGUMENT 3

/** The memory is too small for what is to be put into it. */
#define CBA_STATUS_MEMORY_TOO_SMALL 4

/** The memory does not begin at a multiple of the required alignment. */
#define CBA_STATUS_MISALIGNED 5

/** Memory that was never initialised, or was moved or overwritten since. */
#define CBA_STATUS_NOT_INITIALIZED 6

/** The workspace is in use by another call. */
#define CBA_STATUS_WORKSPACE_BUSY 7

/** More certificates than there is room for. */
#define CBA_STATUS_TOO_MANY_CERTIFICATES 8

/** A bundle without a certificate, or a verifier without a trust anchor. */
#define CBA_STATUS_NO_CERTIFICATES 9

/** A challenge that was answered before, or a proof that was decided on before. */
#define CBA_STATUS_ALREADY_USED 10

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a challenge for the holder of the certificate of `credential`, which cba_identify gave. What is to be signed
 * is its message: cba_challenge_message, or cba_challenge_digest for a token that signs digests only.
 *
 * Returns CBA_OK; the credential's reason, if it is none that speaks of somebody; CBA_STATUS_MALFORMED_CHALLENGE if
 * nonce, name or expiry cannot be right; or a status of misuse. `challenge` is zeroed then.
 *
 * The caller sees to it:
 * `credential` and `input` are NULL or can be read, with the span; `challenge` can be written and does not overlap
 * with them.
 */
cba_status cba_challenge_init(const struct cba_credential *credential,
                              const struct cba_challenge_input *input,
                              struct cba_challenge *challenge);

/**
 * The bytes that are to be signed: at most 366. Empty for what is no challenge, or was answered. Borrows from
 * `challenge`, until it is answered.
 *
 * They begin with a label that is in no other protocol: a signature of them is good for nothing else, and a signature
 * made elsewhere is no answer. A token that is handed a hash alone cannot see that: what stands between it and the
 * verifier must take the whole message, and check label and name. Their layout is said in docs/token.md.
 *
 * The caller sees to it:
 * `challenge` is NULL or can be read.
 */
struct cba_span cba_challenge_message(const struct cba_challenge *challenge);

/**
 * The digest of those bytes under `hash`, one of CBA_HASH_. For CKM_ECDSA of PKCS #11, which signs digests.
 *
 * Returns CBA_OK or a status of misuse; `digest` is zeroed then.
 *
 * The caller sees to it:
 * `challenge` is NULL or can be read; `digest` can be written and does not overlap with it.
 */
cba_status cba_challenge_digest(const struct cba_challenge *challenge,
                                uint32_t hash,
                                struct cba_digest *digest);

/**
 * Verifies an answer, by the cryptography of `verifier`. Good or bad, the challenge is used up: there is one attempt.
 *
 * Returns nothing, so that nobody takes a success of the call for a login: give `proof` to cba_decide in a request
 * whose possession is CBA_POSSESSION_PROVEN_BY_CHALLENGE. A bad answer is a refusal there: CBA_STATUS_WRONG_ANSWER,
 * CBA_STATUS_CHALLENGE_OVER, CBA_STATUS_PROOF_OF_ANOTHER_CERTIFICATE, CBA_STATUS_ANSWER_FORM_MISMATCH,
 * CBA_STATUS_UNSUPPORTED_SIGNATURE_ALGORITHM; and so is misuse: CBA_STATUS_ALREADY_USED for a challenge that was
 * answered before.
 *
 * The caller sees to it:
 * `verifier` is NULL or was given by its init function; `answer` is NULL or can be read, with its spans; `challenge`
 * and `proof` are NULL or can be read and written, and do not overlap with anything else.
 */
void cba_challenge_answer(const struct cba_verifier *verifier,
                          struct cba_challenge *challenge,
                          const struct cba_answer *answer,
                          struct cba_proof *proof);

/**
 * Judges one login attempt: from the client's certificate to a decision.
 *
 * Returns nothing, so that nobody takes a success of the call for a login: look at the verdict, or better
 * at cba_login_email and cba_password_email. Misuse is a refusal too, with its status as reason. Outputs
 * are zeroed first; `device` is filled only if the verdict lets in, `audit` always. `decision`, `device`
 * and `audit` may be NULL. Of `request`, `device` borrows the leaf.
 *
 * The caller sees to it:
 * `verifier` and `workspace` are NULL or were given by their init functions; `request` and its spans can
 * be read until the call returns; its proof is NULL or can be read and written; outputs can be written and do not
 * overlap with anything else.
 */
void cba_authenticate(const struct cba_verifier *verifier,
                      const struct cba_request *request,
                      struct cba_workspace *workspace,
                      struct cba_decision *decision,
                      struct cba_device *device,
                      struct cba_audit *audit);

/**
 * The first of two steps, for a server that keeps a connection: verifies the client's certificate once.
 * Of `request` it reads leaf, presented, time, ocsp and nonce.
 *
 * `credential` holds what was found, good or bad; only cba_decide says what follows from it. It holds for
 * this verifier: after a change of anchors, deny list or CRLs, identify again. `device` is filled if the certificate
 * is good, but proves nothing until cba_decide lets its holder in. `audit` is filled with what is known of the
 * leaf, and says CBA_REFUSED until cba_decide is told of it. `device` and `audit` may be NULL.
 *
 * The caller sees to it:
 * As for cba_authenticate.
 */
void cba_identify(const struct cba_verifier *verifier,
                  const struct cba_request *request,
                  struct cba_workspace *workspace,
                  struct cba_credential *credential,
                  struct cba_device *device,
                  struct cba_audit *audit);

/**
 * The second step, for each request on the connection: decides without cryptography. Of `request` it reads
 * mode, possession, proof, time and login_id; at a `time` outside the dates of its path a credential is refused.
 * A proof is used up, whatever is decided.
 *
 * `audit`, which may be NULL, is the record that cba_identify made: verdict, reason, depth and offset are
 * set, the rest stays. Any number of threads may share a credential.
 *
 * The caller sees to it:
 * `credential` and `request` are NULL or can be read; its proof is NULL or can be read and written; `audit` is NULL or
 * an initialised record; outputs can be written.
 */
void cba_decide(const struct cba_credential *credential,
                const struct cba_request *request,
                struct cba_decision *decision,
                struct cba_audit *audit);

/**
 * The user who is logged in: empty unless the verdict is CBA_LOGIN. Borrows from `decision`.
 *
 * The caller sees to it:
 * `decision` is NULL or can be read.
 */
struct cba_span cba_login_email(const struct cba_decision *decision);

/**
 * The user whose password is to be asked: empty unless the verdict is CBA_CONTINUE_WITH_PASSWORD. Borrows from
 * `decision`.
 *
 * The caller sees to it:
 * `decision` is NULL or can be read.
 */
struct cba_span cba_password_email(const struct cba_decision *decision);

/** The text of a status: English, static, never NULL, ended by NUL. Any thread may call it. */
const char *cba_status_str(cba_status status);

/**
 * Reads the mode out of a complete Mattermost config.json: `ExperimentalSettings.ClientSideCertEnable` and
 * `.ClientSideCertCheck`. What could be read in two ways is an error, and so is an unknown value.
 *
 * Returns CBA_OK, or a status; `mode` is CBA_MODE_UNSET then, and `fault`, which may be NULL, says at which
 * byte of the file.
 *
 * The caller sees to it:
 * `json` can be read; `mode` and `fault` can be written.
 */
cba_status cba_mode_from_config(struct cba_span json, uint32_t *mode, struct cba_fault *fault);

/**
 * Decodes the next certificate of a PEM bundle into `der`, and moves `pem` behind it. `len` says how many
 * bytes it has; 0, with CBA_OK, that there is none left. Three bytes for each four of the bundle always
 * suffice.
 *
 * Returns CBA_OK, or a status; `len` is 0 then, and `pem` stays. A block with nothing in it is
 * CBA_STATUS_MALFORMED_PEM: it does not pass for the end.
 *
 * The caller sees to it:
 * `pem` can be read and written, and what it spans can be read; `capacity` bytes at `der` can be written, and
 * are not among those that it spans.
 */
cba_status cba_pem_decode(struct cba_span *pem, uint8_t *der, size_t capacity, size_t *len);

/**
 * The string at `name` in the JSON object that is the whole of `body`, for `login_id` of a request: unescaped,
 * into `out`. `len` is its length; 0 with CBA_OK if the object has no such member, `null` there, or "".
 *
 * The login that reads the same body must find the same value: a name that stands twice, in whatever case,
 * is refused, and so is a body that is not exactly one JSON object.
 *
 * Returns CBA_OK, CBA_STATUS_AMBIGUOUS_LOGIN_ID, CBA_STATUS_MALFORMED_LOGIN_REQUEST,
 * CBA_STATUS_LOGIN_ID_TOO_LONG, or a status of misuse. `len` is 0 unless it is CBA_OK.
 *
 * The caller sees to it:
 * The spans can be read; `capacity` bytes at `out`, and `len`, can be written, and are not among those of the
 * spans.
 */
cba_status cba_json_string(struct cba_span body,
                           struct cba_span name,
                           uint8_t *out,
                           size_t capacity,
                           size_t *len);

/**
 * The value of the field `name` in a form (application/x-www-form-urlencoded) that is the whole of
 * `body`, decoded into `out`; the rest as for cba_json_string. Names that some reader
 * could take for `name` count as it: the same letters and digits.
 *
 * The caller sees to it:
 * As for cba_json_string.
 */
cba_status cba_form_field(struct cba_span body,
                          struct cba_span name,
                          uint8_t *out,
                          size_t capacity,
                          size_t *len);

/**
 * Says in `size` how many bytes a verifier of this configuration needs, at an alignment of
 * CBA_VERIFIER_ALIGN. Reads every bundle; certificates themselves are read by cba_verifier_init.
 *
 * Returns CBA_OK or a status; `size` is 0 then, and `fault`, which may be NULL, says where.
 *
 * The caller sees to it:
 * `config` points to a configuration, all of whose spans can be read; `size` and `fault` can be written.
 */
cba_status cba_verifier_size(const struct cba_verifier_config *config, size_t *size, struct cba_fault *fault);

/**
 * Prepares a verifier in `memory`, and gives it in `verifier`.
 *
 * Everything is copied into `memory` (certificates in DER unless CBA_BORROW_DER is set): `config` and
 * what it points to may go when the call returns. `memory` is the caller's, lives as long as the
 * verifier, and is freed by the caller as it was allocated; there is nothing to release. It must not be
 * moved or written to. Work is bounded by the size of the configuration.
 *
 * Returns CBA_OK, or a status: `verifier` is NULL then, `memory` is of no use, and `fault`, which may be
 * NULL, says where.
 *
 * The caller sees to it:
 * `len` bytes at `memory` can be written and are used by nobody else, threads that use an older verifier
 * there included; the rest as for cba_verifier_size.
 */
cba_status cba_verifier_init(void *memory,
                             size_t len,
                             const struct cba_verifier_config *config,
                             const struct cba_verifier **verifier,
                             struct cba_fault *fault);

/**
 * The number of trust anchors; 0 for what is no verifier.
 *
 * The caller sees to it:
 * `verifier` is NULL or points to a verifier.
 */
size_t cba_verifier_anchors(const struct cba_verifier *verifier);

/** The version of the library that is linked, as CBA_VERSION_NUMBER. */
uint32_t cba_version(void);

/** The version of the C ABI of the library that is linked, as CBA_ABI_VERSION. */
uint32_t cba_abi_version(void);

/**
 * Makes a workspace of `memory`, and gives it in `workspace`. CBA_WORKSPACE_SIZE(n) bytes have room for
 * n presented certificates; a client that presents more is refused.
 *
 * `memory` is the caller's, and freed by the caller as it was allocated; there is nothing to release.
 *
 * Returns CBA_OK, or a status of misuse; `workspace` is NULL then.
 *
 * The caller sees to it:
 * `len` bytes at `memory` can be written and are used by nobody else.
 */
cba_status cba_workspace_init(void *memory, size_t len, struct cba_workspace **workspace);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus


/** The version of this header as text. */
#define CBA_VERSION_STRING "0.1.0"

/**
 * An upper bound for the bytes of a verifier, for memory that is set aside when the program is compiled:
 * so many trust anchors, intermediates, entries of deny lists and e-mail domains, and der_bytes for the DER
 * of all certificates (0 with CBA_BORROW_DER and no PEM) and the text of all domains and of the purpose. At run
 * time, ask cba_verifier_size.
 */
#define CBA_VERIFIER_SIZE(anchors, intermediates, denied, domains, der_bytes) \
    (CBA_VERIFIER_BASE_SIZE + (size_t)(anchors) * CBA_VERIFIER_ANCHOR_SIZE \
     + (size_t)(intermediates) * CBA_CERTIFICATE_SIZE + (size_t)(denied) * CBA_VERIFIER_DENIED_SIZE \
     + (size_t)(domains) * CBA_VERIFIER_DOMAIN_SIZE + (size_t)(der_bytes))

/**
 * What that bound grows by for so many CRLs: entries is the number of all their entries, 0 without index_key, and
 * der_bytes are the bytes of their DER, 0 with CBA_BORROW_CRLS and no PEM. In PEM, count an entry for every 20
 * bytes.
 */
#define CBA_VERIFIER_CRLS_SIZE(crls, entries, der_bytes) \
    ((size_t)(crls) * CBA_VERIFIER_CRL_SIZE + (size_t)(entries) * CBA_VERIFIER_CRL_ENTRY_SIZE + (size_t)(der_bytes))

/** The bytes of a workspace that has room for so many presented certificates. */
#define CBA_WORKSPACE_SIZE(presented) \
    (CBA_WORKSPACE_BASE_SIZE + (size_t)(presented) * CBA_CERTIFICATE_SIZE)

/** An empty cba_verifier_config: every field at its safe default. */
#define CBA_VERIFIER_CONFIG_INIT \
    { sizeof(cba_verifier_config), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
      0, 0, 0, 0, 0, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, { 0, 0 }, 0 }

/** An empty cba_request: it lets nobody in. */
#define CBA_REQUEST_INIT \
    { sizeof(cba_request), { 0, 0 }, 0, 0, 0, CBA_MODE_UNSET, CBA_POSSESSION_UNPROVEN, { 0, 0 }, 0, 0, \
      { 0, 0 }, 0, 0 }

/** An empty cba_challenge_input: no challenge is made of it. */
#define CBA_CHALLENGE_INPUT_INIT \
    { sizeof(cba_challenge_input), { 0, 0 }, 0, 0, \
      { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } }

/** An empty cba_answer: it proves nothing. */
#define CBA_ANSWER_INIT { sizeof(cba_answer), { 0, 0 }, { 0, 0 }, 0, 0, 0 }

#endif /* CBA_H */


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

//! Revocation: CRLs (RFC 5280 section 5 and 6.3) and OCSP responses (RFC 6960), both given by the caller.

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

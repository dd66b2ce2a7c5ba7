//! Paths: ours against rustls-webpki, both with the same stub for cryptography, so that the fuzzer gets
//! past signatures. Every difference must stand in a table; the search must stay within its bounds.

#![no_main]

use cba_core::certificate::KeyUsage;
use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{DeviceIdentity, EmailSources, Identity, IdentityOptions, emails};
use cba_core::login::{Credential, Decision, Possession, decide};
use cba_core::path::{Purpose, VerifiedPath};
use cba_core::{Certificate, ErrorKind, UnixTime};
use cba_fuzz::chain::{
    EXTRA_SIGNATURES, INTERMEDIATES, Input, Path, Traces, is_anchor, our_verdict, verdict, webpki_verdict,
};
use cba_fuzz::explained::{Case, why_we_accept, why_we_refuse};
use cba_fuzz::tlv::{Node, Random, agree_on_algorithm, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    let Some(input) = Input::decode(bytes) else { return };
    let roots: Vec<_> = input.roots().iter().filter(|root| is_anchor(root)).cloned().collect();
    let (ours, traces) = our_verdict(&input, input.presented(), &roots, |path| look_at(path, &input));
    check_bounds(&input, &ours, &traces);
    let theirs = webpki_verdict(&input, input.presented(), &roots);
    match (&ours, &theirs) {
        (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
        (Ok(path), Err(_)) => explain_our_acceptance(&input, path, &roots),
        (Err(error), Ok(path)) => explain_our_refusal(&input, path, *error, &roots),
    }
});

/// The roots that stand for the anchor of a path.
fn roots_of<'r>(path: &Path, roots: &'r [Vec<u8>]) -> Vec<Vec<u8>> {
    let is_the_anchor = |root: &&'r Vec<u8>| {
        Certificate::from_der(root).is_ok_and(|root| {
            (root.subject().der(), root.subject_public_key_info().der()) == (&path.anchor.0, &path.anchor.1)
        })
    };
    roots.iter().filter(is_the_anchor).cloned().collect()
}

fn explain_our_acceptance(input: &Input, path: &Path, roots: &[Vec<u8>]) {
    // Their search may have missed the path; asked about it alone, they say what is wrong with it.
    match webpki_verdict(input, &path.certificates[1..], &roots_of(path, roots)) {
        // The error is the bad signature of the way round a self-issued certificate.
        Err(webpki::Error::InvalidSignatureForPublicKey) if input.picky && has_shortcut(path) => {}
        Ok(_) => {
            let whole = webpki_verdict(input, input.presented(), roots);
            assert!(
                matches!(
                    whole,
                    Err(webpki::Error::MaximumSignatureChecksExceeded
                        | webpki::Error::MaximumPathBuildCallsExceeded)
                ),
                "webpki accepts the path alone, but not among others: {whole:?}"
            );
        }
        Err(error) => assert!(
            why_we_accept(&Case::new(input, path), &error).is_some(),
            "accepted by us, refused by webpki: {error:?}"
        ),
    }
}

fn explain_our_refusal(input: &Input, path: &Path, whole: cba_core::Error, roots: &[Vec<u8>]) {
    let case = Case::new(input, path);
    for (depth, der) in path.certificates.iter().enumerate() {
        if let Err(error) = Certificate::from_der(der) {
            let error = error.with_depth(depth as u8);
            assert!(why_we_refuse(&case, &error).is_some(), "unread by us, accepted by webpki: {error:?}");
            return;
        }
    }
    let (alone, traces) = our_verdict(input, &path.certificates[1..], &roots_of(path, roots), |_| {});
    match alone {
        Ok(_) => assert!(
            matches!(
                whole.kind,
                ErrorKind::SignatureBudgetExhausted
                    | ErrorKind::CandidateBudgetExhausted
                    | ErrorKind::NameBudgetExhausted
                    | ErrorKind::ConstraintBudgetExhausted
            ),
            "we accept the path alone, but not among others: {whole:?}"
        ),
        // The error is that of the way round a self-issued certificate.
        Err(_) if traces.refused_path != path.certificates[1..] && has_shortcut(path) => {}
        Err(error) => {
            assert!(why_we_refuse(&case, &error).is_some(), "refused by us, accepted by webpki: {error:?}");
        }
    }
}

/// Whether the certificates of a path make up another one too, because a name comes back in it.
fn has_shortcut(path: &Path) -> bool {
    let certificates = path.certificates.iter().map(|der| Certificate::from_der(der));
    let names: Result<Vec<_>, _> =
        certificates.map(|read| read.map(|read| (read.subject(), read.issuer()))).collect();
    let names = names.expect("the path was read");
    names.iter().enumerate().any(|(at, (_, issuer))| {
        // The next certificate, or the anchor, bears the name by right.
        let above = names.iter().skip(at + 2).any(|(subject, _)| subject.matches(issuer));
        let top = names.last().filter(|_| at + 1 < names.len());
        above || top.is_some_and(|(_, anchor)| anchor.matches(issuer))
    })
}

fn check_bounds(input: &Input, ours: &Result<Path, cba_core::Error>, traces: &Traces) {
    let longest = usize::from(INTERMEDIATES) + 1;
    assert!(traces.signatures.len() <= longest + usize::from(EXTRA_SIGNATURES), "too many signatures");
    let mut distinct = input.certificates.clone();
    distinct.sort();
    if distinct.windows(2).all(|pair| pair[0] != pair[1]) {
        let mut asked = traces.signatures.clone();
        asked.sort();
        assert!(asked.windows(2).all(|pair| pair[0] != pair[1]), "a signature was verified twice");
    }
    match ours {
        Ok(path) => {
            assert!(path.certificates.len() <= longest);
            assert!(path.certificates[0] == input.leaf());
            for der in &path.certificates {
                let certificate = Certificate::from_der(der).expect("the path was read");
                let good = traces.signatures.iter().any(|[message, signature, key]| {
                    message == certificate.tbs_certificate()
                        && verdict(input.picky, &[key], message, signature)
                });
                assert!(good, "a certificate of the path has no good signature");
            }
        }
        Err(error) => {
            // The error is about a certificate of the refused path, and points into it.
            let depth = usize::from(error.depth);
            if error.kind.is_limit() {
                return;
            }
            // The anchor stands above the path, and no offset points into it.
            if depth == traces.refused_path.len() + 1 {
                assert_eq!(error.offset, 0);
                return;
            }
            assert!(
                depth <= traces.refused_path.len(),
                "{error:?} on a path of {}",
                traces.refused_path.len()
            );
            let blamed = depth.checked_sub(1).map_or(input.leaf(), |at| &traces.refused_path[at]);
            assert!(error.offset as usize <= blamed.len(), "{error:?} in {} bytes", blamed.len());
            check_reason(input, error.kind, blamed, traces);
        }
    }
}

/// Refusals in which nobody else may be asked, because rustls-webpki refuses too: the reason is there.
fn check_reason(input: &Input, kind: ErrorKind, blamed: &[u8], traces: &Traces) {
    let Ok(blamed) = Certificate::from_der(blamed) else { return };
    let time = UnixTime(i64::try_from(input.at()).unwrap_or(i64::MAX));
    let validity = blamed.validity();
    match kind {
        ErrorKind::NotYetValid => assert!(time < validity.not_before),
        ErrorKind::Expired => assert!(time > validity.not_after),
        ErrorKind::InvertedValidity => assert!(validity.not_after < validity.not_before),
        ErrorKind::NotACa => assert!(!blamed.is_ca()),
        ErrorKind::UnknownCriticalExtension => {
            // Not certificatePolicies, in which a qualifier may be what is unknown.
            let read =
                |oid: &[u8]| matches!(oid, [0x55, 0x1d, 14 | 15 | 17 | 19 | 30 | 33 | 35 | 36 | 37 | 54]);
            assert!(blamed.extensions().iter().any(|extension| extension.critical && !read(extension.oid)));
        }
        ErrorKind::NameNotPermitted | ErrorKind::NameExcluded | ErrorKind::UnsupportedNameConstraint => {
            assert!(any_issuer_has(traces, 30), "nobody constrains names");
        }
        ErrorKind::PolicyRequired => {
            assert!(has(input.leaf(), 36) || any_issuer_has(traces, 36), "nobody asks for policies");
        }
        ErrorKind::PathLenConstraintExceeded => {
            let issuers = traces.refused_path.iter().map(|der| Certificate::from_der(der));
            let issuers: Vec<_> = issuers.collect::<Result<_, _>>().expect("a path was read");
            assert!(exceeds_path_len(&issuers.iter().collect::<Vec<_>>()), "no path length is exceeded");
        }
        _ => {}
    }
}

/// Whether a certificate of the refused path carries this extension of id-ce.
fn any_issuer_has(traces: &Traces, number: u8) -> bool {
    traces.refused_path.iter().any(|der| has(der, number))
}

fn has(der: &[u8], number: u8) -> bool {
    let certificate = Certificate::from_der(der).expect("a path was read");
    certificate.extensions().iter().any(|extension| extension.oid == [0x55, 0x1d, number])
}

/// RFC 5280 4.2.1.9: whether more non-self-issued intermediates follow one of the issuers, given from the one
/// that issued the leaf upwards, than its pathLenConstraint allows.
fn exceeds_path_len(issuers: &[&Certificate<'_>]) -> bool {
    issuers.iter().enumerate().any(|(at, issuer)| {
        let below = issuers[..at].iter().filter(|below| !below.is_self_issued()).count();
        let constraints = issuer.extensions().basic_constraints().expect("a path is well-formed");
        constraints
            .and_then(|constraints| constraints.path_len_constraint)
            .is_some_and(|most| below > most as usize)
    })
}

/// What must hold of a verified path, and of what rests on it.
fn look_at(path: &VerifiedPath<'_>, input: &Input) {
    let certificates = path.certificates();
    for pair in certificates.windows(2) {
        assert!(pair[0].issuer().matches(&pair[1].subject()));
        assert!(pair[1].is_ca());
    }
    assert!(!exceeds_path_len(&certificates[1..]));
    let top = certificates.last().expect("a path is not empty");
    assert!(top.issuer().matches(&path.anchor().subject()));
    for certificate in certificates {
        let validity = certificate.validity();
        assert!(validity.not_before <= path.time() && path.time() <= validity.not_after);
        assert!(path.not_after() <= validity.not_after);
    }
    assert_eq!(path.leaf().der(), input.leaf());

    let device = DeviceIdentity::from_path(path);
    assert_eq!(device.serial().as_bytes(), path.leaf().serial().as_bytes());
    let _ = device.common_names().count() + device.subject_serial_numbers().count();
    assert!(device.uris().is_ok() && device.dns_names().is_ok(), "a verified leaf is well-formed");

    let addresses: Vec<_> =
        emails(path.leaf()).map(|email| email.expect("a verified leaf is well-formed")).collect();
    let identities = [
        EmailSources::Subject,
        EmailSources::San,
        EmailSources::SubjectThenSan,
        EmailSources::SanThenSubject,
    ]
    .map(|sources| Identity::from_path(path, &IdentityOptions { sources, ..IdentityOptions::default() }));
    for identity in &identities {
        match identity {
            // Whatever the sources: every address of the certificate is the one.
            Ok(identity) => {
                check_decisions(identity, input);
                assert!(!addresses.is_empty());
                for address in &addresses {
                    assert!(address.bytes.eq_ignore_ascii_case(identity.email().as_str().as_bytes()));
                }
            }
            Err(error) => assert!(matches!(error.kind.code(), 500..=599), "{error:?}"),
        }
    }
    // The order of the sources says nothing about who it is.
    let [_, _, a, b] = identities.map(|identity| identity.map(|identity| identity.email().clone()));
    assert_eq!(a, b);
}

/// Who is let in, whatever the certificate: nobody without possession, nobody but the certificate's own user.
fn check_decisions(identity: &Identity<'_>, input: &Input) {
    let own = identity.email().as_str();
    let leaf = identity.path().leaf();
    let usage = leaf.extensions().key_usage().expect("a verified leaf is well-formed");
    let client_auth = Purpose::ClientAuth.oid().expect("it is one");
    let is_client = identity.path().certificates().iter().enumerate().all(|(depth, certificate)| {
        let purposes = certificate.extensions().extended_key_usage().expect("a verified path is well-formed");
        purposes.map_or(depth > 0 || !input.require_extended_key_usage, |purposes| {
            purposes.contains(client_auth) || depth > 0 && purposes.contains_any()
        })
    });
    // A path that was verified for a server must be fit for a client too.
    assert!(is_client || input.server);
    let may_log_in = is_client && !leaf.is_ca() && usage.is_none_or(KeyUsage::digital_signature);
    let credential = Credential::from_identity(identity);
    assert_eq!(credential.is_ok(), may_log_in);
    let Ok(credential) = credential else { return };
    let UnixTime(last) = credential.not_after();
    let after = decide(
        &Settings { enable: true, check: CertificateCheck::Primary },
        &credential,
        Possession::ProvenByTls,
        UnixTime(last.saturating_add(1)),
        None,
    );
    assert!(
        last == i64::MAX || matches!(after, Decision::Refused(error) if error.kind == ErrorKind::Expired)
    );
    let time = identity.path().time();
    for enable in [false, true] {
        for check in [CertificateCheck::Primary, CertificateCheck::Secondary] {
            for let_in in [false, true] {
                for typed in [None, Some(""), Some("somebody@else.example"), Some(own)] {
                    let possession = if let_in { Possession::ProvenByTls } else { Possession::Unproven };
                    let decision = decide(&Settings { enable, check }, &credential, possession, time, typed);
                    assert_eq!(decision == Decision::Disabled, !enable);
                    assert!(
                        decision.principal().is_none_or(|principal| principal.email() == identity.email())
                    );
                    let login = matches!(decision, Decision::Login { .. });
                    assert_eq!(login, enable && let_in && check == CertificateCheck::Primary);
                    let password = matches!(decision, Decision::ContinueWithPassword { .. });
                    let same = typed == Some(own);
                    assert_eq!(password, enable && let_in && check == CertificateCheck::Secondary && same);
                }
            }
        }
    }
}

/// Changes the header, the list, the names that link two certificates, or one certificate as a tree.
fn mutate_input(input: &mut Input, random: &mut Random) {
    let count = input.certificates.len();
    let at = random.below(count);
    match random.below(12) {
        0 => match random.below(5) {
            0 => input.server ^= true,
            1 => input.require_extended_key_usage ^= true,
            2 => input.picky ^= true,
            3 => input.roots = 1 + random.below(4.min(count - 1)),
            _ => input.time_selector = random.below(256) as u8,
        },
        1 if count < 12 => {
            let certificate = input.certificates[at].clone();
            input.certificates.insert(random.below(count), certificate);
        }
        2 if count > 2 => {
            input.certificates.remove(at);
            input.roots = input.roots.min(count - 2);
        }
        3 => input.certificates.swap(at, random.below(count)),
        // One certificate becomes the issuer of another, in name.
        4 | 5 => {
            let issuer = random.below(count);
            let name = Certificate::from_der(&input.certificates[issuer])
                .map(|issuer| issuer.subject().der().to_vec());
            let old = Certificate::from_der(&input.certificates[at]).map(|old| old.issuer().der().to_vec());
            if let (Ok(name), Ok(old)) = (name, old)
                && let Some(mut root) = Node::parse(&input.certificates[at])
                && let Some(name) = Node::parse(&name)
            {
                replace_first(&mut root, &old, &name);
                input.certificates[at] = root.encode();
            }
        }
        _ => {
            if let Some(mut root) = Node::parse(&input.certificates[at]) {
                mutate(&mut root, random);
                if random.below(2) == 0 {
                    agree_on_algorithm(&mut root);
                }
                input.certificates[at] = root.encode();
            }
        }
    }
}

/// Replaces the first value whose DER is `old`.
fn replace_first(node: &mut Node, old: &[u8], new: &Node) -> bool {
    if node.encode() == old {
        *node = new.clone();
        return true;
    }
    let cba_fuzz::tlv::Body::Values(values) = &mut node.body else { return false };
    values.iter_mut().any(|value| replace_first(value, old, new))
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed);
    if random.below(8) > 0
        && let Some(mut input) = Input::decode(&data[..size])
    {
        for _ in 0..=random.below(3) {
            mutate_input(&mut input, &mut random);
        }
        let bytes = input.encode();
        if bytes.len() <= max_size {
            data[..bytes.len()].copy_from_slice(&bytes);
            return bytes.len();
        }
    }
    fuzzer_mutate(data, size, max_size)
});

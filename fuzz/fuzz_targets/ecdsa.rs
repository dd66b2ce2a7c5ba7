//! ECDSA: our own verifier, ring, and the crates p256 and p384 must give one answer, on signatures that are good and on
//! what becomes of them.

#![no_main]

use cba_core::signature::{Compact, Hash, PublicKey, SignatureAlgorithm, SignatureVerifier};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use ring::signature as theirs;
use sha2::Digest;

/// A number in place of one of a signature or a point; both are big-endian, and as long as the curve's numbers.
fn change(input: &mut Unstructured<'_>, number: &mut [u8], order: &[u8], prime: &[u8]) -> Result<()> {
    match input.int_in_range(0..=9)? {
        0 => {
            let at = input.choose_index(number.len())?;
            number[at] ^= 1 << input.int_in_range(0..=7)?;
        }
        1 => number.fill(0),
        2 => number.copy_from_slice(order),
        3 => number.copy_from_slice(prime),
        4 => {
            // Its negative, which is as good for s.
            let negative = less(order, number);
            number.copy_from_slice(&negative);
        }
        5 => input.fill_buffer(number)?,
        6 => number.fill(0xff),
        7 => {
            number.fill(0);
            let last = number.len() - 1;
            number[last] = input.arbitrary()?;
        }
        8 => {
            let mut little = vec![0; number.len()];
            little[number.len() - 1] = input.arbitrary()?;
            number.copy_from_slice(&less(order, &little));
        }
        _ => {}
    }
    Ok(())
}

/// a − b, modulo 2 to their bits.
fn less(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(&a, &b)| {
            let difference = i16::from(a) - i16::from(b) - borrow;
            borrow = i16::from(difference < 0);
            difference.rem_euclid(256) as u8
        })
        .collect();
    difference.reverse();
    difference
}

/// An INTEGER, now and then with a zero byte too many or too few.
fn integer(input: &mut Unstructured<'_>, number: &[u8]) -> Result<Vec<u8>> {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count().min(number.len() - 1);
    let mut content = number[zeros..].to_vec();
    let odd = input.ratio(1, 32)?;
    if (content[0] & 0x80 != 0) != odd {
        content.insert(0, 0);
    }
    Ok([&[2, content.len() as u8], &content[..]].concat())
}

fn sequence(content: &[u8]) -> Vec<u8> {
    match content.len() {
        len @ ..128 => [&[0x30, len as u8], content].concat(),
        len => [&[0x30, 0x81, len as u8], content].concat(),
    }
}

/// A point of a seed, perhaps another than whose key signs; a signature by it, perhaps changed; all answers.
macro_rules! check {
    ($input:ident, $curve:ident, $key:ident, $len:expr, $order:expr, $prime:expr, $rings:expr) => {{
        use $curve::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
        let (order, prime) = (hex($order), hex($prime));
        let mut secret = [0; $len];
        let tail = if $input.ratio(1, 4)? { $len - 1 } else { 0 };
        $input.fill_buffer(&mut secret[tail..])?;
        let Ok(signer) = $curve::ecdsa::SigningKey::from_slice(&secret) else { return Ok(()) };
        let mut point = signer.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        let hash = *$input.choose(&[Hash::Sha256, Hash::Sha384, Hash::Sha512])?;
        let message: [u8; 4] = $input.arbitrary()?;
        let digest = match hash {
            Hash::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Hash::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Hash::Sha512 => sha2::Sha512::digest(message).to_vec(),
        };
        // SEC 1 asks for the leftmost bits; these crates want half the curve's bits at the least.
        let signature: $curve::ecdsa::Signature = signer.sign_prehash(&digest).unwrap();
        let (r, s) = signature.split_bytes();
        let (mut r, mut s) = (r.to_vec(), s.to_vec());
        if $input.ratio(3, 4)? {
            change($input, &mut r, &order, &prime)?;
            change($input, &mut s, &order, &prime)?;
        }
        if $input.ratio(1, 4)? {
            let (x, y) = point[1..].split_at_mut($len);
            change($input, x, &order, &prime)?;
            change($input, y, &prime, &prime)?;
        }
        if $input.ratio(1, 16)? {
            match $input.int_in_range(0..=3)? {
                0 => drop(point.pop()),
                1 => point.push($input.arbitrary()?),
                2 => drop(point.remove(1 + $len)),
                _ => point[0] = $input.arbitrary()?,
            }
        }
        let mut der = sequence(&[integer($input, &r)?, integer($input, &s)?].concat());
        if $input.ratio(1, 16)? {
            let at = $input.choose_index(der.len())?;
            der[at] = $input.arbitrary()?;
        }
        let key = PublicKey::$key(&point);
        let ours = Compact.verify(SignatureAlgorithm::Ecdsa(hash), key, &message, &der).is_ok();
        // Those crates take compressed points, which are none of ours.
        let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().filter(|_| point[0] == 4);
        let theirs = key.is_some_and(|key| {
            $curve::ecdsa::Signature::from_der(&der)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
        });
        assert_eq!(ours, theirs, "point {point:x?}, digest {digest:x?}, signature {der:x?}");
        let ring: Option<&dyn theirs::VerificationAlgorithm> = match hash {
            Hash::Sha256 => Some($rings.0),
            Hash::Sha384 => Some($rings.1),
            Hash::Sha512 => None,
        };
        if let Some(ring) = ring {
            let ring = theirs::UnparsedPublicKey::new(ring, &point).verify(&message, &der).is_ok();
            assert_eq!(ours, ring, "ring: point {point:x?}, message {message:x?}, signature {der:x?}");
        }
        Ok(())
    }};
}

fn hex(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    digits.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    if input.arbitrary()? {
        check!(
            input,
            p256,
            P256,
            32,
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            (&theirs::ECDSA_P256_SHA256_ASN1, &theirs::ECDSA_P256_SHA384_ASN1)
        )
    } else {
        check!(
            input,
            p384,
            P384,
            48,
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
            (&theirs::ECDSA_P384_SHA256_ASN1, &theirs::ECDSA_P384_SHA384_ASN1)
        )
    }
}

fuzz_target!(|bytes: &[u8]| {
    // Too few bytes are too few choices.
    let _ = run(&mut Unstructured::new(bytes));
});

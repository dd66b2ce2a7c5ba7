//! E-mail addresses: the parser against the grammar written down a second time, and what must hold
//! of every address that is accepted.

#![no_main]

use cba_core::identity::{Email, LocalPart, LocalPartCase};
use libfuzzer_sys::fuzz_target;

/// RFC 5321 4.1.2 `Dot-string "@" Domain` with the lengths of 4.5.3.1, as text, atom by atom.
fn grammar(address: &[u8], accept: LocalPart) -> Option<(String, String)> {
    let text = std::str::from_utf8(address).ok()?;
    let (local, domain) = text.split_once('@')?;
    let specials = match accept {
        LocalPart::Narrow => "!$%&'*-?^_`{|}~",
        LocalPart::DotAtom => "!#$%&'*+-/=?^_`{|}~",
    };
    let atext = |c: char| c.is_ascii_alphanumeric() || specials.contains(c);
    let atoms = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext));
    let labels: Vec<&str> = domain.split('.').collect();
    let let_dig = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let ldh = labels.iter().all(|label| {
        let_dig(label.chars().next())
            && let_dig(label.chars().last())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && label.len() < 64
    });
    let fits = text.len() <= 254 && local.len() <= 64;
    (atoms && ldh && labels.len() >= 2 && fits).then(|| (local.to_string(), domain.to_ascii_lowercase()))
}

fn check(address: &[u8], accept: LocalPart, case: LocalPartCase) -> bool {
    let email = match (Email::parse(address, accept, case), grammar(address, accept)) {
        (Err(_), None) => return false,
        (Err(error), Some(_)) => panic!("refused, but in the grammar: {error}"),
        (Ok(email), None) => panic!("accepted, but not in the grammar: {email}"),
        (Ok(email), Some((local, domain))) => {
            let local = match case {
                LocalPartCase::Fold => local.to_ascii_lowercase(),
                LocalPartCase::Exact => local,
            };
            assert_eq!(email.as_str(), format!("{local}@{domain}"));
            assert_eq!(email.domain(), domain);
            email
        }
    };
    let text = email.as_str();
    assert!(text.is_ascii() && text.len() == address.len());
    let forbidden = |byte: u8| byte.is_ascii_control() || b" \"(),:;<>@[\\]".contains(&byte);
    assert_eq!(text.bytes().filter(|&byte| forbidden(byte)).collect::<Vec<_>>(), b"@");
    if accept == LocalPart::Narrow {
        assert!(!text.contains(['/', '=', '+', '#']));
    }
    // What was accepted is accepted again, unchanged, whichever way case is treated.
    assert_eq!(Email::parse(text.as_bytes(), accept, case).as_ref(), Ok(&email));
    assert_eq!(email.to_string(), text);
    true
}

fuzz_target!(|address: &[u8]| {
    let cases = [LocalPartCase::Fold, LocalPartCase::Exact];
    let narrow = cases.map(|case| check(address, LocalPart::Narrow, case));
    let dot_atom = cases.map(|case| check(address, LocalPart::DotAtom, case));
    assert_eq!(narrow[0], narrow[1]);
    assert_eq!(dot_atom[0], dot_atom[1]);
    assert!(dot_atom[0] || !narrow[0], "accepted as narrow, refused as dot-atom");
});

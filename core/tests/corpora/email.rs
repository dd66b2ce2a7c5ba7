//! Certificates with e-mail addresses in subject or subjectAltName, as tools and CAs wrote them.

use super::{LONGEST, corpus, fuzz::exercise, table, timed};
use cba_core::certificate::Certificate;
use cba_core::identity::{EmailPlace, emails};
use std::time::Duration;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn finds_the_emails_of_every_certificate() {
    let Some(folder) = corpus("email") else { return };
    let (mut ran, mut slowest) = (0, Duration::ZERO);
    let mut wrong = Vec::new();
    for row in table(&folder.join("index.tsv")) {
        let file = &row["file"];
        let der = std::fs::read(folder.join("certs").join(file)).unwrap();
        let (_, took) = timed(|| exercise(&der));
        assert!(took < LONGEST, "{file}: {took:?}");
        slowest = slowest.max(took);
        ran += 1;
        let certificate = match Certificate::from_der(&der) {
            Ok(certificate) => certificate,
            Err(error) => {
                wrong.push(format!("{file} ({}): {error}", row["origin_path"]));
                continue;
            }
        };
        let (mut subject, mut san) = (Vec::new(), Vec::new());
        for email in emails(&certificate) {
            match email {
                Ok(email) => match email.place {
                    EmailPlace::Subject { tag } => subject.push(format!("{tag:02x}:{}", hex(email.bytes))),
                    EmailPlace::San => san.push(hex(email.bytes)),
                },
                Err(error) => wrong.push(format!("{file} ({}): {error}", row["origin_path"])),
            }
        }
        for (found, column) in [(subject, "subject_email_tag_hex"), (san, "san_rfc822_hex")] {
            let expected: Vec<_> =
                row[column].split([',', ';', '|', ' ']).filter(|e| !e.is_empty()).collect();
            if found != expected {
                wrong.push(format!(
                    "{file} ({}): {column}: {found:?}, expected {expected:?}",
                    row["origin_path"]
                ));
            }
        }
    }
    println!("email: {ran} certificates, {} disagreements, slowest {slowest:?}", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(ran, 420);
}

//! Writes the seeds of the fuzz targets to `corpus/<target>`: own ones always, and those of the test
//! corpora if they are at hand (`$CBA_CORPORA`, else `../shared/corpora` beside the repository).

use cba_core::Certificate;
use cba_core::identity::emails;
use cba_fuzz::chain::{Input, verdict};
use cba_fuzz::pki::{RECORD, RECORDS, WITH_CRLS};
use cba_fuzz::tlv::{Body, Node, Random};
use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use test_pki::crl::{certificate_issuer, flag, full_name, reason_code, reasons};
use test_pki::ocsp::{CertIdHash, UNKNOWN, revoked};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = Corpus { root: fuzz.join("corpus"), counts: Vec::new() };
    corpus.write_own()?;
    let corpora =
        std::env::var_os("CBA_CORPORA").map_or_else(|| fuzz.join("../../shared/corpora"), PathBuf::from);
    if corpora.is_dir() {
        corpus.write_certificates(&corpora)?;
        corpus.write_limbo(&corpora.join("limbo"))?;
        corpus.write_pkits(&corpora.join("pkits"))?;
        corpus.write_boringssl(&corpora.join("chains/boringssl"))?;
        corpus.write_emails(&corpora.join("email"))?;
        corpus.write_crls(&corpora.join("crls/der"))?;
    } else {
        println!("no test corpora at {}: own seeds only", corpora.display());
    }
    for (target, count) in &corpus.counts {
        println!("{target}: {count} seeds");
    }
    Ok(())
}

struct Corpus {
    root: PathBuf,
    counts: Vec<(String, usize)>,
}

impl Corpus {
    fn add(&mut self, target: &str, seed: &[u8]) -> Result<()> {
        let folder = self.root.join(target);
        fs::create_dir_all(&folder)?;
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), seed)?;
        match self.counts.iter_mut().find(|(name, _)| name == target) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((target.to_string(), 1)),
        }
        Ok(())
    }

    /// CRLs that are short enough to be worth mutating.
    fn write_crls(&mut self, folder: &Path) -> Result<()> {
        for file in fs::read_dir(folder)? {
            let der = fs::read(file?.path())?;
            if der.len() <= 4096 {
                self.add("status", &der)?;
            }
        }
        Ok(())
    }

    /// CRLs and OCSP responses with everything that can stand in them.
    fn write_status(&mut self) -> Result<()> {
        let (issuer, leaf) = (&*cba_fuzz::status::ISSUER, &*cba_fuzz::status::LEAF);
        let names = [test_pki::general_name::directory(&test_pki::Name::from("Issuer"))];
        let scoped = |fields: Vec<Vec<u8>>| issuer.crl().issuing_distribution_point(fields);
        let crls = [
            issuer.crl(),
            issuer.crl().revoke(leaf).revoke_for(leaf, 6),
            issuer.crl().v1().revoke(leaf),
            issuer.crl().number(300).delta(299).revoke_for(leaf, 8),
            scoped(vec![full_name(&names), flag(1), reasons(3, 6), flag(4)])
                .entry(leaf, [certificate_issuer(&names), reason_code(1)])
                .revoke(leaf),
        ];
        for crl in crls {
            self.add("status", &crl.build())?;
        }
        let delegate = issuer
            .issue(test_pki::Key::p256(9))
            .common_name("Responder")
            .extended_key_usage(&[test_pki::oid::OCSP_SIGNING])
            .extension(test_pki::oid::OCSP_NOCHECK, false, &[5, 0])
            .build_authority();
        let ocsp = [
            cba_fuzz::status::response(),
            issuer
                .ocsp()
                .hash(CertIdHash::Sha1)
                .by_name(issuer)
                .nonce(&[1; 16])
                .says(leaf, revoked())
                .build(),
            issuer.ocsp().says(leaf, UNKNOWN).says(leaf, revoked()).delegate(&delegate).build(),
        ];
        for response in ocsp {
            self.add("status", &[b"O", &response[..]].concat())?;
        }
        Ok(())
    }

    /// PKIs in which one choice is odd, or several, without CRLs and with them.
    fn write_pkis(&mut self) -> Result<()> {
        let careful = [0; RECORDS * RECORD];
        let mut random = Random::new(1);
        for at in 0..careful.len() {
            let mut odd = careful;
            odd[0] = random.below(5) as u8;
            odd[WITH_CRLS] = [0, 3][random.below(2)];
            odd[at] = random.below(256) as u8;
            self.add("pki", &odd)?;
            for _ in 0..8 {
                odd[random.below(careful.len())] = random.below(256) as u8;
            }
            self.add("pki", &odd)?;
        }
        Ok(())
    }

    fn write_own(&mut self) -> Result<()> {
        self.write_status()?;
        self.write_pkis()?;
        for address in OWN_ADDRESSES {
            self.add("email", address.as_bytes())?;
        }
        for document in OWN_DOCUMENTS {
            self.add("config", document.as_bytes())?;
        }
        // Every input means some calls.
        for seed in 0..256 {
            let mut random = Random::new(seed << 8);
            let bytes: Vec<u8> = (0..256).map(|_| random.below(256) as u8).collect();
            self.add("ffi", &bytes)?;
        }
        let root = own_certificate("Root", "Root", Some(None), "");
        let outer = own_certificate("Outer CA", "Root", Some(Some(1)), "");
        let inner = own_certificate("Inner CA", "Outer CA", Some(None), "");
        let leaf = own_certificate("Leaf", "Inner CA", None, "alice@example.com");
        let certificates = vec![leaf, inner, outer, root];
        for certificate in &certificates {
            self.add_certificate(certificate)?;
        }
        let mut input = Input {
            server: false,
            require_extended_key_usage: false,
            picky: false,
            roots: 1,
            time_selector: 0,
            time: 1_700_000_000,
            certificates,
        };
        self.add("chain", &input.encode())?;
        input.server = true;
        input.picky = true;
        self.add("chain", &input.encode())?;

        // A CA of path length 0, its new key certified by its old one, and a leaf under the new key alone.
        let root = own_certificate_with("Root", "Root", Some(None), "", 1, 1);
        let old = signed_by(1, None, |signature| {
            own_certificate_with("CA", "Root", Some(Some(0)), "", 2, signature)
        });
        let new = signed_by(2, Some(1), |signature| {
            own_certificate_with("CA", "CA", Some(Some(0)), "", 3, signature)
        });
        let leaf = signed_by(3, Some(2), |signature| {
            own_certificate_with("Leaf", "CA", None, "a@example.com", 4, signature)
        });
        input.certificates = vec![leaf, new, old, root.clone()];
        self.add("chain", &input.encode())?;

        // One thing out of the ordinary each, and every signature good.
        input.picky = false;
        let ca = own_certificate("CA", "Root", Some(None), "");
        let leaf = own_certificate("Leaf", "CA", None, "a@example.com");
        let long_path = values(0x30, vec![bytes(1, &[0xff]), bytes(2, &[1, 0x2c])]);
        let points = values(
            0x30,
            vec![values(0x30, vec![values(0xa0, vec![values(0xa0, vec![bytes(0x86, b"http://a")])])])],
        );
        let odd_cas = [
            with_extensions(&ca, [(19, true, long_path)]),
            with_extensions(&ca, [(31, true, points)]),
            with_extensions(&ca, (64..=127).map(|number| (number, false, values(0x30, Vec::new())))),
        ];
        for ca in odd_cas {
            input.certificates = vec![leaf.clone(), ca, root.clone()];
            self.add("chain", &input.encode())?;
        }
        Ok(())
    }

    /// A certificate for the targets that take one, and its names and addresses for those that take these.
    fn add_certificate(&mut self, der: &[u8]) -> Result<()> {
        self.add("certificate", der)?;
        if der.len() < 3000 {
            self.add("pem", pem(der, 64).as_bytes())?;
        }
        let Ok(certificate) = Certificate::from_der(der) else {
            return Ok(());
        };
        let mut names = vec![b'N'];
        for name in [certificate.subject(), certificate.issuer()] {
            names.extend(u16::try_from(name.der().len())?.to_be_bytes());
            names.extend(name.der());
        }
        self.add("certificate", &names)?;
        for email in emails(&certificate).flatten() {
            self.add("email", email.bytes)?;
        }
        Ok(())
    }

    fn add_chain(&mut self, certificates: Vec<Vec<u8>>, roots: usize, time: u64, server: bool) -> Result<()> {
        let size: usize = certificates.iter().map(Vec::len).sum();
        if certificates.len() < 2 || roots == 0 || roots > 4 || certificates.len() > 12 || size > 12_000 {
            return Ok(());
        }
        let input = Input {
            server,
            require_extended_key_usage: false,
            picky: false,
            roots,
            time_selector: 0,
            time,
            certificates,
        };
        self.add("chain", &input.encode())
    }

    fn write_certificates(&mut self, corpora: &Path) -> Result<()> {
        let bytes = fs::read(corpora.join("fuzz/x509.bin"))?;
        let mut rest = bytes.as_slice();
        while let Some((len, after)) = rest.split_first_chunk() {
            let len = u32::from_be_bytes(*len) as usize;
            let (der, after) = after.split_at_checked(len).ok_or("x509.bin is cut off")?;
            self.add_certificate(der)?;
            rest = after;
        }
        Ok(())
    }

    fn write_limbo(&mut self, limbo: &Path) -> Result<()> {
        for row in table(&limbo.join("index.tsv"))? {
            let folder = limbo.join(row.get("dir").trim_start_matches("public/"));
            let mut certificates = vec![fs::read(folder.join("leaf.der"))?];
            certificates.extend(files(&folder.join("intermediates"))?);
            let roots = files(&folder.join("roots"))?;
            let count = roots.len();
            certificates.extend(roots);
            let server = row.get("required_eku") == "serverAuth";
            self.add_chain(certificates, count, row.get("validation_time").parse()?, server)?;
        }
        Ok(())
    }

    fn write_pkits(&mut self, pkits: &Path) -> Result<()> {
        for row in table(&pkits.join("cases.tsv"))? {
            let folders: &[&str] = if row.get("p256") == "1" { &["certs", "p256"] } else { &["certs"] };
            for folder in folders {
                let read = |name: &str| fs::read(pkits.join(folder).join(name));
                // The anchor first, the target last: turned round.
                let certificates: std::io::Result<Vec<_>> =
                    row.get("certs").split(',').rev().map(read).collect();
                self.add_chain(certificates?, 1, row.get("time").parse()?, false)?;
            }
        }
        Ok(())
    }

    fn write_boringssl(&mut self, chains: &Path) -> Result<()> {
        for row in table(&chains.join("index.tsv"))? {
            let certificates = files(&chains.join(row.get("dir")))?;
            let server = row.get("key_purpose").starts_with("SERVER");
            self.add_chain(certificates, 1, row.get("time").parse()?, server)?;
        }
        Ok(())
    }

    fn write_emails(&mut self, folder: &Path) -> Result<()> {
        for row in table(&folder.join("index.tsv"))? {
            self.add("email", row.get("text").as_bytes())?;
            if row.get("source") == "synthetic" {
                self.add_certificate(&fs::read(folder.join(row.get("file")))?)?;
            }
        }
        Ok(())
    }
}

/// A row of a table whose first line names the columns.
struct Row {
    columns: std::rc::Rc<Vec<String>>,
    fields: Vec<String>,
}

impl Row {
    fn get(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }
}

fn table(path: &Path) -> Result<Vec<Row>> {
    let text = fs::read_to_string(path)?;
    let fields = |line: &str| line.split('\t').map(str::to_string).collect::<Vec<_>>();
    let mut lines = text.lines();
    let columns = std::rc::Rc::new(fields(lines.next().unwrap_or("")));
    Ok(lines.map(|line| Row { columns: columns.clone(), fields: fields(line) }).collect())
}

/// The contents of the `.der` files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<Vec<u8>>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "der"));
    paths.sort();
    paths.iter().map(|path| Ok(fs::read(path)?)).collect()
}

const OWN_ADDRESSES: &[&str] = &[
    "alice@example.com",
    "Alice.B-c_d@Mail.Example.COM",
    "o'hara+tag@a.b.example",
    "x/emailAddress=boss@example.com",
    "a@xn--bcher-kva.example",
    "a..b@example.com",
    "a@-example.com",
    "a@example.com\0",
    "\"a b\"@example.com",
    "a@[192.0.2.1]",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com",
];

const OWN_DOCUMENTS: &[&str] = &[
    r#"{"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertCheck":"primary"}}"#,
    r#"{"ExperimentalSettings":{"ClientSideCertCheck":"secondary","ClientSideCertEnable":false},"a":[1,-2.5e3,null]}"#,
    r#"{"ServiceSettings":{"SiteURL":"https:\/\/chat.example\u002f","List":[[],{}]},"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertCheck":"secon\u0064ary","Other":"\ud83d\ude00"}}"#,
    r#"{"ExperimentalSettings":{"clientsidecertenable":true,"ClientSideCertCheck":"tertiary"}}"#,
    r#"{"ExperimentalSettings":{"ClientSideCertEnable":"true"},"ExperimentalSettings":{}}"#,
    r#"{"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertEnable":true}}"#,
    r#"{"ExperimentalSettings":{"ClientSideCertCheck":"primary","x":{},"ClientSideCertCheck":"secondary"}}"#,
    "\u{feff}{\"ExperimentalSettings\":{}}",
    "{}",
    "",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
];

fn pem(der: &[u8], width: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut base64 = String::new();
    for group in der.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at)) as usize & 63];
            base64.push(if at <= group.len() { char::from(digit) } else { '=' });
        }
    }
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in base64.as_bytes().chunks(width) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// The certificate with extensions of id-ce added, or put in the place of those that it has.
fn with_extensions(der: &[u8], added: impl IntoIterator<Item = (u8, bool, Node)>) -> Vec<u8> {
    let mut certificate = Node::parse(der).expect("DER");
    let mut list = &mut certificate;
    // The signed part, its last field, the list in that.
    for pick in [|_: usize| 0, |len| len - 1, |_| 0] {
        let Body::Values(parts) = &mut list.body else { panic!("a certificate") };
        let at = pick(parts.len());
        list = &mut parts[at];
    }
    let Body::Values(extensions) = &mut list.body else { panic!("extensions") };
    for (number, critical, value) in added {
        let added = own_extension(number, critical, value);
        extensions.retain(|extension| extension.values().first() != added.values().first());
        extensions.push(added);
    }
    certificate.encode()
}

fn own_extension(number: u8, critical: bool, value: Node) -> Node {
    let mut parts = vec![bytes(6, &[0x55, 0x1d, number])];
    if critical {
        parts.push(bytes(1, &[0xff]));
    }
    parts.push(values(4, vec![value]));
    values(0x30, parts)
}

/// The first certificate whose signature the picky stub takes from one key and not from another.
fn signed_by(key: u8, not_by: Option<u8>, certificate: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let takes = |der: &[u8], key: u8| {
        let certificate = Certificate::from_der(der).expect("a certificate of our own");
        let point: Vec<u8> = [4].into_iter().chain([key; 64]).collect();
        let signature = certificate.signature().expect("whole bytes");
        verdict(true, &[&point], certificate.tbs_certificate(), signature)
    };
    let mut candidates = (1..=0x7f).map(certificate);
    let fits = |der: &Vec<u8>| takes(der, key) && not_by.is_none_or(|other| !takes(der, other));
    candidates.find(fits).expect("one in a hundred fits")
}

// -- certificates of our own: the right form, keys and signatures made up -------------------------

fn bytes(tag: u8, content: &[u8]) -> Node {
    Node { tag, body: Body::Bytes(content.to_vec()) }
}

fn values(tag: u8, values: Vec<Node>) -> Node {
    Node { tag, body: Body::Values(values) }
}

fn own_name(common_name: &str, email: &str) -> Node {
    let attribute = |oid: &[u8], tag, value: &str| {
        values(0x31, vec![values(0x30, vec![bytes(6, oid), bytes(tag, value.as_bytes())])])
    };
    let mut rdns =
        vec![attribute(&[0x55, 4, 10], 0x0c, "Example"), attribute(&[0x55, 4, 3], 0x13, common_name)];
    if !email.is_empty() {
        rdns.push(attribute(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], 0x16, email));
    }
    values(0x30, rdns)
}

/// A certificate for P-256; `ca` is a CA's path length, and `None` an end entity.
fn own_certificate(subject: &str, issuer: &str, ca: Option<Option<u8>>, email: &str) -> Vec<u8> {
    own_certificate_with(subject, issuer, ca, email, subject.len() as u8, 1)
}

/// The same with a number for its key and one for its signature.
fn own_certificate_with(
    subject: &str,
    issuer: &str,
    ca: Option<Option<u8>>,
    email: &str,
    key: u8,
    signature: u8,
) -> Vec<u8> {
    let ecdsa_with_sha256 = values(0x30, vec![bytes(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
    let mut extensions = match ca {
        Some(path_len) => {
            let mut constraints = vec![bytes(1, &[0xff])];
            constraints.extend(path_len.map(|len| bytes(2, &[len])));
            vec![
                own_extension(19, true, values(0x30, constraints)),
                own_extension(15, true, bytes(3, &[1, 0x06])),
            ]
        }
        None => {
            let purposes = [1, 2].map(|number| bytes(6, &[0x2b, 6, 1, 5, 5, 7, 3, number]));
            vec![
                own_extension(15, true, bytes(3, &[7, 0x80])),
                own_extension(37, false, values(0x30, purposes.to_vec())),
                own_extension(
                    17,
                    false,
                    values(0x30, vec![bytes(0x81, email.as_bytes()), bytes(0x82, b"example.com")]),
                ),
            ]
        }
    };
    let identifier = |name: &str| [name.len() as u8; 20].to_vec();
    extensions.push(own_extension(14, false, bytes(4, &identifier(subject))));
    extensions.push(own_extension(35, false, values(0x30, vec![bytes(0x80, &identifier(issuer))])));
    let mut point = vec![0, 4];
    point.extend([key; 64]);
    let key = values(
        0x30,
        vec![
            values(
                0x30,
                vec![
                    bytes(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]),
                    bytes(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
                ],
            ),
            bytes(3, &point),
        ],
    );
    let tbs = values(
        0x30,
        vec![
            values(0xa0, vec![bytes(2, &[2])]),
            bytes(2, &[1 + subject.len() as u8]),
            ecdsa_with_sha256.clone(),
            own_name(issuer, ""),
            values(0x30, vec![bytes(0x17, b"200101000000Z"), bytes(0x18, b"20991231235959Z")]),
            own_name(subject, email),
            key,
            values(0xa3, vec![values(0x30, extensions)]),
        ],
    );
    values(0x30, vec![tbs, ecdsa_with_sha256, bytes(3, &[0, 0x30, 6, 2, 1, 1, 2, 1, signature])]).encode()
}

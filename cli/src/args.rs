//! The command line.

use crate::text;
use cba_core::identity::EmailSources;
use cba_core::time::UnixTime;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Exit status:
  0  accepted (inspect: every certificate could be read)
  1  refused, or switched off (inspect: a certificate is malformed, or there is none)
  2  could not run: usage, an unreadable file, roots or a configuration that are unusable

Files hold certificates in PEM or DER, one or many; which of the two is told by content. Private keys
and other PEM blocks in them are passed over. `-` is standard input.";

/// Judges client certificates as libcba does, and says why one is refused.
#[derive(Debug, Parser)]
#[command(name = "cba", version, after_help = AFTER_HELP, next_line_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a certificate: is there a good path to a root, and whose is it?
    #[command(after_help = AFTER_HELP)]
    Verify(VerifyArgs),
    /// Judge a login: what would a server with this config.json do with this certificate?
    ///
    /// It judges a certificate at rest. That the client holds the private key, which only the TLS
    /// handshake shows, is assumed here and is for the server to see.
    #[command(after_help = AFTER_HELP)]
    Login(LoginArgs),
    /// Print what certificates hold, and what a login would refuse in them.
    ///
    /// Nothing is verified: no signature, no issuer. The refusals are those that a certificate earns by
    /// itself, as a client's certificate for a login at this moment under the default rules.
    #[command(after_help = AFTER_HELP)]
    Inspect(InspectArgs),
}

/// Where paths come from and when they are judged.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// Certificates of the CAs that are trusted; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) roots: Vec<PathBuf>,
    /// Further CA certificates that may help to build the path; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) intermediates: Vec<PathBuf>,
    /// The time to judge at: RFC 3339 (2026-01-31T12:00:00Z), or seconds since 1970-01-01T00:00:00Z.
    /// Default: now.
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    pub(crate) at: Option<UnixTime>,
    /// Write one JSON object to standard output; warnings go into it.
    #[arg(long)]
    pub(crate) json: bool,
    /// The client's certificate; further certificates in the file are intermediates that it sent along.
    #[arg(value_name = "LEAF")]
    pub(crate) leaf: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// The purpose that extendedKeyUsage must allow: clientAuth, serverAuth, any (it is not looked at),
    /// or an object identifier such as 1.3.6.1.5.5.7.3.4.
    #[arg(long, value_name = "PURPOSE", default_value = "clientAuth", value_parser = purpose)]
    pub(crate) eku: Eku,
    /// Refuse a certificate without extendedKeyUsage. Default: it serves every purpose, as in RFC 5280.
    #[arg(long)]
    pub(crate) require_eku: bool,
    /// Most intermediates in the path, 0 to 15, as -verify_depth of openssl verify counts them.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(0..=15))]
    pub(crate) max_depth: u8,
    /// Where the e-mail address must stand: subject (emailAddress), san (rfc822Name of subjectAltName),
    /// subject,san or san,subject (either place), or none (whose certificate it is is not asked).
    #[arg(long, value_name = "SOURCES", default_value = "subject", value_parser = sources_or_none)]
    pub(crate) identity: IdentityChoice,
    #[command(flatten)]
    pub(crate) policies: PolicyArgs,
    /// Take what the root's own certificate says of itself into account: its dates, its constraints on names,
    /// policies and path length (RFC 5937). Default: it is a name and a key (RFC 5280 6.1.1 (d)).
    #[arg(long)]
    pub(crate) check_anchor: bool,
    /// Accept a leaf that is itself among the roots, byte for byte. Neither its signature nor its revocation is
    /// asked.
    #[arg(long)]
    pub(crate) trust_leaf: bool,
    #[command(flatten)]
    pub(crate) revocation: RevocationArgs,
}

/// The inputs of RFC 5280 6.1.1 about certificate policies.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// A certificate policy that is asked for, such as 2.16.840.1.101.3.2.1.48.1; may be given several times.
    /// Default: any. Without --explicit-policy, a path that is valid for none is accepted unless a CA asks for one.
    #[arg(long = "policy", value_name = "OID", value_parser = policy)]
    pub(crate) policies: Vec<Policy>,
    /// Refuse a path that is valid for none of the policies asked for.
    #[arg(long)]
    pub(crate) explicit_policy: bool,
    /// Follow no policy mappings.
    #[arg(long)]
    pub(crate) inhibit_policy_mapping: bool,
    /// Let anyPolicy stand for no policy.
    #[arg(long)]
    pub(crate) inhibit_any_policy: bool,
}

/// Where revocation is read from, and what is asked of it.
#[derive(Debug, Args)]
pub(crate) struct RevocationArgs {
    /// CRLs, in PEM (one or many) or DER (one); may be given several times. The certificate of a CRL's issuer is
    /// looked for among the roots and all intermediates.
    #[arg(long, value_name = "FILE")]
    pub(crate) crls: Vec<PathBuf>,
    /// An OCSP response in DER about a certificate of the path; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// Whose status is asked: off, leaf, or chain (every certificate below the root). Default: chain if there are
    /// CRLs or OCSP responses, else off.
    #[arg(long, value_name = "WHOSE")]
    pub(crate) revocation: Option<RevocationScope>,
    /// Refuse CRLs and OCSP responses older than this, counted from thisUpdate: a number with s, m, h, d or w, such as 7d.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_crl_age: Option<u32>,
    /// Accept certificates whose status no source knows. One that is known to be revoked is refused all the same.
    #[arg(long)]
    pub(crate) accept_undetermined: bool,
}

impl RevocationArgs {
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.crls.iter().chain(&self.ocsp)
    }
}

/// Whose revocation status is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RevocationScope {
    Off,
    Leaf,
    Chain,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The server's config.json. ExperimentalSettings.ClientSideCertEnable and .ClientSideCertCheck
    /// are read.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// The e-mail address that the user typed; needed where ClientSideCertCheck is secondary, and not
    /// looked at where it is primary.
    #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
    pub(crate) login_id: Option<String>,
    /// Where the e-mail address must stand: subject (emailAddress), san (rfc822Name of subjectAltName),
    /// subject,san or san,subject (either place).
    #[arg(long, value_name = "SOURCES", default_value = "subject", value_parser = sources)]
    pub(crate) identity: EmailSources,
    #[command(flatten)]
    pub(crate) revocation: RevocationArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Write one JSON object to standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// The certificates to print.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// A purpose as contents of an OBJECT IDENTIFIER; `None` is any.
#[derive(Clone, Debug)]
pub(crate) struct Eku(pub(crate) Option<Vec<u8>>);

/// Where the e-mail must stand; `None` is not asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdentityChoice(pub(crate) Option<EmailSources>);

fn purpose(name: &str) -> Result<Eku, String> {
    use cba_core::der::oid::{CLIENT_AUTH, SERVER_AUTH};
    match name {
        "clientAuth" => Ok(Eku(Some(CLIENT_AUTH.to_vec()))),
        "serverAuth" => Ok(Eku(Some(SERVER_AUTH.to_vec()))),
        "any" => Ok(Eku(None)),
        other => text::parse_oid(other)
            .map(|oid| Eku(Some(oid)))
            .ok_or_else(|| "neither clientAuth, serverAuth, any nor an object identifier".into()),
    }
}

/// A certificate policy, as contents of an OBJECT IDENTIFIER.
#[derive(Clone, Debug)]
pub(crate) struct Policy(pub(crate) Vec<u8>);

fn policy(dotted: &str) -> Result<Policy, String> {
    text::parse_oid(dotted).map(Policy).ok_or_else(|| "no object identifier".into())
}

/// Seconds.
fn duration(text: &str) -> Result<u32, String> {
    let unit = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800)];
    let found = unit.into_iter().find_map(|(unit, seconds)| {
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(seconds)
    });
    found.ok_or_else(|| "no number of seconds, minutes, hours, days or weeks such as 12h".into())
}

fn sources(text: &str) -> Result<EmailSources, String> {
    match text {
        "subject" => Ok(EmailSources::Subject),
        "san" => Ok(EmailSources::San),
        "subject,san" => Ok(EmailSources::SubjectThenSan),
        "san,subject" => Ok(EmailSources::SanThenSubject),
        _ => Err("not one of: subject; san; subject,san; san,subject".into()),
    }
}

fn sources_or_none(text: &str) -> Result<IdentityChoice, String> {
    match text {
        "none" => Ok(IdentityChoice(None)),
        other => sources(other).map(|sources| IdentityChoice(Some(sources))).map_err(|why| why + "; none"),
    }
}

/// Years 0 to 9999: what certificates can say.
fn time(text: &str) -> Result<UnixTime, String> {
    let range = -62_167_219_200..=253_402_300_799;
    let seconds = match text.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => time.as_second(),
            Err(_) => return Err("neither a time as in RFC 3339 nor seconds since 1970".into()),
        },
    };
    if range.contains(&seconds) {
        Ok(UnixTime(seconds))
    } else {
        Err("outside of the years 0 to 9999".into())
    }
}

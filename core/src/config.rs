//! The settings of certificate-based authentication, out of a complete Mattermost `config.json`.
//!
//! Two keys of the object `ExperimentalSettings` at the top level are read; everything else in the
//! file is checked for being JSON (RFC 8259) and passed over. What could be meant otherwise than it
//! is written (a key twice, a key in another case, an unknown value, another type) is an error:
//! a typing mistake must not switch a check off.

use crate::json::{Event, Likeness, Scanner, Text};
use crate::{Error, ErrorKind, Result};

const SECTION: &str = "ExperimentalSettings";
const ENABLE: &str = "ClientSideCertEnable";
const CHECK: &str = "ClientSideCertCheck";
const PRIMARY: &str = "primary";
const SECONDARY: &str = "secondary";

/// What a verified certificate is good for: `ExperimentalSettings.ClientSideCertCheck`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CertificateCheck {
    /// `"primary"`: the certificate's e-mail logs the user in, with no password.
    Primary,
    /// `"secondary"`: the certificate's e-mail must be the one that the user typed; only then does
    /// the login by password go on.
    #[default]
    Secondary,
}

/// The settings of certificate-based authentication; the default is Mattermost's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Settings {
    /// `ExperimentalSettings.ClientSideCertEnable`: whether certificates are asked for at all.
    pub enable: bool,
    /// `ExperimentalSettings.ClientSideCertCheck`.
    pub check: CertificateCheck,
}

/// Settings read from a file, and which of them the file left to their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoadedSettings {
    /// The settings in force.
    pub settings: Settings,
    /// Whether the file does not hold `ClientSideCertEnable`.
    pub enable_defaulted: bool,
    /// Whether the file does not hold `ClientSideCertCheck`.
    pub check_defaulted: bool,
}

impl Settings {
    /// Reads the settings out of a complete `config.json`, in one pass and without memory.
    ///
    /// Only `ExperimentalSettings` at the top level counts. Keys and values are compared after their
    /// escapes are resolved. The file is UTF-8, with or without a byte order mark.
    ///
    /// ```
    /// use cba_core::config::{CertificateCheck, Settings};
    ///
    /// let json = br#"{
    ///     "ServiceSettings": { "SiteURL": "https://chat.example.com" },
    ///     "ExperimentalSettings": { "ClientSideCertEnable": true }
    /// }"#;
    /// let loaded = Settings::from_json(json)?;
    /// assert!(loaded.settings.enable && !loaded.enable_defaulted);
    /// assert_eq!(loaded.settings.check, CertificateCheck::Secondary);
    /// assert!(loaded.check_defaulted);
    /// # Ok::<(), cba_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first fault in the order of the file, its offset being that of the key or value at fault:
    ///
    /// - [`ErrorKind::EmptyConfiguration`]: nothing but white space.
    /// - [`ErrorKind::NotUtf8`]: UTF-16, UTF-32, or bytes that are no UTF-8 anywhere in the file.
    /// - [`ErrorKind::MalformedJson`], [`ErrorKind::JsonTooDeep`]: anywhere in the file.
    /// - [`ErrorKind::MissingSettings`]: no `ExperimentalSettings`.
    /// - [`ErrorKind::DuplicateSetting`]: one of our keys twice in its object, equal values included.
    /// - [`ErrorKind::MisspeltSetting`]: a key that Mattermost would take for one of ours although it
    ///   is written in another case.
    /// - [`ErrorKind::WrongSettingType`]: another type than object, bool and string, or `null`; also
    ///   where the document itself is not an object.
    /// - [`ErrorKind::UnknownSettingValue`]: neither `"primary"` nor `"secondary"`.
    pub fn from_json(json: &[u8]) -> Result<LoadedSettings> {
        let mut scanner = Scanner::new(require_utf8(json)?);
        if scanner.is_blank() {
            return Err(ErrorKind::EmptyConfiguration.into());
        }
        require_object(&mut scanner)?;
        let mut loaded = None;
        while let Some((key, offset)) = next_key(&mut scanner)? {
            if is_named(key, SECTION, offset)? {
                require_first(loaded.is_none(), offset)?;
                loaded = Some(read_section(&mut scanner)?);
            } else {
                scanner.skip_value()?;
            }
        }
        // Behind a complete document the scanner gives nothing or an error.
        scanner.next()?;
        loaded.ok_or_else(|| ErrorKind::MissingSettings.into())
    }
}

/// The file as text. A NUL among the first four bytes gives UTF-16 or UTF-32 away, since JSON begins
/// with ASCII (RFC 4627 section 3); their byte order marks are no UTF-8.
fn require_utf8(json: &[u8]) -> Result<&str> {
    if let Some(nul) = json.iter().take(4).position(|&byte| byte == 0) {
        return Err(Error::new(ErrorKind::NotUtf8).at(nul));
    }
    core::str::from_utf8(json).map_err(|error| Error::new(ErrorKind::NotUtf8).at(error.valid_up_to()))
}

fn read_section(scanner: &mut Scanner<'_>) -> Result<LoadedSettings> {
    require_object(scanner)?;
    let mut enable = None;
    let mut check = None;
    while let Some((key, offset)) = next_key(scanner)? {
        if is_named(key, ENABLE, offset)? {
            require_first(enable.is_none(), offset)?;
            enable = Some(read_enable(scanner)?);
        } else if is_named(key, CHECK, offset)? {
            require_first(check.is_none(), offset)?;
            check = Some(read_check(scanner)?);
        } else {
            scanner.skip_value()?;
        }
    }
    let default = Settings::default();
    Ok(LoadedSettings {
        settings: Settings {
            enable: enable.unwrap_or(default.enable),
            check: check.unwrap_or(default.check),
        },
        enable_defaulted: enable.is_none(),
        check_defaulted: check.is_none(),
    })
}

fn read_enable(scanner: &mut Scanner<'_>) -> Result<bool> {
    let item = scanner.require_next()?;
    match item.event {
        Event::Bool(enable) => Ok(enable),
        _ => Err(Error::new(ErrorKind::WrongSettingType).at(item.offset)),
    }
}

fn read_check(scanner: &mut Scanner<'_>) -> Result<CertificateCheck> {
    let item = scanner.require_next()?;
    match item.event {
        Event::String(text) if text.likeness(PRIMARY) == Likeness::Same => Ok(CertificateCheck::Primary),
        Event::String(text) if text.likeness(SECONDARY) == Likeness::Same => Ok(CertificateCheck::Secondary),
        Event::String(_) => Err(Error::new(ErrorKind::UnknownSettingValue).at(item.offset)),
        _ => Err(Error::new(ErrorKind::WrongSettingType).at(item.offset)),
    }
}

fn require_object(scanner: &mut Scanner<'_>) -> Result<()> {
    let item = scanner.require_next()?;
    match item.event {
        Event::BeginObject => Ok(()),
        _ => Err(Error::new(ErrorKind::WrongSettingType).at(item.offset)),
    }
}

/// The next key of the object that the scanner stands in, or `None` at its end.
fn next_key<'a>(scanner: &mut Scanner<'a>) -> Result<Option<(Text<'a>, usize)>> {
    let item = scanner.require_next()?;
    match item.event {
        Event::Key(key) => Ok(Some((key, item.offset))),
        _ => Ok(None),
    }
}

fn is_named(key: Text<'_>, name: &str, offset: usize) -> Result<bool> {
    match key.likeness(name) {
        Likeness::Same => Ok(true),
        Likeness::Other => Ok(false),
        Likeness::DiffersInCase => Err(Error::new(ErrorKind::MisspeltSetting).at(offset)),
    }
}

fn require_first(is_first: bool, offset: usize) -> Result<()> {
    if is_first { Ok(()) } else { Err(Error::new(ErrorKind::DuplicateSetting).at(offset)) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn kind_of(json: impl AsRef<[u8]>) -> core::result::Result<LoadedSettings, ErrorKind> {
        Settings::from_json(json.as_ref()).map_err(|error| error.kind)
    }

    fn section(members: &str) -> String {
        format!(r#"{{"ExperimentalSettings":{{{members}}}}}"#)
    }

    fn loaded(enable: bool, check: CertificateCheck) -> LoadedSettings {
        LoadedSettings {
            settings: Settings { enable, check },
            enable_defaulted: false,
            check_defaulted: false,
        }
    }

    /// Asserts `kind`, and that the offset is where `culprit` stands last.
    fn assert_fault(json: &str, kind: ErrorKind, culprit: &str) {
        let offset = json.rfind(culprit).unwrap_or(usize::MAX);
        let error = Error::new(kind).at(offset);
        assert_eq!(Settings::from_json(json.as_bytes()), Err(error), "{json}");
    }

    const BOTH: &str = r#""ClientSideCertEnable":true,"ClientSideCertCheck":"primary""#;

    #[test]
    fn reads_both_settings() {
        for (enable, check, value) in [
            (true, CertificateCheck::Primary, "primary"),
            (true, CertificateCheck::Secondary, "secondary"),
            (false, CertificateCheck::Primary, "primary"),
        ] {
            let json =
                section(&format!(r#""ClientSideCertCheck": "{value}", "ClientSideCertEnable" : {enable}"#));
            assert_eq!(kind_of(json), Ok(loaded(enable, check)));
        }
    }

    #[test]
    fn reports_what_was_left_to_the_defaults() {
        let default =
            LoadedSettings { settings: Settings::default(), enable_defaulted: true, check_defaulted: true };
        assert_eq!(kind_of(section("")), Ok(default));
        assert_eq!(
            kind_of(section(r#""ClientSideCertEnable":true"#)),
            Ok(LoadedSettings {
                enable_defaulted: false,
                settings: Settings { enable: true, check: CertificateCheck::Secondary },
                ..default
            })
        );
        assert_eq!(
            kind_of(section(r#""ClientSideCertCheck":"primary""#)),
            Ok(LoadedSettings {
                check_defaulted: false,
                settings: Settings { enable: false, check: CertificateCheck::Primary },
                ..default
            })
        );
    }

    #[test]
    fn passes_over_other_settings_of_any_type() {
        let others = r#""S":"a\u00e9\"}","I":-123456789012345678901234567890,"F":1.5e-300,
            "H":1e999,"N":null,"B":false,"A":[[],{},[1,[2,{"x":[null]}]]],"O":{"P":{"Q":{}}},"":0"#;
        let json = format!("{{{others},\"ExperimentalSettings\":{{{others},{BOTH},{others}}},{others}}}\n");
        assert_eq!(kind_of(json), Ok(loaded(true, CertificateCheck::Primary)));
    }

    #[test]
    fn ignores_our_names_at_other_places() {
        let nested = section(r#""ClientSideCertEnable":false,"clientsidecertenable":0"#);
        for json in [
            format!(r#"{{"Foo":{nested},"ExperimentalSettings":{{{BOTH}}},"Bar":[{nested}]}}"#),
            format!(
                r#"{{"ClientSideCertEnable":0,"clientsidecertcheck":1,"ExperimentalSettings":{{{BOTH}}}}}"#
            ),
            section(&format!(r#""ExperimentalSettings":{nested},"experimentalsettings":1,{BOTH}"#)),
            section(&format!(r#""Foo":{nested},"Bar":[{nested}],{BOTH}"#)),
            section(&format!(r#"{BOTH},"Foo":{{"ClientSideCertEnable":0,"clientSideCertCheck":1}}"#)),
            section(&format!(r#"{BOTH},"Foo":["ClientSideCertEnable",false]"#)),
        ] {
            assert_eq!(kind_of(&json), Ok(loaded(true, CertificateCheck::Primary)), "{json}");
        }
        let json = format!(r#"{{"Foo":{nested}}}"#);
        assert_eq!(kind_of(json), Err(ErrorKind::MissingSettings));
        let json = format!(r#"{{{BOTH}}}"#);
        assert_eq!(kind_of(json), Err(ErrorKind::MissingSettings));
    }

    #[test]
    fn compares_keys_and_values_unescaped() {
        let json = r#"{"\u0045xperimentalSetting\u0073":{"Client\u0053ideCertEnable":true,
            "ClientSideCertChec\u006B":"\u0070rimary"}}"#;
        assert_eq!(kind_of(json), Ok(loaded(true, CertificateCheck::Primary)));
        let twice = r#"{"ExperimentalSettings":{},"\u0045xperimentalSettings":{}}"#;
        assert_fault(twice, ErrorKind::DuplicateSetting, r#""\u0045"#);
    }

    #[test]
    fn rejects_a_configuration_without_the_section() {
        for json in ["{}", r#"{"Experimental":{}}"#, r#"{"ExperimentalSettings\u0000":{}}"#] {
            assert_eq!(kind_of(json), Err(ErrorKind::MissingSettings), "{json}");
        }
    }

    #[test]
    fn rejects_an_empty_file() {
        for json in ["", " \r\n\t", "\u{feff}", "\u{feff}\n"] {
            assert_eq!(kind_of(json), Err(ErrorKind::EmptyConfiguration), "{json:?}");
        }
    }

    #[test]
    fn rejects_a_value_of_the_wrong_type() {
        for value in ["null", "1", "0.5", "\"true\"", "[]", "[true]", "{}"] {
            let json = section(&format!(r#""ClientSideCertEnable": {value}"#));
            assert_fault(&json, ErrorKind::WrongSettingType, &format!("{value}}}}}"));
        }
        for value in ["null", "1", "true", "[\"primary\"]", "{}"] {
            let json = section(&format!(r#""ClientSideCertCheck": {value}"#));
            assert_fault(&json, ErrorKind::WrongSettingType, &format!("{value}}}}}"));
        }
        for value in ["null", "true", "1", "\"\"", "[]", "[{}]"] {
            let json = format!(r#"{{"ExperimentalSettings": {value}}}"#);
            assert_fault(&json, ErrorKind::WrongSettingType, &format!("{value}}}"));
        }
    }

    #[test]
    fn rejects_a_document_that_is_no_object() {
        for json in ["null", "[]", "[{}]", "\"ExperimentalSettings\"", "1", "true"] {
            assert_fault(json, ErrorKind::WrongSettingType, json);
        }
    }

    #[test]
    fn rejects_an_unknown_check() {
        for value in ["", "Primary", "SECONDARY", "primary ", "tertiary", "\\u017fecondary"] {
            let json = section(&format!(r#""ClientSideCertCheck":"{value}""#));
            let culprit = format!("\"{value}\"}}");
            assert_fault(&json, ErrorKind::UnknownSettingValue, &culprit);
        }
    }

    #[test]
    fn rejects_a_key_that_stands_twice() {
        let json = format!(r#"{{"ExperimentalSettings":{{{BOTH}}},"ExperimentalSettings":{{}}}}"#);
        assert_fault(&json, ErrorKind::DuplicateSetting, "\"ExperimentalSettings");
        let json = section(&format!(r#"{BOTH},"ClientSideCertEnable":true"#));
        assert_fault(&json, ErrorKind::DuplicateSetting, "\"ClientSideCertEnable");
        let json = section(&format!(r#"{BOTH},"ClientSideCertCheck":"primary""#));
        assert_fault(&json, ErrorKind::DuplicateSetting, "\"ClientSideCertCheck");
    }

    #[test]
    fn rejects_a_key_that_differs_only_in_case() {
        for key in ["experimentalsettings", "EXPERIMENTALSETTINGS", "Experimental\u{17F}ettings"] {
            let json = format!(r#"{{"ExperimentalSettings":{{}},"{key}":{{}}}}"#);
            assert_fault(&json, ErrorKind::MisspeltSetting, &format!("\"{key}"));
            let json = format!(r#"{{"{key}":{{}},"ExperimentalSettings":{{}}}}"#);
            assert_fault(&json, ErrorKind::MisspeltSetting, &format!("\"{key}"));
        }
        for key in [
            "clientSideCertEnable",
            "CLIENTSIDECERTENABLE",
            "Client\u{17F}ideCertEnable",
            "clientsidecertcheck",
            "ClientSideCertChec\u{212A}",
            "\\u0063lientSideCertCheck",
        ] {
            let json = section(&format!(r#"{BOTH},"{key}":true"#));
            assert_fault(&json, ErrorKind::MisspeltSetting, &format!("\"{key}"));
        }
    }

    #[test]
    fn accepts_a_byte_order_mark() {
        let json = format!("\u{feff}{}", section(BOTH));
        assert_eq!(kind_of(json), Ok(loaded(true, CertificateCheck::Primary)));
        let json = format!("\u{feff}{}", section(r#""ClientSideCertEnable":1"#));
        assert_fault(&json, ErrorKind::WrongSettingType, "1}}");
        let json = format!("\u{feff}\u{feff}{}", section(BOTH));
        assert_eq!(kind_of(json), Err(ErrorKind::MalformedJson));
    }

    #[test]
    fn rejects_other_encodings_than_utf8() {
        let json = section(BOTH);
        let utf16 = |text: &str, to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(to_bytes).collect()
        };
        let marked = format!("\u{feff}{json}");
        let utf32: Vec<u8> = json.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        let utf32_marked: Vec<u8> =
            marked.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
        for bytes in [
            utf16(&json, u16::to_le_bytes),
            utf16(&json, u16::to_be_bytes),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
            utf32,
            utf32_marked,
            [json.as_bytes(), b"\xFF"].concat(),
            // A surrogate in UTF-8, an overlong slash, ISO 8859-1.
            [b"{\"\xED\xA0\x80\":0,".as_slice(), json.as_bytes()].concat(),
            [b"{\"\xC0\xAF\":0,".as_slice(), json.as_bytes()].concat(),
            b"{\"caf\xE9\":0}".to_vec(),
        ] {
            assert_eq!(kind_of(&bytes), Err(ErrorKind::NotUtf8), "{bytes:x?}");
        }
    }

    #[test]
    fn rejects_anything_behind_the_document() {
        for garbage in ["x", "{}", "}", ",", "\0", "\u{feff}", "// c"] {
            let json = section(BOTH) + "\n" + garbage;
            assert_fault(&json, ErrorKind::MalformedJson, garbage);
        }
    }

    #[test]
    fn rejects_a_file_that_is_cut_off() {
        let json = section(&format!(r#"{BOTH},"Foo":[1.5,"\u00e9",null]"#));
        for end in 1..json.len() {
            let cut = json.get(..end).unwrap_or_default();
            assert_eq!(kind_of(cut), Err(ErrorKind::MalformedJson), "{cut}");
        }
    }

    #[test]
    fn rejects_nesting_beyond_the_limit() {
        let depth = crate::limits::MAX_JSON_DEPTH;
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let fits = section(&format!(r#"{BOTH},"Foo":{}"#, nested(depth.saturating_sub(2))));
        assert_eq!(kind_of(fits), Ok(loaded(true, CertificateCheck::Primary)));
        let beyond = section(&format!(r#"{BOTH},"Foo":{}"#, nested(depth.saturating_sub(1))));
        assert_eq!(kind_of(beyond), Err(ErrorKind::JsonTooDeep));
    }
}

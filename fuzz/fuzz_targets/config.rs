//! config.json: what serde_json refuses is refused, and what it reads gives the settings, or the error,
//! that the rules give when they are written down a second time over the tree of the document.

#![no_main]

use cba_core::ErrorKind;
use cba_core::config::{CertificateCheck, LoadedSettings, Settings};
use cba_core::limits::MAX_JSON_DEPTH;
use cba_fuzz::tlv::Random;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A document whose objects keep every member, in order.
enum Json {
    Object(Vec<(String, Json)>),
    Array(Vec<Json>),
    String(String),
    Bool(bool),
    Other,
}

impl Json {
    fn depth(&self) -> usize {
        match self {
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            Self::Array(values) => 1 + values.iter().map(Self::depth).max().unwrap_or(0),
            Self::String(_) | Self::Bool(_) | Self::Other => 0,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any value")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::String(text.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = access.next_element()? {
                    values.push(value);
                }
                Ok(Json::Array(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Object(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Where Go's `encoding/json` takes two keys for one: ASCII case, and the two letters beyond ASCII whose
/// case meets it.
fn fold(key: &str) -> String {
    key.replace('\u{17f}', "s").replace('\u{212a}', "k").to_ascii_lowercase()
}

/// Whether a key is `name`; an error if it only looks like it.
fn is_named(key: &str, name: &str) -> Result<bool, ErrorKind> {
    match key == name {
        true => Ok(true),
        false if fold(key) == fold(name) => Err(ErrorKind::MisspeltSetting),
        false => Ok(false),
    }
}

/// The rules, over the tree.
fn expected(document: &Json) -> Result<LoadedSettings, ErrorKind> {
    let Json::Object(members) = document else {
        return Err(ErrorKind::WrongSettingType);
    };
    let mut loaded = None;
    for (key, value) in members {
        if !is_named(key, "ExperimentalSettings")? {
            continue;
        }
        if loaded.is_some() {
            return Err(ErrorKind::DuplicateSetting);
        }
        let Json::Object(members) = value else {
            return Err(ErrorKind::WrongSettingType);
        };
        let (mut enable, mut check) = (None, None);
        for (key, value) in members {
            if is_named(key, "ClientSideCertEnable")? {
                enable = match (enable, value) {
                    (Some(_), _) => return Err(ErrorKind::DuplicateSetting),
                    (None, Json::Bool(value)) => Some(*value),
                    _ => return Err(ErrorKind::WrongSettingType),
                };
            } else if is_named(key, "ClientSideCertCheck")? {
                check = match (check, value) {
                    (Some(_), _) => return Err(ErrorKind::DuplicateSetting),
                    (None, Json::String(text)) => match text.as_str() {
                        "primary" => Some(CertificateCheck::Primary),
                        "secondary" => Some(CertificateCheck::Secondary),
                        _ => return Err(ErrorKind::UnknownSettingValue),
                    },
                    _ => return Err(ErrorKind::WrongSettingType),
                };
            }
        }
        loaded = Some(LoadedSettings {
            settings: Settings {
                enable: enable.unwrap_or(false),
                check: check.unwrap_or(CertificateCheck::Secondary),
            },
            enable_defaulted: enable.is_none(),
            check_defaulted: check.is_none(),
        });
    }
    loaded.ok_or(ErrorKind::MissingSettings)
}

fuzz_target!(|bytes: &[u8]| {
    let ours = Settings::from_json(bytes);
    if let Err(error) = ours {
        assert!(matches!(error.kind.code(), 700..=799), "{error:?}");
        assert!(error.offset as usize <= bytes.len(), "{error:?}");
        assert_eq!(error.depth, 0);
    }
    let ours = ours.map_err(|error| error.kind);

    let Ok(text) = std::str::from_utf8(bytes) else {
        assert_eq!(ours, Err(ErrorKind::NotUtf8));
        return;
    };
    if bytes.iter().take(4).any(|&byte| byte == 0) {
        assert_eq!(ours, Err(ErrorKind::NotUtf8));
        return;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.bytes().all(|byte| b" \t\r\n".contains(&byte)) {
        assert_eq!(ours, Err(ErrorKind::EmptyConfiguration));
        return;
    }
    match serde_json::from_str::<Json>(text) {
        Ok(document) if document.depth() > MAX_JSON_DEPTH => assert!(ours.is_err()),
        Ok(document) => assert_eq!(ours, expected(&document)),
        // Beyond an f64, or deeper than serde_json goes: not a matter of grammar.
        Err(error) if error.to_string().contains("number out of range") => {}
        Err(error) => assert!(ours.is_err(), "serde_json: {error}"),
    }
});

/// What is worth putting into an object.
const MEMBERS: [&str; 9] = [
    r#""ExperimentalSettings":{"ClientSideCertEnable":true},"#,
    r#""ClientSideCertEnable":true,"#,
    r#""ClientSideCertEnable":false,"#,
    r#""ClientSideCertEnable":null,"#,
    r#""ClientSideCertCheck":"primary","#,
    r#""ClientSideCertCheck":"secondary","#,
    r#""ClientSideCertCheck":"Primary","#,
    r#""clientsidecertcheck":"primary","#,
    r#""x":[{"ClientSideCertCheck":0},-1.5e3],"#,
];

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed);
    let member = MEMBERS[random.below(MEMBERS.len())].as_bytes();
    let places: Vec<_> = (1..=size).filter(|&at| matches!(data[at - 1], b'{' | b',')).collect();
    let longer = size + member.len();
    if random.below(4) > 0 || places.is_empty() || longer > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    let at = places[random.below(places.len())];
    data.copy_within(at..size, at + member.len());
    data[at..at + member.len()].copy_from_slice(member);
    longer
});

//! Makes `include/cba.h`: declarations out of `cba-ffi` by cbindgen, status codes out of the core's
//! `ErrorKind`, and the macros that neither can express.

use cba_core::ErrorKind;
use std::error::Error;
use std::path::Path;

const INTRODUCTION: &str = include_str!("introduction.h");
const MACROS: &str = include_str!("macros.h");

/// The text of `include/cba.h` for the crate in the directory `ffi`.
///
/// # Errors
/// What cbindgen says.
pub fn generate(ffi: &Path) -> Result<String, Box<dyn Error>> {
    let mut config = cbindgen::Config {
        language: cbindgen::Language::C,
        header: Some(INTRODUCTION.trim_end().into()),
        sys_includes: vec!["stddef.h".into(), "stdint.h".into()],
        no_includes: true,
        cpp_compat: true,
        style: cbindgen::Style::Both,
        usize_is_size_t: true,
        documentation: true,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        line_length: 110,
        tab_width: 4,
        after_includes: Some(format!("{POINTER_WIDTH}\n{}", statuses())),
        trailer: Some(MACROS.trim_end().into()),
        ..cbindgen::Config::default()
    };
    config.function.sort_by = Some(cbindgen::SortKey::None);
    for width in ["32", "64"] {
        config
            .defines
            .insert(format!("target_pointer_width = {width}"), format!("CBA_POINTER_WIDTH_{width}"));
    }
    config.enumeration.prefix_with_name = false;
    let bindings = cbindgen::Builder::new().with_crate(ffi).with_config(config).generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text)?;
    // Rust's heading for what the caller owes.
    Ok(in_one_line(&text.replace("# Safety\n", "The caller sees to it:\n")))
}

/// Comments of one line in one line.
fn in_one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut result = String::new();
    let mut rest = lines.as_slice();
    while let [line, behind @ ..] = rest {
        rest = behind;
        match (line.strip_suffix("/**"), behind) {
            (Some(indent), [words, end, behind @ ..]) if end.trim() == "*/" => {
                let words = words.trim_start().trim_start_matches("* ");
                result += &format!("{indent}/** {words} */\n");
                rest = behind;
            }
            _ => {
                result += line;
                result.push('\n');
            }
        }
    }
    result
}

/// Which of the sizes hold.
const POINTER_WIDTH: &str = "
#if UINTPTR_MAX > 0xffffffffu
#define CBA_POINTER_WIDTH_64
#else
#define CBA_POINTER_WIDTH_32
#endif
";

/// The status codes of the core.
fn statuses() -> String {
    let mut text = String::from("/* Reasons for a refusal, beside those of misuse. */\n");
    for kind in ErrorKind::ALL {
        let name = screaming(&format!("{kind:?}"));
        text += &format!("/** {kind} */\n#define CBA_STATUS_{name} {}\n", kind.code());
    }
    text
}

/// `RsaModulusTooShort` as `RSA_MODULUS_TOO_SHORT`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn the_committed_header_is_the_one_that_is_generated() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let ffi = here.parent().unwrap();
        let committed = std::fs::read_to_string(ffi.with_file_name("include").join("cba.h")).unwrap();
        assert!(committed == generate(ffi).unwrap(), "include/cba.h is stale: run `make header`");
    }
}

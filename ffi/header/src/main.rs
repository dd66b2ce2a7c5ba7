//! Writes `include/cba.h`.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ffi = here.parent().ok_or("no parent directory")?;
    let include = ffi.with_file_name("include");
    std::fs::create_dir_all(&include)?;
    std::fs::write(include.join("cba.h"), cba_header::generate(ffi)?)?;
    Ok(())
}

//! Another library in Rust: the standard library's allocator and panic handler, with unwinding.

#[unsafe(no_mangle)]
pub extern "C" fn other_length(number: u32) -> u32 {
    let text = number.to_string();
    match std::panic::catch_unwind(move || std::panic::resume_unwind(Box::new(text))) {
        Err(thrown) => thrown.downcast_ref::<String>().map_or(0, |text| text.len() as u32),
    }
}

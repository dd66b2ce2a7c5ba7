//! RSA.
/// x
#[derive(Clone, Copy, Debug, Default)]
pub struct Compact;

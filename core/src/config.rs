//! Settings.
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateCheck {
    /// x
    Primary,
    /// x
    Secondary,
}
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// x
    pub enable: bool,
    /// x
    pub check: CertificateCheck,
}

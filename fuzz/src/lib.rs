//! What the fuzz targets share: a naive DER tree with mutations that keep it well-formed, and the
//! input format, the oracle and the table of explained differences of the `chain` target, and those of `pki`.

pub mod abi;
pub mod chain;
pub mod explained;
pub mod material;
pub mod misuse;
pub mod pki;
pub mod status;
pub mod texts;
pub mod tlv;

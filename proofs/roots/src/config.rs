//! Roots of `cba_core::{config, pem}`.

use crate::{keep, keep_all};
use cba_core::config::Settings;
use cba_core::pem::{Block, Blocks, is_pem};

#[unsafe(no_mangle)]
fn cba_root_settings(json: &[u8]) {
    keep(Settings::from_json(json));
    keep(<Settings as Default>::default());
}

#[unsafe(no_mangle)]
fn cba_root_pem<'a>(input: &'a [u8], blocks: &mut Blocks<'a>) {
    keep(is_pem(input));
    keep(Blocks::new(input));
    keep(Blocks::rest(blocks));
    keep(<Blocks<'_> as Iterator>::next(blocks));
    keep_all(blocks);
}

#[unsafe(no_mangle)]
fn cba_root_pem_block(block: &Block<'_>, memory: &mut &mut [u8], out: &mut [u8]) {
    keep(Block::label(block));
    keep(Block::is_certificate(block));
    keep(Block::offset(block));
    keep(Block::body(block));
    keep(Block::decoded_len(block));
    keep(Block::decode(block, memory));
    keep(Block::decode_into(block, out));
}

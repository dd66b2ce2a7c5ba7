//! Whole PKIs: certificates and CRLs that are minted by choice and really signed, judged by ours and by OpenSSL.
//! Every difference must stand in a table.

#![no_main]

use cba_fuzz::pki::judge::judge;
use cba_fuzz::pki::mint::mint;
use cba_fuzz::pki::{RECORD, RECORDS};
use cba_fuzz::tlv::Random;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    let pki = mint(bytes);
    if let Err(difference) = judge(&pki) {
        panic!("{difference}\n{pki}");
    }
});

// One choice is made anew, or made careful again: what is odd in many places is refused by everybody.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed);
    let full = max_size.min(RECORDS * RECORD);
    if random.below(8) == 0 || full == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    data[size.min(full)..full].fill(0);
    for _ in 0..=random.below(4) {
        data[random.below(full)] = random.below(256) as u8;
    }
    for _ in 0..random.below(3) {
        let odd: Vec<usize> = (0..full).filter(|at| data[*at] != 0).collect();
        if let Some(at) = odd.get(random.below(odd.len().max(1))) {
            data[*at] = 0;
        }
    }
    full
});

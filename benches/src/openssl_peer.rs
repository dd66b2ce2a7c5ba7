//! OpenSSL as the system has it, through the crate of that name.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::hint::black_box;

use foreign_types::ForeignTypeRef;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509PurposeId, X509Ref, X509StoreContext};

use crate::case::Run;
use crate::pki::{Pki, TIME};

/// Reads what was presented and verifies the path, as a TLS server does for each handshake.
pub(crate) fn verify(pki: &'static Pki) -> Run {
    let store = store(pki);
    Box::new(move || {
        let pki = black_box(pki);
        let leaf = X509::from_der(&pki.leaf).unwrap();
        let chain = read_chain(pki);
        verify_once(&store, &leaf, &chain)
    })
}

/// Verifies the path of certificates read beforehand, whose extensions OpenSSL has decoded and kept.
pub(crate) fn verify_only(pki: &'static Pki) -> Run {
    let store = store(pki);
    let leaf = X509::from_der(&pki.leaf).unwrap();
    let chain = read_chain(pki);
    Box::new(move || verify_once(black_box(&store), black_box(&leaf), black_box(&chain)))
}

fn store(pki: &Pki) -> X509Store {
    let mut store = X509StoreBuilder::new().unwrap();
    for anchor in &pki.anchors {
        store.add_cert(X509::from_der(anchor).unwrap()).unwrap();
    }
    let mut param = X509VerifyParam::new().unwrap();
    param.set_purpose(X509PurposeId::SSL_CLIENT).unwrap();
    param.set_time(TIME);
    store.set_param(&param).unwrap();
    store.build()
}

fn read_chain(pki: &Pki) -> Stack<X509> {
    let mut chain = Stack::new().unwrap();
    for der in &pki.intermediates {
        chain.push(X509::from_der(der).unwrap()).unwrap();
    }
    chain
}

#[inline(never)]
fn verify_once(store: &X509Store, leaf: &X509Ref, chain: &Stack<X509>) -> bool {
    let mut context = X509StoreContext::new().unwrap();
    context.init(store, leaf, chain, |context| context.verify_cert()).unwrap()
}

unsafe extern "C" {
    fn X509_get1_email(certificate: *mut openssl_sys::X509) -> *mut openssl_sys::OPENSSL_STACK;
    fn X509_email_free(emails: *mut openssl_sys::OPENSSL_STACK);
    fn CRYPTO_set_mem_functions(
        malloc: unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        realloc: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        free: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
}

/// Reads the leaf and its e-mail addresses.
pub(crate) fn parse(pki: &'static Pki) -> Run {
    Box::new(move || {
        let leaf = X509::from_der(&black_box(pki).leaf).unwrap();
        // SAFETY: the pointer is that of a certificate which lives until the end of this function; the
        // stack and its strings are owned by nobody else, and freed once, by the function for it.
        unsafe {
            let emails = X509_get1_email(leaf.as_ptr());
            let found = !emails.is_null() && openssl_sys::OPENSSL_sk_num(emails) == 1;
            X509_email_free(emails);
            found
        }
    })
}

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

unsafe extern "C" fn counting_malloc(len: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    // SAFETY: OpenSSL asks for what malloc gives.
    unsafe { libc::malloc(len) }
}

unsafe extern "C" fn counting_realloc(
    block: *mut c_void,
    len: usize,
    _file: *const c_char,
    _line: c_int,
) -> *mut c_void {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    // SAFETY: `block` came from malloc or realloc above, or is null.
    unsafe { libc::realloc(block, len) }
}

unsafe extern "C" fn plain_free(block: *mut c_void, _file: *const c_char, _line: c_int) {
    // SAFETY: `block` came from malloc or realloc above, or is null.
    unsafe { libc::free(block) }
}

/// Makes OpenSSL count its allocations from now on, and gives the function that says how many there
/// were on this thread.
///
/// # Panics
/// If OpenSSL has allocated anything before: it then keeps its own functions.
pub fn count_openssl_allocations() -> impl Fn() -> u64 {
    // SAFETY: the three functions are those of the C library, which agree with each other, and keep
    // the contracts of OpenSSL's.
    let accepted = unsafe { CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free) };
    assert_eq!(accepted, 1, "OpenSSL already allocated");
    || ALLOCATIONS.get()
}

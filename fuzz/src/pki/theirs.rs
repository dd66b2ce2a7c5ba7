//! What OpenSSL says of a PKI: every fault that it finds, since it goes on after each.

use std::cell::RefCell;
use std::ffi::{CString, c_int, c_ulong, c_void};

use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509CheckFlags, X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509Crl, X509PurposeId, X509StoreContext, X509StoreContextRef};
use openssl_sys as ffi;

use super::{Class, Pki};

/// Something that OpenSSL finds wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// X509_V_ERR_…, or [`UNREAD`].
    pub code: c_int,
    /// The certificate it is about; 0 is the leaf.
    pub depth: c_int,
    /// Whether it is about the path of a CRL's signer.
    pub of_signer: bool,
}

/// The code of a certificate that OpenSSL cannot read.
pub const UNREAD: c_int = -1;

/// What OpenSSL says.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is wrong, in the order in which it was found.
    pub faults: Vec<Fault>,
    /// The path without the root.
    pub path: Vec<Vec<u8>>,
    /// user-constrained-policy-set as contents of OBJECT IDENTIFIERs, sorted; `None` is any-policy.
    pub policies: Option<Vec<Vec<u8>>>,
}

// What neither the openssl crate nor openssl-sys declares.
#[allow(non_camel_case_types)]
type verify_cb = extern "C" fn(c_int, *mut ffi::X509_STORE_CTX) -> c_int;
unsafe extern "C" {
    fn X509_STORE_CTX_set_verify_cb(ctx: *mut ffi::X509_STORE_CTX, callback: Option<verify_cb>);
    fn X509_STORE_CTX_get0_parent_ctx(ctx: *mut ffi::X509_STORE_CTX) -> *mut ffi::X509_STORE_CTX;
    fn X509_STORE_add_crl(store: *mut ffi::X509_STORE, crl: *mut ffi::X509_CRL) -> c_int;
    fn X509_STORE_CTX_get0_param(ctx: *mut ffi::X509_STORE_CTX) -> *mut ffi::X509_VERIFY_PARAM;
    fn X509_STORE_CTX_get0_policy_tree(ctx: *mut ffi::X509_STORE_CTX) -> *const c_void;
    fn X509_VERIFY_PARAM_add0_policy(
        param: *mut ffi::X509_VERIFY_PARAM,
        policy: *mut ffi::ASN1_OBJECT,
    ) -> c_int;
    fn X509_VERIFY_PARAM_set1(to: *mut ffi::X509_VERIFY_PARAM, from: *const ffi::X509_VERIFY_PARAM) -> c_int;
    fn X509_policy_tree_get0_user_policies(tree: *const c_void) -> *const c_void;
    fn X509_policy_node_get0_policy(node: *const c_void) -> *const ffi::ASN1_OBJECT;
    fn OBJ_get0_data(object: *const ffi::ASN1_OBJECT) -> *const u8;
    fn OBJ_length(object: *const ffi::ASN1_OBJECT) -> usize;
    fn OPENSSL_sk_num(stack: *const c_void) -> c_int;
    fn OPENSSL_sk_value(stack: *const c_void, at: c_int) -> *mut c_void;
}

thread_local! {
    static FAULTS: RefCell<Vec<Fault>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is wrong and goes on, unless there is no path to go on with.
extern "C" fn keep(ok: c_int, ctx: *mut ffi::X509_STORE_CTX) -> c_int {
    if ok == 1 {
        return 1;
    }
    // SAFETY: OpenSSL calls this with the context that it works on.
    let (code, depth, of_signer, len) = unsafe {
        let chain = ffi::X509_STORE_CTX_get0_chain(ctx);
        (
            ffi::X509_STORE_CTX_get_error(ctx),
            ffi::X509_STORE_CTX_get_error_depth(ctx),
            !X509_STORE_CTX_get0_parent_ctx(ctx).is_null(),
            OPENSSL_sk_num(chain.cast()),
        )
    };
    // An anchor has no status: it is trusted.
    if depth + 1 == len && len > 1 && class_of(code) != Class::Path {
        return 1;
    }
    FAULTS.with_borrow_mut(|faults| faults.push(Fault { code, depth, of_signer }));
    c_int::from(!is_end(code))
}

/// Whether no path was found.
fn is_end(code: c_int) -> bool {
    matches!(
        code,
        UNREAD
            | ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
            | ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
            | ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
            | ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
            | ffi::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE
            | ffi::X509_V_ERR_CERT_CHAIN_TOO_LONG
    )
}

fn class_of(code: c_int) -> Class {
    match code {
        ffi::X509_V_ERR_CERT_REVOKED => Class::Revoked,
        ffi::X509_V_ERR_UNABLE_TO_GET_CRL
        | ffi::X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE
        | ffi::X509_V_ERR_CRL_SIGNATURE_FAILURE
        | ffi::X509_V_ERR_CRL_NOT_YET_VALID
        | ffi::X509_V_ERR_CRL_HAS_EXPIRED
        | ffi::X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD
        | ffi::X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD
        | ffi::X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER
        | ffi::X509_V_ERR_KEYUSAGE_NO_CRL_SIGN
        | ffi::X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION
        | ffi::X509_V_ERR_DIFFERENT_CRL_SCOPE
        | ffi::X509_V_ERR_CRL_PATH_VALIDATION_ERROR => Class::Undetermined,
        _ => Class::Path,
    }
}

impl Fault {
    /// Whether there is no path to go on with.
    #[must_use]
    pub fn is_end(&self) -> bool {
        is_end(self.code)
    }

    /// What the fault is about.
    #[must_use]
    pub fn class(&self) -> Class {
        if self.of_signer { Class::Undetermined } else { class_of(self.code) }
    }

    /// OpenSSL's own words.
    #[must_use]
    pub fn text(&self) -> &'static str {
        // SAFETY: any number is a code.
        unsafe { openssl::x509::X509VerifyResult::from_raw(self.code) }.error_string()
    }
}

/// What OpenSSL says of the leaf with these certificates presented.
#[must_use]
pub fn ask(pki: &Pki, presented: &[Vec<u8>]) -> Verdict {
    let unread = |depth| Verdict {
        faults: vec![Fault { code: UNREAD, depth, of_signer: false }],
        ..Verdict::default()
    };
    let Ok(leaf) = X509::from_der(pki.leaf()) else { return unread(0) };
    let mut untrusted = Stack::new().expect("a stack");
    for certificate in presented.iter().filter_map(|der| X509::from_der(der).ok()) {
        untrusted.push(certificate).expect("room");
    }
    let mut store = X509StoreBuilder::new().expect("a store");
    store.add_cert(X509::from_der(&pki.root).expect("the root is never changed")).expect("room");
    for crl in pki.crls.iter().flatten().filter_map(|der| X509Crl::from_der(der).ok()) {
        // SAFETY: both are what they are said to be, and the store counts its own reference.
        assert_eq!(unsafe { X509_STORE_add_crl(store.as_ptr(), crl.as_ptr()) }, 1);
    }
    let store = store.build();
    let param = param(pki);
    let mut context = X509StoreContext::new().expect("a context");
    let verdict = context.init(&store, &leaf, &untrusted, |context| {
        // SAFETY: the context is initialised; the parameters are copied.
        unsafe {
            assert_eq!(
                X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(context.as_ptr()), param.as_ptr()),
                1
            );
            X509_STORE_CTX_set_verify_cb(context.as_ptr(), Some(keep));
        }
        FAULTS.with_borrow_mut(Vec::clear);
        let ok = context.verify_cert();
        let mut faults = FAULTS.with_borrow_mut(std::mem::take);
        if faults.is_empty() && !matches!(ok, Ok(true)) {
            // Without asking the callback.
            faults.push(Fault { code: context.error().as_raw(), depth: 0, of_signer: false });
        }
        let chain = context.chain().map(|chain| chain.iter().map(|one| one.to_der().expect("DER")).collect());
        let mut path: Vec<_> = chain.unwrap_or_default();
        path.pop();
        Ok(Verdict { policies: policies(context), faults, path })
    });
    // What OpenSSL put there is of no use.
    let _ = openssl::error::ErrorStack::get();
    verdict.expect("the context can be initialised")
}

/// Everything is asked that ours asks too.
fn param(pki: &Pki) -> X509VerifyParam {
    const INHIBIT_ANY: c_ulong = 0x200;
    const INHIBIT_MAP: c_ulong = 0x400;
    let mut param = X509VerifyParam::new().expect("parameters");
    let mut flags = X509VerifyFlags::X509_STRICT | X509VerifyFlags::POLICY_CHECK;
    flags.set(X509VerifyFlags::EXPLICIT_POLICY, pki.asked.explicit);
    flags |= X509VerifyFlags::from_bits_retain(if pki.asked.inhibit_any { INHIBIT_ANY } else { 0 });
    flags |= X509VerifyFlags::from_bits_retain(if pki.asked.inhibit_mapping { INHIBIT_MAP } else { 0 });
    if pki.crls.is_some() {
        flags |= X509VerifyFlags::CRL_CHECK
            | X509VerifyFlags::CRL_CHECK_ALL
            | X509VerifyFlags::EXTENDED_CRL_SUPPORT
            | X509VerifyFlags::USE_DELTAS;
    }
    param.set_flags(flags).expect("flags");
    // A common name is no host name here.
    param.set_hostflags(X509CheckFlags::NEVER_CHECK_SUBJECT);
    param.set_time(pki.asked.time);
    if pki.asked.client_auth {
        param.set_purpose(X509PurposeId::SSL_CLIENT).expect("a purpose");
    }
    for policy in pki.asked.user_policies.unwrap_or(&[test_pki::oid::ANY_POLICY]) {
        let dotted = CString::new(*policy).expect("no NUL");
        // SAFETY: a string, and parameters that take the object over.
        unsafe {
            let object = ffi::OBJ_txt2obj(dotted.as_ptr(), 1);
            assert_eq!(X509_VERIFY_PARAM_add0_policy(param.as_ptr(), object), 1);
        }
    }
    param
}

fn policies(context: &X509StoreContextRef) -> Option<Vec<Vec<u8>>> {
    let any = super::ours::contents_of_oid(test_pki::oid::ANY_POLICY);
    // SAFETY: the tree belongs to the context, the policies to the tree; absent ones are empty.
    let mut policies: Vec<_> = unsafe {
        let tree = X509_STORE_CTX_get0_policy_tree(context.as_ptr());
        let nodes = if tree.is_null() { tree } else { X509_policy_tree_get0_user_policies(tree) };
        let count = if nodes.is_null() { 0 } else { OPENSSL_sk_num(nodes) };
        let object = |at| X509_policy_node_get0_policy(OPENSSL_sk_value(nodes, at));
        let contents =
            |object| std::slice::from_raw_parts(OBJ_get0_data(object), OBJ_length(object)).to_vec();
        (0..count).map(|at| contents(object(at))).collect()
    };
    policies.sort();
    policies.dedup();
    (!policies.contains(&any)).then_some(policies)
}

/*
 * cba.hpp: cba.h for C++11 and newer. Memory is owned by objects, set-up errors are exceptions, and a
 * decision cannot be read as another.
 *
 * The way through it:
 *
 *     cba::verifier verifier(cba::config().trust(root_pem).intermediates(issuing_pem));
 *     cba::workspace workspace;                                  // one for each thread
 *     cba::request request;                                      // leaf, presented, time, mode, possession
 *     cba::outcome outcome = verifier.authenticate(request, workspace);
 *     if (const std::string *user = outcome.decision.login()) { ... }
 *
 * Everything that is handed out owns its bytes: nothing borrows from a request, a configuration or the
 * library.
 *
 * Threads: a cba::verifier and a cba::credential serve any number of threads at the same time. A
 * cba::workspace serves one call at a time.
 *
 * Exceptions: cba::error where a configuration or a text is wrong, std::bad_alloc. A refusal is not one: it
 * is an outcome.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef CBA_HPP
#define CBA_HPP

#include "cba.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cba {

/** The bytes of a certificate, a key, a file. */
using bytes = std::vector<std::uint8_t>;

/** What is asked of a certificate: CBA_MODE_. */
enum class mode : std::uint32_t {
    unset = CBA_MODE_UNSET,
    primary = CBA_MODE_PRIMARY,
    secondary = CBA_MODE_SECONDARY,
    off = CBA_MODE_OFF
};

/** Whether the client holds the key: CBA_POSSESSION_. */
enum class possession : std::uint32_t {
    unproven = CBA_POSSESSION_UNPROVEN,
    proven_by_tls = CBA_POSSESSION_PROVEN_BY_TLS
};

/** The text of a status. */
inline std::string text(cba_status status) { return cba_status_str(status); }

namespace detail {

inline cba_span span(const std::string &from) {
    return cba_span{ reinterpret_cast<const std::uint8_t *>(from.data()), from.size() };
}

inline cba_span span(const bytes &from) { return cba_span{ from.data(), from.size() }; }

inline std::string string(cba_span from) {
    return from.len == 0 ? std::string() : std::string(reinterpret_cast<const char *>(from.ptr), from.len);
}

inline std::string hex(const std::uint8_t *from, std::size_t len) {
    static const char digits[] = "0123456789abcdef";
    std::string to;
    to.reserve(2 * len);
    for (std::size_t at = 0; at < len; at++) {
        to += digits[from[at] >> 4];
        to += digits[from[at] & 15];
    }
    return to;
}

/** Memory at the greatest alignment, of at least that many bytes; it stays where it is when it is moved. */
using memory = std::unique_ptr<std::max_align_t[]>;

inline memory allocate(std::size_t len) {
    static_assert(alignof(std::max_align_t) % CBA_VERIFIER_ALIGN == 0, "alignment");
    static_assert(alignof(std::max_align_t) % CBA_WORKSPACE_ALIGN == 0, "alignment");
    return memory(new std::max_align_t[len / sizeof(std::max_align_t) + 1]);
}

inline std::string place(const cba_fault &fault) {
    static const char *const parts[] = { "", "trusted", "intermediates", "denied", "e-mail domains", "policies",
        "CRLs", "purpose" };
    std::string where;
    if (fault.part != CBA_PART_WHOLE && fault.part < sizeof(parts) / sizeof(*parts)) {
        where = std::string(parts[fault.part]) + " " + std::to_string(fault.index) + ", item "
                + std::to_string(fault.item) + ": ";
    }
    std::string message = where + text(fault.status) + " (" + std::to_string(fault.status) + ")";
    return fault.offset == 0 ? message : message + " at byte " + std::to_string(fault.offset);
}

} // namespace detail

/** What was wrong with a configuration or a text, and where. */
class error : public std::runtime_error {
public:
    explicit error(const cba_fault &fault) : std::runtime_error(detail::place(fault)), fault_(fault) {}

    explicit error(cba_status status) : error(cba_fault{ status, CBA_PART_WHOLE, 0, 0, 0 }) {}

    cba_status status() const noexcept { return fault_.status; }

    const cba_fault &fault() const noexcept { return fault_; }

private:
    cba_fault fault_;
};

/** What a verifier is prepared from; of no use afterwards. */
class config {
public:
    /** Trust anchors, a PEM bundle or DER, that may speak for every e-mail domain. */
    config &trust(std::string certificates) {
        anchors_.push_back(anchor{ std::move(certificates), {}, true });
        return *this;
    }

    /**
     * Trust anchors that may speak for these e-mail domains alone: `example.com` is that domain,
     * `.example.com` every domain below it. A list without a domain is an error.
     */
    config &trust_for(std::string certificates, std::vector<std::string> domains) {
        anchors_.push_back(anchor{ std::move(certificates), std::move(domains), false });
        return *this;
    }

    /** Intermediates, a PEM bundle or DER, tried beside those that a client presents. */
    config &intermediates(std::string certificates) {
        intermediates_.push_back(std::move(certificates));
        return *this;
    }

    /** A deny list: lines `certificate HEX` or `key HEX`. */
    config &deny(std::string lines) {
        denied_.push_back(std::move(lines));
        return *this;
    }

    /**
     * CRLs, a PEM bundle or one in DER. Set options.time to now, and options.index_key to sixteen random bytes if
     * they are long.
     */
    config &crls(std::string bundle) {
        crls_.push_back(std::move(bundle));
        return *this;
    }

    /** A certificate policy that is asked for, in dotted form; see CBA_REQUIRE_EXPLICIT_POLICY. */
    config &policy(std::string dotted) {
        policies_.push_back(std::move(dotted));
        return *this;
    }

    /** A purpose that is asked for beside TLS client authentication, in dotted form; the last one counts. */
    config &purpose(std::string dotted) {
        purpose_ = std::move(dotted);
        return *this;
    }

    /**
     * Everything else, at its safe default. The lists in it, `purpose` and `borrow` are not looked at: certificates
     * and CRLs are always copied.
     */
    cba_verifier_config options = CBA_VERIFIER_CONFIG_INIT;

private:
    friend class verifier;

    struct anchor {
        std::string certificates;
        std::vector<std::string> domains;
        bool every_domain;
    };

    std::vector<anchor> anchors_;
    std::vector<std::string> intermediates_;
    std::vector<std::string> denied_;
    std::vector<std::string> crls_;
    std::vector<std::string> policies_;
    std::string purpose_;
};

/** What a call works in: room for so many presented certificates. One call at a time. */
class workspace {
public:
    explicit workspace(std::size_t presented = 16) {
        const std::size_t most = (static_cast<std::size_t>(-1) >> 1) / CBA_CERTIFICATE_SIZE
                                 - CBA_WORKSPACE_BASE_SIZE;
        if (presented > most) {
            throw error(CBA_STATUS_INVALID_ARGUMENT);
        }
        const std::size_t len = CBA_WORKSPACE_SIZE(presented);
        memory_ = detail::allocate(len);
        const cba_status status = cba_workspace_init(memory_.get(), len, &workspace_);
        if (status != CBA_OK) {
            throw error(status);
        }
    }

    workspace(workspace &&other) noexcept : memory_(std::move(other.memory_)), workspace_(other.workspace_) {
        other.workspace_ = nullptr;
    }

    workspace &operator=(workspace &&other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(workspace_, other.workspace_);
        return *this;
    }

    /** For cba.h. NULL if it was moved from, which every call refuses. */
    cba_workspace *get() noexcept { return workspace_; }

private:
    detail::memory memory_;
    cba_workspace *workspace_ = nullptr;
};

/** One login attempt. As it is made, it lets nobody in. */
struct request {
    /** The client's certificate in DER; empty if it presented none. */
    bytes leaf;
    /** What came with it, in DER, in any order. */
    std::vector<bytes> presented;
    /** The time of the attempt, in Unix seconds. */
    std::int64_t time = 0;
    /** What is asked. */
    cba::mode mode = cba::mode::unset;
    /** proven_by_tls only if the handshake in which this leaf was presented is complete. */
    cba::possession possession = cba::possession::unproven;
    /** For `secondary`: the e-mail that the user typed, and that the password login will really use. */
    std::string login_id;
    /** OCSP responses in DER, at most CBA_MAX_OCSP_RESPONSES. */
    std::vector<bytes> ocsp;
    /** The nonce that was sent to the OCSP responder; empty if none was. */
    bytes nonce;
};

/** What is to be done. There is no conversion to bool: each way on has its own question. */
class decision {
public:
    /** Nobody is let in. */
    decision() : decision(cba_decision()) {}

    explicit decision(const cba_decision &from)
        : verdict_(from.verdict), reason_(from.reason), depth_(from.depth), offset_(from.offset) {
        const cba_span login = cba_login_email(&from);
        const cba_span password = cba_password_email(&from);
        email_ = detail::string(login.len != 0 ? login : password);
    }

    /**
     * The user who is logged in, without a password, once the host's own checks of the account pass; else
     * NULL. Lives as long as the decision.
     */
    const std::string *login() const & noexcept { return user_if(CBA_LOGIN); }
    const std::string *login() const && = delete;

    /** The user whose password, and no other's, is to be asked; else NULL. Lives as long as the decision. */
    const std::string *password() const & noexcept { return user_if(CBA_CONTINUE_WITH_PASSWORD); }
    const std::string *password() const && = delete;

    /** Certificates are switched off: the host goes on as if there were none. */
    bool disabled() const noexcept { return verdict_ == CBA_DISABLED; }

    /** Nobody is let in: whatever is none of the above. */
    bool refused() const noexcept { return !disabled() && login() == nullptr && password() == nullptr; }

    /** Why; CBA_OK if it is not refused. */
    cba_status reason() const noexcept { return reason_; }

    /** The certificate that the reason is about: 0 is the leaf. */
    std::uint32_t depth() const noexcept { return depth_; }

    /** The byte in that certificate. */
    std::uint32_t offset() const noexcept { return offset_; }

    /**
     * Calls the one that applies: login(user), password(user), disabled(), refused(reason). None can be left
     * out; they return the same type.
     */
    template <class Login, class Password, class Disabled, class Refused>
    auto visit(Login &&on_login, Password &&on_password, Disabled &&on_disabled, Refused &&on_refused) const
        -> decltype(on_refused(cba_status())) {
        if (const std::string *user = login()) {
            return on_login(*user);
        }
        if (const std::string *user = password()) {
            return on_password(*user);
        }
        return disabled() ? on_disabled() : on_refused(reason_);
    }

private:
    const std::string *user_if(cba_verdict verdict) const noexcept {
        return verdict_ == verdict && !email_.empty() ? &email_ : nullptr;
    }

    cba_verdict verdict_;
    cba_status reason_;
    std::uint32_t depth_;
    std::uint32_t offset_;
    std::string email_;
};

/** What identifies the device, beside its user; empty unless somebody is let in. */
struct device {
    /** SHA-256 of the leaf, and of its SubjectPublicKeyInfo, in hexadecimal digits. */
    std::string fingerprint, public_key_hash;
    /** The last second, in Unix time, for which all certificates of the path are valid. */
    std::int64_t not_after = 0;
    /** The contents of the serial number's INTEGER, and the DER of the names. */
    bytes serial, issuer, subject;
    /** One of CBA_DEVICE_, and the name, in printable ASCII. */
    std::uint32_t name_kind = CBA_DEVICE_NONE;
    std::string name;

    device() = default;

    explicit device(const cba_device &from)
        : not_after(from.not_after), serial(from.serial.ptr, from.serial.ptr + from.serial.len),
          issuer(from.issuer.ptr, from.issuer.ptr + from.issuer.len),
          subject(from.subject.ptr, from.subject.ptr + from.subject.len), name_kind(from.name_kind),
          name(detail::string(from.name)) {
        if (!subject.empty() || !issuer.empty()) {
            fingerprint = detail::hex(from.fingerprint, sizeof(from.fingerprint));
            public_key_hash = detail::hex(from.public_key_hash, sizeof(from.public_key_hash));
        }
    }
};

/** The audit record as one line: verdict, reason, fingerprint, issuer, serial. It names no person. */
inline std::string line(const cba_audit &audit) {
    static const char *const verdicts[] = { "refused", "disabled", "password", "login" };
    const std::size_t serial = audit.serial_len < sizeof(audit.serial) ? audit.serial_len
                                                                       : sizeof(audit.serial);
    std::string to = audit.verdict < 4 ? verdicts[audit.verdict] : verdicts[0];
    if (audit.reason != CBA_OK) {
        to += ": " + text(audit.reason) + " (" + std::to_string(audit.reason)
              + ") depth=" + std::to_string(audit.depth) + " offset=" + std::to_string(audit.offset);
    }
    if (audit.has_fingerprint != 0) {
        to += " fingerprint=" + detail::hex(audit.fingerprint, sizeof(audit.fingerprint));
    }
    if (audit.has_issuer != 0) {
        to += " issuer=" + detail::hex(audit.issuer, sizeof(audit.issuer))
              + " serial=" + detail::hex(audit.serial, serial);
    }
    return to;
}

/** What comes out of an attempt. */
struct outcome {
    cba::decision decision;
    cba::device device;
    /** On every outcome. */
    cba_audit audit = cba_audit();
};

/** Who a certificate speaks of, for the requests of a kept connection. As it is made, it lets nobody in. */
struct credential {
    cba_credential found = cba_credential();
    /** Proves nothing until decide() lets its holder in. */
    cba::device device;
    cba_audit audit = cba_audit();
};

namespace detail {

/** A request of cba.h that borrows from one of cba.hpp. */
class borrowed {
public:
    explicit borrowed(const request &from) {
        for (const bytes &certificate : from.presented) {
            presented_.push_back(span(certificate));
        }
        raw.leaf = span(from.leaf);
        raw.presented = presented_.data();
        raw.presented_len = presented_.size();
        raw.time = from.time;
        raw.mode = static_cast<std::uint32_t>(from.mode);
        raw.possession = static_cast<std::uint32_t>(from.possession);
        raw.login_id = span(from.login_id);
        for (const bytes &response : from.ocsp) {
            ocsp_.push_back(span(response));
        }
        raw.ocsp = ocsp_.data();
        raw.ocsp_len = ocsp_.size();
        raw.nonce = span(from.nonce);
    }

    borrowed(const borrowed &) = delete;
    borrowed &operator=(const borrowed &) = delete;

    cba_request raw = CBA_REQUEST_INIT;

private:
    std::vector<cba_span> presented_;
    std::vector<cba_span> ocsp_;
};

} // namespace detail

/** Everything a login is judged by: read-only once it is made. */
class verifier {
public:
    /** Throws cba::error, which says where the configuration is wrong. */
    explicit verifier(const config &from) {
        std::vector<std::vector<cba_span>> domains;
        std::vector<cba_trusted> trusted;
        std::vector<cba_span> intermediates, denied, crls, policies;
        // Not NULL, so that a list without a domain is not taken for every domain.
        static const cba_span none = cba_span();
        for (const config::anchor &anchor : from.anchors_) {
            domains.emplace_back();
            for (const std::string &domain : anchor.domains) {
                domains.back().push_back(detail::span(domain));
            }
            const cba_span *listed = domains.back().empty() ? &none : domains.back().data();
            trusted.push_back(cba_trusted{ detail::span(anchor.certificates),
                anchor.every_domain ? nullptr : listed, anchor.domains.size() });
        }
        for (const std::string &bundle : from.intermediates_) {
            intermediates.push_back(detail::span(bundle));
        }
        for (const std::string &list : from.denied_) {
            denied.push_back(detail::span(list));
        }
        for (const std::string &bundle : from.crls_) {
            crls.push_back(detail::span(bundle));
        }
        for (const std::string &policy : from.policies_) {
            policies.push_back(detail::span(policy));
        }
        cba_verifier_config raw = from.options;
        raw.trusted = trusted.data();
        raw.trusted_len = trusted.size();
        raw.intermediates = intermediates.data();
        raw.intermediates_len = intermediates.size();
        raw.denied = denied.data();
        raw.denied_len = denied.size();
        raw.crls = crls.data();
        raw.crls_len = crls.size();
        raw.policies = policies.data();
        raw.policies_len = policies.size();
        raw.purpose = detail::span(from.purpose_);
        raw.borrow = 0;
        std::size_t len = 0;
        cba_fault fault = cba_fault();
        if (cba_verifier_size(&raw, &len, &fault) != CBA_OK) {
            throw error(fault);
        }
        memory_ = detail::allocate(len);
        if (cba_verifier_init(memory_.get(), len, &raw, &verifier_, &fault) != CBA_OK) {
            throw error(fault);
        }
    }

    verifier(verifier &&other) noexcept : memory_(std::move(other.memory_)), verifier_(other.verifier_) {
        other.verifier_ = nullptr;
    }

    verifier &operator=(verifier &&other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(verifier_, other.verifier_);
        return *this;
    }

    /** For cba.h. NULL if it was moved from, which every call refuses. */
    const cba_verifier *get() const noexcept { return verifier_; }

    /** The number of trust anchors. */
    std::size_t anchors() const noexcept { return cba_verifier_anchors(verifier_); }

    /** Judges one login attempt. */
    outcome authenticate(const request &attempt, workspace &memory) const {
        const detail::borrowed borrowed(attempt);
        return authenticate(borrowed.raw, memory);
    }

    /** The same for a request of cba.h, as cba_openssl.h fills it. */
    outcome authenticate(const cba_request &attempt, workspace &memory) const {
        cba_decision decided;
        cba_device seen;
        outcome out;
        cba_authenticate(verifier_, &attempt, memory.get(), &decided, &seen, &out.audit);
        out.decision = decision(decided);
        out.device = device(seen);
        return out;
    }

    /** The first of two steps: verifies the client's certificate once, for decide(). */
    credential identify(const request &attempt, workspace &memory) const {
        const detail::borrowed borrowed(attempt);
        return identify(borrowed.raw, memory);
    }

    credential identify(const cba_request &attempt, workspace &memory) const {
        cba_device seen;
        credential out;
        cba_identify(verifier_, &attempt, memory.get(), &out.found, &seen, &out.audit);
        out.device = device(seen);
        return out;
    }

private:
    detail::memory memory_;
    const cba_verifier *verifier_ = nullptr;
};

/**
 * The second step, without cryptography: reads mode, possession, time and login_id. The device is that of the
 * credential.
 */
inline outcome decide(const credential &known, const cba_request &attempt) {
    cba_decision decided;
    outcome out;
    out.audit = known.audit;
    cba_decide(&known.found, &attempt, &decided, &out.audit);
    out.decision = decision(decided);
    if (out.decision.login() != nullptr || out.decision.password() != nullptr) {
        out.device = known.device;
    }
    return out;
}

inline outcome decide(const credential &known, const request &attempt) {
    const detail::borrowed borrowed(attempt);
    return decide(known, borrowed.raw);
}

/** The mode in a complete Mattermost config.json. Throws cba::error. */
inline mode mode_from_config(const std::string &json) {
    std::uint32_t found = CBA_MODE_OFF;
    cba_fault fault = cba_fault();
    if (cba_mode_from_config(detail::span(json), &found, &fault) != CBA_OK) {
        throw error(fault);
    }
    return static_cast<mode>(found);
}

/** The certificates of a PEM bundle, in DER; none if there is none in it. Throws cba::error. */
inline std::vector<bytes> certificates_of_pem(const std::string &pem) {
    std::vector<bytes> found;
    cba_span left = detail::span(pem);
    bytes der(left.len + 1);
    for (;;) {
        std::size_t len = 0;
        const cba_status status = cba_pem_decode(&left, der.data(), der.size(), &len);
        if (status != CBA_OK) {
            throw error(status);
        }
        if (len == 0) {
            return found;
        }
        found.emplace_back(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(len));
    }
}

} // namespace cba

#endif /* CBA_HPP */

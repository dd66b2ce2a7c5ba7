// cba.hpp: what it owns, what it throws, and that a decision is read as what it is.
#include "check.h"

#include <cba.hpp>

#include <ctime>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

static std::string file(const char *name) {
    const cba_span span = check_file(name);
    const std::string content(reinterpret_cast<const char *>(span.ptr), span.len);
    check_free(span);
    return content;
}

static cba::bytes der(const char *name) {
    const std::string content = file(name);
    return cba::bytes(content.begin(), content.end());
}

static cba::request alice() {
    cba::request request;
    request.leaf = der("alice.der");
    request.presented.push_back(der("issuing.der"));
    request.time = std::time(nullptr);
    request.mode = cba::mode::primary;
    request.possession = cba::possession::proven_by_tls;
    return request;
}

static std::string told(const cba::decision &decision) {
    return decision.visit([](const std::string &user) { return "login " + user; },
        [](const std::string &user) { return "password " + user; }, [] { return std::string("disabled"); },
        [](cba_status reason) { return "refused " + std::to_string(reason); });
}

// What must not compile: a decision as a bool, a number, or out of a temporary; copies of what must not be
// moved.
template <class T> static auto temporary_login(int) -> decltype(std::declval<T>().login(), true) {
    return true;
}
template <class T> static bool temporary_login(long) { return false; }
template <class T> static auto temporary_password(int) -> decltype(std::declval<T>().password(), true) {
    return true;
}
template <class T> static bool temporary_password(long) { return false; }
static_assert(!std::is_constructible<bool, cba::decision>::value, "a decision is no bool");
static_assert(!std::is_convertible<cba::decision, int>::value, "nor a number");
static_assert(!std::is_convertible<cba::outcome, bool>::value, "nor is an outcome");
static_assert(
    !std::is_copy_constructible<cba::verifier>::value && !std::is_copy_constructible<cba::workspace>::value,
    "");
static_assert(std::is_nothrow_move_constructible<cba::verifier>::value, "");
static_assert(!std::is_convertible<std::uint32_t, cba::mode>::value
                  && !std::is_convertible<bool, cba::possession>::value,
    "");

static void a_decision_is_read_as_what_it_is() {
    CHECK(!temporary_login<cba::decision>(0) && temporary_login<const cba::decision &>(0));
    CHECK(!temporary_password<cba::decision>(0) && temporary_password<const cba::decision &>(0));
    const cba::verifier verifier(cba::config().trust(file("root.crt")));
    cba::workspace workspace;
    cba::request request = alice();
    cba::outcome outcome = verifier.authenticate(request, workspace);
    CHECK(outcome.decision.login() != nullptr && *outcome.decision.login() == "alice@example.com");
    CHECK(outcome.decision.password() == nullptr && !outcome.decision.refused()
          && !outcome.decision.disabled());
    CHECK(outcome.decision.reason() == CBA_OK && told(outcome.decision) == "login alice@example.com");
    CHECK(outcome.device.name == "Alice" && outcome.device.fingerprint.size() == 64
          && outcome.device.not_after > request.time);
    CHECK(cba::line(outcome.audit).compare(0, 18, "login fingerprint=") == 0);

    request.mode = cba::mode::secondary;
    request.login_id = "Alice@example.com";
    outcome = verifier.authenticate(request, workspace);
    CHECK(outcome.decision.login() == nullptr && outcome.decision.password() != nullptr);
    CHECK(told(outcome.decision) == "password alice@example.com");
    request.login_id = "boss@example.com";
    outcome = verifier.authenticate(request, workspace);
    CHECK(outcome.decision.login() == nullptr && outcome.decision.password() == nullptr
          && outcome.decision.refused());
    CHECK(told(outcome.decision) == "refused 602" && outcome.device.fingerprint.empty()
          && outcome.device.serial.empty());
    CHECK(cba::line(outcome.audit).find("refused: the login e-mail is not the certificate's (602) depth=0")
          == 0);

    request.mode = cba::mode::off;
    outcome = verifier.authenticate(request, workspace);
    CHECK(told(outcome.decision) == "disabled" && !outcome.decision.refused());
    CHECK(told(cba::decision()) == "refused 0" && cba::decision().refused());
    CHECK(cba::outcome().decision.refused());
    outcome = verifier.authenticate(cba::request(), workspace);
    CHECK(told(outcome.decision) == "refused 3");
    request = alice();
    request.possession = cba::possession::unproven;
    CHECK(verifier.authenticate(request, workspace).decision.reason() == CBA_STATUS_POSSESSION_NOT_PROVEN);
    request = cba::request();
    request.mode = cba::mode::primary;
    CHECK(verifier.authenticate(request, workspace).decision.reason() == CBA_STATUS_NO_CERTIFICATE);
}

static void two_steps() {
    const cba::verifier verifier(cba::config().trust(file("root.crt")));
    cba::workspace workspace;
    cba::request request = alice();
    const cba::credential credential = verifier.identify(request, workspace);
    CHECK(told(cba::decide(credential, request).decision) == "login alice@example.com");
    CHECK(cba::decide(credential, request).device.name == "Alice");
    request.mode = cba::mode::secondary;
    CHECK(told(cba::decide(credential, request).decision) == "refused 601");
    CHECK(cba::decide(credential, request).device.name.empty());
    CHECK(cba::decide(credential, request).audit.has_fingerprint == 1);
    CHECK(told(cba::decide(cba::credential(), request).decision) == "refused 6");
}

static void what_is_moved_works_on_and_what_is_left_lets_nobody_in() {
    cba::verifier first(cba::config().trust(file("root.crt")));
    cba::workspace workspace;
    const cba::request request = alice();
    cba::verifier second(std::move(first));
    cba::workspace other(std::move(workspace));
    CHECK(second.authenticate(request, other).decision.reason() == CBA_OK);
    CHECK(first.get() == nullptr
          && first.authenticate(request, other).decision.reason() == CBA_STATUS_NULL_POINTER);
    CHECK(second.authenticate(request, workspace).decision.reason() == CBA_STATUS_NULL_POINTER);
    CHECK(first.anchors() == 0 && second.anchors() == 1);
    // A new one takes the old one's place.
    second = cba::verifier(cba::config().trust(file("bundle.crt")));
    CHECK(second.anchors() == 2 && second.authenticate(request, other).decision.reason() == CBA_OK);
    workspace = cba::workspace(0);
    CHECK(second.authenticate(request, workspace).decision.reason() == CBA_STATUS_TOO_MANY_CERTIFICATES);
}

template <class Call> static cba_status thrown(Call call) {
    try {
        call();
    } catch (const cba::error &error) {
        CHECK(
            std::string(error.what()).find("(" + std::to_string(error.status()) + ")") != std::string::npos);
        return error.status();
    }
    return CBA_OK;
}

static void what_is_wrong_is_thrown_with_its_place() {
    CHECK_STATUS(CBA_STATUS_NO_CERTIFICATES, thrown([] { cba::verifier(cba::config()); }));
    CHECK_STATUS(CBA_STATUS_NO_CERTIFICATES, thrown([] { cba::verifier(cba::config().trust("")); }));
    // A list without a domain is not every domain.
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT,
        thrown([] { cba::verifier(cba::config().trust_for(file("root.crt"), {})); }));
    CHECK_STATUS(CBA_STATUS_MALFORMED_DENY_LIST,
        thrown([] { cba::verifier(cba::config().trust(file("root.crt")).deny("certificate 1\n")); }));
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, thrown([] { cba::workspace(static_cast<std::size_t>(-1)); }));
    CHECK_STATUS(
        CBA_STATUS_MALFORMED_PEM, thrown([] { cba::certificates_of_pem("-----BEGIN CERTIFICATE-----\n"); }));
    CHECK_STATUS(CBA_STATUS_UNKNOWN_SETTING_VALUE, thrown([] {
        cba::mode_from_config(
            R"({"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertCheck":"x"}})");
    }));
    std::string what;
    try {
        cba::verifier(
            cba::config().trust(file("root.crt")).intermediates(file("issuing.crt")).intermediates("0"));
    } catch (const cba::error &error) {
        what = error.what();
    }
    CHECK(what.find("intermediates 1, item 0: ") == 0);
}

static void a_configuration_does_what_it_says() {
    cba::workspace workspace;
    const cba::request request = alice();
    const cba::verifier ours(cba::config().trust_for(file("root.crt"), { "other.example", "example.com" }));
    CHECK(told(ours.authenticate(request, workspace).decision) == "login alice@example.com");
    const cba::verifier theirs(cba::config().trust_for(file("root.der"), { "other.example" }));
    CHECK(told(theirs.authenticate(request, workspace).decision) == "refused 504");
    const std::string fingerprint = ours.authenticate(request, workspace).device.fingerprint;
    const cba::verifier denying(cba::config().trust(file("root.crt")).deny("certificate " + fingerprint));
    CHECK(told(denying.authenticate(request, workspace).decision) == "refused 413");
    cba::config exact;
    exact.trust(file("root.crt")).options.local_part_case = CBA_CASE_EXACT;
    CHECK(told(cba::verifier(exact).authenticate(request, workspace).decision) == "login Alice@example.com");
    CHECK(cba::certificates_of_pem(file("bundle.crt"))
          == std::vector<cba::bytes>({ der("root.der"), der("stranger.der") }));
    CHECK(cba::certificates_of_pem("nothing").empty());
    CHECK(cba::mode_from_config(
              R"({"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertCheck":"primary"}})")
          == cba::mode::primary);
}

static void crls_policies_and_responses_are_handed_on() {
    cba::workspace workspace;
    cba::request request = alice();
    try {
        const cba::verifier none(cba::config().trust(file("root.crt")).crls(file("root.crt")));
        CHECK(!"reached");
    } catch (const cba::error &thrown) {
        CHECK(thrown.fault().part == CBA_PART_CRLS && thrown.fault().status == CBA_STATUS_NO_CERTIFICATES);
    }
    cba::config asking;
    asking.trust(file("root.crt")).options.revocation = CBA_REVOCATION_CHAIN;
    CHECK(told(cba::verifier(asking).authenticate(request, workspace).decision) == "refused 1001");
    request.ocsp.push_back(der("alice.der"));
    CHECK(told(cba::verifier(asking).authenticate(request, workspace).decision) == "refused 1001");
    const cba::verifier silent(cba::config().trust(file("root.crt")));
    CHECK(told(silent.authenticate(request, workspace).decision) == "refused 3");
    request.ocsp.clear();
    cba::config required;
    required.trust(file("root.crt")).policy("1.2.3.4").options.require = CBA_REQUIRE_EXPLICIT_POLICY;
    CHECK(told(cba::verifier(required).authenticate(request, workspace).decision) == "refused 419");
}

static void a_purpose_is_handed_on() {
    cba::workspace workspace;
    cba::request request = alice();
    const cba::verifier cards(cba::config().trust(file("root.crt")).purpose("1.3.6.1.4.1.311.20.2.2"));
    CHECK(told(cards.authenticate(request, workspace).decision) == "refused 408");
    request.leaf = der("card.der");
    CHECK(told(cards.authenticate(request, workspace).decision) == "login alice@example.com");
    try {
        const cba::verifier none(cba::config().trust(file("root.crt")).purpose("smartcardLogon"));
        CHECK(!"reached");
    } catch (const cba::error &thrown) {
        CHECK(std::string(thrown.what()) == "purpose 0, item 0: invalid argument (3)");
    }
}

static void one_verifier_serves_several_threads() {
    const cba::verifier verifier(cba::config().trust(file("root.crt")));
    const cba::request request = alice();
    std::vector<int> logins(4, 0);
    std::vector<std::thread> threads;
    for (int &count : logins) {
        threads.emplace_back([&] {
            cba::workspace workspace;
            for (int round = 0; round < 20; round++) {
                const cba::outcome outcome = verifier.authenticate(request, workspace);
                count += outcome.decision.login() != nullptr;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(logins == std::vector<int>(4, 20));
}

int main(int count, char **arguments) {
    check_must(count == 2, "one argument, the DIRECTORY of certificates.sh");
    check_directory = arguments[1];
    RUN(a_decision_is_read_as_what_it_is);
    RUN(two_steps);
    RUN(what_is_moved_works_on_and_what_is_left_lets_nobody_in);
    RUN(what_is_wrong_is_thrown_with_its_place);
    RUN(a_configuration_does_what_it_says);
    RUN(crls_policies_and_responses_are_handed_on);
    RUN(a_purpose_is_handed_on);
    RUN(one_verifier_serves_several_threads);
    return check_conclude("convenience");
}

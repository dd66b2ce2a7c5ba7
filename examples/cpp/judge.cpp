// judge MODE ROOTS LEAF [LOGIN-ID]: what a server would decide about a client certificate now.
//
// MODE is primary or secondary. ROOTS is a PEM bundle, or DER; LEAF is PEM: the client's certificate first,
// then what comes with it. LOGIN-ID is the e-mail that the user typed. Exit status: 0 if somebody is let in,
// 1 if nobody is, 2 if something is wrong with the question.
//
//     c++ judge.cpp $(pkg-config --cflags --libs cba)

#include <cba.hpp>

#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

static std::string read_file(const std::string &name) {
    std::ifstream file(name, std::ios::binary);
    std::string content{ std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
    if (!file || content.empty()) {
        throw std::runtime_error(name + ": cannot be read");
    }
    return content;
}

static cba::mode read_mode(const std::string &name) {
    if (name == "primary") {
        return cba::mode::primary;
    }
    if (name == "secondary") {
        return cba::mode::secondary;
    }
    throw std::runtime_error(name + ": neither primary nor secondary");
}

static bool judge(int count, char **arguments) {
    if (count != 4 && count != 5) {
        throw std::runtime_error("usage: judge MODE ROOTS LEAF [LOGIN-ID]");
    }
    // Once: the verifier keeps a copy of all that it is made of.
    const cba::verifier verifier(cba::config().trust(read_file(arguments[2])));
    // Once for each thread.
    cba::workspace workspace;

    cba::request request;
    request.mode = read_mode(arguments[1]);
    request.presented = cba::certificates_of_pem(read_file(arguments[3]));
    if (request.presented.empty()) {
        throw std::runtime_error(std::string(arguments[3]) + ": no certificate in it");
    }
    request.leaf = request.presented.front();
    request.time = std::time(nullptr);
    // A server says so only when the TLS handshake is complete (see cba_openssl.h). Here it is the question:
    // what if the client held the key?
    request.possession = cba::possession::proven_by_tls;
    request.login_id = count == 5 ? arguments[4] : "";

    const cba::outcome outcome = verifier.authenticate(request, workspace);
    std::cerr << cba::line(outcome.audit) << '\n';
    return outcome.decision.visit(
        [&](const std::string &user) {
            std::cout << "log in " << user << " on the device " << outcome.device.name << '\n';
            return true;
        },
        [](const std::string &user) {
            std::cout << "go on with the password of " << user << '\n';
            return true;
        },
        [] {
            std::cout << "certificates are switched off\n";
            return false;
        },
        [](cba_status reason) {
            std::cout << "refused: " << cba::text(reason) << '\n';
            return false;
        });
}

int main(int count, char **arguments) {
    try {
        return judge(count, arguments) ? 0 : 1;
    } catch (const std::exception &error) {
        std::cerr << "judge: " << error.what() << '\n';
        return 2;
    }
}

# What a person can do here. Everything works on a fresh Debian machine with Rust and make; packages that
# are missing are installed (by root or sudo), and that is said.

CARGO ?= cargo
# Seconds per fuzz target.
SECONDS ?= 60
# Which part of all mutants.
SHARD ?= 0/1

# A compiler and OpenSSL: ring, the peers of the benchmarks, the certificates of the demo.
PACKAGES = gcc g++ libc6-dev pkg-config libssl-dev openssl
# NGINX, what its modules are built with, and a client of it.
NGINX_PACKAGES = nginx nginx-dev curl

.PHONY: help demo test lint fmt header lib firmware firmware-report install uninstall nginx install-nginx uninstall-nginx bench bench-instructions bench-nginx fuzz coverage mutants conformance proofs clean rust packages

help:
	@echo 'make help                  this list'
	@echo 'make demo                  certificates made for the occasion, judged by cba and by NGINX'
	@echo 'make lib                   libcba.a and libcba.so in target/lib (BACKEND=ring, or compact)'
	@echo 'make firmware              libcba.a for three processors, and an appliance on each, under QEMU'
	@echo 'make firmware-report       flash, RAM and instructions of a login there, compared with docs/footprint.tsv'
	@echo 'make install               headers and what make lib built, under PREFIX (/usr/local); builds nothing'
	@echo 'make uninstall             remove exactly that'
	@echo 'make nginx                 the module for Debian'"'"'s nginx, in target/nginx'
	@echo 'make install-nginx         put that where nginx looks for it; builds and reloads nothing'
	@echo 'make uninstall-nginx       remove exactly that'
	@echo 'make test                  all tests, doctests and proofs (WITHOUT=nginx: but those of the module)'
	@echo 'make lint                  formatting, clippy, documentation, licences; warnings are errors'
	@echo 'make fmt                   format the Rust code'
	@echo 'make proofs                no allocation and no panic, proven by linking (docs/quality.md)'
	@echo 'make conformance           the test suites of others, case by case; without them NIST PKITS, fetched'
	@echo 'make fuzz SECONDS=n        every fuzz target for n seconds (60)'
	@echo 'make header                write include/cba.h anew'
	@echo 'make coverage              lines of the core that its tests reach'
	@echo 'make mutants SHARD=k/n      changes of the core that no test of its notices (hours; or one of n shards)'
	@echo 'make bench                 time and allocations beside other verifiers'
	@echo 'make bench-instructions    instructions beside other verifiers, under valgrind'
	@echo 'make bench-nginx           instructions of handshakes and requests in NGINX, under valgrind'
	@echo 'make clean                 remove what was built'

rust:
	@command -v $(CARGO) > /dev/null || { echo 'Rust is missing, 1.88 or newer: https://rustup.rs' >&2; exit 1; }

packages: rust
	@.ci/install $(PACKAGES)

demo: nginx
	$(CARGO) build --release -p cba-cli
	demo/run.sh

# WITHOUT=nginx: where NGINX is not to be had. What is left out then is said first and last.
ifeq ($(WITHOUT),nginx)
TEST_NEEDS = packages
LEFT_OUT = echo 'test: NOT TESTED: the NGINX module, its page and the demo (WITHOUT=nginx)'
LEAVE_OUT = --exclude nginx-tests
NEXTEST_LEAVE_OUT = -E 'not test(the_demo_shows_the_right_verdicts)'
TEST_LEAVE_OUT = -- --skip the_demo_shows_the_right_verdicts
else
TEST_NEEDS = nginx
LEFT_OUT = :
endif

test: $(TEST_NEEDS)
	@$(LEFT_OUT)
	@if $(CARGO) nextest --version > /dev/null 2>&1; then \
		set -x; $(CARGO) nextest run --workspace --all-features --no-tests=pass --no-fail-fast $(LEAVE_OUT) $(NEXTEST_LEAVE_OUT); \
	else \
		set -x; $(CARGO) test --workspace --all-features --lib --bins --tests --no-fail-fast $(LEAVE_OUT) $(TEST_LEAVE_OUT) && \
		$(CARGO) test -p cba-core --all-features --test corpora --test wycheproof -- --nocapture; \
	fi
	$(CARGO) test --workspace --all-features --doc
	proofs/run.sh
	ffi/check.sh
	ffi/tests/c/run.sh
	examples/token/test.sh
	@$(LEFT_OUT)

lib: packages
	ffi/build.sh $(BACKEND)

# Builds nothing: `make lib && sudo make install`. Variables, and their defaults: see ffi/install.sh.
# A processor without an operating system: ffi/bare.sh TARGET makes target/lib/TARGET/libcba.a.
firmware: packages
	examples/firmware/run.sh

firmware-report: rust
	@examples/firmware/report.sh docs/footprint.tsv

install:
	ffi/install.sh install

uninstall:
	ffi/install.sh uninstall

nginx: packages
	@.ci/install $(NGINX_PACKAGES) || { \
		echo 'nginx: it cannot be installed here; the rest is tested by: make test WITHOUT=nginx' >&2; exit 1; }
	ffi/build.sh ring
	nginx/build.sh

# Builds nothing, and leaves a running nginx as it is: `make nginx && sudo make install-nginx`. DESTDIR is honoured.
install-nginx:
	nginx/install.sh install

uninstall-nginx:
	nginx/install.sh uninstall

lint: packages
	.ci/lint

fmt: rust
	$(CARGO) fmt --all
	$(CARGO) fmt --all --manifest-path proofs/Cargo.toml
	$(CARGO) fmt --all --manifest-path fuzz/Cargo.toml

# The corpora of others, case by case: what was judged, and what was left aside and why. Where their folder is not,
# NIST PKITS alone, which is fetched.
CORPORA = $(or $(CBA_CORPORA),../shared/corpora)
conformance: export CBA_PKITS = $(CURDIR)/target/pkits
conformance: packages
	@[ -d '$(CORPORA)/pkits' ] || .ci/pkits
	$(CARGO) test -q -p cba-core --all-features --test corpora -- --nocapture --test-threads 1
	$(CARGO) test -q -p cba-ffi --test corpora -- --nocapture --test-threads 1

proofs: packages
	proofs/run.sh

fuzz: packages
	fuzz/run.sh $(SECONDS)

header: packages
	$(CARGO) run -q -p cba-header

coverage: packages
	.ci/coverage

mutants: packages
	.ci/mutants $(SHARD)

bench: packages
	$(CARGO) run --profile bench -p cba-benches --bin table
	$(CARGO) run --profile bench -p cba-benches --bin revocation
	$(CARGO) bench -p cba-benches

bench-instructions: packages
	@.ci/install valgrind
	$(CARGO) run --profile bench -p cba-benches --bin instructions

bench-nginx: nginx
	@.ci/install valgrind
	$(CARGO) run -q -p nginx-tests --bin nginx-instructions
	$(CARGO) run -q --release -p nginx-tests --bin nginx-crl

clean: rust
	$(CARGO) clean
	rm -rf target/lib target/nginx target/pkits proofs/target fuzz/target

# Lineup. Each word here is a short way to say it: the builds are in CMakePresets.json, the work in
# tools/. Needs make and a shell; the rest is installed by tools/install-deps where it is missing.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: release ## a first look: a studio of eight lines and its page, until Ctrl-C
	@if [ -t 0 ] && [ -t 1 ] && [ -z "$$CI" ]; then build/release/lineup demo; \
	else build/release/lineup demo --once; fi

test: dev ## all tests, those that talk to other people's SIP programs included
	@tools/install-deps peers
	ctest --preset dev -j5
	@grep '^skipped: ' build/dev/Testing/Temporary/LastTest.log || true

release: build/release/built ## the program: build/release/lineup
dev: build/dev/built ## the same with warnings as errors, to work on

check: dev ## what a reviewer should not have to look for: layers, style, types, static analysis
	@tools/install-deps check web
	@tools/check build/dev

asan: build/asan/built ## the tests, the slow ones aside, under the address and undefined-behaviour sanitizers
	ctest --preset asan -j5 -LE slow

tsan: build/tsan/built ## all tests under the thread sanitizer
	ctest --preset tsan -j2

cover: ## line coverage of the pure rooms; fails under 95 %
	@tools/install-deps cover
	@[ ! -d build/cover ] || find build/cover -name '*.gcda' -delete
	@$(MAKE) --no-print-directory build/cover/built
	@tools/check-coverage build/cover

fuzz: ## every fuzz target for a minute, from its corpus
	@tools/install-deps build web test check
	@cmake --preset fuzz && cmake --build --preset fuzz --target fuzzers -j $(JOBS)
	@tools/run-fuzz build/fuzz

bench: ## what a registration costs beside its floor; fails where a goal is not met (LENIENT=1: only says so)
	@tools/install-deps bench
	@$(MAKE) --no-print-directory release
	@bench/run build/release $(if $(LENIENT),--lenient)

bench-million: ## the daemon with 1,000 to 1,000,000 lines (or LINES="...", ROUNDS=N): start, memory, status, refreshes
	@tools/install-deps bench
	@$(MAKE) --no-print-directory release
	@status=0; \
	bench/million build/release $(if $(LINES),--lines $(LINES)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(LENIENT),--lenient) || status=1; \
	bench/apply build/release $(if $(LENIENT),--lenient) || status=1; \
	exit $$status

bench-pace: ## 100,000 lines at a registrar that is slower than they are: start, outage, policer, and so on
	@tools/install-deps bench
	@$(MAKE) --no-print-directory release
	@bench/pace build/release $(if $(LENIENT),--lenient)

instructions: ## what a registration and a refresh take, counted by callgrind; fails a tenth above the record
	@tools/install-deps bench
	@$(MAKE) --no-print-directory release
	@bench/instructions --check build/release

docs: release ## the sessions in README.md and the pictures of the page, made anew from real output
	@tools/install-deps docs
	@tools/make-docs build/release/lineup README.md
	@node tools/make-pictures.mjs build/release/lineup

dist: release ## build/release/lineup-VERSION.tar.gz: the source with the page made, to build without node
	@tools/make-dist build/release

install: release ## to PREFIX (/usr/local): program, library, headers, manual, completions
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

format: ## put the source into its form
	@tools/install-deps check
	@tools/source-files | xargs clang-format -i

clean: ## remove everything that was built
	rm -rf build

build/%/built: FORCE
	@tools/install-deps build web $(if $(filter release,$*),,test)
	@cmake --preset $* && cmake --build --preset $* -j $(JOBS)

.DEFAULT_GOAL := help
FORCE:
.PHONY: help run test release dev check asan tsan cover fuzz bench bench-million bench-pace instructions docs dist install format clean FORCE
.SECONDARY:

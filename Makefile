# The door to Schulhof. `make help` lists what there is.
#
# Every target works on a fresh Debian or Ubuntu with Go: it installs the system
# packages that it needs and that are missing (as root, or with sudo).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test lint fmt bench e2e dist clean

GO ?= go

VERSION := $(shell sed -n 's/^Version = "\(.*\)"$$/\1/p' FyneApp.toml)
BUILD   := $(shell sed -n 's/^Build = \([0-9]*\)$$/\1/p' FyneApp.toml)
LDFLAGS := -X main.version=$(VERSION) -X main.build=$(BUILD)

# gles builds the window in 25 s instead of 160 s on a cold cache and draws the
# same. Tests run with it alone, so that Fyne checks who calls it; programs are
# built with the other two as well: screen readers, and Fyne without those checks.
TEST_TAGS    := gles
PROGRAM_TAGS := gles,accessibility,migrated_fynedo

# Pass e.g. TEST_FLAGS='-run Lock -v' to make test.
TEST_FLAGS ?=

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

run: build ## build, start the server with the demo school, and the client against it
	@.ci/apt.sh run
	@.ci/demo.sh

build: ## build/schulhof (client) and build/schulhof-server
	@.ci/apt.sh build
	@mkdir -p build
	$(GO) build -tags $(PROGRAM_TAGS) -ldflags '$(LDFLAGS)' -o build/schulhof ./app
	$(GO) build -ldflags '$(LDFLAGS)' -o build/schulhof-server ./server

test: ## all tests, headless, on SQLite and PostgreSQL, with the real window under Xvfb
	@.ci/apt.sh build test
	GO='$(GO)' TAGS='$(TEST_TAGS)' .ci/test.sh $(TEST_FLAGS)

e2e: ## only the tests that drive a real window (pictures in build/pictures)
	@.ci/apt.sh build test
	$(GO) test -tags $(TEST_TAGS) -count=1 -v -timeout 15m -run '^TestE2E' ./app/...

lint: ## golangci-lint: mistakes, layers, size, format
	@.ci/apt.sh build lint
	GO='$(GO)' .ci/lint.sh run

fmt: ## put all files into the house format
	GO='$(GO)' .ci/lint.sh fmt

bench: build ## measure: Go benchmarks, and against other programs where there are some
	@.ci/apt.sh bench
	GO='$(GO)' .ci/bench.sh

dist: ## build/dist: the Windows client's .exe, .deb packages of client and server
	@.ci/apt.sh build dist
	GO='$(GO)' VERSION='$(VERSION)' BUILD='$(BUILD)' LDFLAGS='$(LDFLAGS)' TAGS='$(PROGRAM_TAGS)' .ci/dist.sh

clean: ## remove what the targets made
	rm -rf build

# demo and test work on a bare Debian 12 with the Swift toolchain and root; see CONTRIBUTING.md.

# The check of imports reads every source anew each time, so only the test pays for it.
SWIFT_FLAGS := -c release
CHECK_FLAGS := --explicit-target-dependency-import-check error
BINARY := .build/release/countermine
export SWIFT_BACKTRACE ?= enable=no

.PHONY: components kill demo test build tests check bench clean setup samples

demo: build
	@Scripts/demo.sh $(BINARY)

# One release build serves the binary and the tests: --build-tests makes both.
test: setup check
	swift build $(SWIFT_FLAGS) $(CHECK_FLAGS) --build-tests
	swift test -c release --skip-build
	python3 Scripts/check_kernels.py .build/release
	python3 Scripts/try_doors.py --binary $(BINARY)
	python3 Scripts/kill_scan.py --binary $(BINARY) --times 4
	python3 Scripts/full_disk.py --binary $(BINARY) --times 4 --scenes cold-store

build: setup
	swift build $(SWIFT_FLAGS) --product countermine

# Formatting, and that the samples are what their generator makes. Warnings are errors in the manifest itself.
check:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	python3 Samples/generate.py --check

# Minutes long: 50 scans killed at random moments and 200 with a full disk, each run again to its end.
kill: build
	python3 Scripts/kill_scan.py --binary $(BINARY) --times 50
	python3 Scripts/full_disk.py --binary $(BINARY) --times 200 --scenes cold-store

bench: build
	@Benchmarks/run.sh $(BINARY)
	@Benchmarks/packets.sh $(BINARY)

# What PDF reports need beside the program; fonts come from Debian's fonts-noto-cjk.
components:
	python3 Scripts/components.py .components

samples:
	python3 Samples/generate.py

setup:
	@Scripts/setup.sh

clean:
	rm -rf .build Samples/.demo

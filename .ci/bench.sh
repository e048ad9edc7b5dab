#!/usr/bin/env bash
# Measures: first the tests that measure whole programs (TestCompare…,
# TestMeasure…, which skip unless SCHULHOF_BENCH is set), then all Go benchmarks,
# printed as one table. What is given is passed on to the benchmarks' go test,
# e.g. -benchtime 3s. Takes some five minutes with what is compiled already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go=${GO:-go}
mkdir -p build
out=build/bench.txt

status=0

# with PATTERN: the packages that have a test file with it
with() {
	grep -rlE --include='*_test.go' "$1" app assets server sync ui 2>/dev/null |
		xargs -r -n 1 dirname | sort -u | sed 's|^|./|'
}

# Of go test -v what a reader wants: figures and failures. Its status is the test's.
said() {
	grep --line-buffered -vE '^(=== |--- PASS|PASS$|ok |XGB: )' || true
}

# Tests that measure whole programs, side by side with others where there are
# some. They print their own tables, and run only when they are asked for.
mapfile -t folders < <(with 'SCHULHOF_BENCH')
if ((${#folders[@]})); then
	SCHULHOF_BENCH=1 DBUS_SESSION_BUS_ADDRESS=disabled: "$go" test -tags gles -count=1 -p 1 -v -timeout 30m \
		-run '^Test(Compare|Measure)' "${folders[@]}" 2>&1 | said || status=$?
fi

mapfile -t folders < <(with '^func Benchmark')
if ((${#folders[@]} == 0)); then
	exit "$status"
fi

code=0
"$go" test -tags gles -run '^$' -bench . -benchmem -benchtime 300ms -p 1 -timeout 30m "$@" "${folders[@]}" >"$out" || code=$?
if ((code != 0)); then
	cat "$out"
	exit "$code"
fi

echo
awk '
	/^pkg: / { pkg = $2; sub(/^schulhof\//, "", pkg) }
	/^Benchmark/ {
		name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
		line = ""
		for (i = 3; i < NF; i += 2) line = line sprintf("%14s %-10s", $i, $(i + 1))
		printf "%-28s %-44s %s\n", pkg, name, line
	}
' "$out"
exit "$status"

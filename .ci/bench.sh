#!/usr/bin/env bash
# Runs all Go benchmarks and prints one table of them. What is given is passed
# on to go test, e.g. -benchtime 3s.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go=${GO:-go}
mkdir -p build
out=build/bench.txt

mapfile -t folders < <(grep -rlE --include='*_test.go' '^func Benchmark' app assets server sync ui 2>/dev/null |
	xargs -r -n 1 dirname | sort -u | sed 's|^|./|')
if ((${#folders[@]} == 0)); then
	echo 'There are no benchmarks yet.' >&2
	exit 0
fi

status=0
"$go" test -tags gles -run '^$' -bench . -benchmem -timeout 30m "$@" "${folders[@]}" >"$out" || status=$?
if ((status != 0)); then
	cat "$out"
	exit "$status"
fi

awk '
	/^pkg: / { pkg = $2; sub(/^schulhof\//, "", pkg) }
	/^Benchmark/ {
		name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
		line = ""
		for (i = 3; i < NF; i += 2) line = line sprintf("%14s %-10s", $i, $(i + 1))
		printf "%-28s %-44s %s\n", pkg, name, line
	}
' "$out"

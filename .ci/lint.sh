#!/usr/bin/env bash
# Runs golangci-lint of a fixed version, built once into build/tools.
# lint.sh run checks; lint.sh fmt rewrites; lint.sh diff only shows the format.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go=${GO:-go}
version=v2.15.0
tool=$PWD/build/tools/golangci-lint-$version

if [[ ! -x $tool ]]; then
	echo "building golangci-lint $version" >&2
	mkdir -p build/tools
	dir=$(mktemp -d "$PWD/build/tools/.new-XXXXXX")
	trap 'rm -rf "$dir"' EXIT
	GOBIN=$dir GOFLAGS='' "$go" install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	mv "$dir/golangci-lint" "$tool"
fi

case ${1:-run} in
run)
	status=0
	"$tool" run --timeout 20m ./... || status=$?
	"$tool" fmt --diff || status=$?
	exit "$status"
	;;
diff) "$tool" fmt --diff ;;
fmt) "$tool" fmt ;;
*)
	echo "lint.sh: run, fmt or diff, not $1" >&2
	exit 2
	;;
esac

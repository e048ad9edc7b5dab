#!/usr/bin/env bash
# Runs every test there is; what is given is passed on to go test. TAGS are the
# build tags. The server and the client's core run with the race detector; the
# window and what is timed run without. Tests that need a program which is not
# there skip themselves, so run this through `make test`, which installs them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go=${GO:-go}
tags=${TAGS:-gles}

# No desktop session's bus: else every window started by a test would start one.
export DBUS_SESSION_BUS_ADDRESS=disabled:

step() { # name, command…: says what runs and how long it took
	local name=$1 start=$SECONDS code=0
	shift
	echo "--- $name"
	"$@" || code=$?
	echo "--- $name: $((SECONDS - start)) s"
	return "$code"
}

failed=0
step 'go vet' "$go" vet -tags "$tags" ./... || failed=1
step 'tests: server, sync (race detector)' "$go" test -tags "$tags" -race -timeout 30m "$@" ./server/... ./sync/... || failed=1
step 'tests: assets, ui, app (with the window)' "$go" test -tags "$tags" -timeout 30m "$@" ./assets/... ./ui/... ./app/... || failed=1
exit "$failed"

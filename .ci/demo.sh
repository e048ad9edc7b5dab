#!/usr/bin/env bash
# Starts the server with its demo school and the client against it, and stops
# the server when the client ends. `make run` builds both first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

listen=${SCHULHOF_LISTEN:-127.0.0.1:8460}
data=build/demo
mkdir -p "$data"

lines=$(mktemp)
build/schulhof-server demo --listen "$listen" --data "$data" >"$lines" 2>"$data/server.log" &
server=$!
stop() {
	trap - EXIT INT TERM
	kill -TERM "$server" 2>/dev/null || true
	wait "$server" 2>/dev/null || true
	rm -f "$lines"
}
trap stop EXIT
trap 'exit 130' INT TERM

# The first start fills the demo school; five minutes are enough anywhere.
url=
for ((i = 0; i < 1500; i++)); do
	url=$(sed -n 's/^ready \(http[^ ]*\)$/\1/p' "$lines" | head -n 1)
	[[ -n $url ]] && break
	if ! kill -0 "$server" 2>/dev/null; then
		echo "the server ended before it was ready; it said:" >&2
		tail -n 20 "$data/server.log" >&2
		exit 1
	fi
	sleep 0.2
done
if [[ -z $url ]]; then
	echo "the server was not ready after five minutes; see $data/server.log" >&2
	exit 1
fi

echo "Server: $url (Log: $data/server.log)"
echo "Anmelden, zum Beispiel / sign in, for example: lena.weber, anna.schmidt, admin · Schulhof-2026"
build/schulhof --server "$url"

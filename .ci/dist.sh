#!/usr/bin/env bash
# Makes what is handed out, in build/dist: schulhof.exe for Windows, and .deb
# packages of the client and the server for this machine's architecture. Looks
# at each result before it says that it is there. Run it through `make dist`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go=${GO:-go}
: "${VERSION:?run make dist}" "${BUILD:?run make dist}" "${LDFLAGS:?run make dist}" "${TAGS:?run make dist}"
out=build/dist
work=$out/stage
rm -rf "$out"
mkdir -p "$work" build/tools

fail() {
	echo "dist.sh: $*" >&2
	exit 1
}

# --- Windows ---------------------------------------------------------------

windows() {
	local cc=x86_64-w64-mingw32 numbers syso=app/resource_windows_amd64.syso
	numbers=${VERSION%%[-+]*}
	# shellcheck disable=SC2064 # syso is local: expand it now
	trap "rm -f '$syso'" EXIT
	"$cc-windres" -O coff -c 65001 \
		-D "VERSION_NUMBERS=${numbers//./,},$BUILD" -D "VERSION_TEXT=\\\"$VERSION\\\"" \
		assets/packaging/windows.rc -o "$syso"
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$cc-gcc "$go" build -trimpath \
		-tags accessibility,migrated_fynedo -ldflags "-H windowsgui -s -w $LDFLAGS" -o "$out/schulhof.exe" ./app
	rm -f "$syso"

	"$cc-objdump" -h "$out/schulhof.exe" | grep '\.rsrc' >/dev/null || fail 'schulhof.exe has no icon and manifest'
	local word
	for word in 'level="asInvoker"' '<dpiAware ' 'PerMonitorV2'; do
		grep -aqF "$word" "$out/schulhof.exe" || fail "the manifest of schulhof.exe lacks $word"
	done
	# Nothing but what Windows brings with it: no DLL of the compiler's.
	if "$cc-objdump" -p "$out/schulhof.exe" | grep -i 'DLL Name' | grep -iE 'libgcc|libwinpthread|libstdc'; then
		fail 'schulhof.exe needs DLLs that Windows lacks'
	fi
}

# --- Debian ----------------------------------------------------------------

# glibc PROGRAM: the oldest C library that the program starts with.
glibc() {
	objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1 | sed 's/GLIBC_//'
}

debian() {
	"$go" build -trimpath -tags "$TAGS" -ldflags "-s -w $LDFLAGS" -o "$work/schulhof" ./app
	"$go" build -trimpath -ldflags "-s -w $LDFLAGS" -o "$work/schulhof-server" ./server
	gzip -9n <assets/packaging/schulhof.1 >"$work/schulhof.1.gz"
	gzip -9n <assets/packaging/schulhof-server.8 >"$work/schulhof-server.8.gz"
	{
		echo 'Schulhof is free software: GNU Affero General Public License, version 3 or later.'
		echo 'Its fonts come under the SIL Open Font License. Both texts follow.'
		echo
		cat LICENSE
		echo
		cat assets/fonts/OFL.txt
	} >"$work/copyright"

	(cd .ci/deb && "$go" build -o ../../build/tools/deb .)
	ARCH=$(dpkg --print-architecture) && export ARCH VERSION
	local part package
	for part in client server; do
		LIBC=$(glibc "$work/schulhof$([[ $part == server ]] && echo -server)") && export LIBC
		[[ -n $LIBC ]] || fail "which C library does the $part need?"
		build/tools/deb "assets/packaging/$part.yaml" "$out"
	done
	for package in "$out"/*.deb; do
		dpkg-deb --info "$package" >/dev/null
		dpkg-deb --contents "$package" | grep './usr/bin/schulhof' >/dev/null || fail "$package has no program"
	done
}

windows
debian
rm -rf "$work"
(cd "$out" && sha256sum -- *.exe *.deb >SHA256SUMS)
ls -l "$out"

#!/usr/bin/env bash
# Installs what Debian or Ubuntu packages are missing for the groups named:
#
#	.ci/apt.sh build test
#
# make: the door itself; build: what compiles both programs; test: what their
# tests start; run: what the window needs; bench: what is measured against; dist:
# what cross-builds the Windows client; lint, fonts, icon: what the scripts of
# those names need.
# Asks for nothing that is already there, so it is quick and needs no network then.
set -euo pipefail

# Ubuntu has Chromium by another name.
browser=chromium
[[ $(. /etc/os-release && echo "$ID") == ubuntu ]] && browser=chromium-browser

packages() {
	case $1 in
	make) echo make ;;
	build) echo gcc libc6-dev pkg-config git ca-certificates libgl-dev libegl-dev libgles-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev ;;
	run) echo libegl1 libgles2 libgl1-mesa-dri xdg-utils ;;
	test) echo postgresql litmus rclone curl xvfb xdotool x11-utils x11-xkb-utils xkb-data libegl1 libgles2 libgl1-mesa-dri xdg-utils poppler-utils "$browser" ;;
	bench) echo rclone curl xvfb xdotool libegl1 libgles2 libgl1-mesa-dri ;;
	dist) echo gcc-mingw-w64-x86-64 binutils-mingw-w64-x86-64 dpkg ;;
	lint) echo git ca-certificates ;;
	fonts) echo fonts-noto-core python3-fonttools ;;
	icon) echo librsvg2-bin python3 ;;
	*)
		echo "apt.sh: unknown group $1" >&2
		return 2
		;;
	esac
}

missing=()
for group in "$@"; do
	for package in $(packages "$group"); do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[[ $state == installed ]] || missing+=("$package")
	done
done
((${#missing[@]})) || exit 0

sudo=()
if ((EUID != 0)); then
	command -v sudo >/dev/null || {
		echo "These packages are missing, and there is no sudo to install them: ${missing[*]}" >&2
		exit 1
	}
	sudo=(sudo)
fi

echo "installing: ${missing[*]}" >&2
apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o DPkg::Lock::Timeout=300)
quiet() { # runs a command, shows what it said only if it failed
	local log
	log=$(mktemp)
	if ! "$@" >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}
# A package list that is there may be old enough to name packages that are gone.
quiet "${apt[@]}" install --no-install-recommends "${missing[@]}" 2>/dev/null && exit 0
quiet "${apt[@]}" update
quiet "${apt[@]}" install --no-install-recommends "${missing[@]}"

#!/usr/bin/env bash
# Renders assets/icon.svg to assets/icon.png and, for the Windows program, to
# assets/packaging/icon.ico. The results are committed; run this only after a
# change of the drawing. Needs the package librsvg2-bin.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

.ci/apt.sh icon
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rsvg-convert -w 512 -h 512 assets/icon.svg -o assets/icon.png
sizes=(16 20 24 32 40 48 64 256)
for size in "${sizes[@]}"; do
	rsvg-convert -w "$size" -h "$size" assets/icon.svg -o "$work/$size.png"
done

/usr/bin/python3 - assets/packaging/icon.ico "$work" "${sizes[@]}" <<'PYTHON'
import pathlib
import struct
import sys

out, work, *sizes = sys.argv[1:]
pictures = [(int(size), pathlib.Path(work, f"{size}.png").read_bytes()) for size in sizes]
head = struct.pack("<HHH", 0, 1, len(pictures))
at = len(head) + 16 * len(pictures)
for size, data in pictures:
    head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at)
    at += len(data)
pathlib.Path(out).write_bytes(head + b"".join(data for _, data in pictures))
PYTHON

#!/usr/bin/env bash
# Makes the fonts in assets/fonts from Debian's fonts-noto-core: the four faces
# of Noto Sans as they are, and SchulSans, which merges Noto Sans with the other
# scripts that families at a school read. The result is committed; run this only
# to change it. Needs the packages fonts-noto-core and python3-fonttools.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
noto=/usr/share/fonts/truetype/noto
out=$here/../assets/fonts

"$here/apt.sh" fonts
for face in Regular Bold Italic BoldItalic; do
	install -m 644 "$noto/NotoSans-$face.ttf" "$out/NotoSans-$face.ttf"
done

for face in Regular Bold; do
	fonts=("$noto/NotoSans-$face.ttf")
	for script in Arabic Ethiopic Devanagari Hebrew Georgian Tamil Thai Armenian; do
		fonts+=("$noto/NotoSans$script-$face.ttf")
	done
	/usr/bin/python3 - "$out/SchulSans-$face.ttf" "$face" "${fonts[@]}" <<'PYTHON'
import sys

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

out, face, *sources = sys.argv[1:]
merged = Merger().merge(sources)
base = TTFont(sources[0])

# The line height stays Noto Sans' own, or rows of text would grow by a third.
heights = {
    "hhea": ["ascent", "descent", "lineGap"],
    "OS/2": ["sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent"],
}
for table, names in heights.items():
    for name in names:
        setattr(merged[table], name, getattr(base[table], name))

# Arabic letters reach deeper than Latin ones, to 463 below the line: the dots of
# a final ي would be cut off without this room, which the next line may use.
merged["hhea"].lineGap = merged["OS/2"].sTypoLineGap = 180

# A modified font has a name of its own; copyright and licence stay.
names = {1: "Schul Sans", 2: face, 3: f"Schul Sans {face}", 4: f"Schul Sans {face}", 6: f"SchulSans-{face}"}
for record in list(merged["name"].names):
    if record.nameID in names:
        merged["name"].setName(names[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID)
    elif record.nameID in (16, 17, 21, 22, 25):
        merged["name"].names.remove(record)

# The same input gives the same bytes.
merged["head"].created = base["head"].created
merged["head"].modified = base["head"].modified
merged.recalcTimestamp = False
merged.save(out)
PYTHON
done

{
	echo 'Noto Sans and the scripts merged into Schul Sans:'
	sed -n '/^Copyright:/,/^License-Grant:/p' /usr/share/doc/fonts-noto-core/copyright |
		sed -n '2,/^License-Grant:/p' | sed '/^License-Grant:/,$d; s/^ */Copyright /'
	echo
	echo 'SIL OPEN FONT LICENSE Version 1.1'
	echo
	sed -n '/^License: OFL-1.1$/,/^License: GPL/p' /usr/share/doc/fonts-noto-core/copyright |
		sed -n '/^ PREAMBLE/,/^License/p' | sed '/^License/d; s/^ \.$//; s/^ //'
} >"$out/OFL.txt"

package files

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"schulhof/server/internal/modules/files/dav"
)

// This file makes the documents of the demo school: small, but such that the
// programs of an office open them.

func xmlText(s string) string { return string(dav.AppendText(nil, s)) }

// archive makes a zip file of name, content pairs; the first one is not compressed,
// as OpenDocument wants its mimetype.
func archive(pairs ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		method := zip.Deflate
		if i == 0 {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8"?>`
	odfSpaces  = ` xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"`
	odfMime    = "application/vnd.oasis.opendocument."
	ooxmlSpace = "http://schemas.openxmlformats.org/"
)

func openDocument(kind, body string) []byte {
	mime := odfMime + kind
	return archive(
		"mimetype", mime,
		"META-INF/manifest.xml", xmlHead+`<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">`+
			`<manifest:file-entry manifest:full-path="/" manifest:media-type="`+mime+`"/>`+
			`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
		"content.xml", xmlHead+`<office:document-content`+odfSpaces+` office:version="1.2"><office:body>`+body+`</office:body></office:document-content>`,
	)
}

// demoODT makes a text document; the first line is its heading.
func demoODT(lines ...string) []byte {
	var b strings.Builder
	b.WriteString("<office:text>")
	for i, line := range lines {
		if i == 0 {
			b.WriteString(`<text:h text:outline-level="1">` + xmlText(line) + "</text:h>")
		} else {
			b.WriteString("<text:p>" + xmlText(line) + "</text:p>")
		}
	}
	return openDocument("text", b.String()+"</office:text>")
}

// demoODS makes a table of rows whose cells are separated by semicolons.
func demoODS(name string, rows ...string) []byte {
	var b strings.Builder
	b.WriteString(`<office:spreadsheet><table:table table:name="` + xmlText(name) + `">`)
	for _, row := range rows {
		b.WriteString("<table:table-row>")
		for cell := range strings.SplitSeq(row, ";") {
			b.WriteString(`<table:table-cell office:value-type="string"><text:p>` + xmlText(cell) + "</text:p></table:table-cell>")
		}
		b.WriteString("</table:table-row>")
	}
	return openDocument("spreadsheet", b.String()+"</table:table></office:spreadsheet>")
}

// demoDOCX makes a text document of the other kind.
func demoDOCX(lines ...string) []byte {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(`<w:p><w:r><w:t xml:space="preserve">` + xmlText(line) + "</w:t></w:r></w:p>")
	}
	return archive(
		"[Content_Types].xml", xmlHead+`<Types xmlns="`+ooxmlSpace+`package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", xmlHead+`<Relationships xmlns="`+ooxmlSpace+`package/2006/relationships"><Relationship Id="r1" Type="`+ooxmlSpace+`officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", xmlHead+`<w:document xmlns:w="`+ooxmlSpace+`wordprocessingml/2006/main"><w:body>`+b.String()+`</w:body></w:document>`,
	)
}

// demoPDF makes one page of text; the first line is its heading.
func demoPDF(lines ...string) []byte {
	var page strings.Builder
	page.WriteString("BT /F1 20 Tf 60 770 Td ")
	for i, line := range lines {
		text, err := charmap.Windows1252.NewEncoder().String(line)
		if err != nil {
			panic(err) // our own words
		}
		text = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(text)
		if i == 1 {
			page.WriteString("/F1 12 Tf 0 -20 Td ")
		}
		page.WriteString("(" + text + ") Tj 0 -20 Td ")
	}
	page.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, 0, len(objects))
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// demoImage paints a landscape: sky, sun, hills, water, in colours that depend on seed.
func demoImage(width, height int, seed uint8) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	sunX, sunY, r := width*(20+int(seed)%60)/100, height/4, height/10
	for y := range height {
		for x := range width {
			shade := uint8(y * 120 / height) //nolint:gosec // below 120
			c := color.RGBA{120 + shade/2, 180 + shade/3, 255 - shade/2, 255}
			dx, dy := x-sunX, y-sunY
			hill := height*6/10 - (x*(width-x)*height/5)/(width*width/4)
			switch {
			case dx*dx+dy*dy < r*r:
				c = color.RGBA{255, 220, 90 + seed/4, 255}
			case y > height*8/10:
				c = color.RGBA{30, 90 + shade/2, 160 + shade/3, 255}
			case y > hill:
				c = color.RGBA{60 + seed/4, 140 - shade/3, 70, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func demoJPEG(seed uint8) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, demoImage(960, 640, seed), &jpeg.Options{Quality: 85}); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// demoPNG paints cells: rounded rooms with a wall and a nucleus.
func demoPNG(seed uint8) []byte {
	const width, height, cell = 640, 420, 105
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			cx, cy := x%cell-cell/2, (y+(x/cell%2)*cell/2)%cell-cell/2
			d := cx*cx + cy*cy
			c := color.RGBA{190, 225, 150 + seed/3, 255}
			switch {
			case max(cx, -cx) > cell/2-4 || max(cy, -cy) > cell/2-4:
				c = color.RGBA{40, 110, 50, 255}
			case d < 14*14:
				c = color.RGBA{110, 70, 140, 255}
			case (cx*3+cy*5+d/7)%29 == 0:
				c = color.RGBA{90, 170, 70, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

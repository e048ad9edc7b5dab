package blob

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
)

// A record, all numbers little endian:
//
//	0   4  magic
//	4   4  length of the content
//	8  32  SHA-256 of the content
//	40  4  CRC-32C of the content
//	44  4  CRC-32C of the 44 bytes before
//	48     the content
const (
	recordMagic  = 0x31424353 // "SCB1"
	recordHeader = 48
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is where a content stands and how to know that it is whole.
type record struct {
	pack   int32
	length uint32
	offset int64 // of the content
	crc    uint32
}

// appendRecord appends a content's record to buf and gives the content's CRC.
func appendRecord(buf []byte, sum [sha256.Size]byte, data []byte) ([]byte, uint32) {
	at := len(buf)
	crc := crc32.Checksum(data, castagnoli)
	buf = binary.LittleEndian.AppendUint32(buf, recordMagic)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(data))) //nolint:gosec // at most smallMax
	buf = append(buf, sum[:]...)
	buf = binary.LittleEndian.AppendUint32(buf, crc)
	buf = binary.LittleEndian.AppendUint32(buf, crc32.Checksum(buf[at:], castagnoli))
	return append(buf, data...), crc
}

// header is what stands before a content.
type header struct {
	sum         [sha256.Size]byte
	length, crc uint32
}

// parseHeader reads a header; false when it is none.
func parseHeader(h []byte) (header, bool) {
	if binary.LittleEndian.Uint32(h) != recordMagic ||
		binary.LittleEndian.Uint32(h[44:]) != crc32.Checksum(h[:44], castagnoli) {
		return header{}, false
	}
	out := header{
		sum: [sha256.Size]byte(h[8:40]), length: binary.LittleEndian.Uint32(h[4:]), crc: binary.LittleEndian.Uint32(h[40:]),
	}
	return out, out.length <= smallMax
}

// scan calls found for every whole record of a pack and gives the offset behind the
// last. With whole set it reads the contents too and ends at the first that is torn;
// otherwise it trusts them, and skips from header to header.
func scan(f *os.File, size int64, whole bool, found func(sum [sha256.Size]byte, rec record)) (end int64, err error) {
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 256<<10)
	head := make([]byte, recordHeader)
	data := make([]byte, smallMax)
	for {
		if _, err := io.ReadFull(r, head); err != nil {
			return end, ignoreEnd(err)
		}
		h, ok := parseHeader(head)
		if !ok || end+recordHeader+int64(h.length) > size {
			return end, nil
		}
		if whole {
			if _, err := io.ReadFull(r, data[:h.length]); err != nil {
				return end, ignoreEnd(err)
			}
			if sha256.Sum256(data[:h.length]) != h.sum {
				return end, nil
			}
		} else if _, err := r.Discard(int(h.length)); err != nil {
			return end, ignoreEnd(err)
		}
		found(h.sum, record{length: h.length, offset: end + recordHeader, crc: h.crc})
		end += recordHeader + int64(h.length)
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

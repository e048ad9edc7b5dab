// Package codes makes the codes that are printed for those who have no password
// yet: twelve characters that are good once. Their canonical form is capital
// letters in groups of four.
package codes

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alphabet has 32 characters of which no two look or sound alike: no I, L, O
// and U. A code of twelve carries 60 bits.
const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength = 12
	codeGroup  = 4
)

// StartCode makes a new code, XXXX-XXXX-XXXX, from the system's randomness.
func StartCode() string {
	var random [codeLength]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[int(r)%len(alphabet)])
	}
	return b.String()
}

// Normalize brings a code as somebody typed it into the form of StartCode: any
// case, blanks and dashes anywhere, O for 0, I and L for 1. It reports false
// for what can be no code.
func Normalize(typed string) (code string, ok bool) {
	const most = 100
	if len(typed) > most {
		return "", false
	}
	var b strings.Builder
	n := 0
	for _, r := range strings.ToUpper(norm.NFKC.String(typed)) {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '.', r == '_', unicode.Is(unicode.Cf, r), r == '−':
			continue
		case r == 'O':
			r = '0'
		case r == 'I', r == 'L':
			r = '1'
		}
		if n == codeLength || !strings.ContainsRune(alphabet, r) {
			return "", false
		}
		if n > 0 && n%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
		n++
	}
	return b.String(), n == codeLength
}

// HashCode is what is stored of a code: the SHA-256 of its canonical form in
// hex. Codes are random, so that no slow hash is needed. Of what can be no code
// it is "", which no stored hash equals.
func HashCode(typed string) string {
	code, ok := Normalize(typed)
	if !ok {
		return ""
	}
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

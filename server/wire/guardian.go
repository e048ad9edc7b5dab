package wire

// NewCodes is the body of POST /api/v1/groups/{id}/codes and, for the whole school,
// of POST /api/v1/guardians/codes, where it may be left out: new registration codes for guardians who have no
// account yet. The answer is the letters, application/pdf, one page for each. The
// codes stand on the paper and nowhere else; earlier ones of the same people are
// void.
type NewCodes struct {
	Guardians []string `json:"guardians,omitempty" maxItems:"5000" doc:"ids; none = all who have no account"`
	Missing   bool     `json:"missing,omitempty" doc:"only those without a code that is still good"`
}

// Slips is the body of POST /api/v1/slips, which answers slips with start codes,
// application/pdf. The codes are those that an import, a reset or a renewal has just
// answered, each with the person's id: the server has only their hashes. One that
// counts no more is refused as a conflict.
type Slips struct {
	Codes []StartCode `json:"codes" minItems:"1" maxItems:"5000"`
}

// CodeCodeReplaced refuses a registration code that a newer one has replaced.
const CodeCodeReplaced = "code_replaced"

// CodeNobody refuses to print where there is nobody to print for.
const CodeNobody = "nobody"

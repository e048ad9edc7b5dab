package wire

// School is what anybody may know: GET /api/v1/school, no sign-in needed. A
// client asks it first to see whether there is a Schulhof server at an address.
type School struct {
	Product  string `json:"product"` // always Product
	Version  string `json:"version"`
	Protocol int    `json:"protocol"`
	Name     string `json:"name"`
	Place    string `json:"place,omitempty"`
	LogoPath string `json:"logoPath,omitempty"` // a PNG or JPEG on this server, at most 256 KiB
	Imprint  string `json:"imprint"`            // plain text, several lines
	Login    string `json:"login,omitempty"`    // a hint beside the sign-in form, plain text
}

// Package letters is the page "Elternbriefe": for guardians and staff the inbox
// with the letter beside it, for those who write letters also what they sent, with
// its report, and their drafts.
//
// Its words: the pane is what stands beside the list; a form is the answer to one
// letter for one child, or for oneself.
//
// The model is plain Go and knows no widget; everything else belongs to the UI
// goroutine. What the page shows comes from sync/letters, which reads this PC's
// cache; reports and drafts are asked from the server while one looks at them.
package letters

// Package guardians lets guardians register themselves: the school prints a letter
// with a code for each, the code and an e-mail address are typed on the page /eltern,
// a mail brings a link, and behind the link a password is chosen.
//
// Words: a code is twelve characters on a letter, good once and for some weeks; a
// link is a secret address in a mail, good once and for some hours; to register is to
// choose a password behind such a link; who is invited has a code that is still good.
//
// A page's refusals are web.Refusals like those of the JSON routes: the pages word
// them by their code in the reader's language.
package guardians

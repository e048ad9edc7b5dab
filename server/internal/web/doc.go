// Package web takes the server's requests: it finds the route, lets in who may
// come in, runs the handler, and words what is refused.
//
// A request's way: [Router.ServeHTTP] gives it an id, recovers from a panic, logs
// and counts it; a mount takes it by its raw path, or the ServeMux finds the route;
// the route's [Access] is checked; the handler runs.
//
// Words: an [Op] is one route as documentation and tests see it; a [Caller] is who
// asks; a refusal is an error with a sentence that may be shown ([Refuse]). Every
// other error is answered with "our fault" and the request's id, and its text goes
// to the log alone.
package web

-- +goose Up
-- open is 1 while the mail waits or is under way; state is queued, sending, sent or failed.
CREATE TABLE mail (
	id           TEXT    PRIMARY KEY,
	kind         TEXT    NOT NULL,
	dedup        TEXT    NOT NULL,
	to_name      TEXT    NOT NULL,
	to_addr      TEXT    NOT NULL,
	reply_name   TEXT    NOT NULL DEFAULT '',
	reply_addr   TEXT    NOT NULL DEFAULT '',
	subject      TEXT    NOT NULL,
	text         TEXT    NOT NULL,
	html         TEXT,
	unsubscribe  TEXT    NOT NULL DEFAULT '',
	headers      TEXT    NOT NULL,
	attachments  TEXT    NOT NULL,
	state        TEXT    NOT NULL DEFAULT 'queued',
	open         INTEGER NOT NULL DEFAULT 1,
	attempts     INTEGER NOT NULL DEFAULT 0,
	due          BIGINT  NOT NULL,
	locked_until BIGINT  NOT NULL DEFAULT 0,
	holder       TEXT    NOT NULL DEFAULT '',
	last_error   TEXT    NOT NULL DEFAULT '',
	created      BIGINT  NOT NULL,
	sent_at      BIGINT  NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX mail_dedup ON mail (kind, dedup);
CREATE INDEX mail_open ON mail (open, due, id);

-- +goose Down
DROP TABLE mail;

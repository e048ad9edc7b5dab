-- +goose Up
CREATE TABLE job (
	id           TEXT    PRIMARY KEY,
	kind         TEXT    NOT NULL,
	key          TEXT,
	due          BIGINT  NOT NULL,
	payload      TEXT    NOT NULL,
	attempts     INTEGER NOT NULL DEFAULT 0,
	locked_until BIGINT  NOT NULL DEFAULT 0,
	holder       TEXT    NOT NULL DEFAULT '',
	gen          INTEGER NOT NULL DEFAULT 0,
	failed       INTEGER NOT NULL DEFAULT 0,
	last_error   TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX job_key ON job (kind, key);
CREATE INDEX job_due ON job (failed, due, id);

-- +goose Down
DROP TABLE job;

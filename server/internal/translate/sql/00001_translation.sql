-- +goose Up
CREATE TABLE translation (
	hash   TEXT   NOT NULL,
	source TEXT   NOT NULL,
	target TEXT   NOT NULL,
	engine TEXT   NOT NULL,
	result TEXT   NOT NULL,
	at     BIGINT NOT NULL,
	PRIMARY KEY (hash, source, target, engine)
);
CREATE INDEX translation_at ON translation (at);

-- +goose Down
DROP TABLE translation;

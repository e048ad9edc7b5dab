-- +goose Up
ALTER TABLE letter_version ADD COLUMN changes TEXT NOT NULL DEFAULT ''; -- JSON: Markdown by language, of the other languages

-- +goose Down
ALTER TABLE letter_version DROP COLUMN changes;

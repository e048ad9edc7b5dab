-- +goose Up
ALTER TABLE files_root ADD COLUMN pruned BIGINT NOT NULL DEFAULT 0; -- tombstones up to this seq are gone
ALTER TABLE files_gone ADD COLUMN at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE files_gone DROP COLUMN at;
ALTER TABLE files_root DROP COLUMN pruned;

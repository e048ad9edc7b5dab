-- +goose Up
ALTER TABLE person ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;            -- the last use of the account, milliseconds, 0 = never

-- +goose Down
ALTER TABLE person DROP COLUMN seen;

-- +goose Up
CREATE TABLE account_change (
    id        TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,          -- whose sessions, some or all, have ended
    at        BIGINT NOT NULL         -- by the clock of the server that ended them
);
CREATE INDEX account_change_at ON account_change (at);

-- +goose Down
DROP TABLE account_change;

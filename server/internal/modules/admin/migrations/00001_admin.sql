-- +goose Up
CREATE TABLE admin_consent (
    id     TEXT PRIMARY KEY,
    person TEXT NOT NULL,             -- of whom the log may be read
    reason TEXT NOT NULL,
    asker  TEXT NOT NULL,
    asked  BIGINT NOT NULL,
    giver  TEXT NOT NULL,             -- '' = not given yet
    given  BIGINT NOT NULL,
    until  BIGINT NOT NULL            -- the asker may read until then
);
CREATE INDEX admin_consent_asked ON admin_consent (asked);

-- +goose Down
DROP TABLE admin_consent;

-- +goose Up
CREATE TABLE school_setting (
    name    TEXT PRIMARY KEY,         -- settings, modules
    value   TEXT NOT NULL,            -- JSON
    changed BIGINT NOT NULL,
    author  TEXT NOT NULL             -- id of a person
);

CREATE TABLE terms (
    version  BIGINT PRIMARY KEY,      -- 1, 2, 3 …
    markdown TEXT NOT NULL,
    since    BIGINT NOT NULL,
    author   TEXT NOT NULL
);

-- +goose Down
DROP TABLE terms;
DROP TABLE school_setting;

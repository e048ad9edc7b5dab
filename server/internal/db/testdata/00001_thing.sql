-- +goose Up
CREATE TABLE thing (
    id   TEXT PRIMARY KEY,
    num  BIGINT NOT NULL UNIQUE,
    note TEXT NOT NULL
);

-- +goose Down
DROP TABLE thing;

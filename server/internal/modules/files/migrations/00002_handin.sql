-- +goose Up
CREATE INDEX files_node_handin ON files_node (handin) WHERE handin <> '';

-- +goose Down
DROP INDEX files_node_handin;

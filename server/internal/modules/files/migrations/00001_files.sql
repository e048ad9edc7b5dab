-- +goose Up
CREATE TABLE files_root (
	id      TEXT PRIMARY KEY,
	kind    TEXT NOT NULL,            -- home, group
	owner   TEXT NOT NULL,            -- a person or a group
	epoch   TEXT NOT NULL,
	seq     BIGINT NOT NULL,
	used    BIGINT NOT NULL,          -- bytes of the files that are not in the trash
	locks   INTEGER NOT NULL,         -- rows of files_lock, the expired ones too
	created BIGINT NOT NULL
);
CREATE UNIQUE INDEX files_root_owner ON files_root (kind, owner);

-- A root's top folder has the root's id and the parent ''. What lies in the trash
-- has the parent '!' and its own id for a fold; what is below it stays as it was.
CREATE TABLE files_node (
	id         TEXT PRIMARY KEY,
	root       TEXT NOT NULL,
	parent     TEXT NOT NULL,
	fold       TEXT NOT NULL,
	name       TEXT NOT NULL,
	folder     INTEGER NOT NULL,
	blob       TEXT NOT NULL,
	size       BIGINT NOT NULL,
	mtime      BIGINT NOT NULL,
	created    BIGINT NOT NULL,
	owner      TEXT NOT NULL,         -- who made it
	changed_by TEXT NOT NULL,
	zone       TEXT NOT NULL,         -- material, exchange, handin; '' in a home
	handin     TEXT NOT NULL,         -- the member whose hand-in it is
	props      INTEGER NOT NULL,      -- number of dead properties
	moved      BIGINT NOT NULL,       -- seq of its last move, by which all below it has new paths
	seq        BIGINT NOT NULL
);
CREATE UNIQUE INDEX files_node_name ON files_node (parent, fold);
CREATE INDEX files_node_seq ON files_node (root, seq);

CREATE TABLE files_gone (
	root   TEXT NOT NULL,
	seq    BIGINT NOT NULL,
	node   TEXT NOT NULL,
	path   TEXT NOT NULL,             -- names below the root, joined by /
	folder INTEGER NOT NULL,
	handin TEXT NOT NULL,
	PRIMARY KEY (root, seq, node)
);

CREATE TABLE files_trash (
	node       TEXT PRIMARY KEY,
	root       TEXT NOT NULL,
	parent     TEXT NOT NULL,
	path       TEXT NOT NULL,
	size       BIGINT NOT NULL,       -- with all below it
	deleted_at BIGINT NOT NULL,
	deleted_by TEXT NOT NULL
);
CREATE INDEX files_trash_root ON files_trash (root, deleted_at);

CREATE TABLE files_version (
	node       TEXT NOT NULL,
	seq        BIGINT NOT NULL,       -- the change that replaced it
	blob       TEXT NOT NULL,
	size       BIGINT NOT NULL,
	mtime      BIGINT NOT NULL,
	changed_by TEXT NOT NULL,
	replaced   BIGINT NOT NULL,
	PRIMARY KEY (node, seq)
);

CREATE TABLE files_lock (
	token    TEXT PRIMARY KEY,
	root     TEXT NOT NULL,
	node     TEXT NOT NULL,
	person   TEXT NOT NULL,
	shared   INTEGER NOT NULL,
	infinite INTEGER NOT NULL,        -- covers what is below, too
	owner    TEXT NOT NULL,           -- XML, as the client gave it
	seconds  BIGINT NOT NULL,
	expires  BIGINT NOT NULL
);
CREATE INDEX files_lock_root ON files_lock (root, expires);

CREATE TABLE files_prop (
	node  TEXT NOT NULL,
	space TEXT NOT NULL,
	name  TEXT NOT NULL,
	lang  TEXT NOT NULL,
	value TEXT NOT NULL,              -- XML that stands by itself
	PRIMARY KEY (node, space, name)
);

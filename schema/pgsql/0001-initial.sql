-- The first version of the store: schema/FORMAT.md section 9. Keys compare byte
-- by byte, as in SQLite.

CREATE SCHEMA hardlink;

CREATE TABLE hardlink.meta (
	name TEXT COLLATE "C" PRIMARY KEY,
	value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE hardlink.entry (
	seq BIGINT PRIMARY KEY CHECK (seq >= 1),
	statement BYTEA NOT NULL,
	signature BYTEA NOT NULL CHECK (length(signature) = 64),
	payload BYTEA
);

CREATE TABLE hardlink.link (
	key TEXT COLLATE "C" NOT NULL,
	seq BIGINT NOT NULL CHECK (seq >= 1),
	superseded_by BIGINT CHECK (superseded_by > seq),
	PRIMARY KEY (key, seq)
);

CREATE TABLE hardlink.head (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	checkpoint BYTEA NOT NULL,
	frontier BYTEA NOT NULL
);

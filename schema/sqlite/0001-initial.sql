-- The first version of the store: schema/FORMAT.md section 9.

CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
	seq INTEGER PRIMARY KEY CHECK (seq >= 1),
	statement BLOB NOT NULL,
	signature BLOB NOT NULL CHECK (length(signature) = 64),
	payload BLOB
) STRICT;

CREATE TABLE link (
	key TEXT NOT NULL,
	seq INTEGER NOT NULL CHECK (seq >= 1),
	superseded_by INTEGER CHECK (superseded_by > seq),
	PRIMARY KEY (key, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	checkpoint BLOB NOT NULL,
	frontier BLOB NOT NULL
) STRICT;

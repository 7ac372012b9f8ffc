-- What moves that owners asked for wait for, and which notices were sent.
-- Nothing of this answers a RCPT: it isn't signed.

CREATE TABLE consent (
	key TEXT PRIMARY KEY,
	seq INTEGER NOT NULL CHECK (seq >= 1),
	mail TEXT NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	expires INTEGER NOT NULL,
	wrong INTEGER NOT NULL CHECK (wrong >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice (
	id TEXT PRIMARY KEY,
	time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

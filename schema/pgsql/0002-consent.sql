-- What moves that owners asked for wait for, and which notices were sent.
-- Nothing of this answers a RCPT: it isn't signed.

CREATE TABLE hardlink.consent (
	key TEXT COLLATE "C" PRIMARY KEY,
	seq BIGINT NOT NULL CHECK (seq >= 1),
	mail TEXT COLLATE "C" NOT NULL,
	hash BYTEA NOT NULL CHECK (length(hash) = 32),
	expires BIGINT NOT NULL,
	wrong BIGINT NOT NULL CHECK (wrong >= 0)
);

CREATE TABLE hardlink.notice (
	id TEXT COLLATE "C" PRIMARY KEY,
	time BIGINT NOT NULL
);

/* Does the -wal belong to the database file beside it?

   Whoever puts an older copy of the database file in its place, and leaves a
   -wal that isn't empty, gets a mixture: pages that the -wal holds, the head
   among them, are new, the others old, and each is whole in itself. SQLite
   doesn't notice. Here it is noticed, since every commit writes page 1, on
   which SQLite counts the changes: a -wal begins only after all of its
   predecessor has gone into the file, so that the count in its first frame is
   at most one more than the file's. */

#include "hl-sqlite.h"

#include <string.h>
#include <unistd.h>

/* The formats of SQLite: fileformat2.html, sections 1.3.7 and 4.1. */
#define COUNT_OFFSET	  24
#define WAL_HEADER_SIZE	  32
#define WAL_SALT_OFFSET	  16
#define FRAME_HEADER_SIZE 24
#define FRAME_SALT_OFFSET 8
#define SALT_SIZE	  8

/* A frame may be half written while it's read. */
#define TRIES	  5
#define TRY_USECS 2000

static uint32_t get32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool read_file(struct hl_sqlite *sqlite, int which, void *data, int size,
		      sqlite3_int64 offset)
{
	sqlite3_file *file = hl_sqlite_get_file(sqlite, which);

	return file != NULL &&
	       file->pMethods->xRead(file, data, size, offset) == SQLITE_OK;
}

static bool belongs(struct hl_sqlite *sqlite)
{
	unsigned char
		wal[WAL_HEADER_SIZE + FRAME_HEADER_SIZE + COUNT_OFFSET + 4];
	const unsigned char *frame = wal + WAL_HEADER_SIZE;
	unsigned char count[4];

	/* the -wal first: the file's count only grows */
	if (!read_file(sqlite, SQLITE_FCNTL_JOURNAL_POINTER, wal, sizeof(wal),
		       0) ||
	    !read_file(sqlite, SQLITE_FCNTL_FILE_POINTER, count, sizeof(count),
		       COUNT_OFFSET))
		return true;
	/* another salt: no frame of this -wal, which is empty; page 1 comes
	   first if it was changed */
	if (memcmp(wal + WAL_SALT_OFFSET, frame + FRAME_SALT_OFFSET,
		   SALT_SIZE) != 0 ||
	    get32(frame) != 1)
		return true;
	return get32(count) + 1 >=
	       get32(frame + FRAME_HEADER_SIZE + COUNT_OFFSET);
}

int hl_sqlite_check_wal(struct hl_sqlite *sqlite, struct hl_error *err)
{
	unsigned int n;

	for (n = 0; n < TRIES; n++) {
		if (belongs(sqlite))
			return 0;
		usleep(TRY_USECS);
	}
	return hl_error_set(err, HL_ERROR_STORE,
			    "%s: an older copy of the database was put beside "
			    "a newer -wal; put the right database back, or "
			    "move the -wal away and run `hardlinkctl recover`",
			    sqlite->path);
}

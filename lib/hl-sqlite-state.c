/* Is the store as it was, told without a snapshot?

   A commit comes into force for who maps the WAL-index (the -shm) by the
   header there, which the writer changes after its last write to the -wal and
   before the commit returns. SQLite compares that same header to know whether a
   snapshot is a new one; so what equals it is what a snapshot would show. The
   times of the -wal would not do: they are older than the commit.

   A reader without rights maps it only while somebody with rights has the store
   open, or had it open since: otherwise nobody would repair it. It then reads
   the -wal itself at each snapshot; and since there was no writer that could be
   between its writes and their coming into force, each later commit begins
   by writing to the -wal.

   The formats of SQLite: walformat.html, section 2.1. */

#include "hl-sqlite.h"

#include <string.h>

#define REGION_SIZE 32768
#define INIT_OFFSET 12

sqlite3_file *hl_sqlite_get_file(const struct hl_sqlite *sqlite, int which)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(sqlite->db, "main", which, &file) !=
		    SQLITE_OK ||
	    file == NULL || file->pMethods == NULL)
		return NULL;
	return file;
}

static void copy_header(const volatile unsigned char *from,
			unsigned char header_r[HL_SQLITE_INDEX_HEADER_SIZE])
{
	size_t i;

	for (i = 0; i < HL_SQLITE_INDEX_HEADER_SIZE; i++)
		header_r[i] = from[i];
}

/* Through SQLite's own mapping, which costs no system call, and whose
   descriptor nobody else closes: that would end this process's locks. */
static enum hl_sqlite_state_kind
read_index(const struct hl_sqlite *sqlite,
	   unsigned char header_r[HL_SQLITE_INDEX_HEADER_SIZE])
{
	sqlite3_file *file =
		hl_sqlite_get_file(sqlite, SQLITE_FCNTL_FILE_POINTER);
	unsigned char second[HL_SQLITE_INDEX_HEADER_SIZE];
	volatile void *region = NULL;
	int ret;

	/* no -wal: to ask for its index would make one */
	if (file == NULL || file->pMethods->iVersion < 2 ||
	    hl_sqlite_get_file(sqlite, SQLITE_FCNTL_JOURNAL_POINTER) == NULL)
		return HL_SQLITE_STATE_UNKNOWN;
	ret = file->pMethods->xShmMap(file, 0, REGION_SIZE, 0, &region);
	if (ret == SQLITE_READONLY_CANTINIT)
		return HL_SQLITE_STATE_FILES;
	if ((ret != SQLITE_OK && ret != SQLITE_READONLY) || region == NULL)
		return HL_SQLITE_STATE_UNKNOWN;
	/* Two copies; a writer begins with the second. */
	copy_header(region, header_r);
	file->pMethods->xShmBarrier(file);
	copy_header((volatile unsigned char *)region + sizeof(second), second);
	if (memcmp(header_r, second, sizeof(second)) != 0 ||
	    header_r[INIT_OFFSET] == 0)
		return HL_SQLITE_STATE_UNKNOWN;
	return HL_SQLITE_STATE_INDEX;
}

void hl_sqlite_note_state(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	struct hl_sqlite_state *state = &sqlite->state;
	struct stat db, wal;

	state->kind = HL_SQLITE_STATE_UNKNOWN;
	if (sqlite->writable || stat(sqlite->path, &db) < 0 ||
	    !hl_fingerprint_fits(&sqlite->seen, &db) ||
	    !hl_sqlite_stat_wal(sqlite, &wal) ||
	    wal.st_ino != sqlite->wal_inode)
		return;
	hl_fingerprint_init(&state->db, &db);
	hl_fingerprint_init(&state->wal, &wal);
	/* in this order: there's no writer after stat(), or it begins then */
	state->kind = read_index(sqlite, state->index);
	if (state->kind == HL_SQLITE_STATE_FILES && state->wal.racy)
		state->kind = HL_SQLITE_STATE_UNKNOWN;
}

static bool has_index(const struct hl_sqlite *sqlite)
{
	unsigned char index[HL_SQLITE_INDEX_HEADER_SIZE];

	return read_index(sqlite, index) == HL_SQLITE_STATE_INDEX &&
	       memcmp(index, sqlite->state.index, sizeof(index)) == 0;
}

bool hl_sqlite_has_no_commit(struct hl_store *store)
{
	const struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	struct stat wal;

	if (sqlite->state.kind == HL_SQLITE_STATE_FILES)
		return hl_sqlite_stat_wal(sqlite, &wal) &&
		       hl_fingerprint_fits(&sqlite->state.wal, &wal);
	return sqlite->state.kind == HL_SQLITE_STATE_INDEX && has_index(sqlite);
}

bool hl_sqlite_is_as_noted(struct hl_store *store)
{
	const struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	const struct hl_sqlite_state *state = &sqlite->state;
	struct stat wal;

	if (state->kind == HL_SQLITE_STATE_UNKNOWN ||
	    !hl_sqlite_stat_wal(sqlite, &wal))
		return false;
	if (state->kind == HL_SQLITE_STATE_FILES) {
		if (!hl_fingerprint_fits(&state->wal, &wal))
			return false;
	} else if (wal.st_dev != state->wal.dev ||
		   wal.st_ino != state->wal.ino || !has_index(sqlite)) {
		return false;
	}
	return !hl_fingerprint_changed(&state->db, sqlite->path);
}

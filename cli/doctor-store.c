/* doctor: what the store holds. */

#include "doctor.h"

#include "hl-record.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many of the newest entries are verified: half a second. */
#define NEWEST 1000

/* The structure of a larger database is left to verify. */
#define STRUCTURE_MAX (INT64_C(64) << 20)

static const char restore[] =
	"put the database back from a backup with `hardlinkctl recover --from "
	"FILE --accept-loss`";

static const char *mend_store(const struct doctor *doctor,
			      const struct hl_error *err)
{
	char path[PATH_MAX];
	struct hl_error ignored;

	if (hl_store_path(doctor->config->store, path, sizeof(path),
			  &ignored) == 0 &&
	    access(path, F_OK) < 0)
		return "run `hardlinkctl init` if there was none yet, correct "
		       "`store` in the configuration, or put the database back "
		       "from a backup";
	/* another version, or another program's way to fold addresses */
	if (err->code == HL_ERROR_CONFIG)
		return "bring store and all programs to one version";
	return err->code == HL_ERROR_STORE ? restore : "try again";
}

/* Readers take an older store as it is; writers don't. */
static void check_version(struct doctor *doctor)
{
	const char *location = doctor->config->store;
	unsigned int version, known;
	struct hl_error err;

	if (hl_store_get_version(doctor->store, &version, &known, &err) < 0)
		doctor_fail_by(doctor, mend_store(doctor, &err), &err);
	else if (version < known)
		doctor_fail(doctor, "run `hardlinkctl migrate`",
			    "%s has schema version %u, this program makes "
			    "version %u",
			    location, version, known);
	else
		doctor_ok(doctor,
			  "%s can be read and has this program's "
			  "version",
			  location);
}

void doctor_check_store(struct doctor *doctor)
{
	const struct hl_config *config = doctor->config;
	struct hl_error err;

	if (hl_store_open(config->store, HL_STORE_READ, NULL, &doctor->store,
			  &err) < 0) {
		doctor_fail_by(doctor, mend_store(doctor, &err), &err);
		return;
	}
	if (hl_store_snapshot_begin(doctor->store, &err) < 0) {
		hl_store_close(&doctor->store);
		doctor_fail_by(doctor, mend_store(doctor, &err), &err);
		return;
	}
	doctor->facts |= DOCTOR_STORE;
	check_version(doctor);
}

/* The signed head, without the mark. */
static int read_head(struct doctor *doctor, struct hl_error *err)
{
	struct hl_head_row row;
	uint64_t last;

	if (hl_store_get_head(doctor->store, &row, err) < 0 ||
	    hl_checkpoint_verify(row.checkpoint, row.checkpoint_size,
				 doctor->keyring, &doctor->head, err) < 0 ||
	    hl_store_get_last_seq(doctor->store, &last, err) < 0)
		return -1;
	if (memcmp(doctor->head.origin, hl_store_origin(doctor->store),
		   HL_ORIGIN_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "checkpoint: belongs to another store");
	if (last != doctor->head.size)
		return hl_error_set(err, HL_ERROR_STORE,
				    "the store ends at entry %llu, its head "
				    "says %llu",
				    (unsigned long long)last,
				    (unsigned long long)doctor->head.size);
	return 0;
}

void doctor_check_head(struct doctor *doctor)
{
	struct hl_error err;

	if (read_head(doctor, &err) < 0) {
		doctor_fail_by(doctor, restore, &err);
		return;
	}
	/* true of the head alone until its mark was looked at */
	doctor->facts |= DOCTOR_LOG;
	doctor_ok(doctor, "the head is signed: %llu entries, epoch %llu",
		  (unsigned long long)doctor->head.size,
		  (unsigned long long)doctor->head.epoch);
}

static int open_log(struct doctor *doctor, struct hl_error *err)
{
	if (hl_log_open(doctor->config, false, &doctor->log, err) < 0)
		return -1;
	if (hl_log_snapshot_begin(doctor->log, err) == 0)
		return 0;
	hl_log_close(&doctor->log);
	return -1;
}

void doctor_check_mark(struct doctor *doctor)
{
	const char *path = doctor->config->mark;
	struct hl_checkpoint mark;
	struct hl_error err;

	doctor->facts &= ~(unsigned int)DOCTOR_LOG;
	if (hl_mark_read(path, &mark, &err) < 0) {
		doctor_fail_by(doctor,
			       "run `hardlinkctl verify`, then `hardlinkctl "
			       "recover --accept-loss`",
			       &err);
		return;
	}
	if (hl_mark_check(&mark, &doctor->head, &err) == 0 &&
	    open_log(doctor, &err) == 0) {
		doctor->facts |= DOCTOR_LOG;
		doctor_ok(doctor,
			  "the high-water mark saw entry %llu of epoch %llu",
			  (unsigned long long)mark.size,
			  (unsigned long long)mark.epoch);
		return;
	}
	doctor_fail_by(doctor,
		       "put the newest database back; if it is lost, "
		       "`hardlinkctl recover --accept-loss`",
		       &err);
}

struct walk {
	struct doctor *doctor;
	struct hl_error first;
	unsigned int bad, seen;
};

static int verify_record(const struct hl_record *record, void *context,
			 struct hl_error *err)
{
	struct walk *walk = context;
	struct hl_error entry_err;
	struct hl_entry entry;

	(void)err;
	walk->seen++;
	if (hl_log_decode_past(walk->doctor->log, record, &entry, &entry_err) ==
		    0 ||
	    walk->bad++ > 0)
		return 0;
	walk->first = entry_err;
	return 0;
}

static void note_problem(const char *problem, void *context)
{
	struct walk *walk = context;

	if (walk->bad++ == 0)
		hl_error_set(&walk->first, HL_ERROR_STORE, "%s", problem);
}

/* Only a database that this doesn't take long for. */
static int check_structure(struct walk *walk, struct hl_error *err)
{
	const struct hl_config *config = walk->doctor->config;
	struct hl_store *store = hl_log_store(walk->doctor->log);
	char path[PATH_MAX];
	struct stat st;

	if (hl_store_is_file(config->store)) {
		if (hl_store_path(config->store, path, sizeof(path), err) < 0)
			return -1;
		if (stat(path, &st) < 0 || st.st_size > STRUCTURE_MAX)
			return 0;
	}
	return hl_store_check(store, note_problem, walk, err);
}

void doctor_check_entries(struct doctor *doctor)
{
	uint64_t size = hl_log_head(doctor->log)->size;
	struct walk walk = {.doctor = doctor};
	struct hl_error err;

	if (hl_store_each_entry(hl_log_store(doctor->log),
				size > NEWEST ? size - NEWEST + 1 : 1, size,
				HL_DESCENDING, verify_record, &walk,
				&err) < 0 ||
	    check_structure(&walk, &err) < 0)
		doctor_fail_by(doctor, restore, &err);
	else if (walk.bad > 0)
		doctor_fail(doctor,
			    "run `hardlinkctl verify`, and put the database "
			    "back from a backup",
			    "%u of what was looked at is damaged or forged; "
			    "the first: %s",
			    walk.bad, walk.first.text);
	else {
		doctor->facts |= DOCTOR_ENTRIES;
		doctor_ok(doctor,
			  "the newest %u entries verify; `hardlinkctl verify` "
			  "looks at all",
			  walk.seen);
	}
}

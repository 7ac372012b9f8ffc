#ifndef LOG_FIXTURE_H
#define LOG_FIXTURE_H

#include "hl-admin.h"
#include "hl-lookup.h"
#include "hl-verify.h"

/* A whole hard-link log (keys, store, mark) in a directory of its own, and
   short ways to do to it what an administrator does. Failures of what must
   work end the test. */

struct log_fixture {
	char dir[128];
	struct hl_config config;
	char paths[4][192];
	/* for verify: a checkpoint that was kept, or NULL */
	const char *checkpoint;
	/* of the last call that was allowed to fail */
	struct hl_error err;
};

/* dir_base: where the directory is made; NULL: TMPDIR or /tmp */
void fixture_init(struct log_fixture *fixture, const char *dir_base);
/* Removes everything. */
void fixture_deinit(struct log_fixture *fixture);

/* The path of the database file plus suffix; static. */
const char *fixture_db(const struct log_fixture *fixture, const char *suffix);

struct hl_address fixture_address(const char *text);

/* seconds from now; 0: permanent. Return the library's result. */
int fixture_set(struct log_fixture *fixture, const char *old, const char *new,
		int64_t seconds, bool replace);
int fixture_unset(struct log_fixture *fixture, const char *old);

/* What a lookup says, as a reply line, "none", or "error: …"; static. */
const char *fixture_answer(struct hl_lookup *lookup, const char *address);
/* The same with a lookup of its own. */
const char *fixture_answer_anew(struct log_fixture *fixture,
				const char *address);

/* The number of problems that verify finds, or -1 if it can't look; the text of
   the first one goes to fixture->err. */
int fixture_verify(struct log_fixture *fixture);

/* Runs SQL on the database behind the library's back. */
void fixture_sql(struct log_fixture *fixture, const char *sql);

/* Copies a file, byte for byte; -1 if there is none to be copied. */
int fixture_copy(const char *from, const char *to);

#endif

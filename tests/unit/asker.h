#ifndef ASKER_H
#define ASKER_H

#include "log-fixture.h"

#include <sys/types.h>

/* A process with a lookup of its own that lives on while everything changes
   around it, as a milter's or an lmtp's does. */

enum asker_kind {
	/* may write to the store's files */
	ASKER_OWNER,
	/* may only read; nobody has the store open when it starts */
	ASKER_NOBODY,
	/* the same, with a writer that has it open all the time */
	ASKER_NOBODY_BESIDE_WRITER
};

struct asker {
	pid_t pid;
	int to, from;
	struct hl_log *writer;
};

/* Lets everybody read the fixture's files but the signing key. */
void asker_let_read(struct log_fixture *fixture);
/* The rest of this process may only read. */
void asker_become_nobody(void);
void asker_start(struct asker *asker, struct log_fixture *fixture,
		 enum asker_kind kind);
void asker_stop(struct asker *asker);
/* What its lookup says, as fixture_answer() does; static. */
const char *asker_ask(struct asker *asker, const char *address);
/* Asks until the answer is one that it remembers, which must be "none". */
void asker_warm(struct asker *asker, const char *address);

#endif

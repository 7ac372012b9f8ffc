#ifndef HL_VERIFY_H
#define HL_VERIFY_H

#include "hl-checkpoint.h"
#include "hl-config.h"

/* The whole log, checked: sequence, signatures, payload hashes, times, epochs,
   index, tree, head, mark, structure. */

struct hl_verify_callbacks {
	/* one line for each problem; seq 0 if it isn't about one entry */
	void (*problem)(uint64_t seq, const char *text, void *context);
	/* what is in order but should be known (a declared loss) */
	void (*note)(uint64_t seq, const char *text, void *context);
	/* now and then, of entries; may be NULL */
	void (*progress)(uint64_t done, uint64_t total, void *context);
	void *context;
};

struct hl_verify_result {
	struct hl_checkpoint head;
	uint64_t entries, problems;
};

struct hl_verify_options {
	/* Names a signed head of this log that was kept elsewhere: the log must
	   be a continuation of it. One that isn't signed by a key of the
	   keyring is an HL_ERROR_DATA. NULL: none. */
	const char *checkpoint;
	/* The same, and also the head of a state that was verified as a whole
	   then: the signatures of the entries up to there aren't verified
	   again, as long as the log reaches as far. A revoked key's is an
	   HL_ERROR_DATA. NULL: none. */
	const char *resume;
	/* how many threads verify signatures; 0: as many as there are cores */
	unsigned int jobs;
};

/* config->mark may be NULL, for a copy of a store that has no mark of its own.
   options may be NULL.
   0 if all could be looked at (problems may have been found: see
   result_r->problems), -1 with err if the store couldn't be opened or read at
   all. */
int hl_verify_with(const struct hl_config *config,
		   const struct hl_verify_options *options,
		   const struct hl_verify_callbacks *callbacks,
		   struct hl_verify_result *result_r, struct hl_error *err);
/* The same with a checkpoint, or NULL, alone. */
int hl_verify(const struct hl_config *config, const char *checkpoint_path,
	      const struct hl_verify_callbacks *callbacks,
	      struct hl_verify_result *result_r, struct hl_error *err);

#endif

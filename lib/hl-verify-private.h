#ifndef HL_VERIFY_PRIVATE_H
#define HL_VERIFY_PRIVATE_H

#include "hl-merkle.h"
#include "hl-range-set.h"
#include "hl-record.h"
#include "hl-verify.h"

struct verify {
	const struct hl_config *config;
	const struct hl_verify_callbacks *callbacks;
	struct hl_verify_result *result;
	struct hl_store *store;
	struct hl_keyring *keyring;
	/* threads */
	unsigned int jobs;

	/* what the entries say */
	struct hl_merkle tree;
	uint64_t last_seq, epoch;
	int64_t time;
	uint64_t with_payload;
	/* payloads that are missing, and those that `erase` entries list */
	struct hl_range_set missing, erased;

	/* keys that were revoked: what they signed, and the entry that says so
	 */
	struct verify_revoked {
		unsigned char id[HL_KEY_ID_SIZE];
		uint64_t count, first, last, said;
	} * revoked;
	size_t revoked_count;

	/* heads that were seen elsewhere */
	struct verify_known {
		struct hl_checkpoint head;
		/* "the high-water mark"; NULL if there is none */
		const char *what;
		/* was the log's root compared when it had that size? */
		bool compared;
		/* does a `recover` entry say that what it is of is lost? */
		bool declared_lost;
	} mark, kept, resume;
	/* signatures up to this entry aren't verified again */
	uint64_t trusted;
	bool out_of_memory;
};

/* Entries whose signatures are verified together, each by one thread. */
#define VERIFY_BATCH	1024
#define VERIFY_JOBS_MAX 64

struct verify_batch {
	unsigned int jobs;
	size_t count;
	struct verify_item {
		struct hl_entry entry;
		/* without the payload, of which it's only known whether it's
		   there */
		struct hl_record record;
		unsigned char signature[HL_SIGNATURE_SIZE];
		char statement[HL_STATEMENT_MAX];
		bool has_payload;
		/* NULL: the signature isn't to be verified */
		const struct hl_key *key;
		bool is_signed;
		/* what is wrong otherwise, malloc()ed */
		char *problem;
	} items[VERIFY_BATCH];
};

/* Verifies the signatures. */
void verify_signatures(struct verify_batch *batch);

void verify_problem(struct verify *verify, uint64_t seq, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void verify_note(struct verify *verify, uint64_t seq, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a range; that memory was short is noted. */
void verify_ranges_add(struct verify *verify, struct hl_range_set *ranges,
		       uint64_t first, uint64_t last);
/* Reports each payload that is missing but wasn't erased, and each that was
   erased but is there. */
void verify_compare_erased(struct verify *verify);

/* Notes an entry of a revoked key; an entry `key`, which may say that one is;
   and reports in the end what nothing says. */
void verify_revoked_add(struct verify *verify,
			const struct hl_statement *statement);
void verify_revoked_said(struct verify *verify, const struct hl_entry *entry);
void verify_compare_revoked(struct verify *verify);
/* Was the key that signed this revoked? */
bool verify_is_disowned(const struct verify *verify,
			const struct hl_statement *statement);

/* How many threads there shall be; wanted 0: as many as there are cores. */
unsigned int verify_count_jobs(unsigned int wanted);
/* Closes the store and frees what was collected. */
void verify_free(struct verify *verify);

/* The phases, each in the same snapshot. They report problems and go on. */
void verify_entries(struct verify *verify);
void verify_index(struct verify *verify);
/* with_frontier: also the tree's, which isn't signed */
void verify_head(struct verify *verify, bool with_frontier);

#endif

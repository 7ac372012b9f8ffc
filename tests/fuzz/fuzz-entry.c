/* Statement, payload and the two together: whatever parses formats to the same
   bytes. An input is a statement, a payload, or one behind the other. */

#include "fuzz-check.h"

#include "hl-record.h"

#include "hl-text.h"

#include <string.h>

static void check_error(const struct hl_error *err)
{
	FUZZ_CHECK(err->code == HL_ERROR_STORE);
	FUZZ_CHECK(hl_text_is_clean_utf8(err->text, strlen(err->text)));
}

static bool check_statement(const char *data, size_t size,
			    struct hl_statement *statement_r)
{
	char written[HL_STATEMENT_MAX];
	struct hl_error err;

	if (hl_statement_parse(data, size, statement_r, &err) < 0) {
		check_error(&err);
		return false;
	}
	FUZZ_CHECK(hl_statement_format(statement_r, written, sizeof(written)) ==
		   size);
	FUZZ_CHECK(memcmp(written, data, size) == 0);
	return true;
}

static void check_payload(const char *data, size_t size, enum hl_action action)
{
	static char written[HL_PAYLOAD_MAX];
	static struct hl_payload payload;
	struct hl_error err;

	if (hl_payload_parse(data, size, action, &payload, &err) < 0) {
		check_error(&err);
		return;
	}
	FUZZ_CHECK(hl_payload_format(&payload, action, written,
				     sizeof(written)) == size);
	FUZZ_CHECK(memcmp(written, data, size) == 0);
}

/* A record is of the two; what is decoded is what each says. */
static void check_record(const struct hl_statement *statement, const char *data,
			 size_t statement_size, size_t size)
{
	static const unsigned char signature[HL_SIGNATURE_SIZE];
	static char written[HL_PAYLOAD_MAX];
	static struct hl_entry entry;
	struct hl_record record = {
		.seq = statement->seq,
		.statement = data,
		.statement_size = statement_size,
		.signature = signature,
		.payload = data + statement_size,
		.payload_size = size - statement_size,
	};
	struct hl_error err;

	if (hl_record_decode(&record, statement->origin, &entry, &err) < 0) {
		check_error(&err);
	} else {
		FUZZ_CHECK(!entry.erased);
		FUZZ_CHECK(hl_payload_format(&entry.payload, statement->action,
					     written, sizeof(written)) ==
			   record.payload_size);
		FUZZ_CHECK(memcmp(written, record.payload,
				  record.payload_size) == 0);
	}
	record.payload = NULL;
	record.payload_size = 0;
	FUZZ_CHECK(
		(hl_record_decode(&record, statement->origin, &entry, &err) ==
		 0) == hl_action_has_address(statement->action));
	record.seq++;
	FUZZ_CHECK(hl_record_decode(&record, statement->origin, &entry, &err) <
		   0);
}

/* Where a payload begins, of either version; or NULL. */
static const char *find_payload(const char *data, size_t size)
{
	static const char *const magics[] = {"hardlink-payload/1\n",
					     "hardlink-payload/2\n"};
	const char *found = memmem(data, size, magics[0], strlen(magics[0]));

	return found != NULL ? found
			     : memmem(data, size, magics[1], strlen(magics[1]));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	const char *payload = find_payload(data, size);
	size_t statement_size =
		payload == NULL ? size : (size_t)(payload - data);
	struct hl_statement statement;
	int action;

	if (check_statement(data, statement_size, &statement) &&
	    payload != NULL)
		check_record(&statement, data, statement_size, size);
	for (action = HL_ACTION_SET; action <= HL_ACTION_RECOVER; action++)
		check_payload(data + (payload == NULL ? 0 : statement_size),
			      size - (payload == NULL ? 0 : statement_size),
			      (enum hl_action)action);
	return 0;
}

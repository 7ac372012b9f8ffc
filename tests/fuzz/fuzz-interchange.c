/* The text formats of import and export: a first byte says which. Whatever a
   file is, each of its bytes belongs to at most one record, and what is read is
   written so that the same is read again. */

#include "fuzz-check.h"

#include "csv.h"
#include "hl-address.h"
#include "postfix-map.h"
#include "record-reader.h"

#include <string.h>

#define FIELDS 4

static void check_csv(const struct record_reader *reader)
{
	struct csv_field fields[FIELDS], again[FIELDS];
	struct hl_error err;
	char *text, *pos;
	size_t i;

	if (csv_split(reader->buf, reader->size, fields, FIELDS, &err) < 0)
		return;
	pos = text = malloc(2 * reader->size + FIELDS * 4);
	FUZZ_CHECK(text != NULL);
	for (i = 0; i < FIELDS; i++) {
		FUZZ_CHECK(fields[i].text[fields[i].size] == '\0');
		/* import refuses these */
		if (strlen(fields[i].text) != fields[i].size ||
		    strpbrk(fields[i].text, "\r\n") != NULL)
			break;
		pos = csv_write(fields[i].text, pos);
		if (i + 1 < FIELDS)
			*pos++ = ',';
	}
	if (i == FIELDS) {
		*pos = '\0';
		FUZZ_CHECK(csv_split(text, (size_t)(pos - text), again, FIELDS,
				     &err) == 0);
		for (i = 0; i < FIELDS; i++)
			FUZZ_CHECK(strcmp(fields[i].text, again[i].text) == 0);
	}
	free(text);
}

/* An address that was a key comes back from the row that export writes. */
static void check_address(const char *key, size_t size)
{
	struct hl_address address, again;
	char line[HL_ADDRESS_SIZE + 2];
	struct postfix_map_row row;
	struct hl_error err;
	size_t length;

	if (hl_address_parse(key, size, 0, &address, &err) < 0)
		return;
	length = hl_address_format(&address, line);
	if (!postfix_map_can_hold(line))
		return;
	memcpy(line + length, "\tx", 2);
	FUZZ_CHECK(postfix_map_split(line, length + 2, &row, &err) == 0);
	FUZZ_CHECK(row.key_size == length && row.value_size == 1);
	FUZZ_CHECK(hl_address_parse(row.key, row.key_size, 0, &again, &err) ==
		   0);
	FUZZ_CHECK(hl_address_equal(&address, &again));
}

static void check_map(const struct record_reader *reader)
{
	const char *end = reader->buf + reader->size;
	struct postfix_map_row row;
	struct hl_error err;

	FUZZ_CHECK(reader->buf[0] != '#');
	FUZZ_CHECK(reader->size > 0);
	if (postfix_map_split(reader->buf, reader->size, &row, &err) < 0)
		return;
	FUZZ_CHECK(row.key == reader->buf && row.key_size > 0);
	FUZZ_CHECK(row.value > row.key + row.key_size && row.value_size > 0);
	FUZZ_CHECK(row.value + row.value_size <= end);
	check_address(row.key, row.key_size);
}

static void check_record(const struct record_reader *reader)
{
	FUZZ_CHECK(reader->number <= reader->last && reader->number > 0);
	FUZZ_CHECK(reader->size <= RECORD_MAX + 1);
	if (reader->size > RECORD_MAX)
		return;
	FUZZ_CHECK(reader->buf[reader->size] == '\0');
	if (reader->form != RECORD_QUOTED)
		FUZZ_CHECK(memchr(reader->buf, '\n', reader->size) == NULL);
	if (reader->form == RECORD_QUOTED)
		check_csv(reader);
	else if (reader->form == RECORD_CONTINUED)
		check_map(reader);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const enum record_form forms[] = {RECORD_LINE, RECORD_QUOTED,
						 RECORD_CONTINUED};
	struct record_reader reader;
	uint64_t last = 0;
	size_t total = 0;
	struct hl_error err;
	char *text;
	FILE *file;

	if (size < 2)
		return 0;
	text = malloc(size);
	FUZZ_CHECK(text != NULL);
	memcpy(text, data, size);
	file = fmemopen(text + 1, size - 1, "r");
	FUZZ_CHECK(file != NULL);
	FUZZ_CHECK(record_reader_init(&reader, file, forms[data[0] % 3],
				      &err) == 0);
	while (record_reader_next(&reader) > 0) {
		FUZZ_CHECK(reader.number > last);
		last = reader.last;
		total += reader.size;
		check_record(&reader);
	}
	FUZZ_CHECK(total < size);
	record_reader_deinit(&reader);
	fclose(file);
	free(text);
	return 0;
}

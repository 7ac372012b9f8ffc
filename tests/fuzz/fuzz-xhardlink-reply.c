/* Whatever a submission server says to XHARDLINK: what mailmove takes over is
   clean text, and an error is a line. */

#include "fuzz-check.h"

#include "hl-text.h"
#include "xhardlink.h"

#include <string.h>

static void check_line(const struct hl_service_line *line)
{
	struct hl_service_state state;
	struct hl_error err;
	size_t i;

	FUZZ_CHECK(line->count <= HL_SERVICE_FIELDS_MAX);
	for (i = 0; i < line->count; i++) {
		FUZZ_CHECK(strchr(line->fields[i], '=') != NULL);
		FUZZ_CHECK(hl_text_is_clean_utf8(line->fields[i],
						 strlen(line->fields[i])));
	}
	(void)hl_service_get_state(line, &state, &err);
}

static int entry(const struct hl_service_line *line, void *context,
		 struct hl_error *err)
{
	(void)context;
	(void)err;
	check_line(line);
	return 0;
}

static void check(const unsigned char *data, size_t size, hl_service_func *func)
{
	struct hl_service_line line;
	struct hl_error err = {HL_ERROR_NONE, ""};
	char *reply = malloc(size + 1);

	FUZZ_CHECK(reply != NULL);
	if (size > 0)
		memcpy(reply, data, size);
	reply[size] = '\0';
	if (xhardlink_parse(reply, func, NULL, &line, &err) == 0)
		check_line(&line);
	else
		FUZZ_CHECK(err.code != HL_ERROR_NONE &&
			   strchr(err.text, '\n') == NULL);
	free(reply);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	check(data, size, NULL);
	check(data, size, entry);
	return 0;
}

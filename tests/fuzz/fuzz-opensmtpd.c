/* A line of OpenSMTPD's filter protocol: what it is taken for lies within it,
   and what a client chose of a recipient changes nothing else. */

#include "fuzz-check.h"

#include "opensmtpd-line.h"

#include "hl-text.h"

#include <stdlib.h>
#include <string.h>

/* The same request with more behind the recipient. */
static void check_longer(const char *text, size_t size,
			 const struct opensmtpd_line *line)
{
	static const char more[] = "|2a|x\n";
	struct opensmtpd_line longer;
	struct hl_error err;
	char *copy = malloc(size + sizeof(more));

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, text, size);
	memcpy(copy + size, more, sizeof(more));
	FUZZ_CHECK(opensmtpd_line_parse(copy, size + sizeof(more), &longer,
					&err) == 0);
	FUZZ_CHECK(longer.event == OPENSMTPD_RCPT);
	FUZZ_CHECK(longer.session == line->session);
	FUZZ_CHECK(longer.token == line->token);
	FUZZ_CHECK(longer.path_size == line->path_size + sizeof(more));
	free(copy);
}

static void check_path(const char *text, size_t size,
		       const struct opensmtpd_line *line)
{
	if (line->event != OPENSMTPD_RCPT) {
		FUZZ_CHECK(line->path == NULL && line->path_size == 0);
		return;
	}
	FUZZ_CHECK(line->path > text);
	FUZZ_CHECK(line->path + line->path_size == text + size);
	check_longer(text, size, line);
}

static void check_client(const struct opensmtpd_line *line)
{
	const struct edge_client *client = &line->client;

	FUZZ_CHECK(!client->authenticated);
	FUZZ_CHECK(client->family == AF_UNSPEC || client->family == AF_INET ||
		   client->family == AF_INET6);
	FUZZ_CHECK(client->family == AF_UNSPEC ||
		   line->event == OPENSMTPD_CONNECT);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;
	struct opensmtpd_line line;
	struct hl_error err;

	if (opensmtpd_line_parse(text, size, &line, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_DATA);
		FUZZ_CHECK(hl_text_is_clean_utf8(err.text, strlen(err.text)));
		return 0;
	}
	check_path(text, size, &line);
	check_client(&line);
	return 0;
}

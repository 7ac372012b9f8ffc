#include "log-fixture.h"
#include "hl-reply.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <sqlite3.h>

static const struct hl_actor test_actor = {HL_CHANNEL_ADMIN, "tester", ""};

static void must(int ret, const struct hl_error *err)
{
	if (ret < 0)
		fail_msg("%s", err->text);
}

void fixture_init(struct log_fixture *fixture, const char *dir_base)
{
	static const char *const names[] = {"sqlite:%s/hardlink.db", "%s/keys",
					    "%s/private/signing.key",
					    "%s/hardlink.mark"};
	static char delimiter[] = "+";
	static char protected[] = "postmaster abuse hostmaster mailer-daemon";
	size_t i;

	memset(fixture, 0, sizeof(*fixture));
	if (dir_base == NULL)
		dir_base = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	snprintf(fixture->dir, sizeof(fixture->dir), "%.100s/hardlink-XXXXXX",
		 dir_base);
	assert_non_null(mkdtemp(fixture->dir));
	for (i = 0; i < 4; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(fixture->paths[i], sizeof(fixture->paths[i]), names[i],
			 fixture->dir);
#pragma GCC diagnostic pop
	}
	fixture->config.store = fixture->paths[0];
	fixture->config.keyring = fixture->paths[1];
	fixture->config.signing_key = fixture->paths[2];
	fixture->config.mark = fixture->paths[3];
	fixture->config.filter_dir = fixture->dir;
	fixture->config.recipient_delimiter = delimiter;
	fixture->config.protected_localparts = protected;
	must(hl_admin_init(&fixture->config, &test_actor, &fixture->err),
	     &fixture->err);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fixture_deinit(struct log_fixture *fixture)
{
	assert_int_equal(
		nftw(fixture->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *fixture_db(const struct log_fixture *fixture, const char *suffix)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", strchr(fixture->paths[0], '/'),
		 suffix);
	return path;
}

struct hl_address fixture_address(const char *text)
{
	struct hl_address address;
	struct hl_error err;

	must(hl_address_parse_subject(text, strlen(text), &address, &err),
	     &err);
	return address;
}

static struct hl_log *open_log(struct log_fixture *fixture)
{
	struct hl_log *log;

	return hl_log_open(&fixture->config, true, &log, &fixture->err) < 0
		       ? NULL
		       : log;
}

/* Begins, does, commits. */
static int change(struct log_fixture *fixture, const char *old_text,
		  const struct hl_link *link, bool replace)
{
	struct hl_address old = fixture_address(old_text);
	struct hl_log *log = open_log(fixture);
	struct hl_change_result result;
	int ret;

	if (log == NULL)
		return -1;
	ret = hl_log_begin(log, &fixture->err);
	if (ret == 0) {
		ret = link != NULL
			      ? hl_change_set(log, &test_actor, &old, link,
					      replace, &result, &fixture->err)
			      : hl_change_unset(log, &test_actor, &old, &result,
						&fixture->err);
		if (ret < 0)
			hl_log_rollback(log);
		else
			ret = hl_log_commit(log, &fixture->err);
	}
	hl_log_close(&log);
	return ret;
}

int fixture_set(struct log_fixture *fixture, const char *old, const char *new,
		int64_t seconds, bool replace)
{
	struct hl_link link;

	memset(&link, 0, sizeof(link));
	link.kind = seconds == 0 ? HL_KIND_PERMANENT : HL_KIND_TEMPORARY;
	link.target = fixture_address(new);
	link.expires = seconds == 0 ? 0 : time(NULL) + seconds;
	return change(fixture, old, &link, replace);
}

int fixture_unset(struct log_fixture *fixture, const char *old)
{
	return change(fixture, old, NULL, false);
}

const char *fixture_answer(struct hl_lookup *lookup, const char *text)
{
	static char line[HL_REPLY_LINE_SIZE + HL_ERROR_TEXT_SIZE];
	struct hl_address address = fixture_address(text);
	struct hl_error err;
	struct hl_link link;

	switch (hl_lookup(lookup, &address, &link, &err)) {
	case HL_LOOKUP_FOUND_BY_DOMAIN:
		strcpy(line, "if it exists: ");
		hl_reply_format_line(&link, line + strlen(line));
		return line;
	case HL_LOOKUP_FOUND:
		hl_reply_format_line(&link, line);
		return line;
	case HL_LOOKUP_NONE:
		return "none";
	case HL_LOOKUP_ERROR:
		break;
	}
	snprintf(line, sizeof(line), "error: %s", err.text);
	return line;
}

const char *fixture_answer_anew(struct log_fixture *fixture,
				const char *address)
{
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);
	const char *answer;

	assert_non_null(lookup);
	answer = fixture_answer(lookup, address);
	hl_lookup_deinit(&lookup);
	return answer;
}

static void keep_first(uint64_t seq, const char *text, void *context)
{
	struct log_fixture *fixture = context;

	if (fixture->err.code != HL_ERROR_NONE)
		return;
	hl_error_set(&fixture->err, HL_ERROR_STORE, "entry %llu: %s",
		     (unsigned long long)seq, text);
}

static void ignore_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

int fixture_verify(struct log_fixture *fixture)
{
	struct hl_verify_callbacks callbacks = {keep_first, ignore_note, NULL,
						fixture};
	struct hl_verify_result result;

	fixture->err.code = HL_ERROR_NONE;
	if (hl_verify(&fixture->config, fixture->checkpoint, &callbacks,
		      &result, &fixture->err) < 0)
		return -1;
	return (int)result.problems;
}

void fixture_sql(struct log_fixture *fixture, const char *sql)
{
	char *problem = NULL;
	int persist = 1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(fixture_db(fixture, ""), &db), SQLITE_OK);
	/* as the library does: a reader without rights needs the -wal */
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK)
		fail_msg("%s: %s", sql, problem);
	sqlite3_close(db);
}

int fixture_copy(const char *from, const char *to)
{
	char buf[65536];
	ssize_t got;
	int in = open(from, O_RDONLY | O_CLOEXEC), out;

	if (in < 0)
		return -1;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(out >= 0);
	while ((got = read(in, buf, sizeof(buf))) > 0)
		assert_int_equal(write(out, buf, (size_t)got), got);
	close(in);
	close(out);
	return 0;
}

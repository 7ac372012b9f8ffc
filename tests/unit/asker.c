#include "asker.h"

#include "hl-log.h"

#include <ftw.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define LINE_MAX_SIZE 1024

static int let_read_one(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)ftw;
	if (strstr(path, "/private") != NULL)
		return 0;
	return chmod(path,
		     (st->st_mode & 0700) | (type == FTW_D ? 055U : 044U));
}

void asker_let_read(struct log_fixture *fixture)
{
	assert_int_equal(nftw(fixture->dir, let_read_one, 16, FTW_PHYS), 0);
}

void asker_become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
		_exit(100);
}

static void answer_all(const struct hl_config *config, int in, int out)
{
	struct hl_lookup *lookup = hl_lookup_init(config);
	FILE *questions = fdopen(in, "r"), *answers = fdopen(out, "w");
	char line[LINE_MAX_SIZE];

	if (lookup == NULL || questions == NULL || answers == NULL)
		_exit(101);
	while (fgets(line, sizeof(line), questions) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		fprintf(answers, "%s\n", fixture_answer(lookup, line));
		fflush(answers);
	}
	hl_lookup_deinit(&lookup);
	/* not the parent's buffers */
	_exit(0);
}

void asker_start(struct asker *asker, struct log_fixture *fixture,
		 enum asker_kind kind)
{
	int to[2], from[2];

	asker_let_read(fixture);
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	asker->pid = fork();
	assert_true(asker->pid >= 0);
	if (asker->pid == 0) {
		close(to[1]);
		close(from[0]);
		if (kind != ASKER_OWNER)
			asker_become_nobody();
		answer_all(&fixture->config, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	asker->to = to[1];
	asker->from = from[0];
	asker->writer = NULL;
	if (kind != ASKER_NOBODY_BESIDE_WRITER)
		return;
	assert_int_equal(hl_log_open(&fixture->config, true, &asker->writer,
				     &fixture->err),
			 0);
	assert_int_equal(hl_log_begin(asker->writer, &fixture->err), 0);
	hl_log_rollback(asker->writer);
}

void asker_stop(struct asker *asker)
{
	int status;

	close(asker->to);
	close(asker->from);
	assert_int_equal(waitpid(asker->pid, &status, 0), asker->pid);
	assert_int_equal(status, 0);
	if (asker->writer != NULL)
		hl_log_close(&asker->writer);
}

const char *asker_ask(struct asker *asker, const char *address)
{
	static char line[LINE_MAX_SIZE];
	size_t size = 0;

	assert_true(dprintf(asker->to, "%s\n", address) > 0);
	do {
		assert_true(size < sizeof(line));
		assert_int_equal(read(asker->from, line + size, 1), 1);
	} while (line[size++] != '\n');
	line[size - 1] = '\0';
	return line;
}

void asker_warm(struct asker *asker, const char *address)
{
	unsigned int n;

	/* Files that were written to just now are trusted later. */
	usleep(100000);
	for (n = 0; n < 4; n++)
		assert_string_equal(asker_ask(asker, address), "none");
}

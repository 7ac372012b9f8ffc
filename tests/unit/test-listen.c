#include "listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/hl-test-listen.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int listen_here(struct edge_place *place)
{
	struct hl_error err;
	int fd = edge_listen(place, path, 0620, &err);

	if (fd < 0)
		fail_msg("%s", err.text);
	return fd;
}

static void check_refused(const char *reason)
{
	struct edge_place place;
	struct hl_error err;

	assert_int_equal(edge_listen(&place, path, 0600, &err), -1);
	if (strstr(err.text, reason) == NULL)
		fail_msg("%s", err.text);
}

static void test_mode_and_end(void **state)
{
	struct edge_place place;
	struct stat st;
	int fd = listen_here(&place);

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0620);
	check_refused("another program answers there already");
	edge_place_remove(&place);
	assert_int_equal(stat(path, &st), -1);
	close(fd);
}

static void test_stale(void **state)
{
	struct edge_place killed, place;
	int fd = listen_here(&killed);

	(void)state;
	close(fd);
	fd = listen_here(&place);
	/* The one that ended late leaves its successor's alone. */
	edge_place_remove(&killed);
	assert_int_equal(access(path, F_OK), 0);
	check_refused("another program answers there already");
	close(fd);
	edge_place_remove(&place);
}

static void test_not_a_socket(void **state)
{
	FILE *file = fopen(path, "we");

	(void)state;
	assert_non_null(file);
	fclose(file);
	check_refused("not a socket");
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void test_bad_path(void **state)
{
	char text[200];
	struct edge_place place;
	struct hl_error err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(edge_listen(&place, text, 0600, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	assert_int_equal(edge_listen(&place, "/nonexistent/s", 0600, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode_and_end),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_not_a_socket),
		cmocka_unit_test(test_bad_path),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

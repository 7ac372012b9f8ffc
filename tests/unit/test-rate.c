#include "rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct rate *rate;

static int setup(void **state)
{
	(void)state;
	rate = rate_init();
	return rate == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	rate_deinit(&rate);
	return 0;
}

/* 3 in 60 seconds */
static bool take(const char *address, double now)
{
	struct edge_client client;

	edge_client_from_text(address, &client);
	return rate_take(rate, &client, 3, 60, now);
}

static void test_bucket(void **state)
{
	(void)state;
	assert_true(take("192.0.2.1", 1000));
	assert_true(take("192.0.2.2", 1000));
	assert_true(take("192.0.2.255", 1000));
	assert_false(take("192.0.2.1", 1000));
	/* one comes back every 20 seconds, never more than 3 */
	assert_false(take("192.0.2.1", 1019));
	assert_true(take("192.0.2.1", 1020));
	assert_false(take("192.0.2.9", 1021));
	assert_true(take("192.0.2.1", 9000));
	assert_true(take("192.0.2.1", 9000));
	assert_true(take("192.0.2.1", 9000));
	assert_false(take("192.0.2.1", 9000));
}

static void drain(const char *address)
{
	while (take(address, 1000))
		;
}

static void test_networks(void **state)
{
	(void)state;
	drain("192.0.2.1");
	assert_true(take("192.0.3.1", 1000));
	assert_false(take("::ffff:192.0.2.7", 1000));
	drain("2001:db8:1:200::1");
	assert_false(take("2001:db8:1:2ff:1::", 1000));
	assert_true(take("2001:db8:1:300::1", 1000));
	assert_false(take("IPv6:2001:db8:1:200::9", 1000));
}

static void test_exempt(void **state)
{
	static const char *const exempt[] = {"127.0.0.1", "127.9.9.9",
					     "::1",	  "::ffff:127.0.0.1",
					     "unknown",	  ""};
	size_t i, count;

	(void)state;
	for (i = 0; i < sizeof(exempt) / sizeof(*exempt); i++) {
		for (count = 0; count < 10; count++)
			assert_true(take(exempt[i], 1000));
	}
}

static void test_no_limit(void **state)
{
	struct edge_client client;
	size_t i;

	(void)state;
	edge_client_from_text("192.0.2.1", &client);
	for (i = 0; i < 100; i++)
		assert_true(rate_take(rate, &client, 0, 0, 1000));
}

/* As many networks as there are in 10/8: memory stays what it is, and one that
   goes on asking isn't forgotten among others that ask once. */
static void test_bound(void **state)
{
	char address[32];
	unsigned int i;

	(void)state;
	drain("192.0.2.1");
	for (i = 0; i < 65536; i++) {
		snprintf(address, sizeof(address), "10.%u.%u.1", i >> 8,
			 i & 255);
		assert_true(take(address, 1000 + i / 65536.0));
		if (i % 64 == 0)
			assert_false(take("192.0.2.1", 1000 + i / 65536.0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bucket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_networks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exempt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

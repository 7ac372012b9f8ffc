/* Lines to hardlinkd's sockets: each that it takes for a command is answered
   once, and the store that they changed still verifies. */

#include "fuzz-check.h"

#include "batch.h"
#include "client.h"
#include "commands.h"
#include "mail.h"

#include "hl-admin.h"
#include "hl-verify.h"

#include "ioloop.h"
#include "strescape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_MAX 64
/* A verification reads all of it. */
#define VERIFY_EVERY 512

int LLVMFuzzerInitialize(int *argc, char ***argv);

static char dir[256];
static struct hld hld;
static struct hld_client client;

static void remove_dir(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	(void)!system(command);
}

static void make_store(char path_r[300])
{
	static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "fuzz", ""};
	struct hl_config *config;
	struct hl_error err;
	FILE *file;

	/* in memory where there is such a place: each change waits for it */
	snprintf(dir, sizeof(dir), "%s/fuzz-hardlinkd.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	FUZZ_CHECK(mkdtemp(dir) != NULL);
	atexit(remove_dir);
	snprintf(path_r, 300, "%s/hardlink.conf", dir);
	file = fopen(path_r, "w");
	FUZZ_CHECK(file != NULL);
	fprintf(file,
		"store = sqlite:%s/hardlink.db\nkeyring = %s/keys\n"
		"signing_key = %s/private/signing.key\nconfirm_target = no\n"
		"notice = no\n"
		"hold = permanent 0, temporary 0\n",
		dir, dir, dir);
	fclose(file);
	chmod(path_r, 0600);
	if (hl_config_read(path_r, &config, &err) < 0 ||
	    hl_admin_init(config, &actor, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	hl_config_free(&config);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char path[300];

	(void)argc;
	(void)argv;
	lib_init();
	i_set_failure_file("/dev/null", "");
	io_loop_create();
	make_store(path);
	hld_clients_init();
	hld_init(&hld, path);
	client.hld = &hld;
	client.refcount = 1;
	client.event = event_create(hld.event);
	return 0;
}

static void become(enum hld_client_kind kind)
{
	static const char *const fields[] = {
		"hardlink_addresses=old@example.org,\"a b\"@example.org",
		"hardlink_owner_id=1", NULL};
	struct hl_error err;

	hld_owner_free(&client.owner);
	i_free(client.actor);
	client.kind = kind;
	client.uid = 4321;
	client.pid = 4321;
	if (kind == HLD_CLIENT_OWNER)
		FUZZ_CHECK(hld_owner_create(HL_CHANNEL_CLI, "alice@example.org",
					    fields, &client.owner, &err) == 0);
	else if (kind == HLD_CLIENT_ADMIN)
		client.actor = i_strdup("root");
}

static void run_line(const char *line)
{
	const char *const *args = t_strsplit_tabescaped(line);

	/* what Dovecot's connections do with it */
	if (args[0] == NULL)
		return;
	client.busy = client.starting = true;
	if (hld_command_run(&client, args) < 0) {
		FUZZ_CHECK(client.busy);
		return;
	}
	client.starting = false;
	/* writes what was asked for */
	hld_batch_deinit(&hld.batch);
	hld.batch = hld_batch_init(&hld);
	FUZZ_CHECK(!client.busy);
	FUZZ_CHECK(client.refcount == 1);
}

static void on_problem(uint64_t seq, const char *text, void *context)
{
	(void)context;
	fprintf(stderr, "entry %llu: %s\n", (unsigned long long)seq, text);
	abort();
}

static void on_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

static void verify(void)
{
	const struct hl_verify_callbacks callbacks = {.problem = on_problem,
						      .note = on_note};
	struct hl_verify_result result;
	struct hl_error err;

	hld_raise_mark(&hld);
	FUZZ_CHECK(hl_verify(hld.config, NULL, &callbacks, &result, &err) >= 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static unsigned int runs;
	unsigned int count = 0;
	char *text, *rest, *line;

	if (size < 1 || size > HLD_LINE_MAX)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	rest = text;
	become((enum hld_client_kind)(data[0] % 3));
	while ((line = strsep(&rest, "\n")) != NULL && count++ < LINES_MAX) {
		T_BEGIN
		{
			run_line(line);
		}
		T_END;
	}
	free(text);
	if (++runs % VERIFY_EVERY == 0)
		verify();
	return 0;
}

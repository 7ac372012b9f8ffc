/* What is taken for a command has all that its verb needs, and says the same
   when it's written again. */

#include "fuzz-check.h"

#include "xhardlink.h"
#include "hl-time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000)

static const char *const verbs[] = {"SET", "GET", "UNSET", "HISTORY",
				    "CONFIRM"};

static void write_again(const struct xhardlink *command, char *args,
			size_t size)
{
	char address[HL_ADDRESS_SIZE], time[HL_TIME_SIZE];
	size_t used;

	used = (size_t)snprintf(args, size, "%s", verbs[command->verb]);
	if (command->verb == XHARDLINK_SET) {
		hl_address_format(&command->link.target, address);
		hl_time_format(command->link.expires, time);
		used += (size_t)snprintf(
			args + used, size - used, " <%s> %s%s%s", address,
			command->link.kind == HL_KIND_PERMANENT ? "PERMANENT"
								: "UNTIL=",
			command->link.kind == HL_KIND_PERMANENT ? "" : time,
			command->replace ? " REPLACE" : "");
	} else if (command->verb == XHARDLINK_CONFIRM) {
		used += (size_t)snprintf(args + used, size - used, " %s",
					 command->code);
	}
	if (command->has_old) {
		hl_address_format(&command->old, address);
		used += (size_t)snprintf(args + used, size - used,
					 " ADDRESS=<%s>", address);
	}
	FUZZ_CHECK(used < size);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct xhardlink command, again;
	struct hl_error err;
	char *args = malloc(size + 1), rewritten[1024];

	FUZZ_CHECK(args != NULL);
	memcpy(args, data, size);
	args[size] = '\0';
	if (xhardlink_parse(args, NOW, &command, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_USAGE ||
			   err.code == HL_ERROR_DATA);
	} else {
		write_again(&command, rewritten, sizeof(rewritten));
		FUZZ_CHECK(xhardlink_parse(rewritten, NOW, &again, &err) == 0);
		FUZZ_CHECK(again.verb == command.verb);
		FUZZ_CHECK(again.replace == command.replace);
		FUZZ_CHECK(again.has_old == command.has_old);
		FUZZ_CHECK(again.link.kind == command.link.kind);
		FUZZ_CHECK(again.link.expires == command.link.expires);
		FUZZ_CHECK(hl_address_equal(&again.old, &command.old));
		FUZZ_CHECK(hl_address_equal(&again.link.target,
					    &command.link.target));
		FUZZ_CHECK(strcmp(again.code, command.code) == 0);
	}
	free(args);
	return 0;
}

/* doctor: Postfix's aliases that lead to mailboxes that moved. Who writes to an
   alias isn't told: the milter is asked for the alias, not for what it
   expands to. */

#include "doctor.h"

#include "hl-lookup.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many are named; all beyond are counted. */
#define NAMED_MAX 5

/* Of all maps together. */
#define LOOKUPS_MAX 200000

struct search {
	struct doctor *doctor;
	struct hl_lookup *lookup;
	const char *map, *origin;
	unsigned int moved, lookups;
	bool cut;
	struct hl_error err;
};

static void report(struct search *search, const char *alias, const char *target)
{
	if (++search->moved > NAMED_MAX)
		return;
	doctor_warn(search->doctor,
		    "let the alias lead to the new address, or leave it so on "
		    "purpose",
		    search->doctor->config->lmtp == HL_LMTP_DELIVER
			    ? "%s: %s leads to %s, which has moved: such mail "
			      "lies in the old mailbox"
			    : "%s: %s leads to %s, which has moved: such mail "
			      "bounces",
		    search->map, alias, target);
}

/* One address that an alias expands to. */
static int look_up(struct search *search, const char *alias, const char *target)
{
	char full[HL_ADDRESS_SIZE * 2];
	struct hl_address address;
	struct hl_link link;
	struct hl_error ignored;

	/* a program, a file, a list in a file; an alias itself is another row
	 */
	if (strchr("|/:\"\\@", *target) != NULL)
		return 0;
	snprintf(full, sizeof(full), "%s%s%s", target,
		 strchr(target, '@') == NULL ? "@" : "",
		 strchr(target, '@') == NULL ? search->origin : "");
	if (hl_address_parse(full, strlen(full), 0, &address, &ignored) < 0)
		return 0;
	if (++search->lookups > LOOKUPS_MAX) {
		search->cut = true;
		return 1;
	}
	switch (hl_lookup(search->lookup, &address, &link, &search->err)) {
	case HL_LOOKUP_ERROR:
		return 1;
	/* an alias to it says that it exists */
	case HL_LOOKUP_FOUND_BY_DOMAIN:
	case HL_LOOKUP_FOUND:
		/* one that leads to itself is a mailbox */
		if (strcasecmp(alias, full) != 0 &&
		    strcasecmp(alias, target) != 0)
			report(search, alias, full);
		break;
	case HL_LOOKUP_NONE:
		break;
	}
	return 0;
}

/* postmap -s: key, TAB, targets with commas */
static int take_line(const char *line, void *context)
{
	struct search *search = context;
	char alias[HL_ADDRESS_SIZE], target[HL_ADDRESS_SIZE];
	const char *targets = strchr(line, '\t');
	size_t size;

	if (targets == NULL || (size_t)(targets - line) >= sizeof(alias))
		return 0;
	memcpy(alias, line, (size_t)(targets - line));
	alias[targets - line] = '\0';
	while (*(targets += strspn(targets, " ,\t")) != '\0') {
		size = strcspn(targets, " ,\t");
		if (size < sizeof(target)) {
			memcpy(target, targets, size);
			target[size] = '\0';
			if (look_up(search, alias, target) != 0)
				return 1;
		}
		targets += size;
	}
	return 0;
}

static bool can_be_listed(const char *map)
{
	static const char *const types[] = {
		"hash:", "btree:", "lmdb:", "cdb:", "dbm:", "sdbm:"};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strncmp(map, types[i], strlen(types[i])) == 0)
			return true;
	}
	return false;
}

static void search_map(struct search *search, const char *program,
		       const char *map)
{
	struct doctor *doctor = search->doctor;
	const char *argv[6];
	size_t count = 0;
	struct hl_error err;

	if (!can_be_listed(map)) {
		doctor_skip(doctor, "%s can't be listed", map);
		return;
	}
	argv[count++] = program;
	if (doctor->postfix_config != NULL) {
		argv[count++] = "-c";
		argv[count++] = doctor->postfix_config;
	}
	argv[count++] = "-s";
	argv[count++] = map;
	argv[count] = NULL;
	search->map = map;
	if (doctor_run(argv, take_line, search, &err) < 0)
		doctor_warn(doctor, "run postmap or newaliases", "%s",
			    err.text);
}

static void search_maps(struct search *search, const char *setting)
{
	const char *maps =
		doctor_settings_get(search->doctor->postfix, "%s", setting);
	static const char separators[] = " ,\t";
	char program[PATH_MAX], map[PATH_MAX];
	size_t size;

	if (maps == NULL || !doctor_find("postmap", program, sizeof(program)))
		return;
	while (*(maps += strspn(maps, separators)) != '\0' && !search->cut &&
	       search->err.code == HL_ERROR_NONE) {
		size = strcspn(maps, separators);
		/* inline:{ … } has blanks in it, and can't be listed */
		if (*maps == '{' || strncmp(maps, "inline:", 7) == 0) {
			doctor_skip(search->doctor,
				    "%s has a map that can't be listed",
				    setting);
			return;
		}
		snprintf(map, sizeof(map), "%.*s", (int)size, maps);
		search_map(search, program, map);
		maps += size;
	}
}

void doctor_check_aliases(struct doctor *doctor)
{
	const char *origin = doctor_settings_get(doctor->postfix, "myorigin");
	struct search search = {.doctor = doctor,
				.origin = origin == NULL ? "" : origin};
	unsigned int found = doctor_found(doctor);

	search.lookup = hl_lookup_init(doctor->config);
	if (search.lookup == NULL) {
		doctor_fail(doctor, "try again", "out of memory");
		return;
	}
	search_maps(&search, "virtual_alias_maps");
	search_maps(&search, "alias_maps");
	hl_lookup_deinit(&search.lookup);
	if (search.err.code != HL_ERROR_NONE)
		doctor_fail_by(doctor, "run `hardlinkctl verify`", &search.err);
	else if (search.cut)
		doctor_skip(doctor, "only the first %d aliases were looked at",
			    LOOKUPS_MAX);
	if (search.moved > NAMED_MAX)
		doctor_warn(doctor, "let them lead to the new addresses",
			    "%u more aliases lead to mailboxes that moved",
			    search.moved - NAMED_MAX);
	else if (doctor_found(doctor) == found)
		doctor_ok(doctor, "no alias leads to a mailbox that moved");
}

#include "config-text.h"

#include "hl-config-keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *meaning;
	/* where it lies under init's --dir, behind the directory */
	const char *scheme, *place;
	/* the default of a key whose default follows from another */
	const char *fallback;
} keys[] = {
	{.name = "store",
	 .meaning = "The database of hard-links.",
	 .scheme = "sqlite:",
	 .place = "/hardlink.db"},
	{.name = "keyring",
	 .meaning = "The directory of trusted public keys.",
	 .scheme = "",
	 .place = "/keys"},
	{.name = "signing_key",
	 .meaning = "The key that signs changes; for root, or hardlinkd, only.",
	 .scheme = "",
	 .place = "/private/signing.key"},
	{.name = "mark",
	 .meaning = "The high-water mark, by which a store put back to an "
		    "older state is\n# noticed; beside the store if it isn't "
		    "set.",
	 .scheme = "",
	 .place = "/hardlink.mark",
	 .fallback = HL_LOCALSTATEDIR "/lib/hardlink/hardlink.mark"},
	{.name = "filter_dir",
	 .meaning = "The directory of the filter that spares most lookups; "
		    "empty: none.",
	 .scheme = "",
	 .place = ""},
	{.name = "on_error",
	 .meaning = "What becomes of mail while the store can't be read or "
		    "believed:\n# tempfail (senders try again) or deliver (as "
		    "if nobody had moved)."},
	{.name = "lmtp",
	 .meaning = "reply: LMTP answers 557 and 558; deliver: it delivers, "
		    "because what\n# stands in front has answered already."},
	{.name = "submission",
	 .meaning = "Mail that local users submit to a hard-linked address: "
		    "follow sends\n# it on to the new one, reply answers with "
		    "557 or 558."},
	{.name = "confirm_target",
	 .meaning = "Does an owner's move wait until a code mailed to the new "
		    "address is\n# given back? yes or no."},
	{.name = "hold",
	 .meaning = "How long after its confirmation an owner's move takes "
		    "effect."},
	{.name = "timezone",
	 .meaning = "A bare date means the end of that day in this time zone: "
		    "system, or\n# a name such as Europe/Berlin."},
	{.name = "recipient_delimiter",
	 .meaning = "What separates an address from its detail (user+detail), "
		    "as in\n# Postfix and Dovecot."},
	{.name = "max_temporary",
	 .meaning = "The longest temporary hard-link that an owner may set."},
	{.name = "protected_localparts",
	 .meaning = "Local parts that owners can't move."},
	{.name = "grace",
	 .meaning = "How long after its expiry `expire` waits before it closes "
		    "a temporary\n# hard-link; it has ended all the same."},
	{.name = "notice",
	 .meaning = "Does a notice of what its owner asked for lie in the old "
		    "mailbox? yes or\n# no; without one a stolen password "
		    "moves a mailbox unnoticed."},
	{.name = "notice_before",
	 .meaning =
		 "How long before a temporary hard-link ends its owner is "
		 "told so, in the\n# old mailbox, and then once more when it "
		 "has; none: never."},
	{.name = "sendmail",
	 .meaning = "The program that codes are mailed with, and its "
		    "arguments."},
	{.name = "submission_host",
	 .meaning = "The mail server that codes are handed to instead: host "
		    "or host:port."},
	{.name = "mail_from",
	 .meaning = "Whom mails of this service come from; empty: postmaster "
		    "of the old\n# address's domain."},
	{.name = "service_socket",
	 .meaning = "Where owners' mailmove finds hardlinkd.",
	 .scheme = "",
	 .place = "/hardlink"},
	{.name = "admin_socket",
	 .meaning = "Where hardlinkctl finds it. While nobody listens there, "
		    "hardlinkctl\n# writes to the store itself.",
	 .scheme = "",
	 .place = "/hardlink-admin"},
	{.name = "milter_socket",
	 .meaning = "Where hardlink-milter listens: unix:/path or "
		    "inet:port@address."},
	{.name = "milter_socket_mode",
	 .meaning = "The mode of that socket, if it is a unix one."},
	{.name = "query_socket",
	 .meaning = "Where hardlink-query listens, for Exim."},
	{.name = "query_socket_mode", .meaning = "The mode of that socket."},
	{.name = "status_socket",
	 .meaning = "Where hardlink-milter tells its counters; empty: "
		    "nowhere."},
	{.name = "authenticated",
	 .meaning = "What hardlink-milter does for users who logged in: reply "
		    "as to anybody,\n# or skip."},
	{.name = "whole_domains",
	 .meaning = "What hardlink-milter and hardlink-query answer for a "
		    "recipient whose whole\n# domain is hard-linked: reply, "
		    "because the MTA asks only for recipients that\n# exist, "
		    "or skip, because it takes any (a catch-all)."},
	{.name = "redirect_rate",
	 .meaning = "How many redirects a client's network may get in which "
		    "time; 0: any\n# number."},
};

static void write_key(FILE *file, size_t i, const char *dir)
{
	const struct hl_config_key *key = hl_config_keys;

	while (key->name != NULL && strcmp(key->name, keys[i].name) != 0)
		key++;
	fprintf(file, "\n# %s\n", keys[i].meaning);
	if (dir != NULL && keys[i].place != NULL)
		fprintf(file, "%s = %s%s%s\n", keys[i].name, keys[i].scheme,
			dir, keys[i].place);
	else
		fprintf(file, "#%s = %s\n", keys[i].name,
			key->fallback == NULL ? keys[i].fallback
					      : key->fallback);
}

char *config_text(const char *dir)
{
	char *text = NULL;
	size_t size, i;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL)
		return NULL;
	fputs("# Configuration of hard-links; see hardlink.conf(5).\n"
	      "# Commented-out keys show their defaults.\n",
	      file);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		write_key(file, i, dir);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}

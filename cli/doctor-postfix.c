/* doctor: a Postfix in front of Dovecot. */

#include "doctor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const names[] = {
	"mail_version",		 "queue_directory",    "myorigin",
	"mydestination",	 "local_transport",    "mailbox_transport",
	"mailbox_command",	 "virtual_transport",  "relay_transport",
	"transport_maps",	 "smtpd_milters",      "non_smtpd_milters",
	"milter_default_action", "virtual_alias_maps", "alias_maps",
};

static const char *get(const struct doctor *doctor, const char *name)
{
	const char *value = doctor_settings_get(doctor->postfix, "%s", name);

	return value == NULL ? "" : value;
}

static int run_postconf(struct doctor *doctor, struct hl_error *err)
{
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	const char *argv[COUNT + 5];
	char path[PATH_MAX];
	size_t count = 0, i;

	if (!doctor_find("postconf", path, sizeof(path)))
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "there is no postconf");
	argv[count++] = path;
	if (doctor->postfix_config != NULL) {
		argv[count++] = "-c";
		argv[count++] = doctor->postfix_config;
	}
	/* with $names replaced */
	argv[count++] = "-x";
	for (i = 0; i < COUNT; i++)
		argv[count++] = names[i];
	argv[count] = NULL;
	return doctor_run(argv, doctor_settings_line, doctor->postfix, err);
}

/* By LMTP, or by Dovecot's own delivery program. */
static bool leads_to_dovecot(const char *transport)
{
	return strncmp(transport, "lmtp:", 5) == 0 ||
	       strstr(transport, "dovecot") != NULL;
}

void doctor_check_postfix(struct doctor *doctor)
{
	static const char *const ways[] = {
		"virtual_transport", "mailbox_transport", "local_transport",
		"mailbox_command", "relay_transport"};
	struct hl_error err;
	size_t i;

	doctor->postfix = doctor_settings_init();
	if (doctor->postfix == NULL) {
		doctor_fail(doctor, "try again", "out of memory");
		return;
	}
	if (run_postconf(doctor, &err) < 0) {
		if (err.code != HL_ERROR_NOT_FOUND)
			doctor->unreadable |= DOCTOR_POSTFIX;
		if (err.code == HL_ERROR_NOT_FOUND)
			doctor_skip(doctor, "there is no Postfix here: %s",
				    err.text);
		else
			doctor_fail(doctor, "mend Postfix's configuration",
				    "%s", err.text);
		return;
	}
	doctor->facts |= DOCTOR_POSTFIX;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!leads_to_dovecot(get(doctor, ways[i])))
			continue;
		doctor->facts |= DOCTOR_QUEUE;
		doctor_ok(doctor, "Postfix hands mail to Dovecot: %s = %s",
			  ways[i], get(doctor, ways[i]));
		return;
	}
	doctor_ok(doctor, "Postfix hands no mail to Dovecot by a setting of "
			  "main.cf");
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat st_a, st_b;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &st_a) == 0 && stat(b, &st_b) == 0 &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

/* Postfix's unix: path may be below its queue directory, and is so where smtpd
   is chrooted. */
static bool is_unix_milter(const struct doctor *doctor, const char *path,
			   const char *ours)
{
	char below[PATH_MAX];

	snprintf(below, sizeof(below), "%s/%s", get(doctor, "queue_directory"),
		 path);
	return (*path == '/' && is_same_file(path, ours)) ||
	       is_same_file(below, ours);
}

/* Ours is inet:port@host, Postfix's inet:host:port. */
static bool is_inet_milter(const char *theirs, const char *ours)
{
	size_t port_size = strcspn(ours, "@");
	const char *port = strrchr(theirs, ':');

	return port != NULL && strlen(port + 1) == port_size &&
	       memcmp(port + 1, ours, port_size) == 0;
}

static bool is_our_milter(const struct doctor *doctor, const char *milter)
{
	const char *ours = doctor->config->milter_socket;

	if (strncmp(milter, "unix:", 5) == 0 && strncmp(ours, "unix:", 5) == 0)
		return is_unix_milter(doctor, milter + 5, ours + 5);
	if (strncmp(milter, "inet:", 5) == 0 && strncmp(ours, "inet", 4) == 0)
		return is_inet_milter(milter + 5,
				      ours + strcspn(ours, ":") + 1);
	return false;
}

/* Is ours in a list such as smtpd_milters? `{ unix:path, option = value }` is
   one too. */
static bool has_our_milter(const struct doctor *doctor, const char *list)
{
	static const char separators[] = " ,\t{}";
	char word[PATH_MAX];
	size_t size;

	while (*(list += strspn(list, separators)) != '\0') {
		size = strcspn(list, separators);
		snprintf(word, sizeof(word), "%.*s", (int)size, list);
		if (is_our_milter(doctor, word))
			return true;
		list += size;
	}
	return false;
}

void doctor_check_milter(struct doctor *doctor)
{
	const char *milters = get(doctor, "smtpd_milters");
	const char *action = get(doctor, "milter_default_action");
	const char *ours = doctor->config->milter_socket;

	if (!has_our_milter(doctor, milters)) {
		doctor_fail(doctor,
			    "start hardlink-milter and put its socket into "
			    "smtpd_milters: hardlink-postfix(7)",
			    "Postfix has a queue in front of Dovecot and "
			    "doesn't ask hardlink-milter (%s): every redirect "
			    "becomes a bounce",
			    ours);
		return;
	}
	doctor->facts |= DOCTOR_MILTER;
	if (strcmp(action, "accept") != 0 && strcmp(action, "tempfail") != 0)
		doctor_fail(doctor,
			    "set milter_default_action to accept or tempfail",
			    "milter_default_action = %s: mail is refused for "
			    "good while the milter is down",
			    action);
	else
		doctor_ok(
			doctor,
			"Postfix asks hardlink-milter (%s); while it is down: "
			"%s",
			ours, action);
}

void doctor_check_non_smtpd(struct doctor *doctor)
{
	if (has_our_milter(doctor, get(doctor, "non_smtpd_milters")))
		doctor_fail(doctor, "take it out there",
			    "non_smtpd_milters has hardlink-milter: one moved "
			    "recipient makes a local mail stick in the queue");
	else
		doctor_ok(doctor, "non_smtpd_milters don't have ours");
}

/* doctor: a RCPT of a hard-linked address, through Dovecot's own LMTP server;
   nothing is delivered. */

#include "doctor.h"

#include "hl-reply.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 2048

/* The first unix socket, or else the first port. */
static int connect_lmtp(const struct doctor *doctor,
			struct doctor_peer **peer_r, struct hl_error *err)
{
	const struct doctor_settings *dovecot = doctor->dovecot;
	static const char unix_listener[] = "service/lmtp/unix_listener";
	static const char inet_listener[] = "service/lmtp/inet_listener";
	const char *name, *mode, *port, *address;
	char path[PATH_MAX], host[256];
	size_t pos = 0;

	while ((name = doctor_settings_next(dovecot, unix_listener, &pos)) !=
	       NULL) {
		mode = doctor_settings_get(dovecot, "%s/%s/mode", unix_listener,
					   name);
		/* it is switched off so */
		if (mode != NULL && strtoul(mode, NULL, 8) == 0)
			continue;
		doctor_socket_path(doctor, name, path, sizeof(path));
		return doctor_peer_connect(path, NULL, peer_r, err);
	}
	for (pos = 0; (name = doctor_settings_next(dovecot, inet_listener,
						   &pos)) != NULL;) {
		port = doctor_settings_get(dovecot, "%s/%s/port", inet_listener,
					   name);
		address = doctor_settings_get(
			dovecot,
			doctor->dovecot_24 ? "%s/%s/listen" : "%s/%s/address",
			inet_listener, name);
		if (port == NULL || strcmp(port, "0") == 0)
			continue;
		snprintf(host, sizeof(host), "%.*s",
			 address == NULL ? 0 : (int)strcspn(address, " ,"),
			 address == NULL ? "" : address);
		if (host[0] == '\0' || host[0] == '*' ||
		    strcmp(host, "::") == 0)
			strcpy(host, "localhost");
		return doctor_peer_connect(host, port, peer_r, err);
	}
	return hl_error_set(err, HL_ERROR_CONFIG,
			    "service lmtp has no listener");
}

/* Reads a reply; its last line to line_r. */
static int read_reply(struct doctor_peer *peer, char line_r[LINE_SIZE],
		      struct hl_error *err)
{
	unsigned int lines = 0;

	do {
		if (doctor_peer_read_line(peer, line_r, LINE_SIZE, err) < 0)
			return -1;
		if (++lines > 100)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "the reply doesn't end");
	} while (strlen(line_r) > 3 && line_r[3] == '-');
	return 0;
}

static int ask(struct doctor_peer *peer, const char *command,
	       char line_r[LINE_SIZE], struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE + 64];
	int size = snprintf(text, sizeof(text), "%s\r\n", command);

	if (doctor_peer_send(peer, text, (size_t)size, err) < 0)
		return -1;
	return read_reply(peer, line_r, err);
}

/* The reply to a RCPT of that address. */
static int ask_rcpt(struct doctor_peer *peer, const struct hl_address *address,
		    char line_r[LINE_SIZE], struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE], command[HL_ADDRESS_SIZE + 16];
	char ignored[LINE_SIZE];
	int ret;

	hl_address_format(address, text);
	snprintf(command, sizeof(command), "RCPT TO:<%s>", text);
	if (read_reply(peer, line_r, err) < 0 ||
	    ask(peer, "LHLO localhost", line_r, err) < 0 ||
	    ask(peer, "MAIL FROM:<>", line_r, err) < 0)
		return -1;
	if (line_r[0] != '2')
		return hl_error_set(err, HL_ERROR_TEMP,
				    "MAIL FROM:<> is answered with %s", line_r);
	ret = ask(peer, command, line_r, err);
	if (ret == 0 && ask(peer, "RSET", ignored, err) == 0)
		(void)ask(peer, "QUIT", ignored, err);
	return ret;
}

static void judge(struct doctor *doctor, const struct hl_address *address,
		  const struct hl_link *link, const char *line)
{
	bool deliver = doctor->config->lmtp == HL_LMTP_DELIVER;
	char text[HL_ADDRESS_SIZE], wanted[HL_REPLY_LINE_SIZE];
	struct hl_reply reply;

	hl_address_format(address, text);
	hl_reply_format(link, false, &reply);
	hl_reply_write_line(&reply, wanted);
	if (deliver && strncmp(line, "557", 3) != 0 &&
	    strncmp(line, "558", 3) != 0)
		doctor_ok(doctor,
			  "LMTP says no 557 or 558 for %s, as `lmtp = deliver` "
			  "has it",
			  text);
	else if (!deliver && strcmp(line, wanted) == 0)
		doctor_ok(doctor, "LMTP answers RCPT of %s with %s", text,
			  line);
	else
		doctor_fail(doctor,
			    "`doveadm reload`, and look into Dovecot's log",
			    "LMTP answers RCPT of %s with \"%s\" where \"%s\" "
			    "is right",
			    text, line, deliver ? "250" : wanted);
}

void doctor_check_lmtp(struct doctor *doctor)
{
	char line[LINE_SIZE];
	struct hl_address address;
	struct doctor_peer *peer;
	struct hl_error err;
	struct hl_link link;
	int ret = doctor_find_moved(doctor, &address, &link, &err);

	if (ret < 0) {
		doctor_fail_by(doctor, "run `hardlinkctl verify`", &err);
		return;
	}
	if (ret == 0) {
		doctor_skip(doctor, "no hard-link in force among the newest "
				    "entries that LMTP could be asked for");
		return;
	}
	ret = connect_lmtp(doctor, &peer, &err);
	if (ret == 0) {
		ret = ask_rcpt(peer, &address, line, &err);
		doctor_peer_close(&peer);
	}
	if (ret == 0)
		judge(doctor, &address, &link, line);
	else
		doctor_fail_by(doctor,
			       "see Dovecot's log, and `service lmtp` in its "
			       "configuration",
			       &err);
}

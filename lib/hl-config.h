#ifndef HL_CONFIG_H
#define HL_CONFIG_H

#include "hl-error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* /etc/hardlink/hardlink.conf: `key = value` lines, `#` comments. One file
   for every program; see hardlink.conf(5). */

#define HL_CONFIG_DEFAULT_PATH HL_SYSCONFDIR "/hardlink/hardlink.conf"
/* of service_socket, for who may not read the file */
#define HL_CONFIG_SERVICE_SOCKET "/run/dovecot/hardlink"

/* durations in notice_before */
#define HL_CONFIG_NOTICES_MAX 8

enum hl_on_error { HL_ON_ERROR_TEMPFAIL, HL_ON_ERROR_DELIVER };
enum hl_lmtp_mode { HL_LMTP_REPLY, HL_LMTP_DELIVER };
enum hl_submission_mode { HL_SUBMISSION_FOLLOW, HL_SUBMISSION_REPLY };

struct hl_config {
	/* all strings belong to this struct */
	char *path;
	char *store;
	char *keyring;
	char *signing_key;
	/* the high-water mark's file; default: beside the store */
	char *mark;
	/* the directory of the filter in front of the store; "": none */
	char *filter_dir;
	char *timezone;
	char *recipient_delimiter;
	char *protected_localparts;
	enum hl_on_error on_error;
	enum hl_lmtp_mode lmtp;
	enum hl_submission_mode submission;
	bool confirm_target;
	/* a notice in the old mailbox of what its owner asked for? */
	bool notice;
	/* seconds */
	int64_t hold_permanent, hold_temporary, max_temporary;
	/* how long what ran out is left before `expire` closes it */
	int64_t grace;
	/* so many seconds before a hard-link runs out, and once it has, its
	   owner is told; count 0: never */
	int64_t notice_before[HL_CONFIG_NOTICES_MAX];
	size_t notice_count;

	/* the mails of hardlinkd; sendmail may have arguments */
	char *sendmail;
	/* "": sendmail is used */
	char *submission_host;
	/* "": postmaster at the old address's domain */
	char *mail_from;
	/* hardlinkd's: for owners, for administrators */
	char *service_socket;
	char *admin_socket;

	/* the programs beside an MTA; milter_socket in libmilter's notation */
	char *milter_socket;
	mode_t milter_socket_mode;
	char *query_socket;
	mode_t query_socket_mode;
	/* "": none */
	char *status_socket;
	/* no redirect for a client that has logged in */
	bool authenticated_skip;
	/* no redirect for a recipient whose whole domain is hard-linked */
	bool whole_domains_skip;
	/* redirects for one network of clients in that time; 0: no limit */
	unsigned int redirect_rate;
	int64_t redirect_rate_seconds;
};

/* Reads the file; keys that it doesn't name have their defaults. Errors are
   HL_ERROR_CONFIG with "FILE:LINE: …" in front: unknown or repeated keys, bad
   values, lines without `=`, NUL bytes, lines over 4096 bytes, a file that is
   missing or can't be read (then HL_ERROR_PERMISSION, if that's the reason) or
   that others than its owner and root may write to. */
int hl_config_read(const char *path, struct hl_config **config_r,
		   struct hl_error *err);

/* Sets *config to NULL. */
void hl_config_free(struct hl_config **config);

#endif

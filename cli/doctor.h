#ifndef DOCTOR_H
#define DOCTOR_H

#include "cli.h"

#include "hl-log.h"

#include <sys/types.h>

/* `hardlinkctl doctor`: looks at a whole installation and changes nothing. Each
   check gives at least one row; what it finds in order, later ones build
   upon. */

/* Seconds. Whatever is asked of a server is given up after that. */
#define DOCTOR_PATIENCE 10
/* of a program; the machine may be busy */
#define DOCTOR_PROGRAM_PATIENCE 30

enum doctor_result {
	DOCTOR_OK,
	DOCTOR_WARNING,
	DOCTOR_ERROR,
	/* it doesn't apply here, or couldn't be looked at: the row says why */
	DOCTOR_SKIPPED
};

/* What a check needs, found by those before it. */
enum doctor_fact {
	/* config could be read */
	DOCTOR_CONFIG = 1 << 0,
	/* so could the keyring */
	DOCTOR_KEYRING = 1 << 1,
	/* the store is a file of this machine's */
	DOCTOR_HERE = 1 << 2,
	/* store is open, in a snapshot */
	DOCTOR_STORE = 1 << 3,
	/* its head is right: log is open, in a snapshot */
	DOCTOR_LOG = 1 << 4,
	/* dovecot holds its configuration */
	DOCTOR_DOVECOT = 1 << 5,
	/* lmtp loads lmtp_hardlink */
	DOCTOR_LMTP = 1 << 6,
	/* the module files are right */
	DOCTOR_MODULES = 1 << 7,
	/* hardlinkd is configured as a service */
	DOCTOR_SERVICE = 1 << 8,
	/* Dovecot's master is there */
	DOCTOR_RUNNING = 1 << 9,
	/* lmtp may read the store */
	DOCTOR_READER = 1 << 10,
	/* postfix holds what Postfix is set to */
	DOCTOR_POSTFIX = 1 << 11,
	/* it has a queue in front of Dovecot */
	DOCTOR_QUEUE = 1 << 12,
	/* it asks hardlink-milter */
	DOCTOR_MILTER = 1 << 13,
	/* Exim or OpenSMTPD asks for what we have */
	DOCTOR_EDGE = 1 << 14,
	/* the newest entries verify */
	DOCTOR_ENTRIES = 1 << 15
};

struct doctor_settings;

struct doctor {
	struct cli *cli;
	/* the name of the check in progress */
	const char *check;
	unsigned int facts;
	/* DOCTOR_DOVECOT, DOCTOR_POSTFIX: it is there but can't be read */
	unsigned int unreadable;
	unsigned int warnings, errors, skipped;
	/* output failed: err says why */
	bool failed;
	struct hl_error *err;

	const struct hl_config *config;
	struct hl_keyring *keyring;
	struct hl_store *store;
	struct hl_checkpoint head;
	struct hl_log *log;

	struct doctor_settings *dovecot;
	/* NULL: as Dovecot finds it */
	const char *dovecot_config;
	bool dovecot_24;
	/* whom hardlinkd is configured to run as; NULL if it isn't */
	const char *service_user;

	struct doctor_settings *postfix;
	const char *postfix_config;
};

/* --- doctor-report.c: one row each. mend: what to do, "" if there is nothing
   to be done. */
void doctor_ok(struct doctor *doctor, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_skip(struct doctor *doctor, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_warn(struct doctor *doctor, const char *mend, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_fail(struct doctor *doctor, const char *mend, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* An error of the library's; what only root may look at is skipped for others.
 */
void doctor_fail_by(struct doctor *doctor, const char *mend,
		    const struct hl_error *err);
/* Has the check in progress found something wrong (errors or warnings) since
   this number? */
unsigned int doctor_found(const struct doctor *doctor);

/* --- doctor-run.c */
/* The program's path, also where only root's PATH goes: false if there's none.
 */
bool doctor_find(const char *name, char *path_r, size_t path_r_size);
/* Called for each line of standard output; other than 0 ends the program. */
typedef int doctor_line_func(const char *line, void *context);
/* Runs a program (argv[0] is its path), for DOCTOR_PROGRAM_PATIENCE at most.
   Returns 0 if it ended well or func ended it; -1 with the last line that it
   wrote to standard error. */
int doctor_run(const char *const *argv, doctor_line_func *func, void *context,
	       struct hl_error *err);

/* --- doctor-access.c */
/* Whom hardlinkd runs as, or would: the user that hardlinkd(8) and the packages
   make for it. */
const char *doctor_hardlinkd_user(const struct doctor *doctor);
/* May this user open the path so (access()'s R_OK…)? group: one more that it is
   in, or NULL. For root only. -1: that can't be said (there is no such user,
   say). */
int doctor_may(const char *user, const char *group, const char *path, int mode);
/* A directory above the path that others than root, the path's owner and this
   user (may be NULL) may write to; false: there is none. */
bool doctor_loose_parent(const char *path, const char *user, char *dir_r,
			 size_t dir_r_size);
/* Is this that user's number? */
bool doctor_is_user(const char *user, uid_t uid);
/* "root", or the number */
const char *doctor_user_name(uid_t uid);

/* --- doctor-settings.c: what doveconf and postconf print */
struct doctor_settings *doctor_settings_init(void);
void doctor_settings_deinit(struct doctor_settings **settings);
/* A doctor_line_func; context is the settings. Blocks become parts of names:
   service/lmtp/unix_listener/lmtp/mode. A block itself is one too. */
int doctor_settings_line(const char *line, void *context);
/* NULL if there is no such name. */
const char *doctor_settings_get(const struct doctor_settings *settings,
				const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The names of blocks `prefix/NAME`, one after the other; *pos is 0 first. */
const char *doctor_settings_next(const struct doctor_settings *settings,
				 const char *prefix, size_t *pos);
/* Is this word in a list with blanks or commas between? */
bool doctor_has_word(const char *list, const char *word);

/* --- doctor-socket.c: a server, asked within DOCTOR_PATIENCE */
struct doctor_peer;
/* where: a path, or with port not NULL a host. -1 with err. */
int doctor_peer_connect(const char *where, const char *port,
			struct doctor_peer **peer_r, struct hl_error *err);
void doctor_peer_close(struct doctor_peer **peer);
int doctor_peer_send(struct doctor_peer *peer, const void *data, size_t size,
		     struct hl_error *err);
/* Exactly so many bytes. */
int doctor_peer_read(struct doctor_peer *peer, void *data, size_t size,
		     struct hl_error *err);
/* A line without its CRLF or LF. */
int doctor_peer_read_line(struct doctor_peer *peer, char *line_r, size_t size,
			  struct hl_error *err);

/* --- doctor-moved.c */
/* A hard-link in force among the newest entries that any sender can be told:
   1, 0 if there is none. */
int doctor_find_moved(struct doctor *doctor, struct hl_address *address_r,
		      struct hl_link *link_r, struct hl_error *err);
/* Is there a temporary one among them that is in force? */
int doctor_has_temporary(struct doctor *doctor, struct hl_error *err);

/* --- doctor-dovecot.c */
/* The plugins that a protocol loads ("": all that have none of their own), with
   blanks between, to be freed. -1 with err. */
int doctor_plugins(const struct doctor *doctor, const char *protocol,
		   char **plugins_r, struct hl_error *err);
/* doveconf for these names, NULL-terminated. */
int doctor_doveconf(const struct doctor *doctor, const char *const *arguments,
		    doctor_line_func *func, void *context,
		    struct hl_error *err);
/* Where a socket of this name of a service's is. */
void doctor_socket_path(const struct doctor *doctor, const char *name,
			char *path_r, size_t path_r_size);

/* --- doctor-service.c */
/* Can the program of a service of Dovecot's be run? false: a row says why
   not. */
bool doctor_check_program(struct doctor *doctor, const char *service);

/* --- The checks, each in the order of cmd-doctor.c's table. */
void doctor_check_config(struct doctor *doctor);
void doctor_check_keyring(struct doctor *doctor);
void doctor_check_signing_key(struct doctor *doctor);
void doctor_check_next_key(struct doctor *doctor);
void doctor_check_parents(struct doctor *doctor);
void doctor_check_store(struct doctor *doctor);
void doctor_check_store_files(struct doctor *doctor);
void doctor_check_file_system(struct doctor *doctor);
void doctor_check_space(struct doctor *doctor);
void doctor_check_head(struct doctor *doctor);
void doctor_check_mark(struct doctor *doctor);
void doctor_check_entries(struct doctor *doctor);
void doctor_check_clock(struct doctor *doctor);
void doctor_check_timer(struct doctor *doctor);

void doctor_check_dovecot(struct doctor *doctor);
void doctor_check_running(struct doctor *doctor);
void doctor_check_lmtp_plugin(struct doctor *doctor);
void doctor_check_global_plugins(struct doctor *doctor);
void doctor_check_modules(struct doctor *doctor);
void doctor_check_config_path(struct doctor *doctor);
void doctor_check_reader(struct doctor *doctor);
void doctor_check_service(struct doctor *doctor);
void doctor_check_sockets(struct doctor *doctor);
void doctor_check_answers(struct doctor *doctor);
void doctor_check_lookup(struct doctor *doctor);
void doctor_check_notice(struct doctor *doctor);
void doctor_check_login_plugins(struct doctor *doctor);
void doctor_check_mail_out(struct doctor *doctor);
void doctor_check_lmtp(struct doctor *doctor);

void doctor_check_postfix(struct doctor *doctor);
void doctor_check_milter(struct doctor *doctor);
void doctor_check_milter_answers(struct doctor *doctor);
void doctor_check_non_smtpd(struct doctor *doctor);
void doctor_check_aliases(struct doctor *doctor);
void doctor_check_exim(struct doctor *doctor);
void doctor_check_opensmtpd(struct doctor *doctor);
void doctor_check_lmtp_mode(struct doctor *doctor);

#endif

#ifndef HL_CONFIG_VALUES_H
#define HL_CONFIG_VALUES_H

#include "hl-config.h"

/* Values of hardlink.conf, for hl-config-*.c alone. */

#define HL_CONFIG_BLANKS " \t"

/* HL_ERROR_CONFIG: "value" isn't <allowed>. */
int hl_config_refuse(struct hl_error *err, const char *value,
		     const char *allowed);

/* Replaces *string. */
int hl_config_copy(char **string, const char *value, struct hl_error *err);

/* Absolute, of something in a directory. */
bool hl_config_is_path(const char *value);
int hl_config_set_path(char **path, const char *value, struct hl_error *err);

/* Is value the first of the two words? */
int hl_config_choose(const char *value, const char *yes, const char *no,
		     bool *yes_r, struct hl_error *err);

/* The keys of the mails that hardlinkd sends. */
int hl_config_set_sendmail(struct hl_config *config, const char *value,
			   struct hl_error *err);
int hl_config_set_submission_host(struct hl_config *config, const char *value,
				  struct hl_error *err);
int hl_config_set_mail_from(struct hl_config *config, const char *value,
			    struct hl_error *err);
int hl_config_set_notice(struct hl_config *config, const char *value,
			 struct hl_error *err);

/* The keys of what becomes of a temporary hard-link at its end. */
int hl_config_set_grace(struct hl_config *config, const char *value,
			struct hl_error *err);
int hl_config_set_notice_before(struct hl_config *config, const char *value,
				struct hl_error *err);

/* The keys of the programs beside an MTA. */
int hl_config_set_milter_socket(struct hl_config *config, const char *value,
				struct hl_error *err);
int hl_config_set_milter_socket_mode(struct hl_config *config,
				     const char *value, struct hl_error *err);
int hl_config_set_query_socket(struct hl_config *config, const char *value,
			       struct hl_error *err);
int hl_config_set_query_socket_mode(struct hl_config *config, const char *value,
				    struct hl_error *err);
int hl_config_set_status_socket(struct hl_config *config, const char *value,
				struct hl_error *err);
int hl_config_set_authenticated(struct hl_config *config, const char *value,
				struct hl_error *err);
int hl_config_set_whole_domains(struct hl_config *config, const char *value,
				struct hl_error *err);
int hl_config_set_redirect_rate(struct hl_config *config, const char *value,
				struct hl_error *err);

#endif

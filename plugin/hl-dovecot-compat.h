#ifndef HL_DOVECOT_COMPAT_H
#define HL_DOVECOT_COMPAT_H

/* What differs between Dovecot 2.3 and 2.4; only here and where the setting
   hardlink_config is read. */

#include "lib.h"

#if DOVECOT_PREREQ(2, 4, 0)
/* Settings are looked up by event. */
#define HL_LMTP_USER_SET(client)	      NULL
#define HL_LMTP_DELIMITERS(client)	      ((client)->lda_set->recipient_delimiter)
#define HL_STORAGE_INPUT_SERVICE(input, name) ((input)->service = (name))
#define HL_AUTH_PROTOCOL		      protocol
#define HL_AUTH_SECURED			      AUTH_REQUEST_FLAG_CONN_SECURED
#define HL_MAIL_SMTPUTF8(params)	      ((params)->smtputf8)
#define hl_master_service_read_settings(service, error_r) \
	master_service_settings_read_simple(service, error_r)
/* Did the client say SMTPUTF8 in its MAIL? It may if mail_utf8_extensions is
   set. */
#define HL_SMTPUTF8(conn) \
	(smtp_server_connection_get_transaction(conn)->params.smtputf8)
/* sendmail is run as whoever runs */
#define HL_SUBMIT_ALLOW_ROOT(input)
#else
/* plugin {} hangs on the user's settings, which lmtp has before there is any
   user. */
#define HL_LMTP_USER_SET(client) ((client)->user_set)
#define HL_LMTP_DELIMITERS(client) \
	((client)->unexpanded_lda_set->recipient_delimiter)
#define HL_STORAGE_INPUT_SERVICE(input, name) \
	((input)->module = (input)->service = (name))
/* the member of struct auth_request_info and struct auth_user_info */
#define HL_AUTH_PROTOCOL	 service
#define HL_AUTH_SECURED		 AUTH_REQUEST_FLAG_SECURED
/* 2.3 has no SMTPUTF8 */
#define HL_MAIL_SMTPUTF8(params) ((void)(params), FALSE)
#define hl_master_service_read_settings(service, error_r) \
	master_service_settings_read_simple(service, NULL, error_r)
#define HL_SMTPUTF8(conn)	    false
#define HL_SUBMIT_ALLOW_ROOT(input) (input).allow_root = TRUE
#endif

/* Dovecot finds a module's parts by dlsym(); everything else stays hidden, so
   that two modules that both hold libhardlink don't mix. */
#define HL_EXPORT __attribute__((visibility("default")))

#endif

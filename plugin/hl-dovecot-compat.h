#ifndef HL_DOVECOT_COMPAT_H
#define HL_DOVECOT_COMPAT_H

/* What differs between Dovecot 2.3 and 2.4; only here and in
   hl-plugin-settings.c. */

#include "lib.h"

#if DOVECOT_PREREQ(2, 4, 0)
/* Settings are looked up by event. */
#define HL_LMTP_USER_SET(client) NULL
/* Did the client say SMTPUTF8 in its MAIL? It may if mail_utf8_extensions is
   set. */
#define HL_SMTPUTF8(conn) \
	(smtp_server_connection_get_transaction(conn)->params.smtputf8)
#else
/* plugin {} hangs on the user's settings, which lmtp has before there is any
   user. */
#define HL_LMTP_USER_SET(client) ((client)->user_set)
#define HL_SMTPUTF8(conn)	 false
#endif

/* Dovecot finds a module's parts by dlsym(); everything else stays hidden, so
   that two modules that both hold libhardlink don't mix. */
#define HL_EXPORT __attribute__((visibility("default")))

#endif

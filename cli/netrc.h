#ifndef NETRC_H
#define NETRC_H

#include "password.h"

/* The password of this login at this host, from the file ~/.netrc that
   programs share. libcurl could read it, too, but some versions send what
   stands there for another login of the host. HL_ERROR_DATA if there is
   none. Whoever has it overwrites it. */
int netrc_find(const char *host, const char *user,
	       char password_r[PASSWORD_SIZE], struct hl_error *err);

#endif

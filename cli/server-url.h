#ifndef SERVER_URL_H
#define SERVER_URL_H

#include "hl-error.h"

#include <stdbool.h>

/* --server's value: smtp(s)://user@host[:port] */

#define SERVER_USER_SIZE 512
#define SERVER_HOST_SIZE 256

struct server_url {
	/* TLS from the beginning; else STARTTLS */
	bool tls;
	/* percent-decoded */
	char user[SERVER_USER_SIZE];
	/* an IPv6 address in its brackets */
	char host[SERVER_HOST_SIZE];
	unsigned int port;
};

/* HL_ERROR_USAGE says what is wrong with it. What might be a password isn't
   repeated. The user may have an @ in it: the last one counts. */
int server_url_parse(const char *text, struct server_url *url_r,
		     struct hl_error *err);

#endif

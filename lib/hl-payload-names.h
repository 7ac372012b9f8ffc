#ifndef HL_PAYLOAD_NAMES_H
#define HL_PAYLOAD_NAMES_H

/* The words of a payload, at the places of the enums that they stand for; what
   is written and what is read can't drift apart. */

#include <stddef.h>

static const char *const kind_names[] = {"", "permanent", "temporary", NULL};
static const char *const status_names[] = {"", "confirmed", "pending", NULL};
static const char *const blocked_names[] = {"", "yes", NULL};
static const char *const change_names[] = {"trusted", "retired", "revoked",
					   NULL};
static const char *const scope_names[] = {"address", "log", NULL};

/* Version 2 is for whole domains and nothing else. */
#define PAYLOAD_MAGIC	     "hardlink-payload/1"
#define PAYLOAD_DOMAIN_MAGIC "hardlink-payload/2"
/* its scope, and the name of the field that version 1 calls `address` */
#define DOMAIN_SCOPE "domain"

#endif

#ifndef EDGE_LISTEN_H
#define EDGE_LISTEN_H

#include "hl-error.h"

#include <sys/types.h>

/* Unix sockets of programs that may have been killed, or be running already. */

/* Takes away what an ended program left at path; HL_ERROR_TEMP if one answers
   there, HL_ERROR_CONFIG if something else than a socket is there. Returns a
   descriptor that keeps others from starting at the same place: close it once
   the socket listens. */
int edge_listen_prepare(const char *path, struct hl_error *err);

/* Listens at path, and returns the descriptor. The socket has this mode from
   its first moment on. */
int edge_listen(const char *path, mode_t mode, struct hl_error *err);

#endif

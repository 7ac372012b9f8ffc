#ifndef EDGE_MILTER_H
#define EDGE_MILTER_H

#include "edge.h"

#include <libmilter/mfapi.h>

/* What libmilter calls for each session; edge answers. */
int milter_register(struct edge *edge, struct hl_error *err);

#endif

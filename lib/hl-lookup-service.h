#ifndef HL_LOOKUP_SERVICE_H
#define HL_LOOKUP_SERVICE_H

#include "hl-lookup.h"

/* A lookup that hardlinkd does: `store = service:/socket`. What is behind
   hl_lookup() where a process may not, or can't, open the store itself. */

#define HL_LOOKUP_SERVICE_SCHEME "service:"

struct hl_lookup_service;

/* The socket's path, or NULL if the store is another one. */
const char *hl_lookup_service_path(const char *store);

/* path must outlive it. NULL when out of memory. */
struct hl_lookup_service *hl_lookup_service_init(const char *path);
void hl_lookup_service_deinit(struct hl_lookup_service **service);

/* As hl_lookup(); the address may have a detail. */
enum hl_lookup_result hl_lookup_service(struct hl_lookup_service *service,
					const struct hl_address *address,
					struct hl_link *link_r,
					struct hl_error *err);

#endif

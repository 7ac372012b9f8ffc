#include "hl-lookup-service.h"
#include "hl-service.h"

#include <stdlib.h>
#include <string.h>

struct hl_lookup_service {
	const char *path;
	/* NULL: not connected */
	struct hl_service *service;
};

const char *hl_lookup_service_path(const char *store)
{
	size_t size = strlen(HL_LOOKUP_SERVICE_SCHEME);

	return strncmp(store, HL_LOOKUP_SERVICE_SCHEME, size) == 0
		       ? store + size
		       : NULL;
}

struct hl_lookup_service *hl_lookup_service_init(const char *path)
{
	struct hl_lookup_service *service = calloc(1, sizeof(*service));

	if (service != NULL)
		service->path = path;
	return service;
}

void hl_lookup_service_deinit(struct hl_lookup_service **_service)
{
	struct hl_lookup_service *service = *_service;

	*_service = NULL;
	if (service == NULL)
		return;
	hl_service_close(&service->service);
	free(service);
}

static int ask(struct hl_lookup_service *service, const char *address,
	       struct hl_service_line *line, struct hl_error *err)
{
	const char *const words[] = {"LOOKUP", address, NULL};

	if (service->service == NULL &&
	    hl_service_connect(service->path, HL_SERVICE_LOOKUP_MS,
			       &service->service, err) < 0)
		return -1;
	return hl_service_ask(service->service, words, NULL, NULL, line, err);
}

enum hl_lookup_result hl_lookup_service(struct hl_lookup_service *service,
					const struct hl_address *address,
					struct hl_link *link_r,
					struct hl_error *err)
{
	bool connected = service->service != NULL;
	struct hl_service_line line;
	char text[HL_ADDRESS_SIZE];
	int ret;

	hl_address_format(address, text);
	ret = ask(service, text, &line, err);
	/* One that has been idle for a while was hung up on, or hardlinkd was
	   started again: nothing is wrong with a new one. */
	if (ret < 0 && connected && hl_service_is_broken(service->service)) {
		hl_service_close(&service->service);
		ret = ask(service, text, &line, err);
	}
	if (ret == 0)
		ret = hl_service_get_link(&line, "", link_r, err);
	if (ret < 0) {
		hl_service_close(&service->service);
		return HL_LOOKUP_ERROR;
	}
	if (link_r->kind == HL_KIND_NONE)
		return HL_LOOKUP_NONE;
	return hl_service_is_by_domain(&line) ? HL_LOOKUP_FOUND_BY_DOMAIN
					      : HL_LOOKUP_FOUND;
}

#include "entries.h"

#include <string.h>

struct walk {
	struct hl_log *log;
	const char *domain;
	entries_func *func;
	void *context;
};

int entries_domain_parse(const char *name, char domain_r[HL_DOMAIN_MAX + 1],
			 struct hl_error *err)
{
	struct hl_address address;

	if (hl_address_parse_domain(name, strlen(name), 0, &address, err) < 0)
		return -1;
	strcpy(domain_r, address.domain);
	return 0;
}

static int walk_row(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	struct walk *walk = context;
	struct hl_address address;
	struct hl_entry entry;
	int ret;

	if (hl_address_parse_subject(row->key, strlen(row->key), &address,
				     err) < 0) {
		err->code = HL_ERROR_STORE;
		return hl_error_prefix(err, "index");
	}
	if (walk->domain[0] != '\0' &&
	    strcmp(walk->domain, address.domain) != 0)
		return 0;
	ret = hl_log_get_newest(walk->log, &address, &entry, err);
	if (ret == 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: the row of entry %llu is found "
				    "under another key than its own",
				    (unsigned long long)row->seq);
	return ret < 0 ? -1 : walk->func(&entry, walk->context, err);
}

int entries_each(struct hl_log *log, const char *domain, entries_func *func,
		 void *context, struct hl_error *err)
{
	struct walk walk = {log, domain, func, context};

	return hl_store_each_open(hl_log_store(log), walk_row, &walk, err);
}

#include "hl-store.h"

static int copy_entry(const struct hl_record *record, void *context,
		      struct hl_error *err)
{
	return hl_store_put_entry(context, record, err);
}

static int copy_link(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	return hl_store_put_link(context, row, err);
}

static int copy_consent(const char *key, const struct hl_consent *consent,
			void *context, struct hl_error *err)
{
	return hl_store_put_consent(context, key, consent, err);
}

static int copy_notice(const char *id, int64_t time, void *context,
		       struct hl_error *err)
{
	return hl_store_add_notice(context, id, time, err) < 0 ? -1 : 0;
}

int hl_store_copy(struct hl_store *from, struct hl_store *to,
		  struct hl_error *err)
{
	struct hl_head_row head;

	if (hl_store_each_entry(from, 0, UINT64_MAX, HL_ASCENDING, copy_entry,
				to, err) < 0 ||
	    hl_store_each_index(from, NULL, HL_ASCENDING, copy_link, to, err) <
		    0 ||
	    hl_store_each_consent(from, copy_consent, to, err) < 0 ||
	    hl_store_each_notice(from, copy_notice, to, err) < 0 ||
	    hl_store_get_head(from, &head, err) < 0)
		return -1;
	return hl_store_put_head(to, &head, err);
}

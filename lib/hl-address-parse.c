/* Reading addresses: what may stand around and between local part and domain,
   and the limit of both together; the one form of different spellings. */

#include "hl-domain.h"
#include "hl-local-part.h"
#include "hl-unicode.h"

#include <string.h>

static int too_long(struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_DATA, "longer than %d bytes",
			    HL_ADDRESS_MAX);
}

/* Both parts are in address already. */
static int check_written_size(const struct hl_address *address,
			      struct hl_error *err)
{
	if (hl_local_part_written_size(address->local_part) + 1 +
		    strlen(address->domain) >
	    HL_ADDRESS_MAX)
		return too_long(err);
	return 0;
}

/* A-d-l of RFC 5321 section 4.1.2. *used_r is its length with the colon. */
static int skip_source_route(const char *text, size_t size, size_t *used_r,
			     struct hl_error *err)
{
	char domain[HL_DOMAIN_MAX + 1];
	size_t pos = 0, end;

	do {
		if (pos == size || text[pos] != '@')
			return hl_error_set(err, HL_ERROR_DATA,
					    "malformed source route in front");
		for (end = ++pos; end < size; end++) {
			if (text[end] == ',' || text[end] == ':')
				break;
		}
		if (end == size)
			return hl_error_set(err, HL_ERROR_DATA,
					    "no mailbox behind the source "
					    "route");
		if (text[pos] == '[')
			return hl_error_set(err, HL_ERROR_DATA,
					    "address literal in the source "
					    "route");
		if (hl_domain_parse(text + pos, end - pos, HL_ADDRESS_FOREIGN,
				    domain, err) < 0)
			return hl_error_prefix(err, "source route");
		pos = end + 1;
	} while (text[end] == ',');
	*used_r = pos;
	return 0;
}

static int parse_path(const char *text, size_t size,
		      enum hl_address_flags flags, struct hl_address *address_r,
		      struct hl_error *err)
{
	size_t used;

	if (size == 0)
		return hl_error_set(err, HL_ERROR_DATA, "empty");
	if (size > HL_ADDRESS_MAX)
		return too_long(err);
	if (text[0] == '<')
		return hl_error_set(err, HL_ERROR_DATA,
				    "write it without angle brackets");
	if (text[0] == '@' && (flags & HL_ADDRESS_FOREIGN) != 0) {
		if (skip_source_route(text, size, &used, err) < 0)
			return -1;
		text += used;
		size -= used;
	} else if (text[0] == '@' && memchr(text, ':', size) != NULL) {
		return hl_error_set(err, HL_ERROR_DATA,
				    "a source route can't be used here; write "
				    "only the mailbox");
	}
	if (hl_local_part_parse(text, size, address_r->local_part, &used, err) <
	    0)
		return -1;
	if (used == size || text[used] != '@')
		return hl_error_set(err, HL_ERROR_DATA,
				    "no @ behind the local part");
	used++;
	if (hl_domain_parse(text + used, size - used, flags, address_r->domain,
			    err) < 0)
		return -1;
	return check_written_size(address_r, err);
}

int hl_address_parse(const char *text, size_t size, enum hl_address_flags flags,
		     struct hl_address *address_r, struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	if (parse_path(text, size, flags, address_r, err) < 0)
		return hl_error_prefix(err, "address \"%s\"",
				       hl_error_quote(text, size, quote));
	return 0;
}

int hl_address_parse_domain(const char *text, size_t size,
			    enum hl_address_flags flags,
			    struct hl_address *address_r, struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	hl_address_make_domain(address_r);
	if (hl_domain_parse(text, size, flags, address_r->domain, err) < 0)
		return hl_error_prefix(err, "domain \"%s\"",
				       hl_error_quote(text, size, quote));
	return 0;
}

int hl_address_parse_subject(const char *text, size_t size,
			     struct hl_address *address_r, struct hl_error *err)
{
	/* a colon would be that of a source route */
	if (size > 0 && text[0] == '@' && memchr(text, ':', size) == NULL)
		return hl_address_parse_domain(text + 1, size - 1, 0, address_r,
					       err);
	return hl_address_parse(text, size, 0, address_r, err);
}

int hl_address_move_to_domain(struct hl_address *address, const char *domain,
			      struct hl_error *err)
{
	strcpy(address->domain, domain);
	return check_written_size(address, err);
}

int hl_address_from_parts(const char *local_part, size_t local_part_size,
			  const char *domain, size_t domain_size,
			  enum hl_address_flags flags,
			  struct hl_address *address_r, struct hl_error *err)
{
	char quotes[2][HL_ERROR_QUOTE_SIZE];

	if (hl_local_part_set(local_part, local_part_size,
			      address_r->local_part, err) < 0 ||
	    hl_domain_parse(domain, domain_size, flags, address_r->domain,
			    err) < 0 ||
	    check_written_size(address_r, err) < 0)
		return hl_error_prefix(
			err, "address \"%s@%s\"",
			hl_error_quote(local_part, local_part_size, quotes[0]),
			hl_error_quote(domain, domain_size, quotes[1]));
	return 0;
}

static int normalise(struct hl_address *address, struct hl_error *err)
{
	char local_part[HL_LOCAL_PART_MAX];
	size_t size;

	if (hl_address_is_ascii(address))
		return 0;
	size = hl_unicode_to_nfc(address->local_part,
				 strlen(address->local_part), local_part,
				 sizeof(local_part));
	if (size == 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the local part at %s is longer than %d "
				    "bytes in Unicode's normalisation form C",
				    address->domain, HL_LOCAL_PART_MAX);
	/* it may have grown, and need quotes now */
	if (hl_local_part_set(local_part, size, address->local_part, err) < 0 ||
	    check_written_size(address, err) < 0)
		return hl_error_prefix(err,
				       "address at %s, in Unicode's "
				       "normalisation form C",
				       address->domain);
	return 0;
}

int hl_address_make_key(struct hl_address *address, struct hl_error *err)
{
	if (normalise(address, err) < 0)
		return -1;
	hl_address_fold(address);
	/* A letter may have become one that exists with its accent. */
	return normalise(address, err);
}

int hl_address_make_writable(struct hl_address *address, struct hl_error *err)
{
	uint32_t code;

	if (normalise(address, err) < 0)
		return -1;
	/* Without the local part: it would be shown other than it is. */
	if (hl_unicode_find_invisible(address->local_part,
				      strlen(address->local_part), &code))
		return hl_error_set(err, HL_ERROR_DATA,
				    "U+%04X in the local part at %s: no "
				    "character that everybody can see and "
				    "tell; leave it out",
				    (unsigned int)code, address->domain);
	return 0;
}

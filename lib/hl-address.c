#include "hl-domain.h"
#include "hl-local-part.h"

#include <string.h>

size_t hl_address_format(const struct hl_address *address,
			 char text_r[HL_ADDRESS_SIZE])
{
	char *end = text_r;

	if (!hl_address_is_domain(address))
		end = hl_local_part_write(address->local_part, text_r);
	*end++ = '@';
	end = stpcpy(end, address->domain);
	return (size_t)(end - text_r);
}

bool hl_address_is_domain(const struct hl_address *address)
{
	return address->local_part[0] == '\0';
}

void hl_address_make_domain(struct hl_address *address)
{
	address->local_part[0] = '\0';
}

bool hl_address_is_ascii(const struct hl_address *address)
{
	const char *text = address->local_part;

	while (*text != '\0' && (*text & 0x80) == 0)
		text++;
	return *text == '\0';
}

static void fold(char *text)
{
	for (; *text != '\0'; text++)
		*text = hl_ascii_lower(*text);
}

void hl_address_fold(struct hl_address *address)
{
	fold(address->local_part);
}

bool hl_address_equal(const struct hl_address *a, const struct hl_address *b)
{
	return strcmp(a->local_part, b->local_part) == 0 &&
	       strcmp(a->domain, b->domain) == 0;
}

/* The length of the local part without its detail. */
static size_t base_size(const char *local_part, const char *delimiters)
{
	size_t size = strcspn(local_part, delimiters);

	return size == 0 ? strlen(local_part) : size;
}

bool hl_address_strip_detail(struct hl_address *address, const char *delimiters)
{
	size_t size = base_size(address->local_part, delimiters), written;
	char cut = address->local_part[size];

	if (cut == '\0')
		return false;
	address->local_part[size] = '\0';
	/* `a.+b` is a dot-string, `a.` has to be quoted: near the limits it may
	   not fit any more */
	written = hl_local_part_written_size(address->local_part);
	if (written > HL_LOCAL_PART_MAX ||
	    written + 1 + strlen(address->domain) > HL_ADDRESS_MAX) {
		address->local_part[size] = cut;
		return false;
	}
	return true;
}

bool hl_address_is_protected(const struct hl_address *address,
			     const char *delimiters, const char *protected)
{
	static const char blanks[] = " \t";
	size_t size = base_size(address->local_part, delimiters), length, i;

	for (;;) {
		protected += strspn(protected, blanks);
		length = strcspn(protected, blanks);
		if (length == 0)
			return false;
		for (i = 0; i < length && length == size; i++) {
			if (hl_ascii_lower(protected[i]) !=
			    hl_ascii_lower(address->local_part[i]))
				break;
		}
		if (i == length)
			return true;
		protected += length;
	}
}

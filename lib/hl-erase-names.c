/* Where an address appears in what an entry says. */

#include "hl-erase-private.h"

#include <string.h>
#include <strings.h>

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Would this byte in front, or these behind, make it another address? Quotes
   and the like wouldn't: in doubt it is this one. */
static bool continues_before(char c)
{
	return is_alnum(c) || strchr("._+-", c) != NULL;
}

static bool continues_behind(const char *text)
{
	return is_alnum(*text) || *text == '-' || *text == '_' ||
	       (*text == '.' && is_alnum(text[1]));
}

bool hl_erase_is_named(const char *text, const struct hl_address *address)
{
	char word[HL_ADDRESS_SIZE];
	size_t size = hl_address_format(address, word);
	const char *pos;

	for (pos = text; *pos != '\0'; pos++) {
		if (strncasecmp(pos, word, size) == 0 &&
		    (pos == text || !continues_before(pos[-1])) &&
		    !continues_behind(pos + size))
			return true;
	}
	return false;
}

static bool leads_to(const struct hl_link *link,
		     const struct hl_address *address)
{
	struct hl_address target = link->target;
	struct hl_error ignored;

	return link->kind != HL_KIND_NONE &&
	       hl_address_make_key(&target, &ignored) == 0 &&
	       hl_address_equal(&target, address);
}

bool hl_erase_payload_names(const struct hl_payload *payload,
			    enum hl_action action,
			    const struct hl_address *address)
{
	const struct hl_state *state = &payload->state;

	if (hl_erase_is_named(payload->actor, address) ||
	    hl_erase_is_named(payload->reason, address))
		return true;
	return hl_action_has_address(action) &&
	       (hl_address_equal(&payload->address, address) ||
		leads_to(&state->current, address) ||
		leads_to(&state->next.link, address) ||
		hl_erase_is_named(payload->owner, address));
}

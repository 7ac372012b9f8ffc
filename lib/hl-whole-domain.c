#include "hl-whole-domain.h"

static bool is_protected(const struct hl_config *config,
			 const struct hl_address *address)
{
	const char *delimiters = config->recipient_delimiter;

	return hl_address_is_protected(address, delimiters,
				       config->protected_localparts) ||
	       hl_address_is_protected(address, delimiters, "postmaster");
}

bool hl_whole_domain_lead(const struct hl_config *config,
			  const struct hl_address *recipient,
			  const struct hl_address *domain,
			  struct hl_address *target_r)
{
	struct hl_error ignored;

	if (is_protected(config, recipient))
		return false;
	*target_r = *recipient;
	return hl_address_make_writable(target_r, &ignored) == 0 &&
	       hl_address_move_to_domain(target_r, domain->domain, &ignored) ==
		       0;
}

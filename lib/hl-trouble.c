#include "hl-trouble.h"

#include <stdio.h>
#include <string.h>

#define REPEAT_SECONDS (5 * 60)

bool hl_trouble_is_due(struct hl_trouble *trouble, const char *text, time_t now)
{
	trouble->last_seen = now;
	if (trouble->text[0] != '\0' &&
	    now - trouble->last_line < REPEAT_SECONDS &&
	    (now == trouble->last_line ||
	     strncmp(trouble->text, text, sizeof(trouble->text) - 1) == 0))
		return false;
	snprintf(trouble->text, sizeof(trouble->text), "%s", text);
	trouble->last_line = now;
	return true;
}

bool hl_trouble_is_over(struct hl_trouble *trouble, time_t now)
{
	/* Where only some entries are damaged, good and bad answers take turns:
	   that isn't news each time. */
	if (trouble->text[0] == '\0' || trouble->last_seen == now)
		return false;
	trouble->text[0] = '\0';
	return true;
}

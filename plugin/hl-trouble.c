#include "hl-trouble.h"

#include "ioloop.h"

#define HL_TROUBLE_REPEAT_SECS (5 * 60)

static bool hl_trouble_line_is_due(const struct hl_trouble *trouble,
				   const char *text)
{
	if (trouble->text == NULL)
		return TRUE;
	if (ioloop_time - trouble->last_logged >= HL_TROUBLE_REPEAT_SECS)
		return TRUE;
	return ioloop_time != trouble->last_logged &&
	       strcmp(trouble->text, text) != 0;
}

void hl_trouble_report(struct hl_trouble *trouble, struct event *event,
		       const char *text)
{
	trouble->last_seen = ioloop_time;
	if (!hl_trouble_line_is_due(trouble, text))
		return;
	e_error(event, "%s", text);
	i_free(trouble->text);
	trouble->text = i_strdup(text);
	trouble->last_logged = ioloop_time;
}

void hl_trouble_over(struct hl_trouble *trouble, struct event *event,
		     const char *what)
{
	/* Where only some entries are damaged, good and bad answers take
	   turns: that isn't a change each time. */
	if (trouble->text == NULL || trouble->last_seen == ioloop_time)
		return;
	e_info(event, "%s works again", what);
	hl_trouble_free(trouble);
}

void hl_trouble_free(struct hl_trouble *trouble)
{
	i_free_and_null(trouble->text);
}

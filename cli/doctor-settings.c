/* What doveconf and postconf print, as names and values. */

#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_SIZE 512
#define DEPTH_MAX     16

struct doctor_settings {
	struct {
		char *name, *value;
	} * list;
	size_t count;
	/* the blocks in progress */
	char name[NAME_MAX_SIZE];
	size_t sizes[DEPTH_MAX];
	size_t depth;
};

struct doctor_settings *doctor_settings_init(void)
{
	return calloc(1, sizeof(struct doctor_settings));
}

void doctor_settings_deinit(struct doctor_settings **_settings)
{
	struct doctor_settings *settings = *_settings;
	size_t i;

	*_settings = NULL;
	if (settings == NULL)
		return;
	for (i = 0; i < settings->count; i++) {
		free(settings->list[i].name);
		free(settings->list[i].value);
	}
	free(settings->list);
	free(settings);
}

/* Other than 0 when out of memory. */
static int add(struct doctor_settings *settings, const char *name,
	       const char *value, size_t value_size)
{
	void *list = reallocarray(settings->list, settings->count + 1,
				  sizeof(*settings->list));
	char *full = NULL, *copy = strndup(value, value_size);

	if (list != NULL)
		settings->list = list;
	if (list == NULL || copy == NULL ||
	    asprintf(&full, "%s%s", settings->name, name) < 0) {
		free(copy);
		return -1;
	}
	settings->list[settings->count].name = full;
	settings->list[settings->count++].value = copy;
	return 0;
}

/* `service lmtp {`: text is what stands before the brace. */
static int enter(struct doctor_settings *settings, char *text)
{
	size_t size = strlen(settings->name);
	char *blank;

	/* deeper than any configuration; what is in there isn't needed */
	if (settings->depth == DEPTH_MAX ||
	    size + strlen(text) + 2 > NAME_MAX_SIZE)
		return -1;
	for (blank = text; (blank = strchr(blank, ' ')) != NULL;)
		*blank = '/';
	if (add(settings, text, "", 0) < 0)
		return -1;
	settings->sizes[settings->depth++] = size;
	strcat(settings->name, text);
	strcat(settings->name, "/");
	return 0;
}

int doctor_settings_line(const char *line, void *context)
{
	struct doctor_settings *settings = context;
	char text[NAME_MAX_SIZE];
	const char *value, *end = line + strlen(line);
	size_t size;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return 0;
	if (strcmp(line, "}") == 0) {
		if (settings->depth > 0)
			settings->name[settings->sizes[--settings->depth]] =
				'\0';
		return 0;
	}
	value = strstr(line, " =");
	size = (size_t)((value == NULL ? end : value) - line);
	if (value == NULL && size > 2 && strcmp(end - 2, " {") == 0)
		size -= 2;
	else if (value == NULL)
		return 0;
	if (size >= sizeof(text))
		return 0;
	memcpy(text, line, size);
	text[size] = '\0';
	if (value == NULL)
		return enter(settings, text);
	value += 2 + strspn(value + 2, " ");
	if (end - value >= 2 && *value == '"' && end[-1] == '"') {
		value++;
		end--;
	}
	return add(settings, text, value, (size_t)(end - value));
}

const char *doctor_settings_get(const struct doctor_settings *settings,
				const char *fmt, ...)
{
	char name[NAME_MAX_SIZE];
	va_list args;
	size_t i;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	for (i = 0; i < settings->count; i++) {
		if (strcmp(settings->list[i].name, name) == 0)
			return settings->list[i].value;
	}
	return NULL;
}

const char *doctor_settings_next(const struct doctor_settings *settings,
				 const char *prefix, size_t *pos)
{
	size_t size = strlen(prefix);
	const char *name;

	while (*pos < settings->count) {
		name = settings->list[(*pos)++].name;
		if (strncmp(name, prefix, size) != 0 || name[size] != '/' ||
		    settings->list[*pos - 1].value[0] != '\0')
			continue;
		/* a block, not one of the settings in it: those follow it */
		if (*pos < settings->count &&
		    strncmp(settings->list[*pos].name, name, strlen(name)) ==
			    0 &&
		    settings->list[*pos].name[strlen(name)] == '/')
			return name + size + 1;
	}
	return NULL;
}

bool doctor_has_word(const char *list, const char *word)
{
	static const char blanks[] = " ,\t";
	size_t size = strlen(word), length;

	while (*(list += strspn(list, blanks)) != '\0') {
		length = strcspn(list, blanks);
		if (length == size && memcmp(list, word, size) == 0)
			return true;
		list += length;
	}
	return false;
}

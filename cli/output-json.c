/* An array of objects, or one object. */

#include "output-format.h"

#include <stdlib.h>

#include <jansson.h>

static json_t *json_cell(enum output_type type, const char *cell)
{
	if (type == OUTPUT_BOOL)
		return json_boolean(*cell != '\0');
	if (type != OUTPUT_TEXT && *cell == '\0')
		return json_null();
	if (type == OUTPUT_NUMBER)
		return json_integer(strtoll(cell, NULL, 10));
	return json_string(cell);
}

static int write_object(const struct output_sink *sink,
			const char *const *cells, struct hl_error *err)
{
	json_t *object = json_object();
	int ret = 0;
	size_t i;

	for (i = 0; i < sink->column_count && ret == 0; i++)
		ret = json_object_set_new(
			object, sink->columns[i].name,
			json_cell(sink->columns[i].type, cells[i]));
	if (ret == 0)
		ret = json_dumpf(object, sink->file, JSON_COMPACT);
	json_decref(object);
	return ret == 0 ? 0
			: hl_error_set(err, HL_ERROR_TEMP,
				       "a row can't be written as JSON: out of "
				       "memory, or not UTF-8");
}

static int json_row(struct output_sink *sink, const char *const *cells,
		    struct hl_error *err)
{
	if ((sink->flags & OUTPUT_ONE) == 0)
		fputs(sink->any_row ? ",\n" : "[\n", sink->file);
	if (write_object(sink, cells, err) < 0)
		return -1;
	if ((sink->flags & OUTPUT_ONE) != 0)
		fputc('\n', sink->file);
	return 0;
}

static int json_end(struct output_sink *sink, struct hl_error *err)
{
	(void)err;
	if (sink->columns != NULL && (sink->flags & OUTPUT_ONE) == 0)
		fputs(sink->any_row ? "\n]\n" : "[]\n", sink->file);
	return 0;
}

const struct output_format output_format_json = {
	.name = "json",
	.row = json_row,
	.end = json_end,
};

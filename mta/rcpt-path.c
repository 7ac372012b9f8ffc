#include "rcpt-path.h"

int rcpt_path_parse(const char *path, size_t size, struct hl_address *address_r)
{
	struct hl_error err;

	if (size > 0 && path[0] == '<') {
		if (path[size - 1] != '>')
			return -1;
		path++;
		size -= 2;
	}
	return hl_address_parse(path, size, HL_ADDRESS_FOREIGN, address_r,
				&err);
}

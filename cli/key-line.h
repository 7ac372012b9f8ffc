#ifndef KEY_LINE_H
#define KEY_LINE_H

#include "hl-keyring.h"

/* A key in the words of output. */

#define KEY_ID_TEXT_SIZE (2 * HL_KEY_ID_SIZE + 1)

struct key_cells {
	char id[KEY_ID_TEXT_SIZE];
	const char *status;
	/* last is "" if it's active */
	char first[32], last[32];
};

void key_id_text(const unsigned char id[HL_KEY_ID_SIZE],
		 char text_r[KEY_ID_TEXT_SIZE]);
void key_cells(const struct hl_key *key, struct key_cells *cells_r);

#endif

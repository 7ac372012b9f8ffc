#include "netrc.h"

#include "hl-file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#define FILE_MAX 65536
#define BLANKS	 " \t\r\n"

/* What is wanted, and what the entry that is being read has of it. */
struct search {
	const char *host, *user;
	size_t host_size;
	/* what is read next; words are cut off there */
	char *rest;
	bool host_fits, has_user, user_fits;
	const char *password;
};

/* In place. Blanks within quotes belong to the word, and a backslash is in
   front of what would end it. Returns the byte behind. */
static char *unquote(char *word)
{
	char *from = word + 1;

	for (; *from != '\0' && *from != '"'; from++) {
		if (*from == '\\' && from[1] != '\0')
			from++;
		*word++ = *from;
	}
	*word = '\0';
	return *from == '\0' ? from : from + 1;
}

/* Returns the byte behind. */
static char *cut(char *word)
{
	char *end = word + strcspn(word, BLANKS);

	if (*end == '\0')
		return end;
	*end = '\0';
	return end + 1;
}

/* The next word, or NULL. */
static const char *next_word(struct search *search)
{
	char *word = search->rest + strspn(search->rest, BLANKS);

	if (*word == '\0')
		return NULL;
	search->rest = *word == '"' ? unquote(word) : cut(word);
	return word;
}

/* host NULL: any */
static void begin_entry(struct search *search, const char *host)
{
	search->host_fits =
		host == NULL ||
		(strlen(host) == search->host_size &&
		 strncasecmp(host, search->host, search->host_size) == 0);
	search->has_user = search->user_fits = false;
	search->password = NULL;
}

/* With a second login in one entry nobody knows whose the password in front of
   it is. */
static void take_login(struct search *search, const char *user)
{
	if (search->has_user)
		search->password = NULL;
	search->has_user = true;
	search->user_fits = strcmp(user, search->user) == 0;
}

static bool is_found(const struct search *search)
{
	return search->host_fits && search->user_fits &&
	       search->password != NULL;
}

/* One of ftp's, which an empty line ends. */
static void skip_macro(struct search *search)
{
	char *end = strstr(search->rest, "\n\n");

	search->rest = end == NULL ? search->rest + strlen(search->rest) : end;
}

/* A word that stands alone. Returns false if its value is to be read. */
static bool take_word(struct search *search, const char *word)
{
	if (strcmp(word, "default") == 0)
		begin_entry(search, NULL);
	else if (strcmp(word, "macdef") == 0)
		skip_macro(search);
	else
		return false;
	return true;
}

static void take_pair(struct search *search, const char *word,
		      const char *value)
{
	if (strcmp(word, "machine") == 0)
		begin_entry(search, value);
	else if (strcmp(word, "login") == 0)
		take_login(search, value);
	else if (strcmp(word, "password") == 0)
		search->password = value;
}

static bool begins_entry(const char *word)
{
	return strcmp(word, "machine") == 0 || strcmp(word, "default") == 0;
}

static const char *next_key(struct search *search)
{
	search->rest += strspn(search->rest, BLANKS);
	while (search->rest[0] == '#') {
		search->rest += strcspn(search->rest, "\n");
		search->rest += strspn(search->rest, BLANKS);
	}
	return next_word(search);
}

static bool find(struct search *search)
{
	const char *word, *value;

	while ((word = next_key(search)) != NULL) {
		if (begins_entry(word) && is_found(search))
			break;
		if (take_word(search, word))
			continue;
		value = next_word(search);
		if (value == NULL)
			break;
		take_pair(search, word, value);
	}
	return is_found(search);
}

static int find_in(char *text, const char *host, const char *user,
		   char password_r[PASSWORD_SIZE], struct hl_error *err)
{
	struct search search = {
		.host = host,
		.host_size = strlen(host),
		.user = user,
		.rest = text,
	};

	/* an IPv6 address has no brackets there */
	if (host[0] == '[') {
		search.host++;
		search.host_size -= 2;
	}
	if (!find(&search))
		return hl_error_set(err, HL_ERROR_DATA,
				    "~/.netrc has no password for login %s of "
				    "machine %.*s",
				    user, (int)search.host_size, search.host);
	if (search.password[0] == '\0' ||
	    strlen(search.password) >= PASSWORD_SIZE)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the password in ~/.netrc is empty, or too "
				    "long");
	strcpy(password_r, search.password);
	return 0;
}

int netrc_find(const char *host, const char *user,
	       char password_r[PASSWORD_SIZE], struct hl_error *err)
{
	const char *home = getenv("HOME");
	char path[4096], text[FILE_MAX];
	struct stat st;
	size_t size;
	int ret;

	if (home == NULL || snprintf(path, sizeof(path), "%s/.netrc", home) >=
				    (int)sizeof(path))
		return hl_error_set(err, HL_ERROR_DATA,
				    "--netrc: HOME isn't set, or too long");
	ret = hl_file_read(path, ".netrc", HL_ERROR_DATA, text,
			   sizeof(text) - 1, &size, &st, err);
	if (ret == 0) {
		text[size] = '\0';
		ret = find_in(text, host, user, password_r, err);
	}
	sodium_memzero(text, sizeof(text));
	return ret;
}

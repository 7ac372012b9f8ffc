#include "server-url.h"

#include "hl-text.h"

#include <string.h>

#define PORT_SUBMISSION	 587
#define PORT_SUBMISSIONS 465

#define LETTERS_DIGITS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static int refuse(struct hl_error *err, const char *what)
{
	return hl_error_set(err, HL_ERROR_USAGE,
			    "--server: %s; write it as "
			    "smtp://user@host or smtps://user@host:port",
			    what);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)((found - digits) % 16);
}

static bool decode(const char *text, size_t size, char *to, size_t to_size)
{
	size_t i, used = 0;
	int high, low;

	for (i = 0; i < size; i++) {
		if (used + 1 == to_size)
			return false;
		if (text[i] != '%') {
			to[used++] = text[i];
			continue;
		}
		high = i + 2 < size ? hex_digit(text[i + 1]) : -1;
		low = high < 0 ? -1 : hex_digit(text[i + 2]);
		if (low < 0)
			return false;
		to[used++] = (char)(high * 16 + low);
		i += 2;
	}
	to[used] = '\0';
	return used > 0 && hl_text_is_clean_utf8(to, used) &&
	       strlen(to) == used;
}

static int parse_user(const char *text, size_t size, struct server_url *url,
		      struct hl_error *err)
{
	if (memchr(text, ':', size) != NULL)
		return hl_error_set(err, HL_ERROR_USAGE,
				    "--server: a password doesn't belong into "
				    "the command line, where others can read "
				    "it; leave it out and type it when asked, "
				    "or use --password-fd or --netrc");
	if (!decode(text, size, url->user, sizeof(url->user)))
		return refuse(err, "the user isn't UTF-8, or too long");
	return 0;
}

/* The length of the host's name or address in front of the port. */
static size_t host_size(const char *text)
{
	const char *end;

	if (text[0] != '[')
		return strspn(text, LETTERS_DIGITS "-.");
	end = text + 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
	return *end == ']' && end > text + 1 ? (size_t)(end + 1 - text) : 0;
}

static int parse_host(const char *text, struct server_url *url,
		      struct hl_error *err)
{
	size_t size = host_size(text);
	uint64_t port;

	if (size == 0 || size >= sizeof(url->host))
		return refuse(err, "that is no host");
	memcpy(url->host, text, size);
	url->host[size] = '\0';
	text += size;
	url->port = url->tls ? PORT_SUBMISSIONS : PORT_SUBMISSION;
	if (text[0] == ':') {
		size = strcspn(++text, "/");
		if (!hl_text_parse_number(text, size, &port) || port == 0 ||
		    port > 65535)
			return refuse(err, "that is no port");
		url->port = (unsigned int)port;
		text += size;
	}
	if (text[0] != '\0' && strcmp(text, "/") != 0)
		return refuse(err, "nothing may stand behind host and port");
	return 0;
}

int server_url_parse(const char *text, struct server_url *url_r,
		     struct hl_error *err)
{
	const char *at;

	memset(url_r, 0, sizeof(*url_r));
	if (strncmp(text, "smtps://", 8) == 0)
		url_r->tls = true;
	else if (strncmp(text, "smtp://", 7) != 0)
		return refuse(err, "not a URL of smtp or smtps");
	text += url_r->tls ? 8 : 7;
	at = strrchr(text, '@');
	if (at == NULL || at == text)
		return refuse(err, "a user is needed");
	if (parse_user(text, (size_t)(at - text), url_r, err) < 0)
		return -1;
	return parse_host(at + 1, url_r, err);
}

/* A submission server: who asks is known by the login. libcurl does TLS, SASL
   and the dialogue; it sends XHARDLINK as a command of our own. */

#include "netrc.h"
#include "password.h"
#include "server-url.h"
#include "session.h"
#include "xhardlink.h"

#include "hl-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <sodium.h>

#define CONNECT_SECONDS 30L
/* hardlinkd may have to wait for a mail to be taken */
#define ANSWER_SECONDS 120L

struct smtp {
	struct session session;
	CURL *curl;
	struct server_url url;
	char curl_error[CURL_ERROR_SIZE];
	/* the reply that is coming in, and the last one that did */
	char *coming, *reply;
	size_t coming_size, reply_size;
};

/* libcurl says QUIT after a command that failed, within the same transfer. */
static bool is_goodbye(const char *reply)
{
	return strncmp(reply, "221", 3) == 0;
}

static void reply_complete(struct smtp *smtp)
{
	char *text = smtp->reply;

	if (!is_goodbye(smtp->coming)) {
		smtp->reply = smtp->coming;
		smtp->reply_size = smtp->coming_size;
		smtp->coming = text;
	}
	smtp->coming_size = 0;
}

/* libcurl calls it with each line that the server says. */
static size_t take_line(char *data, size_t unit, size_t count, void *context)
{
	struct smtp *smtp = context;
	size_t size = unit * count;

	if (smtp->coming_size + size > XHARDLINK_REPLY_MAX)
		return 0;
	memcpy(smtp->coming + smtp->coming_size, data, size);
	smtp->coming_size += size;
	smtp->coming[smtp->coming_size] = '\0';
	if (size < 4 || data[3] != '-')
		reply_complete(smtp);
	return size;
}

/* The same lines once more, as a body. */
static size_t ignore(char *data, size_t unit, size_t count, void *context)
{
	(void)data;
	(void)context;
	return unit * count;
}

/* What went wrong before there was an answer. text NULL: libcurl's own. */
static const struct {
	CURLcode curl;
	enum hl_error_code code;
	const char *text;
} failures[] = {
	{CURLE_LOGIN_DENIED, HL_ERROR_PERMISSION,
	 "it refuses the login: wrong user or password"},
	{CURLE_USE_SSL_FAILED, HL_ERROR_CONFIG,
	 "it doesn't offer TLS; nothing was sent"},
	{CURLE_PEER_FAILED_VERIFICATION, HL_ERROR_CONFIG, NULL},
	{CURLE_SSL_CONNECT_ERROR, HL_ERROR_CONFIG, NULL},
	{CURLE_SSL_CACERT_BADFILE, HL_ERROR_CONFIG, NULL},
	{CURLE_SSL_CIPHER, HL_ERROR_CONFIG, NULL},
	{CURLE_SSL_ISSUER_ERROR, HL_ERROR_CONFIG, NULL},
	{CURLE_UNSUPPORTED_PROTOCOL, HL_ERROR_CONFIG,
	 "this system's libcurl has no SMTP"},
	{CURLE_WRITE_ERROR, HL_ERROR_TEMP, "its reply is too long"},
};

static int failed(const struct smtp *smtp, CURLcode result,
		  struct hl_error *err)
{
	const char *text = smtp->curl_error[0] == '\0'
				   ? curl_easy_strerror(result)
				   : smtp->curl_error;
	enum hl_error_code code = HL_ERROR_TEMP;
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		if (failures[i].curl != result)
			continue;
		code = failures[i].code;
		if (failures[i].text != NULL)
			text = failures[i].text;
	}
	return hl_error_set(err, code, "server %s: %s", smtp->url.host, text);
}

static int smtp_ask(struct session *session,
		    const struct session_request *request,
		    hl_service_func *func, void *context,
		    struct hl_service_line *line_r, struct hl_error *err)
{
	struct smtp *smtp = (struct smtp *)session;
	char command[XHARDLINK_COMMAND_SIZE];
	CURLcode result;

	xhardlink_format(request, command);
	smtp->coming_size = smtp->reply_size = 0;
	smtp->curl_error[0] = '\0';
	line_r->count = 0;
	if (curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, command) !=
	    CURLE_OK)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	result = curl_easy_perform(smtp->curl);
	/* WEIRD: an answer, but not of success */
	if (result != CURLE_OK &&
	    (result != CURLE_WEIRD_SERVER_REPLY || smtp->reply_size == 0))
		return failed(smtp, result, err);
	if (smtp->reply_size == 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "server %s: it doesn't answer",
				    smtp->url.host);
	if (xhardlink_parse(smtp->reply, func, context, line_r, err) < 0)
		return hl_error_prefix(err, "server %s", smtp->url.host);
	return 0;
}

static void smtp_close(struct session *session)
{
	struct smtp *smtp = (struct smtp *)session;

	if (smtp->curl != NULL)
		curl_easy_cleanup(smtp->curl);
	free(smtp->coming);
	free(smtp->reply);
	free(smtp);
}

/* --- opening: nothing is sent before the first command */

static bool set_text(CURL *curl, CURLoption option, const char *text)
{
	return curl_easy_setopt(curl, option, text) == CURLE_OK;
}

static bool set_number(CURL *curl, CURLoption option, long number)
{
	return curl_easy_setopt(curl, option, number) == CURLE_OK;
}

/* TLS, always, and the server has to prove its name. */
static bool set_tls(CURL *curl, const char *cacert)
{
	return set_number(curl, CURLOPT_USE_SSL, CURLUSESSL_ALL) &&
	       set_number(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	       set_number(curl, CURLOPT_SSL_VERIFYPEER, 1) &&
	       set_number(curl, CURLOPT_SSL_VERIFYHOST, 2) &&
	       (cacert == NULL || (set_text(curl, CURLOPT_CAINFO, cacert) &&
				   set_text(curl, CURLOPT_CAPATH, NULL)));
}

static bool set_url(struct smtp *smtp)
{
	char url[SERVER_HOST_SIZE + 32];

	snprintf(url, sizeof(url), "%s://%s:%u/",
		 smtp->url.tls ? "smtps" : "smtp", smtp->url.host,
		 smtp->url.port);
	return set_text(smtp->curl, CURLOPT_URL, url);
}

static bool set_connection(struct smtp *smtp)
{
	CURL *curl = smtp->curl;

	/* A proxy of the environment isn't made for SMTP. */
	return set_text(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") &&
	       set_text(curl, CURLOPT_PROXY, "") &&
	       set_number(curl, CURLOPT_NOSIGNAL, 1) &&
	       set_number(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) &&
	       set_number(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
}

static bool set_callbacks(struct smtp *smtp)
{
	CURL *curl = smtp->curl;

	return curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->curl_error) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_line) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore) ==
		       CURLE_OK;
}

static int parse_fd(struct cli *cli, int *fd_r, struct hl_error *err)
{
	const char *text = cli->options[OPT_PASSWORD_FD];
	uint64_t number;

	if (!hl_text_parse_number(text, strlen(text), &number) ||
	    number > 65535)
		return cli_usage_error(cli, err,
				       "--password-fd: not the number of an "
				       "open file");
	*fd_r = (int)number;
	return 0;
}

static int get_password(struct cli *cli, const struct server_url *url,
			char password_r[PASSWORD_SIZE], struct hl_error *err)
{
	char prompt[SERVER_USER_SIZE + SERVER_HOST_SIZE + 32];
	bool has_fd = cli->options[OPT_PASSWORD_FD] != NULL;
	int fd = -1;

	if (cli->options[OPT_NETRC] != NULL) {
		if (!has_fd)
			return netrc_find(url->host, url->user, password_r,
					  err);
		return cli_usage_error(cli, err,
				       "--netrc and --password-fd exclude "
				       "each other");
	}
	if (has_fd)
		return parse_fd(cli, &fd, err) < 0
			       ? -1
			       : password_read(fd, password_r, err);
	snprintf(prompt, sizeof(prompt), "Password of %s at %s: ", url->user,
		 url->host);
	return password_ask(prompt, password_r, err);
}

static int set_credentials(struct cli *cli, struct smtp *smtp,
			   struct hl_error *err)
{
	char password[PASSWORD_SIZE];
	bool done;

	if (get_password(cli, &smtp->url, password, err) < 0)
		return -1;
	done = set_url(smtp) &&
	       set_text(smtp->curl, CURLOPT_USERNAME, smtp->url.user) &&
	       set_text(smtp->curl, CURLOPT_PASSWORD, password);
	sodium_memzero(password, sizeof(password));
	return done ? 0 : hl_error_set(err, HL_ERROR_TEMP, "out of memory");
}

static int check_cacert(const char *path, struct hl_error *err)
{
	if (path == NULL || access(path, R_OK) == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_CONFIG, "--cacert %s: can't be read",
			    path);
}

static int smtp_open(struct cli *cli, struct smtp *smtp, struct hl_error *err)
{
	const char *cacert = cli->options[OPT_CACERT];

	if (server_url_parse(cli->options[OPT_SERVER], &smtp->url, err) < 0 ||
	    check_cacert(cacert, err) < 0)
		return -1;
	smtp->coming = malloc(XHARDLINK_REPLY_MAX + 1);
	smtp->reply = malloc(XHARDLINK_REPLY_MAX + 1);
	if (smtp->coming == NULL || smtp->reply == NULL ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (smtp->curl = curl_easy_init()) == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (!set_connection(smtp) || !set_tls(smtp->curl, cacert) ||
	    !set_callbacks(smtp))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "this system's libcurl can't do SMTP with "
				    "TLS");
	return set_credentials(cli, smtp, err);
}

int session_open_smtp(struct cli *cli, struct session **session_r,
		      struct hl_error *err)
{
	struct smtp *smtp = calloc(1, sizeof(*smtp));

	if (smtp == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	smtp->session.ask = smtp_ask;
	smtp->session.close = smtp_close;
	if (smtp_open(cli, smtp, err) < 0) {
		smtp_close(&smtp->session);
		return -1;
	}
	*session_r = &smtp->session;
	return 0;
}

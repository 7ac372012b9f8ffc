#include "tokens.h"

#include "auth-client.h"
#include "base64.h"
#include "str.h"

#include <unistd.h>

#define CONNECT_PATIENCE_MS 5000

struct request {
	struct request *next;
	struct hld_tokens *tokens;
	hld_token_func *func;
	void *context;
	char *service, *response;
};

struct hld_tokens {
	struct auth_client *client;
	/* for the end of the handshake with the auth service */
	struct request *waiting;
};

static void finish(struct request *request, enum hld_token_result result,
		   const char *user)
{
	request->func(result, user, request->context);
	i_free(request->service);
	i_free(request->response);
	i_free(request);
}

static const char *user_of(const char *const *args)
{
	for (; args != NULL && *args != NULL; args++) {
		if (strncmp(*args, "user=", 5) == 0)
			return *args + 5;
	}
	return NULL;
}

static void token_callback(struct auth_client_request *auth_request,
			   enum auth_request_status status,
			   const char *data ATTR_UNUSED,
			   const char *const *args, void *context)
{
	struct request *request = context;
	enum hld_token_result result = HLD_TOKEN_FAILED;
	const char *user = NULL;

	switch (status) {
	case AUTH_REQUEST_STATUS_OK:
		user = user_of(args);
		result = user == NULL ? HLD_TOKEN_FAILED : HLD_TOKEN_OK;
		/* nobody logs in with it */
		auth_client_send_cancel(
			request->tokens->client,
			auth_client_request_get_id(auth_request));
		break;
	case AUTH_REQUEST_STATUS_FAIL:
		result = HLD_TOKEN_REFUSED;
		break;
	case AUTH_REQUEST_STATUS_CONTINUE:
		/* not this mechanism; its end is told, too */
		auth_client_request_abort(&auth_request,
					  "unexpected challenge");
		return;
	case AUTH_REQUEST_STATUS_INTERNAL_FAIL:
	case AUTH_REQUEST_STATUS_ABORT:
		break;
	}
	finish(request, result, user);
}

static void send_request(struct request *request)
{
	struct auth_request_info info;

	i_zero(&info);
	info.mech = "DOVECOT-TOKEN";
	info.HL_AUTH_PROTOCOL = request->service;
	info.flags = HL_AUTH_SECURED | AUTH_REQUEST_FLAG_NO_PENALTY;
	info.initial_resp_base64 = request->response;
	(void)auth_client_request_new(request->tokens->client, &info,
				      token_callback, request);
}

static void connect_notify(struct auth_client *client ATTR_UNUSED,
			   bool connected, void *context)
{
	struct hld_tokens *tokens = context;
	struct request *request, *next = tokens->waiting;

	tokens->waiting = NULL;
	while ((request = next) != NULL) {
		next = request->next;
		if (connected)
			send_request(request);
		else
			finish(request, HLD_TOKEN_FAILED, NULL);
	}
}

struct hld_tokens *hld_tokens_init(const char *socket)
{
	struct hld_tokens *tokens = i_new(struct hld_tokens, 1);

	tokens->client =
		auth_client_init(socket, (unsigned int)getpid(), false);
	auth_client_set_connect_timeout(tokens->client, CONNECT_PATIENCE_MS);
	auth_client_set_connect_notify(tokens->client, connect_notify, tokens);
	return tokens;
}

void hld_tokens_deinit(struct hld_tokens **_tokens)
{
	struct hld_tokens *tokens = *_tokens;

	*_tokens = NULL;
	auth_client_set_connect_notify(tokens->client, NULL, NULL);
	auth_client_deinit(&tokens->client);
	connect_notify(NULL, false, tokens);
	i_free(tokens);
}

/* The initial response of the mechanism, in base64. */
static const char *response_of(const struct hld_token *token)
{
	const char *const parts[] = {token->pid, token->user, token->session_id,
				     token->token};
	string_t *data = t_str_new(256), *base64 = t_str_new(512);
	unsigned int i;

	str_append(data, token->service);
	for (i = 0; i < N_ELEMENTS(parts); i++) {
		str_append_c(data, '\0');
		str_append(data, parts[i]);
	}
	base64_encode(str_data(data), str_len(data), base64);
	return str_c(base64);
}

void hld_token_check(struct hld_tokens *tokens, const struct hld_token *token,
		     hld_token_func *func, void *context)
{
	struct request *request;

	auth_client_connect(tokens->client);
	if (auth_client_is_disconnected(tokens->client)) {
		func(HLD_TOKEN_FAILED, NULL, context);
		return;
	}
	request = i_new(struct request, 1);
	request->tokens = tokens;
	request->func = func;
	request->context = context;
	request->service = i_strdup(token->service);
	request->response = i_strdup(response_of(token));
	if (auth_client_is_connected(tokens->client)) {
		send_request(request);
	} else {
		request->next = tokens->waiting;
		tokens->waiting = request;
	}
}

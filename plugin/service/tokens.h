#ifndef HLD_TOKENS_H
#define HLD_TOKENS_H

#include "daemon.h"

/* Asks Dovecot's auth service whether an auth token, that a post-login process
   was given for its login, is genuine. */

struct hld_tokens;

enum hld_token_result {
	HLD_TOKEN_OK,
	HLD_TOKEN_REFUSED,
	/* the auth service failed, or isn't there */
	HLD_TOKEN_FAILED
};

/* user: who logged in, as the auth service says it; NULL unless OK. */
typedef void hld_token_func(enum hld_token_result result, const char *user,
			    void *context);

struct hld_token {
	const char *service, *pid, *user, *session_id, *token;
};

struct hld_tokens *hld_tokens_init(const char *socket);
void hld_tokens_deinit(struct hld_tokens **tokens);

/* func is called once, maybe before this returns. */
void hld_token_check(struct hld_tokens *tokens, const struct hld_token *token,
		     hld_token_func *func, void *context);

#endif

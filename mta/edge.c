#include "edge.h"

#include "hl-trouble.h"
#include "log.h"
#include "metrics.h"
#include "pool.h"
#include "rate.h"
#include "rcpt-path.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct edge {
	char *config_path;
	enum edge_recipients recipients;
	struct pool *pool;
	struct rate *rate;
	struct metrics metrics;

	pthread_mutex_t trouble_mutex;
	struct hl_trouble trouble;
};

int edge_init(const char *config_path, enum edge_recipients recipients,
	      struct edge **edge_r, struct hl_error *err)
{
	struct edge *edge;
	struct hl_config *config;

	*edge_r = NULL;
	if (hl_config_read(config_path, &config, err) < 0)
		return -1;
	edge = calloc(1, sizeof(*edge));
	if (edge != NULL) {
		pthread_mutex_init(&edge->trouble_mutex, NULL);
		edge->config_path = strdup(config_path);
		edge->recipients = recipients;
		edge->rate = rate_init();
		edge->pool = pool_init(config);
	}
	if (edge == NULL || edge->pool == NULL)
		hl_config_free(&config);
	if (edge == NULL || edge->pool == NULL || edge->rate == NULL ||
	    edge->config_path == NULL) {
		edge_deinit(&edge);
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	}
	*edge_r = edge;
	return 0;
}

void edge_deinit(struct edge **_edge)
{
	struct edge *edge = *_edge;

	*_edge = NULL;
	if (edge == NULL)
		return;
	pool_deinit(&edge->pool);
	rate_deinit(&edge->rate);
	pthread_mutex_destroy(&edge->trouble_mutex);
	free(edge->config_path);
	free(edge);
}

int edge_reload(struct edge *edge)
{
	struct hl_config *config;
	struct hl_error err;

	if (hl_config_read(edge->config_path, &config, &err) < 0) {
		edge_log_error("Can't use the configuration: %s; the former "
			       "one stays in force",
			       err.text);
		return -1;
	}
	if (pool_replace(edge->pool, config) < 0) {
		hl_config_free(&config);
		edge_log_error("Can't read the configuration again: out of "
			       "memory");
		return -1;
	}
	edge_log_info("Configuration %s read again", edge->config_path);
	return 0;
}

const struct hl_config *edge_config(const struct edge *edge)
{
	return pool_config(edge->pool);
}

size_t edge_metrics(struct edge *edge, char text_r[EDGE_METRICS_SIZE])
{
	return metrics_format(&edge->metrics, text_r, EDGE_METRICS_SIZE);
}

static uint64_t monotonic_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void set_reply(struct hl_reply *reply, const char *enhanced_code,
		      const char *text)
{
	reply->status = 451;
	reply->enhanced_code = enhanced_code;
	snprintf(reply->text, sizeof(reply->text), "%s", text);
}

static void report_trouble(struct edge *edge, const struct hl_config *config,
			   const struct hl_error *err)
{
	char text[HL_TROUBLE_TEXT_SIZE];
	bool due;

	snprintf(text, sizeof(text), "Can't look up hard-links: %s; %s%s%s%s",
		 err->text,
		 config->on_error == HL_ON_ERROR_TEMPFAIL
			 ? "recipients are deferred (on_error = tempfail)"
			 : "recipients are accepted as if nobody had moved "
			   "(on_error = deliver)",
		 err->code == HL_ERROR_STORE || err->code == HL_ERROR_CONFIG
			 ? "; run `hardlinkctl -c "
			 : "",
		 err->code == HL_ERROR_STORE || err->code == HL_ERROR_CONFIG
			 ? config->path
			 : "",
		 err->code == HL_ERROR_STORE || err->code == HL_ERROR_CONFIG
			 ? " verify`"
			 : "");
	pthread_mutex_lock(&edge->trouble_mutex);
	due = hl_trouble_is_due(&edge->trouble, text, time(NULL));
	pthread_mutex_unlock(&edge->trouble_mutex);
	if (due)
		edge_log_error("%s", text);
}

static void report_success(struct edge *edge)
{
	bool over;

	pthread_mutex_lock(&edge->trouble_mutex);
	over = hl_trouble_is_over(&edge->trouble, time(NULL));
	pthread_mutex_unlock(&edge->trouble_mutex);
	if (over)
		edge_log_info("The store of hard-links works again");
}

static enum hl_lookup_result look_up(struct edge *edge,
				     const struct pool_handle *handle,
				     const struct hl_address *address,
				     struct hl_link *link_r)
{
	uint64_t start = monotonic_nanoseconds();
	enum hl_lookup_result result;
	struct hl_error err;

	if (handle->lookup == NULL) {
		hl_error_set(&err, HL_ERROR_TEMP, "out of memory");
		result = HL_LOOKUP_ERROR;
	} else {
		result = hl_lookup(handle->lookup, address, link_r, &err);
	}
	metrics_lookup(&edge->metrics, result, monotonic_nanoseconds() - start);
	if (result == HL_LOOKUP_ERROR)
		report_trouble(edge, handle->config, &err);
	else
		report_success(edge);
	return result;
}

static enum edge_verdict redirect(struct edge *edge,
				  const struct hl_config *config,
				  const struct edge_client *client,
				  const struct hl_link *link, bool smtputf8,
				  struct hl_reply *reply_r)
{
	if (!rate_take(edge->rate, client, config->redirect_rate,
		       config->redirect_rate_seconds,
		       (double)monotonic_nanoseconds() / 1e9)) {
		metrics_rate_limited(&edge->metrics);
		set_reply(reply_r, "4.7.1",
			  "too many redirects for your network, try later");
		return EDGE_TEMPFAIL;
	}
	metrics_redirect(&edge->metrics, link->kind);
	hl_reply_format(link, smtputf8, reply_r);
	return EDGE_REPLY;
}

/* Is a recipient that is asked for one that exists? */
static bool knows_recipients(const struct edge *edge,
			     const struct hl_config *config)
{
	return edge->recipients == EDGE_RECIPIENTS_ACCEPTED &&
	       !config->whole_domains_skip;
}

static enum edge_verdict ask(struct edge *edge,
			     const struct pool_handle *handle,
			     const struct edge_client *client,
			     const struct hl_address *address, bool smtputf8,
			     struct hl_reply *reply_r)
{
	struct hl_link link;

	if (client->authenticated && handle->config->authenticated_skip)
		return EDGE_ACCEPT;
	switch (look_up(edge, handle, address, &link)) {
	case HL_LOOKUP_NONE:
		break;
	case HL_LOOKUP_FOUND_BY_DOMAIN:
		if (!knows_recipients(edge, handle->config))
			break;
		__attribute__((fallthrough));
	case HL_LOOKUP_FOUND:
		return redirect(edge, handle->config, client, &link, smtputf8,
				reply_r);
	case HL_LOOKUP_ERROR:
		if (handle->config->on_error == HL_ON_ERROR_DELIVER)
			break;
		set_reply(reply_r, "4.3.0", "Temporary internal error");
		return EDGE_TEMPFAIL;
	}
	return EDGE_ACCEPT;
}

enum edge_verdict edge_rcpt(struct edge *edge, const struct edge_client *client,
			    const char *path, size_t size, bool smtputf8,
			    struct hl_reply *reply_r)
{
	struct pool_handle handle;
	struct hl_address address;
	enum edge_verdict verdict;

	if (rcpt_path_parse(path, size, &address) < 0)
		return EDGE_ACCEPT;
	pool_take(edge->pool, &handle);
	verdict = ask(edge, &handle, client, &address, smtputf8, reply_r);
	pool_give(edge->pool, &handle);
	return verdict;
}

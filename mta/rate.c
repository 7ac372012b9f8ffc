#include "rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* A network's place is one of a few, so that finding it costs little. */
#define RATE_WAYS    8
#define RATE_SETS    1024

#define NETWORK_SIZE 8

struct bucket {
	/* the family's first byte is never 0 in one that is used */
	unsigned char network[NETWORK_SIZE];
	double tokens, last;
};

struct rate {
	pthread_mutex_t mutex;
	/* Nobody else knows which networks share places. */
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct bucket buckets[RATE_SETS][RATE_WAYS];
};

struct rate *rate_init(void)
{
	struct rate *rate = calloc(1, sizeof(*rate));

	if (rate == NULL)
		return NULL;
	if (sodium_init() < 0 || pthread_mutex_init(&rate->mutex, NULL) != 0) {
		free(rate);
		return NULL;
	}
	crypto_shorthash_keygen(rate->key);
	return rate;
}

void rate_deinit(struct rate **rate)
{
	if (*rate == NULL)
		return;
	pthread_mutex_destroy(&(*rate)->mutex);
	free(*rate);
	*rate = NULL;
}

/* false if the client has none that is limited. */
static bool get_network(const struct edge_client *client,
			unsigned char network_r[NETWORK_SIZE])
{
	static const unsigned char loopback6[16] = {[15] = 1};

	memset(network_r, 0, NETWORK_SIZE);
	if (client->family == AF_INET && client->address[0] != 127) {
		network_r[0] = 4;
		memcpy(network_r + 1, client->address, 3);
		return true;
	}
	if (client->family == AF_INET6 &&
	    memcmp(client->address, loopback6, sizeof(loopback6)) != 0) {
		network_r[0] = 6;
		memcpy(network_r + 1, client->address, 7);
		return true;
	}
	return false;
}

/* The network's bucket; a full one if it had none. */
static struct bucket *find_bucket(struct rate *rate,
				  const unsigned char network[NETWORK_SIZE],
				  unsigned int count, double now)
{
	unsigned char hash[crypto_shorthash_BYTES];
	struct bucket *set, *oldest;
	size_t i;

	crypto_shorthash(hash, network, NETWORK_SIZE, rate->key);
	set = rate->buckets[(hash[0] | hash[1] << 8) % RATE_SETS];
	oldest = set;
	for (i = 0; i < RATE_WAYS; i++) {
		if (memcmp(set[i].network, network, NETWORK_SIZE) == 0)
			return &set[i];
		/* An unused one is older than any. */
		if (oldest->network[0] != 0 &&
		    (set[i].network[0] == 0 || set[i].last < oldest->last))
			oldest = &set[i];
	}
	memcpy(oldest->network, network, NETWORK_SIZE);
	oldest->tokens = count;
	oldest->last = now;
	return oldest;
}

bool rate_take(struct rate *rate, const struct edge_client *client,
	       unsigned int count, int64_t seconds, double now)
{
	unsigned char network[NETWORK_SIZE];
	struct bucket *bucket;
	bool may;

	if (count == 0 || !get_network(client, network))
		return true;
	pthread_mutex_lock(&rate->mutex);
	bucket = find_bucket(rate, network, count, now);
	if (now > bucket->last)
		bucket->tokens +=
			(now - bucket->last) * count / (double)seconds;
	if (bucket->tokens > count)
		bucket->tokens = count;
	bucket->last = now;
	may = bucket->tokens >= 1;
	if (may)
		bucket->tokens--;
	pthread_mutex_unlock(&rate->mutex);
	return may;
}

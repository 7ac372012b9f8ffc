#include "edge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static void set_ipv6(const struct in6_addr *address,
		     struct edge_client *client_r)
{
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		client_r->family = AF_INET;
		memcpy(client_r->address, address->s6_addr + 12, 4);
	} else {
		client_r->family = AF_INET6;
		memcpy(client_r->address, address->s6_addr, 16);
	}
}

void edge_client_from_sockaddr(const struct sockaddr *sa,
			       struct edge_client *client_r)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(client_r, 0, sizeof(*client_r));
	if (sa == NULL)
		return;
	/* copied: nobody promises the alignment */
	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		client_r->family = AF_INET;
		memcpy(client_r->address, &sin.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		set_ipv6(&sin6.sin6_addr, client_r);
	}
}

void edge_client_from_text(const char *text, struct edge_client *client_r)
{
	struct in6_addr address;

	memset(client_r, 0, sizeof(*client_r));
	if (strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	if (inet_pton(AF_INET, text, client_r->address) == 1)
		client_r->family = AF_INET;
	else if (inet_pton(AF_INET6, text, &address) == 1)
		set_ipv6(&address, client_r);
}

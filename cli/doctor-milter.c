/* doctor: does hardlink-milter answer as Postfix asks it? */

#include "doctor.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The milter protocol, version 6: four bytes of length, a letter, data. */
#define OPTNEG	    'O'
#define QUIT	    'Q'
#define VERSION	    6
#define ALL_ACTIONS 0x1ff
#define ALL_STEPS   0x1fffff
#define ANSWER_MAX  4096

static size_t put_number(unsigned char *to, uint32_t number)
{
	number = htonl(number);
	memcpy(to, &number, sizeof(number));
	return sizeof(number);
}

/* Negotiates and takes its leave: no mail begins. */
static int negotiate(struct doctor_peer *peer, struct hl_error *err)
{
	unsigned char packet[32], answer[ANSWER_MAX],
		quit[5] = {0, 0, 0, 1, QUIT};
	uint32_t size;
	size_t length = put_number(packet, 13);

	packet[length++] = OPTNEG;
	length += put_number(packet + length, VERSION);
	length += put_number(packet + length, ALL_ACTIONS);
	length += put_number(packet + length, ALL_STEPS);
	if (doctor_peer_send(peer, packet, length, err) < 0 ||
	    doctor_peer_read(peer, &size, sizeof(size), err) < 0)
		return -1;
	size = ntohl(size);
	if (size < 1 || size > sizeof(answer))
		return hl_error_set(err, HL_ERROR_TEMP,
				    "it doesn't speak the milter protocol");
	if (doctor_peer_read(peer, answer, size, err) < 0)
		return -1;
	if (answer[0] != OPTNEG)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "it refuses to negotiate");
	return doctor_peer_send(peer, quit, sizeof(quit), err);
}

/* milter_socket: unix:/path, or inet:port@host */
static int connect_milter(const char *socket, struct doctor_peer **peer_r,
			  struct hl_error *err)
{
	char port[16], host[256];
	const char *at;

	if (strncmp(socket, "unix:", 5) == 0)
		return doctor_peer_connect(socket + 5, NULL, peer_r, err);
	socket += strcspn(socket, ":");
	socket += *socket == ':';
	at = strchrnul(socket, '@');
	snprintf(port, sizeof(port), "%.*s", (int)(at - socket), socket);
	snprintf(host, sizeof(host), "%s", *at == '@' ? at + 1 : "localhost");
	if (host[0] == '[' && strlen(host) > 2) {
		host[strlen(host) - 1] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	return doctor_peer_connect(host, port, peer_r, err);
}

void doctor_check_milter_answers(struct doctor *doctor)
{
	const char *socket = doctor->config->milter_socket;
	struct doctor_peer *peer;
	struct hl_error err;
	int ret = connect_milter(socket, &peer, &err);

	if (ret == 0)
		ret = negotiate(peer, &err);
	doctor_peer_close(&peer);
	if (ret < 0)
		doctor_fail_by(doctor,
			       "systemctl restart hardlink-milter, and see its "
			       "log",
			       &err);
	else
		doctor_ok(doctor, "hardlink-milter answers at %s", socket);
}

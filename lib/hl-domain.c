#include "hl-domain.h"

#include "hl-text.h"

#include <idn2.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#define LABEL_MAX     63
#define A_LABEL_START "xn--"

/* Without IDN2_USE_STD3_ASCII_RULES, which silently drops characters that
   don't belong into host names; check_labels() refuses them. */
#define IDN_FLAGS (IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)

static bool is_letter_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Is the label what libidn2 itself would write? */
static bool is_valid_a_label(const char *text, size_t size)
{
	char label[LABEL_MAX + 1], *ascii = NULL;
	bool valid;

	memcpy(label, text, size);
	label[size] = '\0';
	valid = idn2_to_ascii_8z(label, &ascii, IDN_FLAGS) == IDN2_OK &&
		strcmp(ascii, label) == 0;
	idn2_free(ascii);
	return valid;
}

static int refuse_byte(char byte, struct hl_error *err)
{
	char name[sizeof("byte 0x00")];

	snprintf(name, sizeof(name),
		 byte > 0x20 && byte < 0x7f ? "`%c`" : "byte 0x%02x",
		 (unsigned char)byte);
	return hl_error_set(err, HL_ERROR_DATA,
			    "%s in the domain: only letters, digits, hyphens "
			    "and dots may stand there",
			    name);
}

static int check_label(const char *label, size_t size,
		       enum hl_address_flags flags, struct hl_error *err)
{
	size_t i;

	if (size == 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "empty label in the domain: a dot too many "
				    "or nothing behind the @");
	if (size > LABEL_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "a label of the domain is longer than %d "
				    "bytes",
				    LABEL_MAX);
	for (i = 0; i < size; i++) {
		if (!is_letter_digit(label[i]) && label[i] != '-')
			return refuse_byte(label[i], err);
	}
	if (label[0] == '-' || label[size - 1] == '-')
		return hl_error_set(err, HL_ERROR_DATA,
				    "a label of the domain begins or ends with "
				    "a hyphen");
	if (size >= strlen(A_LABEL_START) &&
	    memcmp(label, A_LABEL_START, strlen(A_LABEL_START)) == 0 &&
	    (flags & HL_ADDRESS_FOREIGN) == 0 && !is_valid_a_label(label, size))
		return hl_error_set(err, HL_ERROR_DATA,
				    "`%.*s` in the domain isn't a valid "
				    "internationalised label",
				    (int)size, label);
	return 0;
}

/* Checks an ASCII domain in lower case. */
static int check_labels(const char *domain, enum hl_address_flags flags,
			struct hl_error *err)
{
	const char *label = domain;
	size_t size;

	for (;;) {
		size = strcspn(label, ".");
		if (check_label(label, size, flags, err) < 0)
			return -1;
		if (label[size] == '\0')
			break;
		label += size + 1;
	}
	if (strspn(label, "0123456789") == size)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the domain ends in a number, as if it "
				    "were an IP address");
	return 0;
}

/* Converts U-labels; out_r gets lower-case ASCII that isn't checked yet. */
static int convert_idn(const char *domain, size_t size,
		       char out_r[HL_DOMAIN_MAX + 1], struct hl_error *err)
{
	char *ascii = NULL;
	int ret;

	if (!hl_text_is_clean_utf8(domain, size))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the domain isn't UTF-8 without control "
				    "characters");
	ret = idn2_to_ascii_8z(domain, &ascii, IDN_FLAGS);
	if (ret != IDN2_OK)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the domain isn't a valid "
				    "internationalised one: %s",
				    idn2_strerror(ret));
	size = strlen(ascii);
	if (size <= HL_DOMAIN_MAX)
		memcpy(out_r, ascii, size + 1);
	idn2_free(ascii);
	if (size > HL_DOMAIN_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the domain is longer than %d bytes",
				    HL_DOMAIN_MAX);
	return 0;
}

/* The content of a general address literal is dcontent, RFC 5321 section
   4.1.3; its tag an Ldh-str. */
static bool is_general_literal(const char *content)
{
	const char *colon = strchr(content, ':'), *pos;

	if (colon == NULL || colon == content || colon[1] == '\0' ||
	    colon[-1] == '-')
		return false;
	for (pos = content; pos < colon; pos++) {
		if (!is_letter_digit(hl_ascii_lower(*pos)) && *pos != '-')
			return false;
	}
	for (pos = colon + 1; *pos != '\0'; pos++) {
		if (*pos < 33 || *pos > 126 || strchr("[\\]", *pos) != NULL)
			return false;
	}
	return true;
}

static bool begins_with_ipv6_tag(const char *content)
{
	static const char tag[] = "ipv6:";
	size_t i;

	for (i = 0; tag[i] != '\0'; i++) {
		if (hl_ascii_lower(content[i]) != tag[i])
			return false;
	}
	return true;
}

/* content: what stands between the brackets. One address has one form. */
static bool convert_literal(const char *content,
			    char domain_r[HL_DOMAIN_MAX + 1])
{
	unsigned char binary[sizeof(struct in6_addr)];
	char ipv6[INET6_ADDRSTRLEN];

	if (begins_with_ipv6_tag(content)) {
		if (inet_pton(AF_INET6, content + 5, binary) != 1 ||
		    inet_ntop(AF_INET6, binary, ipv6, sizeof(ipv6)) == NULL)
			return false;
		strcpy(stpcpy(stpcpy(domain_r, "[IPv6:"), ipv6), "]");
		return true;
	}
	if (inet_pton(AF_INET, content, binary) != 1 &&
	    !is_general_literal(content))
		return false;
	strcpy(stpcpy(stpcpy(domain_r, "["), content), "]");
	return true;
}

static int parse_literal(const char *text, size_t size,
			 enum hl_address_flags flags,
			 char domain_r[HL_DOMAIN_MAX + 1], struct hl_error *err)
{
	char content[HL_DOMAIN_MAX + 1];

	if ((flags & HL_ADDRESS_FOREIGN) == 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "an address literal can't be used here; "
				    "write a domain name");
	if (size > HL_DOMAIN_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the address literal is longer than %d "
				    "bytes",
				    HL_DOMAIN_MAX);
	if (text[size - 1] == ']' && memchr(text, '\0', size) == NULL) {
		memcpy(content, text + 1, size - 2);
		content[size - 2] = '\0';
		if (convert_literal(content, domain_r))
			return 0;
	}
	return hl_error_set(err, HL_ERROR_DATA,
			    "malformed address literal behind the @");
}

int hl_domain_parse(const char *text, size_t size, enum hl_address_flags flags,
		    char domain_r[HL_DOMAIN_MAX + 1], struct hl_error *err)
{
	char domain[HL_DOMAIN_MAX + 1];
	bool ascii = true;
	size_t i;

	if (size > 0 && text[0] == '[')
		return parse_literal(text, size, flags, domain_r, err);
	if (size > HL_DOMAIN_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the domain is longer than %d bytes",
				    HL_DOMAIN_MAX);
	for (i = 0; i < size; i++) {
		if (text[i] == '\0')
			return refuse_byte(text[i], err);
		if ((text[i] & 0x80) != 0)
			ascii = false;
		domain[i] = hl_ascii_lower(text[i]);
	}
	domain[size] = '\0';
	if (!ascii && convert_idn(domain, size, domain, err) < 0)
		return -1;
	if (check_labels(domain, flags, err) < 0)
		return -1;
	strcpy(domain_r, domain);
	return 0;
}

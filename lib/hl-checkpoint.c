/* Signed heads, schema/FORMAT.md section 6: C2SP tlog-checkpoint in a C2SP
   signed-note. */

#include "hl-checkpoint.h"
#include "hl-text.h"
#include "hl-time.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#define NAME_PREFIX "hardlink/"
#define EM_DASH	    "\xe2\x80\x94"
/* "hardlink/", 32 hex digits, "/", 19 digits, NUL */
#define NAME_SIZE 64
/* signed-note: the type byte of an Ed25519 key */
#define NOTE_KEY_ED25519       0x01
#define NOTE_HASH_SIZE	       4

#define BASE64		       sodium_base64_VARIANT_ORIGINAL
#define BASE64_SIZE(bytes)     sodium_base64_ENCODED_LEN(bytes, BASE64)
#define NOTE_SIGNATURE_SIZE    (NOTE_HASH_SIZE + HL_SIGNATURE_SIZE)
#define HL_CHECKPOINT_TEXT_MAX 256

static int bad(struct hl_error *err, const char *problem)
{
	return hl_error_set(err, HL_ERROR_STORE, "checkpoint: %s", problem);
}

static void format_name(const struct hl_checkpoint *checkpoint,
			char name_r[NAME_SIZE])
{
	char hex[2 * HL_ORIGIN_SIZE + 1];

	sodium_bin2hex(hex, sizeof(hex), checkpoint->origin, HL_ORIGIN_SIZE);
	snprintf(name_r, NAME_SIZE, NAME_PREFIX "%s/%llu", hex,
		 (unsigned long long)checkpoint->epoch);
}

/* The part that is signed. */
static size_t format_text(const struct hl_checkpoint *checkpoint,
			  char text_r[HL_CHECKPOINT_TEXT_MAX])
{
	char name[NAME_SIZE], root[BASE64_SIZE(HL_HASH_SIZE)];

	format_name(checkpoint, name);
	sodium_bin2base64(root, sizeof(root), checkpoint->root, HL_HASH_SIZE,
			  BASE64);
	return (size_t)snprintf(text_r, HL_CHECKPOINT_TEXT_MAX,
				"%s\n%llu\n%s\ntime %lld\n", name,
				(unsigned long long)checkpoint->size, root,
				(long long)checkpoint->time);
}

static void note_key_hash(const char *name,
			  const unsigned char public_key[HL_PUBLIC_KEY_SIZE],
			  unsigned char hash_r[HL_HASH_SIZE])
{
	static const unsigned char separator[] = {'\n', NOTE_KEY_ED25519};
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)name,
				  strlen(name));
	crypto_hash_sha256_update(&state, separator, sizeof(separator));
	crypto_hash_sha256_update(&state, public_key, HL_PUBLIC_KEY_SIZE);
	crypto_hash_sha256_final(&state, hash_r);
}

/* The whole note, from its text and the bytes of its signature line. */
static size_t format_note(const char *text, const char *name,
			  const unsigned char signature[NOTE_SIGNATURE_SIZE],
			  char *buf)
{
	char base64[BASE64_SIZE(NOTE_SIGNATURE_SIZE)];

	sodium_bin2base64(base64, sizeof(base64), signature,
			  NOTE_SIGNATURE_SIZE, BASE64);
	return (size_t)snprintf(buf, HL_CHECKPOINT_MAX,
				"%s\n" EM_DASH " %s %s\n", text, name, base64);
}

size_t hl_checkpoint_sign(const struct hl_checkpoint *checkpoint,
			  const struct hl_signing_key *key, char *buf)
{
	char name[NAME_SIZE], text[HL_CHECKPOINT_TEXT_MAX];
	unsigned char line[NOTE_SIGNATURE_SIZE], hash[HL_HASH_SIZE];
	size_t text_size;

	format_name(checkpoint, name);
	text_size = format_text(checkpoint, text);
	note_key_hash(name, key->public_key, hash);
	memcpy(line, hash, NOTE_HASH_SIZE);
	crypto_sign_detached(line + NOTE_HASH_SIZE, NULL,
			     (const unsigned char *)text, text_size,
			     key->secret);
	return format_note(text, name, line, buf);
}

/* --- parsing --- */

struct slice {
	const char *start;
	size_t size;
};

static bool next_line(struct slice *rest, struct slice *line_r)
{
	const char *lf =
		rest->size == 0 ? NULL : memchr(rest->start, '\n', rest->size);

	if (lf == NULL)
		return false;
	line_r->start = rest->start;
	line_r->size = (size_t)(lf - rest->start);
	rest->size -= line_r->size + 1;
	rest->start = lf + 1;
	return true;
}

static bool skip(struct slice *slice, const char *prefix)
{
	size_t size = strlen(prefix);

	if (slice->size < size || memcmp(slice->start, prefix, size) != 0)
		return false;
	slice->start += size;
	slice->size -= size;
	return true;
}

static bool parse_name(struct slice line, struct hl_checkpoint *checkpoint_r)
{
	size_t decoded;

	if (!skip(&line, NAME_PREFIX) || line.size < 2 * HL_ORIGIN_SIZE ||
	    sodium_hex2bin(checkpoint_r->origin, HL_ORIGIN_SIZE, line.start,
			   2 * HL_ORIGIN_SIZE, NULL, &decoded, NULL) != 0 ||
	    decoded != HL_ORIGIN_SIZE)
		return false;
	line.start += 2 * HL_ORIGIN_SIZE;
	line.size -= 2 * HL_ORIGIN_SIZE;
	return skip(&line, "/") &&
	       hl_text_parse_number(line.start, line.size,
				    &checkpoint_r->epoch) &&
	       checkpoint_r->epoch >= 1;
}

static bool parse_base64(const struct slice *text, unsigned char *bytes_r,
			 size_t size)
{
	size_t decoded;

	return sodium_base642bin(bytes_r, size, text->start, text->size, NULL,
				 &decoded, NULL, BASE64) == 0 &&
	       decoded == size;
}

static bool parse_lines(struct slice rest, struct hl_checkpoint *checkpoint_r,
			unsigned char signature_r[NOTE_SIGNATURE_SIZE])
{
	struct slice name, size, root, time, empty, signature;
	uint64_t seconds;

	if (!next_line(&rest, &name) || !next_line(&rest, &size) ||
	    !next_line(&rest, &root) || !next_line(&rest, &time) ||
	    !next_line(&rest, &empty) || !next_line(&rest, &signature) ||
	    rest.size != 0 || empty.size != 0)
		return false;
	if (!parse_name(name, checkpoint_r) ||
	    !hl_text_parse_number(size.start, size.size, &checkpoint_r->size) ||
	    checkpoint_r->size < 1 ||
	    !parse_base64(&root, checkpoint_r->root, HL_HASH_SIZE) ||
	    !skip(&time, "time ") ||
	    !hl_text_parse_number(time.start, time.size, &seconds) ||
	    seconds < 1 || seconds > HL_TIME_MAX)
		return false;
	checkpoint_r->time = (int64_t)seconds;
	if (!skip(&signature, EM_DASH " ") || signature.size <= name.size)
		return false;
	/* its name is compared when the note is written again */
	signature.start += name.size + 1;
	signature.size -= name.size + 1;
	return parse_base64(&signature, signature_r, NOTE_SIGNATURE_SIZE);
}

/* The key whose hash the signature line carries. */
static const struct hl_key *find_key(const struct hl_keyring *keyring,
				     const char *name,
				     const unsigned char wanted[NOTE_HASH_SIZE])
{
	unsigned char hash[HL_HASH_SIZE];
	const struct hl_key *key;
	size_t i;

	for (i = 0; (key = hl_keyring_get(keyring, i)) != NULL; i++) {
		note_key_hash(name, key->public_key, hash);
		if (memcmp(hash, wanted, NOTE_HASH_SIZE) == 0)
			return key;
	}
	return NULL;
}

typedef int may_sign_func(const struct hl_key *key, uint64_t seq,
			  struct hl_error *err);

static int verify(const void *data, size_t size,
		  const struct hl_keyring *keyring, may_sign_func *may_sign,
		  struct hl_checkpoint *checkpoint_r, struct hl_error *err)
{
	char name[NAME_SIZE], text[HL_CHECKPOINT_TEXT_MAX],
		note[HL_CHECKPOINT_MAX];
	unsigned char signature[NOTE_SIGNATURE_SIZE];
	struct slice whole = {data, size};
	const struct hl_key *key;
	size_t text_size;

	memset(checkpoint_r, 0, sizeof(*checkpoint_r));
	if (size >= HL_CHECKPOINT_MAX ||
	    !parse_lines(whole, checkpoint_r, signature))
		return bad(err, "malformed");
	/* One encoding only: what was read must be what would be written. */
	format_name(checkpoint_r, name);
	text_size = format_text(checkpoint_r, text);
	if (format_note(text, name, signature, note) != size ||
	    memcmp(note, data, size) != 0)
		return bad(err, "not in canonical form");
	key = find_key(keyring, name, signature);
	if (key == NULL)
		return bad(err,
			   "signed by a key that the keyring doesn't hold");
	if (may_sign(key, checkpoint_r->size, err) < 0)
		return hl_error_prefix(err, "checkpoint");
	if (crypto_sign_verify_detached(signature + NOTE_HASH_SIZE,
					(const unsigned char *)text, text_size,
					key->public_key) != 0)
		return bad(err, "its signature is wrong");
	return 0;
}

int hl_checkpoint_verify(const void *data, size_t size,
			 const struct hl_keyring *keyring,
			 struct hl_checkpoint *checkpoint_r,
			 struct hl_error *err)
{
	return verify(data, size, keyring, hl_key_may_sign, checkpoint_r, err);
}

int hl_checkpoint_verify_past(const void *data, size_t size,
			      const struct hl_keyring *keyring,
			      struct hl_checkpoint *checkpoint_r,
			      struct hl_error *err)
{
	return verify(data, size, keyring, hl_key_might_have_signed,
		      checkpoint_r, err);
}

#include "hl-pgsql.h"

#include <endian.h>
#include <string.h>

bool hl_pgsql_get_int(const PGresult *result, int row, int column,
		      int64_t *value_r)
{
	uint64_t number;

	if (PQgetisnull(result, row, column) != 0 ||
	    PQgetlength(result, row, column) != sizeof(number))
		return false;
	memcpy(&number, PQgetvalue(result, row, column), sizeof(number));
	*value_r = (int64_t)be64toh(number);
	return true;
}

/* NULL for NULL and for an empty one. */
static const void *get_blob(const PGresult *result, int row, int column,
			    size_t *size_r)
{
	*size_r = 0;
	if (PQgetisnull(result, row, column) != 0 ||
	    PQgetlength(result, row, column) == 0)
		return NULL;
	*size_r = (size_t)PQgetlength(result, row, column);
	return PQgetvalue(result, row, column);
}

int hl_pgsql_row_record(struct hl_pgsql *pgsql, const PGresult *result, int row,
			struct hl_record *record_r, struct hl_error *err)
{
	size_t signature_size;
	int64_t seq;

	if (!hl_pgsql_get_int(result, row, 0, &seq) || seq < 1)
		return hl_pgsql_damaged(pgsql, "entry", 0,
					"not a sequence number", err);
	record_r->seq = (uint64_t)seq;
	record_r->statement =
		get_blob(result, row, 1, &record_r->statement_size);
	record_r->signature = get_blob(result, row, 2, &signature_size);
	record_r->payload = get_blob(result, row, 3, &record_r->payload_size);
	if (record_r->statement == NULL || record_r->signature == NULL ||
	    signature_size != HL_SIGNATURE_SIZE ||
	    (record_r->payload == NULL && PQgetisnull(result, row, 3) == 0) ||
	    !hl_store_record_is_sane(record_r))
		return hl_pgsql_damaged(pgsql, "entry", seq,
					"statement, signature or payload is of "
					"the wrong type or size",
					err);
	return 0;
}

int hl_pgsql_row_index(struct hl_pgsql *pgsql, const PGresult *result, int row,
		       struct hl_index_row *row_r, struct hl_error *err)
{
	int64_t seq, superseded_by = 0;

	if (!hl_pgsql_get_int(result, row, 1, &seq) || seq < 1)
		return hl_pgsql_damaged(pgsql, "link", 0,
					"not a sequence number", err);
	if (PQgetisnull(result, row, 2) == 0 &&
	    (!hl_pgsql_get_int(result, row, 2, &superseded_by) ||
	     superseded_by <= seq))
		return hl_pgsql_damaged(pgsql, "link", seq,
					"superseded_by is not a later sequence "
					"number",
					err);
	row_r->key = PQgetvalue(result, row, 0);
	if (PQgetisnull(result, row, 0) != 0 ||
	    !hl_store_key_is_sane(row_r->key,
				  (size_t)PQgetlength(result, row, 0)))
		return hl_pgsql_damaged(pgsql, "link", seq,
					"key is of the wrong type or size",
					err);
	row_r->seq = (uint64_t)seq;
	row_r->superseded_by = (uint64_t)superseded_by;
	return 0;
}

int hl_pgsql_row_head(struct hl_pgsql *pgsql, const PGresult *result,
		      struct hl_head_row *head_r, struct hl_error *err)
{
	head_r->checkpoint = get_blob(result, 0, 0, &head_r->checkpoint_size);
	head_r->frontier = get_blob(result, 0, 1, &head_r->frontier_size);
	if (head_r->checkpoint == NULL || head_r->frontier == NULL ||
	    !hl_store_head_is_sane(head_r))
		return hl_pgsql_damaged(pgsql, "head", 1,
					"checkpoint or frontier is of the "
					"wrong type or size",
					err);
	return 0;
}

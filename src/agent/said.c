/* agent/said.c: see agent/said.h. In the shard's thread up to agent_said_tell(); then the book. */
#include "agent/said.h"

#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"
#include "sip/msg.h"

/* ---- what an answer says */

/* Puts one value, if all of it has room beside the newline of a list that is cut. */
static bool put_value(struct buf *list, struct slice value)
{
	size_t before = list->n;

	buf_show(list, value);
	buf_char(list, '\n');
	if (!list->full && list->n < AGENT_EVENT_TEXT)
		return true;
	list->n = before;
	list->full = false;
	return false;
}

static struct slice list_of(const struct sip_msg *msg, enum sip_header header,
                            char memory[AGENT_EVENT_TEXT + 1])
{
	struct buf list = buf_over(memory, AGENT_EVENT_TEXT + 1);
	struct sip_values walk = { 0 };
	struct slice value;

	if (!slice_present(msg->first[header]))
		return SLICE_NONE;
	while (sip_value_next(msg, header, &walk, &value))
		if (!put_value(&list, value)) {
			buf_char(&list, '\n');
			break;
		}
	return buf_slice(&list);
}

/* Both, or what was cut short: a GRUU that is not whole leads nowhere. */
static struct slice gruus_of(const struct line *line, const struct line_end *end,
                             char memory[AGENT_EVENT_TEXT + 1])
{
	struct buf list = buf_over(memory, AGENT_EVENT_TEXT + 1);
	struct facts_binding_walk walk = { .begun = false };
	struct facts_binding binding;

	if (!line_server(line)->demands.gruu)
		return SLICE_NONE;
	while (line_binding_next(line, end, &walk, &binding)) {
		if (!binding.ours)
			continue;
		if (!slice_present(binding.pub_gruu) && !slice_present(binding.temp_gruu))
			break;
		if (!put_value(&list, binding.pub_gruu))
			buf_char(&list, '\n');
		if (!put_value(&list, binding.temp_gruu))
			buf_char(&list, '\n');
		return buf_slice(&list);
	}
	return SLICE_NONE;
}

void agent_said_tell(struct agent_worker *worker, const struct line *line,
                     const struct line_end *end, bool *told)
{
	char memory[AGENT_SAID_KINDS][AGENT_EVENT_TEXT + 1];
	struct slice texts[AGENT_SAID_KINDS];
	const struct sip_msg *msg = end->reply;
	bool any = false;

	if (end->end != REG_END_GRANTED || !msg)
		return;
	texts[AGENT_SAID_SERVICE_ROUTE] =
		list_of(msg, SIP_SERVICE_ROUTE, memory[AGENT_SAID_SERVICE_ROUTE]);
	texts[AGENT_SAID_ASSOCIATED_URI] =
		list_of(msg, SIP_P_ASSOCIATED_URI, memory[AGENT_SAID_ASSOCIATED_URI]);
	texts[AGENT_SAID_PATH] = list_of(msg, SIP_PATH, memory[AGENT_SAID_PATH]);
	texts[AGENT_SAID_GRUU] = gruus_of(line, end, memory[AGENT_SAID_GRUU]);
	for (unsigned i = 0; i < AGENT_SAID_KINDS; i++)
		any |= slice_present(texts[i]);
	if (!any && !*told)
		return;
	*told = any;
	agent_outbox_put(worker,
	                 &(struct agent_record){ .kind = AGENT_RECORD_SAID,
	                                         .account = line_owner(line),
	                                         .at_ms = net_stamp_ms(worker->net) },
	                 texts);
}

/* ---- bytes that are stored once */

struct agent_said_share {
	uint64_t hash;
	uint32_t users;
	uint16_t n;
	_Alignas(void *) char bytes[];
};

static bool has_bytes(const void *ctx, const void *value)
{
	const struct agent_said_share *one = value;
	const struct slice *bytes = ctx;

	return one->n == bytes->n && memcmp(one->bytes, bytes->p, one->n) == 0;
}

static struct agent_said_share *share(struct agent_said_book *book, const void *bytes, size_t n)
{
	const struct slice wanted = slice_of(bytes, n);
	uint64_t hash = hash_bytes(&book->key, bytes, n);
	struct agent_said_share *found = agent_map_find(&book->shares, hash, has_bytes, &wanted);

	if (!found) {
		found = malloc(sizeof(*found) + n);
		if (!found)
			return NULL;
		*found = (struct agent_said_share){ .hash = hash, .n = (uint16_t)n };
		memcpy(found->bytes, bytes, n);
		if (agent_map_add(&book->shares, found) < 0) {
			free(found);
			return NULL;
		}
	}
	found->users++;
	return found;
}

static void let_go(struct agent_said_book *book, struct agent_said_share *one)
{
	if (!one || --one->users)
		return;
	agent_map_remove(&book->shares, one);
	free(one);
}

/* ---- what was said of an account */

struct set {
	struct agent_said_share *texts[AGENT_SAID_KINDS]; /* NULL: nothing */
};

/* Of an account of which something was said. */
struct told {
	uint64_t account; /* its address */
	struct agent_said_share *set;
};

static uint64_t key_of(const struct agent_account *account)
{
	return (uint64_t)(uintptr_t)account;
}

static void drop_texts(struct agent_said_book *book, const struct set *set)
{
	for (unsigned i = 0; i < AGENT_SAID_KINDS; i++)
		let_go(book, set->texts[i]);
}

/* A set that goes with its last user takes its texts along: they are its own. */
static void drop_set(struct agent_said_book *book, struct agent_said_share *one)
{
	struct set set;

	if (one->users == 1) {
		memcpy(&set, one->bytes, sizeof(set));
		drop_texts(book, &set);
	}
	let_go(book, one);
}

static struct agent_said_share *set_of(struct agent_said_book *book,
                                       const struct agent_record *record)
{
	struct agent_said_share *one = NULL;
	struct set set = { { NULL } };
	bool whole = true, any = false;

	for (unsigned i = 0; i < AGENT_SAID_KINDS; i++) {
		struct slice text = agent_record_text(record, i);

		if (!slice_present(text) || !text.n)
			continue;
		any = true;
		set.texts[i] = share(book, text.p, text.n);
		whole &= set.texts[i] != NULL;
	}
	if (any && whole)
		one = share(book, &set, sizeof(set));
	/* A set that was there before has its texts already. */
	if (!one || one->users > 1)
		drop_texts(book, &set);
	return one;
}

static void forget(struct agent_said_book *book, const struct agent_account *account)
{
	struct told *told = agent_map_get(&book->accounts, key_of(account));

	if (!told)
		return;
	agent_map_remove(&book->accounts, told);
	drop_set(book, told->set);
	free(told);
}

/* What was said of account before, or a new one without a set. NULL: there is no memory for it. */
static struct told *told_of(struct agent_said_book *book, const struct agent_account *account)
{
	struct told *told = agent_map_get(&book->accounts, key_of(account));

	if (told)
		return told;
	told = malloc(sizeof(*told));
	if (!told)
		return NULL;
	*told = (struct told){ .account = key_of(account) };
	if (agent_map_add(&book->accounts, told) < 0) {
		free(told);
		return NULL;
	}
	return told;
}

void agent_said_put(struct agent_said_book *book, const struct agent_record *record)
{
	struct agent_said_share *one;
	struct told *told;

	pthread_mutex_lock(&book->lock);
	one = set_of(book, record);
	told = one ? told_of(book, record->account) : NULL;
	if (told) {
		if (told->set)
			drop_set(book, told->set);
		told->set = one;
	} else {
		if (one)
			drop_set(book, one);
		forget(book, record->account);
	}
	pthread_mutex_unlock(&book->lock);
}

void agent_said_forget(struct agent_said_book *book, const struct agent_account *account)
{
	pthread_mutex_lock(&book->lock);
	forget(book, account);
	pthread_mutex_unlock(&book->lock);
}

static void copy_text(const struct agent_said_share *one, char *ret_text, bool *ret_cut)
{
	size_t n = one ? one->n : 0;

	if (n)
		memcpy(ret_text, one->bytes, n);
	if (n && (n == 1 || ret_text[n - 2] == '\n')) {
		*ret_cut = true;
		n--;
	}
	ret_text[n] = '\0';
}

/* "PUBLIC\nTEMPORARY\n" */
static void split_gruus(const char *both, struct agent_said *ret_said)
{
	const char *behind = strchr(both, '\n');

	if (!behind)
		return;
	memcpy(ret_said->pub_gruu, both, (size_t)(behind - both));
	behind++;
	memcpy(ret_said->temp_gruu, behind, strcspn(behind, "\n"));
}

void agent_said_copy(struct agent_said_book *book, const struct agent_account *account,
                     struct agent_said *ret_said)
{
	const struct told *told;
	char both[AGENT_SAID_TEXT + 1] = "";
	bool no_cut;
	struct set set;

	*ret_said = (struct agent_said){ .cut = false };
	pthread_mutex_lock(&book->lock);
	told = agent_map_get(&book->accounts, key_of(account));
	if (told) {
		memcpy(&set, told->set->bytes, sizeof(set));
		copy_text(set.texts[AGENT_SAID_SERVICE_ROUTE], ret_said->service_route,
		          &ret_said->cut);
		copy_text(set.texts[AGENT_SAID_ASSOCIATED_URI], ret_said->associated_uri,
		          &ret_said->cut);
		copy_text(set.texts[AGENT_SAID_PATH], ret_said->path, &ret_said->cut);
		copy_text(set.texts[AGENT_SAID_GRUU], both, &no_cut);
	}
	pthread_mutex_unlock(&book->lock);
	split_gruus(both, ret_said);
}

void agent_said_init(struct agent_said_book *book)
{
	pthread_mutex_init(&book->lock, NULL);
}

void agent_said_done(struct agent_said_book *book)
{
	for (size_t i = 0; i < book->shares.cap; i++)
		free(book->shares.cells[i]);
	for (size_t i = 0; i < book->accounts.cap; i++)
		free(book->accounts.cells[i]);
	agent_map_done(&book->shares);
	agent_map_done(&book->accounts);
	pthread_mutex_destroy(&book->lock);
}

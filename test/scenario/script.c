/* script.c: a scenario file, read into statements. */
#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* --- words and times --- */

static bool time_one(const char **in, uint64_t *ret_ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 }, { "d", 86400000 }
	};
	const char *p = *in;
	uint64_t n = 0;
	size_t len;

	if (!isdigit((unsigned char)*p))
		return false;
	while (isdigit((unsigned char)*p) && n < UINT64_C(1000000000000))
		n = 10 * n + (uint64_t)(*p++ - '0');
	len = strspn(p, "dhimns");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (len != strlen(units[i].name) || strncmp(p, units[i].name, len) != 0)
			continue;
		*in = p + len;
		*ret_ms = n * units[i].ms;
		return true;
	}
	*in = p + len;
	*ret_ms = 0;
	return len == 0 && n == 0; /* a bare 0 needs no unit */
}

bool script_time(const char *text, uint64_t *ret_low_ms, uint64_t *ret_high_ms)
{
	if (*text == '+')
		text++;
	if (!time_one(&text, ret_low_ms))
		return false;
	*ret_high_ms = *ret_low_ms;
	if (strncmp(text, "..", 2) == 0) {
		text += 2;
		*ret_high_ms = SCRIPT_OPEN_ENDED;
		if (*text && (!time_one(&text, ret_high_ms) || *ret_high_ms < *ret_low_ms))
			return false;
	}
	return *text == '\0';
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool script_unescape(char *text, size_t *ret_n)
{
	static const char names[] = "rntab\\\"e0", bytes[] = "\r\n\t\a\b\\\"\x1b";
	char *out = text;

	for (const char *p = text; *p; p++) {
		const char *name;

		if (*p != '\\') {
			*out++ = *p;
			continue;
		}
		p++;
		if (*p == 'x' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			*out++ = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 2;
			continue;
		}
		name = *p ? strchr(names, *p) : NULL;
		if (!name)
			return false;
		*out++ = bytes[name - names]; /* for 0 the NUL that ends bytes */
	}
	*out = '\0';
	*ret_n = (size_t)(out - text);
	return true;
}

char *script_word(const char **in)
{
	const char *p = *in, *end;
	char *word;
	size_t n;

	while (*p == ' ' || *p == '\t')
		p++;
	if (!*p)
		return NULL;
	if (*p == '"') {
		for (end = ++p; *end && *end != '"'; end++)
			if (*end == '\\' && end[1])
				end++;
		if (!*end)
			return NULL;
		word = sim_own_text(slice_of(p, (size_t)(end - p)));
		end++;
		if (!script_unescape(word, &n)) {
			free(word);
			return NULL;
		}
	} else {
		end = p + strcspn(p, " \t");
		word = sim_own_text(slice_of(p, (size_t)(end - p)));
	}
	*in = end + strspn(end, " \t");
	return word;
}

/* --- lines --- */

/* Where a comment begins: a # at the front, or one between blanks. */
static size_t comment_at(const char *line)
{
	for (size_t i = 0; line[i]; i++)
		if (line[i] == '#' && (i == 0 || isblank((unsigned char)line[i - 1])) &&
		    (line[i + 1] == '\0' || isblank((unsigned char)line[i + 1])))
			return i;
	return strlen(line);
}

/* Whether a line below a statement is part of it: "Name:", "!Name", "same X", "new X", "| body",
 * ".. more", or a start line. */
static bool is_child(const struct statement *above, const char *text)
{
	size_t n = strlen(text), name;

	if (!above || !strchr("<>", above->text[0]) || !above->text[0])
		return false;
	if (text[0] == '|' || strncmp(text, "..", 2) == 0)
		return true;
	if (text[0] == '!' || strncmp(text, "same ", 5) == 0 || strncmp(text, "new ", 4) == 0)
		return true;
	if (n > 8 && strcmp(text + n - 8, " SIP/2.0") == 0)
		return true;
	name = strcspn(text, ": \t{\"");
	return name > 0 && text[name] == ':';
}

static struct statement *statement_add(struct script *script, unsigned line_no)
{
	struct statement *statements = sim_own((script->count + 1) * sizeof(*script->statements));

	if (script->count)
		memcpy(statements, script->statements, script->count * sizeof(*script->statements));
	free(script->statements);
	script->statements = statements;
	statements[script->count].line_no = line_no;
	return &statements[script->count++];
}

static void child_add(struct statement *statement, unsigned line_no, const char *text)
{
	struct script_child *children =
		sim_own((statement->child_count + 1) * sizeof(*statement->children));

	if (statement->child_count)
		memcpy(children, statement->children,
		       statement->child_count * sizeof(*statement->children));
	free(statement->children);
	statement->children = children;
	children[statement->child_count++] =
		(struct script_child){ line_no, sim_own_text(slice_str(text)) };
}

/* "# fails at 12: TEXT" */
static void read_comment(struct script *script, const char *comment)
{
	static const char fails[] = "# fails at ";
	char *end;
	unsigned long line;

	if (strncmp(comment, fails, sizeof(fails) - 1) != 0 || script->fails_with)
		return;
	line = strtoul(comment + sizeof(fails) - 1, &end, 10);
	if (strncmp(end, ": ", 2) != 0)
		return;
	script->fails_at_line = (unsigned)line;
	script->fails_with = sim_own_text(slice_trim(slice_str(end + 2)));
}

static bool read_line(struct script *script, unsigned line_no, char *line,
                      char error[SCRIPT_ERROR_MAX])
{
	struct statement *above = script->count ? &script->statements[script->count - 1] : NULL;
	bool indented = line[0] == ' ' || line[0] == '\t';
	struct statement *statement;
	char *text;
	size_t n;

	read_comment(script, line);
	line[comment_at(line)] = '\0';
	n = strlen(line);
	while (n && isspace((unsigned char)line[n - 1]))
		line[--n] = '\0';
	text = line + strspn(line, " \t");
	if (!*text)
		return true;
	if (indented && is_child(above, text)) {
		child_add(above, line_no, text);
		return true;
	}
	statement = statement_add(script, line_no);
	if (*text == '+') {
		size_t len = strcspn(text, " \t");
		char *rest = text + len + strspn(text + len, " \t");

		text[len] = '\0';
		statement->timed = true;
		if (!script_time(text, &statement->low_ms, &statement->high_ms)) {
			snprintf(error, SCRIPT_ERROR_MAX, "%u: \"%.60s\" is no time", line_no,
			         text);
			return false;
		}
		text = rest;
	}
	statement->text = sim_own_text(slice_str(text));
	return true;
}

bool script_read(const char *path, struct script *ret_script, char error[SCRIPT_ERROR_MAX])
{
	struct script script = { .count = 0 };
	FILE *in = fopen(path, "r");
	unsigned line_no = 0;
	bool ok = in != NULL;
	char *line = NULL;
	size_t cap = 0;

	if (!in)
		snprintf(error, SCRIPT_ERROR_MAX, "cannot be opened: %s", strerror(errno));
	while (ok && getline(&line, &cap, in) >= 0)
		ok = read_line(&script, ++line_no, line, error);
	free(line);
	if (in)
		fclose(in);
	if (ok &&
	    (script.count == 0 || strcmp(script.statements[script.count - 1].text, "end") != 0)) {
		snprintf(error, SCRIPT_ERROR_MAX, "%u: the last statement is not \"end\"", line_no);
		ok = false;
	}
	if (ok)
		*ret_script = script;
	else
		script_free(&script);
	return ok;
}

void script_free(struct script *script)
{
	for (unsigned i = 0; i < script->count; i++) {
		struct statement *statement = &script->statements[i];

		for (unsigned c = 0; c < statement->child_count; c++)
			free(statement->children[c].text);
		free(statement->children);
		free(statement->text);
	}
	free(script->statements);
	free(script->fails_with);
}

bool script_addr(const char *word, struct net_addr *ret_addr)
{
	const char *colon = word ? strrchr(word, ':') : NULL;
	char *end;
	unsigned long port;

	if (!colon)
		return false;
	port = strtoul(colon + 1, &end, 10);
	return !*end && port > 0 && port < 65536 &&
	       net_addr_parse(slice_of(word, (size_t)(colon - word)), (uint16_t)port, ret_addr) ==
	               0;
}

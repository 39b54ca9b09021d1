/* config/notes.c: faults and remarks, gathered while a file is read and compared, handed over by
 * place. Only the first CONFIG_FAULTS_MAX of each are kept: a file that is wrong a million times is
 * not mended from a list. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/part.h"

#define SENTENCE_BYTES 1024

__attribute__((format(printf, 4, 0))) static void note(struct config_notes *notes,
                                                       struct config_faults *to,
                                                       struct config_fault fault,
                                                       const char *format, va_list args)
{
	char sentence[SENTENCE_BYTES];

	if (notes->no_memory)
		return;
	if (to->count == CONFIG_FAULTS_MAX) {
		to->more++;
		return;
	}
	if (!to->list)
		to->list = calloc(CONFIG_FAULTS_MAX, sizeof(*to->list));
	vsnprintf(sentence, sizeof(sentence), format, args);
	fault.text = strdup(sentence);
	if (to->list && fault.text) {
		to->list[to->count++] = fault;
		return;
	}
	free(fault.text);
	notes->no_memory = true;
}

void config_note_fault(struct config_notes *notes, uint32_t line, uint32_t column,
                       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(notes, &notes->faults, (struct config_fault){ .line = line, .column = column }, format,
	     args);
	va_end(args);
}

void config_note_remark(struct config_notes *notes, uint32_t line, uint32_t column,
                        const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(notes, &notes->remarks, (struct config_fault){ .line = line, .column = column },
	     format, args);
	va_end(args);
}

static int by_place(const void *a, const void *b)
{
	const struct config_fault *left = a, *right = b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	return strcmp(left->text, right->text);
}

int config_notes_end(struct config_notes *notes, struct config_faults *ret_faults)
{
	struct config_faults *told = notes->faults.count ? &notes->faults : &notes->remarks;
	int err = notes->no_memory ? -ENOMEM : notes->faults.count ? -EINVAL : 0;

	*ret_faults = (struct config_faults){ 0 };
	if (err != -ENOMEM) {
		if (told->count)
			qsort(told->list, told->count, sizeof(*told->list), by_place);
		*ret_faults = *told;
		*told = (struct config_faults){ 0 };
	}
	config_faults_done(&notes->faults);
	config_faults_done(&notes->remarks);
	return err;
}

void config_faults_done(struct config_faults *faults)
{
	for (unsigned i = 0; i < faults->count; i++)
		free(faults->list[i].text);
	free(faults->list);
	*faults = (struct config_faults){ 0 };
}

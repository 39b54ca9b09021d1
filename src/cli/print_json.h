/* cli/print_json.h: JSON for who reads it, be it a program or a person at a terminal. */
#ifndef LINEUP_CLI_PRINT_JSON_H
#define LINEUP_CLI_PRINT_JSON_H

#include <jansson.h>
#include <stdio.h>

/* Writes a value as json_dumpf() does, flags as there; but a character of its strings that a
 * terminal obeys, or that turns the direction of text, is written as \uXXXX. */
void print_json(const json_t *json, size_t flags, FILE *out);

#endif

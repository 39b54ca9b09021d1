/* api/web.h: the files of the page, as the build embeds them (cmake/embed.cmake). */
#ifndef LINEUP_API_WEB_H
#define LINEUP_API_WEB_H

struct api_web_file {
	const char *name;     /* "app-0123456789ab.js"; NULL ends the table */
	const char *type;     /* of its content */
	const char *encoding; /* "gzip"; NULL: as it is */
	const char *tag;      /* its ETag, with the quotes */
	const char *bytes, *end;
};

/* The first one is the document. */
extern const struct api_web_file api_web_files[];

#endif

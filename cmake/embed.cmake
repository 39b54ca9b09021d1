# Writes OUT/files.S, which holds the bytes of the files in FOLDER, and OUT/files.c, the table of
# them that src/api/web.h declares. What is no document is there packed by gzip.
# Usage: cmake -DFOLDER=... -DOUT=... -P embed.cmake
file(GLOB names RELATIVE ${FOLDER} ${FOLDER}/*)
list(REMOVE_ITEM names index.html)
list(PREPEND names index.html)

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")

set(bytes "")
set(declared "")
set(rows "")
set(i 0)
foreach(name IN LISTS names)
	cmake_path(GET name EXTENSION LAST_ONLY end)
	string(SUBSTRING "${end}" 1 -1 end)
	if(NOT DEFINED type_${end})
		message(FATAL_ERROR "${name}: of what type is it?")
	endif()
	file(SHA256 ${FOLDER}/${name} tag)
	string(SUBSTRING ${tag} 0 16 tag)
	set(encoding "\"gzip\"")
	if(end STREQUAL "html")
		set(encoding NULL)
	endif()
	string(APPEND bytes "api_web_${i}:\n\t.incbin \"${FOLDER}/${name}\"\napi_web_${i}_end:\n")
	string(APPEND bytes "\t.global api_web_${i}, api_web_${i}_end\n")
	string(APPEND declared "extern const char api_web_${i}[], api_web_${i}_end[];\n")
	string(APPEND rows "\t{ \"${name}\", \"${type_${end}}\", ${encoding}, \"\\\"${tag}\\\"\", "
		"api_web_${i}, api_web_${i}_end },\n")
	math(EXPR i "${i} + 1")
endforeach()

file(WRITE ${OUT}/files.S "\t.section .rodata\n${bytes}\t.section .note.GNU-stack,\"\",%progbits\n")
file(WRITE ${OUT}/files.c "#include \"api/web.h\"\n\n#include <stddef.h>\n\n${declared}
const struct api_web_file api_web_files[] = {\n${rows}\t{ 0 },\n};\n")

# The page becomes part of the program: web/ is built into a folder of files, and these are embedded.
# A release archive carries that folder as web/dist, and then no node is needed.
set(web_made ${CMAKE_BINARY_DIR}/web)
if(NOT LINEUP_WEB)
	set(web_dir ${CMAKE_SOURCE_DIR}/web/plain)
	set(web_depends ${web_dir}/index.html)
elseif(EXISTS ${CMAKE_SOURCE_DIR}/web/dist/index.html)
	set(web_dir ${CMAKE_SOURCE_DIR}/web/dist)
	file(GLOB web_depends ${web_dir}/*)
else()
	find_program(LINEUP_NODE node)
	find_program(LINEUP_NPM npm)
	if(NOT LINEUP_NODE OR NOT LINEUP_NPM)
		message(FATAL_ERROR "The page is built by node and npm: install them "
			"(tools/install-deps web), or leave the page out with -DLINEUP_WEB=OFF.")
	endif()
	set(web_dir ${web_made}/page)
	file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*)
	set(web_depends ${web_dir}/index.html)
	add_custom_command(OUTPUT ${web_dir}/index.html
		COMMAND ${CMAKE_SOURCE_DIR}/web/prepare
		COMMAND ${LINEUP_NODE} ${CMAKE_SOURCE_DIR}/web/build.mjs ${web_dir}
		DEPENDS ${web_sources} ${CMAKE_SOURCE_DIR}/web/build.mjs
			${CMAKE_SOURCE_DIR}/web/package-lock.json
		COMMENT "Page: building it" VERBATIM)
endif()

set(web_embed ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
add_custom_command(OUTPUT ${web_made}/files.S ${web_made}/files.c
	COMMAND ${CMAKE_COMMAND} -DFOLDER=${web_dir} -DOUT=${web_made} -P ${web_embed}
	DEPENDS ${web_depends} ${web_embed} VERBATIM)
target_sources(api PRIVATE ${web_made}/files.S ${web_made}/files.c)

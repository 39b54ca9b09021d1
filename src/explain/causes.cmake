# The texts of the causes become a C table, made by a tool that is built first and refuses texts that
# are not as README.md wants them, and causes that no table of the tests leads to.
add_executable(explain-gen tools/explain-gen.c)
target_include_directories(explain-gen PRIVATE src)

set(explain_dir ${CMAKE_SOURCE_DIR}/src/explain)
set(explain_made ${CMAKE_BINARY_DIR}/explain/causes.c)
set(explain_tables ${explain_dir}/rules.c ${CMAKE_SOURCE_DIR}/test/unit/explain/cause_test.c
	${explain_dir}/pattern.c ${CMAKE_SOURCE_DIR}/test/unit/explain/pattern_test.c)
file(GLOB explain_texts CONFIGURE_DEPENDS ${explain_dir}/texts/*)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/explain)
add_custom_command(OUTPUT ${explain_made}
	COMMAND explain-gen ${explain_made} ${explain_dir}/again.txt ${explain_tables} ${explain_texts}
	DEPENDS explain-gen ${explain_dir}/again.txt ${explain_tables} ${explain_texts}
	COMMENT "Causes: checking the texts")
target_sources(explain PRIVATE ${explain_made})

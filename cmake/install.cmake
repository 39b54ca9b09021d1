# What is installed: the program with its manual and completions, and liblineup, one static library
# of the rooms that register lines, with its headers, lineup.pc and a CMake package. The rooms of the
# daemon stay out of it: who embeds a registration has settings, and a place for them, already.
#
# Static only: the headers show structs that callers embed, so that a shared library would have to
# promise their sizes, and nobody is served by that promise yet.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(library_rooms ${LINEUP_ROOMS})
list(REMOVE_ITEM library_rooms store config sink agent api practice cli)

add_library(liblineup STATIC)
set_target_properties(liblineup PROPERTIES OUTPUT_NAME lineup EXPORT_NAME lineup)
# What the files of one room share among themselves is not installed: own.h, part.h, and these.
set(private_headers agent/board.h agent/known.h agent/map.h agent/list.h agent/told.h agent/worker.h digest/directive.h
	dns/ask.h dns/cache.h dns/order.h dns/record.h dns/search.h explain/rules.h net/loop.h sip/field.h sip/scan.h sip/typed.h)
foreach(room IN LISTS library_rooms)
	target_sources(liblineup PRIVATE $<TARGET_OBJECTS:${room}>)
	file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src src/${room}/*.h)
	list(REMOVE_ITEM headers ${private_headers})
	list(FILTER headers EXCLUDE REGEX "/(own|part)\\.h$")
	list(TRANSFORM headers PREPEND src/)
	install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lineup/${room})
endforeach()
target_include_directories(liblineup INTERFACE
	$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lineup>)
target_link_libraries(liblineup PRIVATE OpenSSL::SSL OpenSSL::Crypto PkgConfig::UV PkgConfig::CARES
	resolv)

install(TARGETS lineup)
install(TARGETS liblineup EXPORT lineup)
install(EXPORT lineup NAMESPACE lineup:: FILE lineupTargets.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lineup)
configure_package_config_file(cmake/lineupConfig.cmake.in lineupConfig.cmake
	INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lineup)
write_basic_package_version_file(lineupConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lineupConfig.cmake
	${CMAKE_CURRENT_BINARY_DIR}/lineupConfigVersion.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lineup)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
	OUTPUT_VARIABLE libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY
	${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE up_from_pkgconfig)
configure_file(cmake/lineup.pc.in lineup.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lineup.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The manual and the completions come from the program's own tables.
set(written lineup.1 lineup.bash _lineup)
add_custom_command(OUTPUT ${written}
	COMMAND lineup help --man > lineup.1
	COMMAND lineup help --completion bash > lineup.bash
	COMMAND lineup help --completion zsh > _lineup
	DEPENDS lineup VERBATIM)
add_custom_target(manual ALL DEPENDS ${written})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lineup.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lineup.bash RENAME lineup
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/_lineup
	DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

# A service of systemd, where there is one to start it. It names the program by its full path, which
# is known when it is installed.
install(CODE "
	set(LINEUP_BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
	configure_file(\"${CMAKE_SOURCE_DIR}/cmake/lineup.service.in\"
		\"${CMAKE_CURRENT_BINARY_DIR}/lineup.service\" @ONLY)")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lineup.service DESTINATION lib/systemd/system)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# A program of somebody else is built against an installed copy. Not where a build has flags that
# such a program would have to share.
if(BUILD_TESTING AND NOT LINEUP_SANITIZE AND NOT LINEUP_COVER AND NOT LINEUP_FUZZ)
	add_test(NAME install COMMAND ${CMAKE_SOURCE_DIR}/test/install/run ${CMAKE_BINARY_DIR}
		${CMAKE_C_COMPILER})
endif()

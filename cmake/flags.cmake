# How the compiler is called. The rooms say nothing about flags; presets choose among these.
option(LINEUP_WERROR "Warnings are errors" OFF)
option(LINEUP_COVER "Count the lines that the tests run (gcc)" OFF)
set(LINEUP_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

add_compile_options(-Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Wcast-align -Wno-missing-field-initializers)
if(LINEUP_WERROR)
	add_compile_options(-Werror)
endif()
add_compile_definitions(_GNU_SOURCE)

# Position-independent everywhere: the program is a PIE, and the library may be linked into somebody
# else's shared object, from which our symbols are not handed on.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

# Release: -DNDEBUG is left out on purpose. Our asserts state what the next lines rely on, never what
# a network may send; a program that holds passwords and talks to strangers does better to stop where
# one of them fails, and be started again, than to go on. They cost nothing that the benchmark shows.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")

# Hardening, all of it chosen so that the way of a datagram does not pay: the canary is put only into
# functions with arrays on the stack, _FORTIFY_SOURCE=2 checks at compile time where it can, and
# relocations are resolved once, at the start.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
	add_compile_options(-fstack-protector-strong -fstack-clash-protection
		-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
	add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
	# Fat objects: the installed library then works with any compiler, LTO or not.
	if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
		add_compile_options(-flto=auto -ffat-lto-objects)
		add_link_options(-flto=auto)
	endif()
endif()

# What the tests spend their time in, the rooms and the stage: optimised under sanitizers, where checks that
# nothing needs then go (the replay of mutated messages takes a third of its time). The tests themselves
# are compiled more often than they loop.
set(LINEUP_ROOM_OPTIONS "")
if(LINEUP_SANITIZE)
	set(LINEUP_ROOM_OPTIONS -O1)
	add_compile_options(-fsanitize=${LINEUP_SANITIZE} -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	add_link_options(-fsanitize=${LINEUP_SANITIZE})
endif()
if(LINEUP_COVER)
	# Atomic: two threads that count at once would count less than nothing.
	add_compile_options(--coverage -fprofile-abs-path -fprofile-update=atomic)
	add_link_options(--coverage)
endif()

# A build for tests links some 180 programs, which gold (of binutils, as ld is) does in a third of the time.
# What is shipped is linked by the default.
include(CheckLinkerFlag)
check_linker_flag(C -fuse-ld=gold LINEUP_GOLD)
if(LINEUP_GOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
	add_link_options(-fuse-ld=gold)
endif()

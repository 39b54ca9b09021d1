build/dev/build.ninja:
	cmake -S . -B build/dev -G Ninja -DCMAKE_BUILD_TYPE=Debug
dev: build/dev/build.ninja
	cmake --build build/dev

# Filigree. `make help` lists the targets. Nothing is written outside build/, dist/ and node_modules/.
#
#   build/filigree        the native program, gcc            build/wasm/   the WebAssembly builds
#   build/VARIANT/        the same by clang, and with sanitizers; C tests in build/VARIANT/tests/
#   build/data/           the data sets for the native program         dist/   the site

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
comma := ,
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

PORT ?= 8080
WERROR ?= 1# 0: a newer compiler's new warnings don't stop the build
FUZZ_SECONDS ?= 60
Q := $(if $(V),,@)# V=1 shows the commands

tests-found := $(shell find tests -name '*.test.js' -not -path 'tests/engines/*' | sort)

.PHONY: help results golden serve test native native-clang wasm site data site-data lint format clean bench bench-peers test-engines fuzz \
  screenshots c-tests setup setup-test setup-engines FORCE

## help: lists the targets
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' Makefile | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

## serve: builds everything and serves the page (PORT=8080)
serve: native wasm site data
	@node tests/tools/serve.js --port '$(PORT)'

## test: builds everything and runs all tests
test: setup-test native native-clang wasm site data c-tests
	@node --test --test-concurrency=2 --test-reporter=spec $(tests-found)

setup:
	@tests/tools/setup.sh build
setup-test:
	@tests/tools/setup.sh test

# --- The engine, natively ---------------------------------------------------------------------------------------------

sources := $(sort $(wildcard src/*.c))
native-sources := $(filter-out src/host_wasm.c src/wasm_%.c,$(sources))
# Which exports a WebAssembly build has decides what is in it: the linker leaves the rest out.
wasm-sources := $(filter-out src/host_native.c src/main.c src/wasm_%.c,$(sources))

warnings := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes $(if $(filter 1,$(WERROR)),-Werror)
# Strict arithmetic: the same bits everywhere. See "Determinism" in the design before touching this line.
arithmetic := -fno-math-errno -ffp-contract=off
native-flags := -std=c11 $(arithmetic) -D_GNU_SOURCE $(warnings) -pthread

# src/kernel_*.c are compiled once per lane width.
machine := $(shell uname -m)
ifeq ($(machine),x86_64)
lanes := 4 8 16
lane-flags-8 := -mavx2 -mno-fma
lane-flags-16 := -mavx512f -mavx512vl -mavx512dq -mavx512bw
else
lanes := 4
native-flags += -DONLY_LANES_4
endif

# Rewritten only when a source file came or went, so that libraries forget removed ones.
build/sources: FORCE
	@mkdir -p build
	@echo '$(sources)' | cmp -s - $@ || echo '$(sources)' >$@

# $(call variant,NAME,COMPILER,FLAGS,SETUP): build/NAME/libfiligree.a (everything but main), build/NAME/filigree and
# build/NAME/tests/TEST from tests/c/TEST.c.
define variant
build/$(1)/%.o: src/%.c Makefile | $(4)
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$(2) $$(native-flags) $(3) -MMD -MP -c $$< -o $$@

$(foreach n,$(lanes),
build/$(1)/%.lanes$(n).o: src/%.c Makefile | $(4)
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$(2) $$(native-flags) $(3) -DLANES=$(n) $(lane-flags-$(n)) -MMD -MP -c $$< -o $$@
)

$(1)-objects := $(patsubst src/%.c,build/$(1)/%.o,$(filter-out src/kernel_%.c src/main.c,$(native-sources))) \
  $(foreach n,$(lanes),$(patsubst src/%.c,build/$(1)/%.lanes$(n).o,$(filter src/kernel_%.c,$(native-sources))))

build/$(1)/libfiligree.a: $$($(1)-objects) build/sources
	@rm -f $$@
	@ar rcs $$@ $$($(1)-objects)

build/$(1)/filigree: build/$(1)/main.o build/$(1)/libfiligree.a
	@echo '  $$@'
	$$(Q)$(2) $$(native-flags) $(3) $$^ -o $$@

build/$(1)/tests/%: tests/c/%.c build/$(1)/libfiligree.a Makefile | $(4)
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$(2) $$(native-flags) $(3) -Isrc -Itests/c -MMD -MP -MT $$@ -MF $$@.d $$< build/$(1)/libfiligree.a -o $$@

-include $$(wildcard build/$(1)/*.d build/$(1)/tests/*.d)
endef

$(eval $(call variant,native,gcc,-O3,setup))
$(eval $(call variant,clang,clang,-O3,setup-test))
$(eval $(call variant,sanitize,clang,-O1 -g -DUNROLL= -fsanitize=address$(comma)undefined -fno-sanitize-recover=all,setup-test))
$(eval $(call variant,thread-sanitize,clang,-O1 -g -DUNROLL= -fsanitize=thread,setup-test))
$(eval $(call variant,fuzz,clang,-O1 -g -DUNROLL= -fsanitize=address$(comma)undefined$(comma)fuzzer-no-link -fno-sanitize-recover=all,setup-test))

## native: build/filigree, the command line
native: build/filigree data
build/filigree: build/native/filigree
	@ln -f $< $@

## native-clang: build/clang/filigree, the same by clang
native-clang: build/clang/filigree

# A test whose first line says "threads" also runs under ThreadSanitizer.
c-test-names := $(patsubst tests/c/%.c,%,$(wildcard tests/c/*_test.c))
c-thread-test-names := $(shell for name in $(c-test-names); do head -n 1 tests/c/$$name.c | grep -q threads && echo $$name; done)
c-tests: $(addprefix build/native/tests/,$(c-test-names) must_fail) $(addprefix build/sanitize/tests/,$(c-test-names)) \
  $(addprefix build/thread-sanitize/tests/,$(c-thread-test-names))

# --- The engine, as WebAssembly ---------------------------------------------------------------------------------------

# Evaluated in recipes only, after the set-up. Debian's emcc must be told where Debian keeps acorn; a set-up of
# Emscripten's own finds its modules itself.
emcc = $(if $(filter /usr/bin/emcc,$(shell command -v emcc 2>/dev/null)),NODE_PATH=/usr/share/nodejs )emcc
# 3.1.25 renamed this setting.
stack-setting = $(if $(filter 3.1.25,$(shell { echo 3.1.25; emcc --version | grep -o '[0-9]*\.[0-9]*\.[0-9]*' | sed -n 1p; } | sort -V | head -n 1)),STACK_SIZE,TOTAL_STACK)

# Speed where it counts; everything else small, so that the page starts soon.
wasm-flags = -std=gnu11 $(arithmetic) $(if $(filter src/kernel_% src/heatmap.c,$<),-O2 -fno-unroll-loops,-Oz) -msimd128 \
  -DLANES=4 -DONLY_LANES_4 $(warnings)
wasm-link-flags = -O3 --no-entry -sMODULARIZE -sEXPORT_ES6 -sEXPORT_NAME=createFiligree -sENVIRONMENT=web,worker,node \
  -sALLOW_MEMORY_GROWTH -sIMPORTED_MEMORY -sINITIAL_MEMORY=32MB -sMAXIMUM_MEMORY=2GB -s$(stack-setting)=1MB \
  -sFILESYSTEM=0 -sMALLOC=emmalloc -sNODEJS_CATCH_EXIT=0 -sNODEJS_CATCH_REJECTION=0 -sEXPORTED_FUNCTIONS=_malloc,_free \
  -sEXPORTED_RUNTIME_METHODS=UTF8ToString,stringToUTF8,lengthBytesUTF8,HEAP8,HEAPU8,HEAP32,HEAPU32,HEAPF32,HEAPF64$(1) \
  --extern-pre-js src/glue/node-names.js --pre-js src/glue/node-files.js --post-js src/glue/memory.js
thread-link-flags := -pthread -Wno-pthreads-mem-growth -sDEFAULT_PTHREAD_STACK_SIZE=1MB "-sPTHREAD_POOL_SIZE=Module['poolSize']"

build/wasm/single/%.o: src/%.c Makefile | setup
	@mkdir -p $(@D); echo '  $@'
	$(Q)$(emcc) $(wasm-flags) -MMD -MP -c $< -o $@

build/wasm/threads/%.o: src/%.c Makefile | setup
	@mkdir -p $(@D); echo '  $@'
	$(Q)$(emcc) $(wasm-flags) -pthread -MMD -MP -c $< -o $@

glue := $(wildcard src/glue/*.js)

# $(call wasm-builds,NAME,EXPORTS): build/wasm/NAME.js and build/wasm/NAME-threads.js, with the exports of src/EXPORTS.c. Older Emscriptens put the threads'
# worker into a file of its own: CommonJS, which Node knows by the name .cjs.
define wasm-builds
build/wasm/$(1).js: $(patsubst src/%.c,build/wasm/single/%.o,$(wasm-sources) src/$(2).c) $(glue) build/sources
	@echo '  $$@'
	$$(Q)$$(emcc) $$(filter %.o,$$^) $$(call wasm-link-flags) -o $$@

build/wasm/$(1)-threads.js: $(patsubst src/%.c,build/wasm/threads/%.o,$(wasm-sources) src/$(2).c) $(glue) build/sources
	@echo '  $$@'
	$$(Q)$$(emcc) $$(filter %.o,$$^) $$(call wasm-link-flags,$$(comma)PThread) $$(thread-link-flags) -o $$@
	@for file in $$(basename $$@).worker.js; do [ ! -e "$$$$file" ] || cp "$$$$file" "$$$${file%.js}.cjs"; done
endef

$(eval $(call wasm-builds,filigree,wasm_api))
$(eval $(call wasm-builds,reader,wasm_reader))
$(eval $(call wasm-builds,command,wasm_command))

-include $(wildcard build/wasm/*/*.d)

## wasm: build/wasm/, what trains in the page and what reads files there; the command line
wasm: $(addprefix build/wasm/,filigree.js filigree-threads.js reader.js command.js command-threads.js)

# --- Data and site ----------------------------------------------------------------------------------------------------

data: setup
	@node tests/tools/data.js --link build/data
site-data: setup
	@node tests/tools/data.js --copy dist/data

web-files := $(shell find web -type f 2>/dev/null)
build/site: $(web-files) build/web-files $(addprefix build/wasm/,filigree.js filigree-threads.js reader.js) package-lock.json \
  tests/tools/build-site.js build/data-list LICENSE THIRD-PARTY.md | setup
	@echo '  dist/'
	@node tests/tools/build-site.js
	@touch $@

# The service worker knows the data by their hashes.
build/data-list: site-data
	@node tests/tools/data-list.js

build/web-files: FORCE
	@mkdir -p build
	@echo '$(web-files)' | cmp -s - $@ || echo '$(web-files)' >$@

## site: dist/, the static site
site: build/site site-data
ifeq ($(wildcard dist/index.html),)
build/site: FORCE
endif

# --- Care -------------------------------------------------------------------------------------------------------------

c-files = $(wildcard src/*.c src/*.h tests/c/*.c tests/c/*.h tests/fuzz/*.c)
prettier-files = web tests '*.js' '*.json'

## lint: formatting and static checks
lint: setup-test
	clang-format --dry-run -Werror $(c-files)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
	  --suppress=missingIncludeSystem --suppress=shiftTooManyBitsSigned --max-configs=4 -j 2 -DLANES=4 -D__x86_64__=1 -UONLY_LANES_4 src
	node_modules/.bin/prettier --check --log-level warn $(prettier-files)
	node_modules/.bin/eslint .
	node_modules/.bin/htmlhint --nocolor --format unix 'web/**/*.html'

## format: rewrites the sources as lint wants them
format: setup-test
	clang-format -i $(c-files)
	node_modules/.bin/prettier --write --log-level warn $(prettier-files)

## clean: removes what was built (not node_modules)
clean:
	rm -rf build dist

## results: remakes README.md's table of results from full MNIST runs (some minutes)
results: native data
	node tests/results.js --write

## golden: records the fingerprints of a new ENGINE_VERSION (after bits were changed on purpose)
golden: native data
	node tests/tools/golden.js

## bench: this program's speed, here
bench: native wasm site data build/native/tests/kernels_test
	node tests/bench/bench.js

## bench-peers: other programs' speed on the same task, here
bench-peers: native wasm site data
	node tests/bench/peers.js

setup-engines:
	@tests/tools/setup.sh engines

## test-engines: the page in Firefox and WebKit
test-engines: native wasm site data setup-engines
	node --test --test-reporter=spec $(sort $(wildcard tests/engines/*.test.js))

fuzz-names := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
build/fuzz/%_fuzz: tests/fuzz/%_fuzz.c build/fuzz/libfiligree.a Makefile | setup-test
	@echo '  $@'
	$(Q)clang $(native-flags) -O1 -g -fsanitize=address,undefined,fuzzer -fno-sanitize-recover=all -Isrc $< \
	  build/fuzz/libfiligree.a -o $@

## fuzz: libFuzzer on every tests/fuzz/*_fuzz.c (FUZZ_SECONDS=60 each)
fuzz: $(addprefix build/fuzz/,$(fuzz-names))
	@for name in $(fuzz-names); do mkdir -p build/fuzz/corpus/$$name && echo "== $$name" && \
	  build/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=build/fuzz/$$name- \
	    build/fuzz/corpus/$$name $$(ls -d tests/fuzz/corpus/$${name%_fuzz} 2>/dev/null) || exit 1; done

## screenshots: remakes the pictures in assets/
screenshots: site setup-test
	node tests/screenshots.js
